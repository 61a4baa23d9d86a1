"""What leaves for which server, and what is learned from a server that declines some of it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from secondsight.brain import make_reviewer
from secondsight.brain.backends.openai.profiles import PROFILES, Profile, by_host, by_owners, without
from secondsight.clock import SystemClock
from secondsight.errors import BrainError
from secondsight.records import Call, Outcome, ReviewFrame, ReviewRequest, Verdict, Verification
from tests.brain.samples import jpeg, review_request, settings
from tests.servers.brain import Behaviour, BrainServer, ChatRequest, Connection, body, ok, slow, status
from tests.table import table


def reviewed(
    server: BrainServer,
    *requests: ReviewRequest,
    book: Callable[[Call], None] = lambda _: None,
    **changes: Any,
) -> list[Verdict]:
    """Verdicts on the requests, one after the other, by one brain."""
    made = make_reviewer(settings(server.url, **changes), SystemClock(), {}, book)
    assert made is not None

    async def run() -> list[Verdict]:
        try:
            return [await made.review(request) for request in requests or (review_request(),)]
        finally:
            await made.close()

    return asyncio.run(run())


@table(
    ("owner", "profile"),
    [
        ("vllm", "vllm"),
        ("sglang", "sglang"),
        ("llamacpp", "llamacpp"),
        ("library", "ollama"),
        ("somebody", "generic"),
        ("", "generic"),
    ],
)
def test_the_list_of_models_gives_the_server_away(owner: str, profile: str) -> None:
    with BrainServer(owner=owner) as server:
        reviewed(server, review_request(), review_request())
        assert [request.body["top_logprobs"] for request in server.requests] == [
            PROFILES[profile].top_logprobs
        ] * 2
        assert [path for _, path, _ in server.seen].count("/v1/models") == 1, "it is asked for once"


@table(
    ("host", "profile"),
    [
        ("dashscope.aliyuncs.com", "dashscope"),
        ("dashscope-intl.aliyuncs.com", "dashscope"),
        ("ws1.ap-southeast-1.maas.aliyuncs.com", "dashscope"),
        ("api.openai.com", "openai"),
        ("api.openai.com.example.com", None),
        ("notaliyuncs.com", None),
        ("127.0.0.1", None),
    ],
)
def test_a_cloud_is_known_by_its_host(host: str, profile: str | None) -> None:
    found = by_host(host)
    assert (found and found.name) == profile


def test_an_unknown_owner_is_passed_over() -> None:
    assert by_owners(["me", "vllm"]).name == "vllm"
    assert by_owners([]).name == "generic"


@pytest.mark.parametrize(
    "trouble",
    [status(500), status(401), body(b"<html>"), body(b'{"data": [1, {"id": 2}]}'), slow(30)],
    ids=["500", "401", "html", "odd", "slow"],
)
def test_a_guess_that_fails_hinders_nothing(trouble: Behaviour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondsight.brain.backends.openai.client.GUESS_TIMEOUT", 0.2)
    with BrainServer(listing=trouble) as server:
        reviewed(server)
        assert server.requests[0].body["top_logprobs"] == 5


def test_the_setting_spares_the_guess() -> None:
    with BrainServer(owner="vllm") as server:
        reviewed(server, profile="dashscope")
        (request,) = server.requests
        assert (request.format, request.body["top_logprobs"]) == ("json_object", 5)
        assert [path for _, path, _ in server.seen] == ["/v1/chat/completions"]


def test_openai_counts_its_answer_in_its_own_word_and_looks_closely() -> None:
    with BrainServer() as server:
        reviewed(server, profile="openai")
        (request,) = server.requests
        assert request.body["max_completion_tokens"] == 1024
        assert "max_tokens" not in request.body
        parts = [part for part in request.body["messages"][1]["content"] if part["type"] == "image_url"]
        assert [part["image_url"]["detail"] for part in parts] == ["high"] * 3


@table("name", PROFILES)
def test_every_profile_is_taken_by_a_strict_server(name: str) -> None:
    with BrainServer() as server:
        reviewed(server, review_request(count=5), profile=name, video=True)
        assert (len(server.requests), server.refused) == (1, [])


# --- what a server declines ---


@table(
    ("complaint", "change"),
    [
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'.",
            {"limit": "max_completion_tokens"},
        ),
        ("logprobs is not supported by this model", {"top_logprobs": 0}),
        ("extra_forbidden: top_logprobs", {"top_logprobs": 0}),
        ("Unexpected part of type video_url", {"video": None}),
        ("unknown field `detail`", {"detail": None}),
        ("Unsupported value: 'temperature' does not support 0.0", {"temperature": False}),
        ("seed: unknown", {"seed": False}),
        ("response_format.type json_schema is unavailable", {"formats": ("json_object",)}),
        ("failed to parse grammar", {"formats": ("json_object",)}),
        ("maximum context length exceeded", None),
        ("'max_tokens' or 'max_completion_tokens' is too large: 1024, of 4096 tokens 3500 are used", None),
        ("your max_completion_tokens is 1024", None),
        ("too many tokens for the context window: lower `detail`, or ask for fewer logprobs", None),
        ("", None),
    ],
)
def test_what_a_complaint_takes_away(complaint: str, change: dict[str, Any] | None) -> None:
    full = Profile("all", detail="high", video="jpeg")
    assert without(full, complaint) == (None if change is None else replace(full, **change))


def test_a_complaint_takes_away_no_more_than_there_is() -> None:
    profile: Profile | None = Profile("all", detail="high", video="jpeg")
    complaint = "unsupported: max_completion_tokens logprobs video detail temperature seed json_schema"
    for _ in range(8):
        assert profile is not None
        profile = without(profile, complaint)
    assert profile is not None
    assert profile.formats == ()
    assert without(profile, complaint) is None


@table(
    "complaint",
    [
        b'{"detail": [{"loc": ["body", "logprobs"], "msg": "Extra inputs are not permitted"}]}',
        b'{"message": {"detail": [{"loc": ["body", "logprobs"], "msg": "extra"}]}}',
        b'{"error": {"message": "Unsupported", "param": "logprobs"}}',
        b'{"error": {"message": "logprobs are not supported"}}',
    ],
)
def test_the_field_that_is_declined_is_read_from_each_form_of_an_error(complaint: bytes) -> None:
    with BrainServer() as server:
        server.script(body(complaint, 422))
        (verdict,) = reviewed(server, review_request())
        first, second = server.requests
    assert verdict.verification is Verification.CONFIRMED
    assert "logprobs" in first.body
    assert "logprobs" not in second.body


def test_a_server_that_knows_next_to_nothing_is_learned_once_and_every_try_is_booked() -> None:
    booked: list[Call] = []
    unknown = {"logprobs", "top_logprobs", "temperature", "video"}
    with BrainServer(formats=(), unknown=unknown, owner="vllm") as server:
        verdicts = reviewed(server, review_request(), review_request(), book=booked.append, video=True)
        assert [verdict.usage.calls for verdict in verdicts] == [1, 1]
        assert len(server.requests) == 2
        tries = len(server.refused)
    assert tries == 5, "token probabilities, temperature, video, two formats"
    assert [call.outcome for call in booked] == [Outcome.FAILED] * tries + [Outcome.ANSWERED] * 2
    assert all(call.frames == 3 and call.digest for call in booked)


# --- video ---


@pytest.mark.parametrize(("profile", "count"), [("vllm", 3), ("dashscope", 5)])
def test_frames_leave_as_one_video_where_that_is_known_and_wanted(profile: str, count: int) -> None:
    with BrainServer() as server:
        reviewed(server, review_request(count=count), profile=profile, video=True)
        (request,) = server.requests
    assert request.images == ()
    (video,) = request.videos
    assert [Image.open(BytesIO(frame)).size for frame in video] == [(320, 180)] * count
    reds = [_red(frame) for frame in video]
    assert reds == sorted(reds), "in the order of time"
    kinds = [part["type"] for part in request.body["messages"][1]["content"]]
    assert kinds == ["text", "video_url" if profile == "vllm" else "video", "text"]
    captions = [line for line in request.text.splitlines() if line.startswith("frame ")]
    assert [line.split(",")[0] for line in captions] == [f"frame {number}" for number in range(count)]


@table(
    ("profile", "count", "wanted"),
    [
        ("vllm", 3, False),
        ("vllm", 1, True),
        ("dashscope", 3, True),
        ("ollama", 5, True),
        ("generic", 5, True),
    ],
)
def test_else_they_leave_as_pictures(profile: str, count: int, wanted: bool) -> None:
    with BrainServer() as server:
        reviewed(server, review_request(count=count), profile=profile, video=wanted)
        assert (len(server.requests[0].images), server.requests[0].videos) == (count, ())


def test_frames_of_several_sizes_are_no_video() -> None:
    request = review_request()
    odd = ReviewFrame(jpeg(200, 180), request.frames[-1].time, None)
    with BrainServer() as server:
        reviewed(server, replace(request, frames=(*request.frames[:-1], odd)), profile="vllm", video=True)
        assert (len(server.requests[0].images), server.refused) == (3, [])


def test_a_model_that_takes_no_video_is_given_pictures() -> None:
    with BrainServer(unknown={"video"}) as server:
        reviewed(server, review_request(), review_request(), profile="vllm", video=True)
        assert [len(request.images) for request in server.requests] == [3, 3]
        assert len(server.refused) == 1


# --- tokens ---


def test_pictures_are_fitted_to_the_budget_before_they_leave() -> None:
    frames = tuple(ReviewFrame(jpeg(1920, 1080), 0.0 + i, None) for i in range(6))
    request = replace(review_request(), frames=frames, triggered=2.0)
    with BrainServer(models=["qwen3-vl-8b"]) as server:
        for budget in (8192, 1200, 256):
            reviewed(server, request, model="qwen3-vl-8b", max_image_tokens=budget)
        sizes = [[Image.open(BytesIO(image)).size for image in request.images] for request in server.requests]
        times = [line for line in server.requests[2].text.splitlines() if line.startswith("frame ")]
    assert sizes[0] == [(768, 432)] * 6
    assert sizes[1] == [(592, 333)] * 6
    assert sizes[2] == [(368, 207)] * 3
    assert times == ["frame 0, t=-2.0 s", "frame 1, t=+0.0 s", "frame 2, t=+3.0 s"]


def _red(picture: bytes) -> int:
    pixel = Image.open(BytesIO(picture)).getpixel((5, 5))
    assert isinstance(pixel, tuple)
    return pixel[0]


@table("code", [500, 501])
def test_a_server_that_fails_over_a_schema_is_asked_without_it(code: int) -> None:
    def fails(request: ChatRequest, connection: Connection) -> None:
        answer = (
            status(code, "json_schema is not implemented") if request.format == "json_schema" else ok("yes")
        )
        answer(request, connection)

    with BrainServer(default=fails) as server:
        verdicts = reviewed(server, review_request(), review_request())
        assert [verdict.verification for verdict in verdicts] == [Verification.CONFIRMED] * 2
        assert [request.format for request in server.requests] == [
            "json_schema",
            "json_object",
            "json_object",
        ]


def test_a_server_that_fails_without_a_schema_too_is_asked_for_it_again() -> None:
    with BrainServer() as server:
        server.script(*[status(500, "schema cache is broken")] * 3)
        made = make_reviewer(settings(server.url), SystemClock(), {})
        assert made is not None

        async def run() -> None:
            with pytest.raises(BrainError, match="schema cache is broken"):
                await made.review(review_request())
            await made.review(review_request())
            await made.close()

        asyncio.run(run())
        assert [request.format for request in server.requests] == [
            "json_schema",
            "json_object",
            None,
            "json_schema",
        ]
