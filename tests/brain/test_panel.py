"""Several brains as one. Each is a server that speaks the true protocol."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from secondsight.brain import Reviewer, make_reviewer
from secondsight.brain.panel import Panel
from secondsight.clock import SystemClock
from secondsight.errors import BrainError, ConfigError
from secondsight.records import Call, ReviewRequest, Verdict, Verification
from tests.brain.samples import brain_settings, review_request
from tests.servers.brain import BrainServer, ok, slow, status
from tests.servers.brain_logprobs import likely

CONFIRMED, REJECTED, UNSURE = Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE
NAMES = ("small", "middle", "large")
PLAIN = {"opposite": "never", "picture": False}


@pytest.fixture
def servers() -> Iterator[tuple[BrainServer, ...]]:
    with ExitStack() as stack:
        yield tuple(stack.enter_context(BrainServer()) for _ in NAMES)


def member(server: BrainServer, **changes: Any) -> dict[str, Any]:
    values = {"backend": "openai", "base_url": server.url, "model": "test-vl", "timeout": 5, "guard": PLAIN}
    return {**values, **changes}


def panel(servers: tuple[BrainServer, ...], calls: list[Call] | None = None, **changes: Any) -> Reviewer:
    members = {name: member(server) for name, server in zip(NAMES, servers, strict=False)}
    settings = brain_settings({"backend": "panel", "members": members, "timeout": 20, **changes})
    made = make_reviewer(settings, SystemClock(), {}, (calls if calls is not None else []).append)
    assert made is not None
    return made


def review(brain: Reviewer) -> Verdict:
    async def run() -> Verdict:
        try:
            return await brain.review(review_request())
        finally:
            await brain.close()

    return asyncio.run(run())


def asked(servers: tuple[BrainServer, ...]) -> list[int]:
    return [len(server.requests) for server in servers]


def sure(decision: str, probability: float = 0.95) -> Any:
    other = {"yes": "no", "no": "yes"}[decision]
    return likely(decision, probability, {other: 1 - probability})


@pytest.mark.parametrize(
    ("behaviours", "calls", "verification"),
    [
        ((ok("yes"), ok("no"), ok("no")), [1, 0, 0], CONFIRMED),
        ((ok("unclear"), ok("no"), ok("yes")), [1, 1, 0], REJECTED),
        ((sure("yes", 0.7), sure("no"), ok("yes")), [1, 1, 0], REJECTED),
        ((sure("yes", 0.81), sure("no"), ok("yes")), [1, 0, 0], CONFIRMED),
        ((sure("no", 0.7), sure("yes", 0.75), ok("yes")), [1, 1, 1], CONFIRMED),
        ((ok("unclear"), ok("unclear"), ok("unclear")), [1, 1, 1], UNSURE),
        ((status(503), ok("no"), ok("yes")), [1, 1, 0], REJECTED),
        ((status(401), status(500), ok("yes")), [1, 1, 1], CONFIRMED),
        ((sure("yes", 0.7), status(503), status(503)), [1, 1, 1], CONFIRMED),
        ((ok("unclear"), status(503), status(503)), [1, 1, 1], UNSURE),
    ],
)
def test_the_next_one_is_asked_if_the_one_before_is_unsure_or_away(
    servers: tuple[BrainServer, ...],
    behaviours: tuple[Any, ...],
    calls: list[int],
    verification: Verification,
) -> None:
    for server, behaviour in zip(servers, behaviours, strict=True):
        server.default = behaviour
    verdict = review(panel(servers))
    assert verdict.verification is verification
    assert asked(servers) == calls


def test_a_contradiction_of_the_first_makes_the_second_look(servers: tuple[BrainServer, ...]) -> None:
    members = {name: member(server) for name, server in zip(NAMES[:2], servers, strict=False)}
    members["small"]["guard"] = {"picture": False}
    servers[0].script(ok("yes"), ok("no"))
    servers[1].default = ok("no")
    verdict = review(panel(servers, members=members))
    assert asked(servers) == [2, 1, 0]
    assert verdict.verification is REJECTED
    assert verdict.notes == (
        "small: unsure",
        "small: opposite question answered alike: the answers contradict",
        "middle: rejected",
    )


@pytest.mark.parametrize(
    ("behaviours", "verification", "probability"),
    [
        ((ok("yes"), ok("yes"), ok("no")), CONFIRMED, None),
        ((sure("yes", 0.9), sure("no", 0.9), ok("no")), REJECTED, 0.5),
        ((ok("yes"), ok("no"), ok("unclear")), UNSURE, None),
        ((ok("yes"), ok("no"), status(503)), UNSURE, None),
        ((ok("yes"), status(503), status(500)), CONFIRMED, None),
        ((sure("yes", 0.9), sure("yes", 0.8), sure("yes", 0.7)), CONFIRMED, 0.8),
    ],
)
def test_the_majority_of_those_who_answer_decides(
    servers: tuple[BrainServer, ...],
    behaviours: tuple[Any, ...],
    verification: Verification,
    probability: float | None,
) -> None:
    for server, behaviour in zip(servers, behaviours, strict=True):
        server.default = behaviour
    verdict = review(panel(servers, mode="vote"))
    assert verdict.verification is verification
    assert verdict.probability == (None if probability is None else pytest.approx(probability, abs=1e-3))
    assert verdict.raw == verdict.probability
    assert asked(servers) == [1, 1, 1]


def test_what_each_said_is_noted_in_their_order_and_paid_for(servers: tuple[BrainServer, ...]) -> None:
    calls: list[Call] = []
    servers[0].default = slow(0.3, sure("yes", 0.9))
    servers[1].default = status(429, "busy")
    servers[2].default = ok("yes", summary="It is so.")
    verdict = review(panel(servers, calls, mode="vote"))
    assert verdict.notes[0] == "small: confirmed (0.90)"
    assert verdict.notes[1].startswith("middle: no verdict: brain at ")
    assert verdict.notes[2] == "large: confirmed"
    assert (verdict.usage.calls, verdict.usage.tokens_in) == (2, 2000)
    assert verdict.probability_source == "logprobs"
    assert len(calls) == 3
    assert {call.backend for call in calls} == {"openai:test-vl"}


def test_if_none_answers_the_error_says_why_and_whether_to_try_again(
    servers: tuple[BrainServer, ...],
) -> None:
    pair = servers[:2]
    for behaviours, retryable, away, wait in [
        ((status(503, retry_after=7), status(429, retry_after=3)), True, True, 3.0),
        ((status(503, retry_after=7), status(401)), True, True, None),
        ((status(503, retry_after=7), status(400)), True, False, None),
        ((status(400), status(413)), False, False, None),
    ]:
        for server, behaviour in zip(pair, behaviours, strict=True):
            server.default = behaviour
        for mode in ("escalate", "vote"):
            with pytest.raises(BrainError, match=r"^small: .*; middle: ") as caught:
                review(panel(pair, mode=mode))
            error = caught.value
            assert (error.retryable, error.away, error.retry_after) == (retryable, away, wait)


@pytest.mark.parametrize("mode", ["escalate", "vote"])
def test_its_time_ends_the_wait_but_not_what_was_said(servers: tuple[BrainServer, ...], mode: str) -> None:
    servers[0].default = ok("unclear")
    servers[1].default = slow(30.0)
    verdict = review(panel(servers[:2], mode=mode, timeout=3.0))
    assert verdict.verification is UNSURE
    assert verdict.notes == ("small: unsure", "middle: no verdict: no verdict within the panel's time")


def test_check_names_who_is_not_there(servers: tuple[BrainServer, ...]) -> None:
    made = panel(servers[:2])
    assert asyncio.run(made.check()).count("model `test-vl` is there") == 2
    servers[1].stop()
    made = panel(servers[:2])
    with pytest.raises(BrainError, match=r"small: .* is there.*; middle: .* cannot be reached"):
        asyncio.run(made.check())


def test_what_it_is(servers: tuple[BrainServer, ...]) -> None:
    made = panel(servers)
    assert (made.name, made.remote, made.reads_questions) == ("panel:small+middle+large", False, True)
    assert isinstance(made, Reviewer)
    far = {"near": member(servers[0]), "far": member(servers[1], base_url="http://brain.invalid/v1")}
    assert panel(servers, members=far).remote


def test_a_member_that_breaks_does_not_silence_the_others(servers: tuple[BrainServer, ...]) -> None:
    class Broken:
        """Somebody else's backend with a mistake in it."""

        name, remote, reads_questions = "theirs", False, True

        async def review(self, request: ReviewRequest) -> Verdict:
            raise RuntimeError("a mistake")

        async def check(self) -> str:
            return "fine"

        async def close(self) -> None:
            return None

    settings = brain_settings(member(servers[0]))
    good = make_reviewer(settings, SystemClock(), {})
    assert good is not None
    servers[0].default = ok("yes")
    verdict = review(Panel({"theirs": Broken(), "good": good}, "vote", (0.2, 0.8), 10))
    assert verdict.verification is CONFIRMED
    assert any("theirs broke: RuntimeError" in note for note in verdict.notes)


def test_a_members_missing_key_is_the_panels_mistake(servers: tuple[BrainServer, ...]) -> None:
    members = {"a": member(servers[0]), "b": member(servers[1], api_key_env="NO_SUCH_KEY")}
    with pytest.raises(ConfigError, match="NO_SUCH_KEY"):
        panel(servers, members=members)
