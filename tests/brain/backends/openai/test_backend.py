"""What a review sends, and what comes back, against a real HTTP server."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from secondsight.brain import Reviewer, make_reviewer
from secondsight.brain.prompts.wording import prompt_version, review_prompt
from secondsight.clock import ManualClock, SystemClock
from secondsight.config import NoBrainSettings
from secondsight.errors import BrainError, ConfigError
from secondsight.records import Evidence, ReviewRequest, Verdict, Verification
from tests.brain.samples import BOX, review_request, settings
from tests.conftest import ROOT
from tests.servers.brain import BrainServer, ChatRequest, Connection, content, ok, status, verdict_text


@pytest.fixture
def server() -> Iterator[BrainServer]:
    with BrainServer() as running:
        yield running


def brain(server: BrainServer, environ: dict[str, str] | None = None, **changes: Any) -> Reviewer:
    made = make_reviewer(settings(server.url, **changes), SystemClock(), environ or {})
    assert made is not None
    return made


def review(brain: Reviewer, request: ReviewRequest | None = None, *more: ReviewRequest) -> Verdict:
    """The verdict on the first request, in a loop of its own; `more` are reviewed at the same time."""

    async def run() -> Verdict:
        try:
            requests = [request or review_request(), *more]
            return (await asyncio.gather(*(brain.review(each) for each in requests)))[0]
        finally:
            await brain.close()

    return asyncio.run(run())


def test_a_case_becomes_a_verdict(server: BrainServer) -> None:
    server.script(ok("yes", evidence=[{"frame": 1, "box": list(BOX)}], summary="A person stands there."))
    request = review_request()
    verdict = review(brain(server), request)
    assert verdict.verification is Verification.CONFIRMED
    assert verdict.probability is None
    assert not verdict.calibrated
    assert list(verdict.answers) == [question.key for question in request.questions]
    assert verdict.evidence == (Evidence(1, BOX),)
    assert verdict.summary == "A person stands there."
    assert verdict.model == "test-vl"
    assert verdict.prompt_version == prompt_version(request)
    assert (verdict.usage.calls, verdict.usage.tokens_in, verdict.usage.tokens_out) == (1, 1000, 50)
    assert verdict.usage.cost is None


@pytest.mark.parametrize(
    ("decision", "verification"),
    [("yes", Verification.CONFIRMED), ("no", Verification.REJECTED), ("unclear", Verification.UNSURE)],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_decision_in_both_languages(
    server: BrainServer, decision: str, verification: Verification, language: Any
) -> None:
    server.script(ok(decision))
    assert review(brain(server), review_request(language=language)).verification is verification


def test_the_request_holds_texts_and_pictures_in_turn(server: BrainServer) -> None:
    request = review_request()
    prompt = review_prompt(request)
    review(brain(server), request)
    (seen,) = server.requests
    assert seen.path == "/v1/chat/completions"
    assert (seen.body["model"], seen.body["temperature"], seen.body["max_tokens"]) == ("test-vl", 0, 1024)
    assert seen.format == "json_schema"
    system, user = seen.body["messages"]
    assert system == {"role": "system", "content": prompt.system}
    kinds = [part["type"] for part in user["content"]]
    assert kinds == ["text", *["text", "image_url"] * 3, "text"]
    assert seen.texts == (prompt.system, prompt.opening, *prompt.captions, prompt.task)
    assert [Image.open(BytesIO(image)).size for image in seen.images] == [(320, 180)] * 3
    assert (seen.body["logprobs"], seen.body["top_logprobs"]) == (True, 5)
    assert "seed" not in seen.body


def test_pictures_are_small_and_marked(server: BrainServer) -> None:
    review(brain(server, frame_size=160))
    marked, _, plain = (Image.open(BytesIO(image)).convert("RGB") for image in server.requests[0].images)
    assert marked.size == (160, 90)
    edge, same = marked.getpixel((39, 45)), plain.getpixel((39, 45))
    assert isinstance(edge, tuple)
    assert isinstance(same, tuple)
    assert edge[0] > 150 > same[0]
    assert edge[1] < 80 < same[1]


def test_of_too_many_frames_an_even_share_goes_with_the_one_of_the_mark_and_evidence_counts_as_in_the_request(
    server: BrainServer,
) -> None:
    server.script(ok("yes", evidence=[{"frame": 1, "box": None}, {"frame": 2, "box": None}]))
    verdict = review(brain(server, max_frames=3), review_request(count=7))
    seen = server.requests[0]
    assert len(seen.images) == 3
    assert [text for text in seen.texts if text.startswith("frame ")] == [
        "frame 0, t=+0.0 s, rectangle 0.250 0.250 0.500 0.750",
        "frame 1, t=+2.0 s, rectangle 0.250 0.250 0.500 0.750",
        "frame 2, t=+5.0 s",
    ]
    assert [evidence.frame for evidence in verdict.evidence] == [3, 6]


def test_the_key_goes_to_the_server_and_is_demanded_by_name() -> None:
    with BrainServer(api_key="k-123456") as server:
        review(brain(server, {"BRAIN_KEY": "k-123456"}, api_key_env="BRAIN_KEY"))
        assert server.requests[0].headers["authorization"] == "Bearer k-123456"
    with pytest.raises(ConfigError, match="BRAIN_KEY"):
        brain(server, {}, api_key_env="BRAIN_KEY")


def test_without_a_key_a_placeholder_goes_and_nothing_of_the_environment(
    server: BrainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "meant-for-another-server")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    review(brain(server))
    headers = server.requests[0].headers
    assert headers["authorization"] == "Bearer none"
    assert "meant-for-another-server" not in str(headers)
    assert headers["accept-encoding"] == "identity"


def test_a_login_in_the_address_goes_as_basic_authentication(server: BrainServer) -> None:
    url = server.url.replace("//", "//ann:p%40ss@")
    made = make_reviewer(settings(url), SystemClock(), {})
    assert made is not None
    review(made)
    assert server.requests[0].headers["authorization"] == "Basic YW5uOnBAc3M="


def test_a_unix_socket_serves_too(tmp_path: Path) -> None:
    with BrainServer(unix_socket=tmp_path / "brain.sock") as server:
        made = brain(server)
        assert not made.remote
        assert review(made).verification is Verification.CONFIRMED


def test_a_remote_brain_is_asked_through_the_environments_proxy_and_a_local_one_is_not(
    server: BrainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with BrainServer() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "")
        remote = make_reviewer(settings("http://brain.invalid/v1"), SystemClock(), {})
        assert remote is not None
        assert remote.remote
        review(remote)
        assert proxy.requests[0].path == "http://brain.invalid/v1/chat/completions"
        review(brain(server))
        assert (len(proxy.requests), len(server.requests)) == (1, 1)


# --- format of the answer ---


@pytest.mark.parametrize("formats", [("json_object", "text"), ("text",), ()])
def test_a_server_without_schemas_is_asked_plainly_and_remembered(formats: tuple[str, ...]) -> None:
    expected = "json_object" if "json_object" in formats else None
    with BrainServer(formats=formats) as server:

        async def run() -> None:
            made = brain(server)
            for decision in ("yes", "no"):
                server.script(ok(decision))
                verdict = await made.review(review_request())
                assert verdict.usage.calls == 1
            await made.close()

        asyncio.run(run())
        assert [request.format for request in server.requests] == [expected, expected]
        assert len(server.refused) == (1 if expected else 2)


def test_reviews_at_the_same_time_learn_the_format_together() -> None:
    with BrainServer(formats=("json_object",)) as server:
        review(brain(server, concurrency=4), *(review_request(case_id=f"c{i}") for i in range(6)))
        assert [request.format for request in server.requests] == ["json_object"] * 6


def test_another_400_is_not_about_the_format(server: BrainServer) -> None:
    server.script(status(400, "maximum context length exceeded"))
    with pytest.raises(BrainError, match="maximum context length exceeded") as caught:
        review(brain(server))
    assert not caught.value.retryable
    assert len(server.requests) == 1


# --- repair ---


def test_a_malformed_answer_is_repaired_once_with_the_reason(server: BrainServer) -> None:
    server.script(content("Yes, I see a person. \ud83d"), ok("no"))
    verdict = review(brain(server, price_in=2.0, price_out=10.0))
    assert verdict.verification is Verification.REJECTED
    assert verdict.usage.calls == 2
    assert (verdict.usage.tokens_in, verdict.usage.tokens_out) == (2000, 100)
    assert verdict.usage.cost == pytest.approx((2000 * 2 + 100 * 10) / 1e6)
    first, second = server.requests
    messages = second.body["messages"]
    assert messages[:2] == first.body["messages"]
    assert messages[2] == {"role": "assistant", "content": "Yes, I see a person. ?"}
    assert "not valid JSON" in messages[3]["content"]
    assert len(second.images) == 3


def test_an_empty_answer_can_be_repaired(server: BrainServer) -> None:
    server.script(content(None), ok("no"))
    assert review(brain(server)).verification is Verification.REJECTED


def test_a_cut_answer_is_asked_for_again_even_if_it_reads_well(server: BrainServer) -> None:
    def cut(request: Any, connection: Any) -> None:
        content(verdict_text(request, "yes"), finish_reason="length")(request, connection)

    server.script(cut, ok("no"))
    assert review(brain(server)).verification is Verification.REJECTED
    assert "be much shorter" in server.requests[1].text


# --- usage ---


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ({}, None),
        ({"price_in": 3.0}, 0.003),
        ({"price_out": 20.0}, 0.001),
        ({"price_in": 3, "price_out": 20}, 0.004),
    ],
)
def test_cost_follows_the_prices(server: BrainServer, prices: dict[str, Any], cost: float | None) -> None:
    verdict = review(brain(server, **prices))
    assert verdict.usage.cost == (None if cost is None else pytest.approx(cost))


def test_missing_counts_stay_missing(server: BrainServer) -> None:
    server.script(ok("yes", usage=None))
    usage = review(brain(server, price_in=1.0)).usage
    assert (usage.calls, usage.tokens_in, usage.tokens_out, usage.cost) == (1, None, None, None)


def test_a_total_with_an_unknown_part_is_unknown(server: BrainServer) -> None:
    server.script(content("garbage", usage=None), ok("yes"))
    usage = review(brain(server, price_in=1.0)).usage
    assert (usage.calls, usage.tokens_in, usage.cost) == (2, None, None)


def test_latency_comes_from_the_clock(server: BrainServer) -> None:
    clock = ManualClock()

    def later(request: Any, connection: Any) -> None:
        clock.advance(7.5)
        ok("yes")(request, connection)

    server.script(later)
    made = make_reviewer(settings(server.url), clock, {})
    assert made is not None
    assert review(made).usage.latency == 7.5


# --- check ---


def check(brain: Reviewer) -> str:
    async def run() -> str:
        try:
            return await brain.check()
        finally:
            await brain.close()

    return asyncio.run(run())


def test_check_finds_the_model_and_shows_it_one_picture(server: BrainServer) -> None:
    there = f"{server.url} answers; model `test-vl` is there"
    assert check(brain(server, repeats=5)) == f"{there}; it sees the disc in a drawn picture"
    assert len(server.requests) == 1
    server.default = ok("No, it is grey.")
    blind = check(brain(server))
    assert "can this model see?" in blind
    assert "the answer was mended" in blind


def test_check_fails_for_a_model_without_eyes(server: BrainServer) -> None:
    server.default = status(400, "this model does not support image input")
    with pytest.raises(BrainError, match="does not support image input"):
        check(brain(server))


def test_check_knows_a_name_without_its_latest_tag() -> None:
    with BrainServer(models=["qwen2.5vl:latest"]) as server:
        assert "is there" in check(brain(server, model="qwen2.5vl"))


@pytest.mark.parametrize(
    ("models", "hint"),
    [
        (["test-vlm", "other"], "did you mean `test-vlm`?"),
        (["a", "b"], "it offers: a, b"),
        ([], "it offers: none"),
    ],
)
def test_check_names_what_the_server_has_instead(models: list[str], hint: str) -> None:
    with BrainServer(models=models) as server, pytest.raises(BrainError) as caught:
        check(brain(server))
    assert hint in str(caught.value)
    assert not caught.value.retryable


def test_check_asks_the_model_where_there_is_no_list() -> None:
    with BrainServer(models=None) as server:
        assert "is there" in check(brain(server))
        assert len(server.requests) == 1


def test_check_says_what_is_wrong() -> None:
    with BrainServer(api_key="right") as server, pytest.raises(BrainError, match="environment variable K"):
        check(brain(server, {"K": "wrong"}, api_key_env="K"))
    with pytest.raises(BrainError, match="cannot be reached") as caught:
        check(brain(server))
    assert caught.value.retryable
    with BrainServer() as server:
        wrong = make_reviewer(settings(server.url.removesuffix("/v1")), SystemClock(), {})
        assert wrong is not None
        with pytest.raises(BrainError, match="base_url usually ends in /v1"):
            check(wrong)


# --- the rest ---


def test_backend_none_is_no_brain() -> None:
    assert make_reviewer(NoBrainSettings(), SystemClock()) is None


def test_a_brain_says_what_it_is(server: BrainServer) -> None:
    made = brain(server)
    assert made.name == "openai:test-vl"
    assert isinstance(made, Reviewer)
    assert not made.remote


def test_reviews_run_at_the_same_time(server: BrainServer) -> None:
    all_there = threading.Barrier(8)

    def together(request: ChatRequest, connection: Connection) -> None:
        """Answer once as many requests are open as may be."""
        all_there.wait(60)
        ok()(request, connection)

    server.default = together

    async def run() -> list[Verdict]:
        made = brain(server, concurrency=8, timeout=90)
        verdicts = await asyncio.gather(*(made.review(review_request(case_id=f"c{i}")) for i in range(8)))
        await made.close()
        return verdicts

    assert len(asyncio.run(run())) == 8
    assert not all_there.broken
    assert len(server.requests) == 8


def test_a_server_that_comes_back_is_served_again(server: BrainServer) -> None:
    async def run() -> None:
        made = brain(server)
        for _ in range(3):
            await made.review(review_request())
            server.stop()
            with pytest.raises(BrainError) as caught:
                await made.review(review_request())
            assert caught.value.retryable
            server.start()
        await made.review(review_request())
        await made.close()

    asyncio.run(run())


def test_importing_the_room_loads_no_client() -> None:
    code = "import sys, secondsight.brain; print([m for m in ('openai', 'httpx', 'PIL') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_test_server_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "tests.servers.brain", "--answer", "no,yes", "--log", str(log)]
    root = ROOT
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            for expected in (Verification.REJECTED, Verification.CONFIRMED):
                made = make_reviewer(settings(url), SystemClock(), {})
                assert made is not None
                assert review(made).verification is expected
        finally:
            process.terminate()
        assert process.wait(60) == 0
    assert [json.loads(line)["images"] for line in log.read_text().splitlines()] == [3, 3]
