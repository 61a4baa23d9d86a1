"""What a server can get wrong without costing the verdict: the rows of docs/brain.md that end in one."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from secondsight.brain import make_reviewer
from secondsight.clock import SystemClock
from secondsight.records import Call, Verdict, Verification
from tests.brain.outcomes import CHANCES, COUNTS, DECLINED, GOOD, documented
from tests.brain.samples import review_request, settings
from tests.servers.brain import (
    Behaviour,
    BrainServer,
    ChatRequest,
    Connection,
    completion,
    ok,
    status,
    verdict_text,
)
from tests.servers.brain_logprobs import spelled


@dataclass(frozen=True)
class Flaw:
    """What the server does wrong, and what is in the verdict that comes all the same."""

    row: str
    script: tuple[Behaviour, ...]
    notes: tuple[str, ...] = ()
    probability: float | None = None
    tokens: int | None = 1000
    booked: tuple[str, ...] = ("answered",)


def chances(change: Callable[[Any], Any]) -> Behaviour:
    """A good answer whose token probabilities are changed."""

    def behave(request: ChatRequest, connection: Connection) -> None:
        text = verdict_text(request, "yes")
        given = spelled(text, next(iter(json.loads(text)["answers"])), [' "', "yes", '"'], {"no": 0.2}, 0.8)
        connection.send(completion(text, logprobs=change(given)))

    return behave


def with_entry(place: int, **values: Any) -> Callable[[Any], Any]:
    """Change one token's entry."""

    def change(given: Any) -> Any:
        given["content"][place] |= values
        return given

    return change


NO_NUMBERS, NO_SPELLING = (
    ("the token probabilities are no probabilities",),
    ("the token probabilities do not spell",),
)
NO_FORM = ("the token probabilities are not of the known form",)
FLAWS: dict[str, Flaw] = {
    "good": Flaw(GOOD, (ok("yes"),)),
    "good with probabilities": Flaw(GOOD, (chances(lambda given: given),), probability=0.8),
    "no probabilities": Flaw(GOOD, (chances(lambda _: None),)),
    "no counts": Flaw(COUNTS, (ok("yes", usage=None),), tokens=None),
    "format declined": Flaw(
        DECLINED, (status(400, "response_format is not supported"), ok("yes")), booked=("failed", "answered")
    ),
    "probabilities declined": Flaw(
        DECLINED,
        (status(422, "extra fields: logprobs, top_logprobs"), ok("yes")),
        booked=("failed", "answered"),
    ),
    "NaN": Flaw(CHANCES, (chances(with_entry(2, logprob=float("nan"))),), NO_NUMBERS),
    "infinite": Flaw(CHANCES, (chances(with_entry(2, logprob=float("inf"))),), NO_NUMBERS),
    "above one": Flaw(CHANCES, (chances(with_entry(2, logprob=0.7)),), NO_NUMBERS),
    "text for a number": Flaw(CHANCES, (chances(with_entry(2, logprob="-0.1")),), NO_NUMBERS),
    "sum above one": Flaw(
        CHANCES,
        (chances(with_entry(2, top_logprobs=[{"token": t, "logprob": -0.1} for t in ("yes", "no")])),),
        NO_NUMBERS,
    ),
    "missing token": Flaw(CHANCES, (chances(lambda given: {"content": given["content"][:2]}),), NO_SPELLING),
    "other text": Flaw(CHANCES, (chances(with_entry(2, token="no", bytes=None)),), NO_SPELLING),
    "no alternatives": Flaw(CHANCES, (chances(with_entry(2, top_logprobs=None)),), ("list no alternatives",)),
    "other words": Flaw(CHANCES, (chances(with_entry(2, token="yes", bytes=[110, 111, 33])),), NO_SPELLING),
    "empty": Flaw(CHANCES, (chances(lambda _: {"content": []}),), NO_FORM),
    "a list": Flaw(CHANCES, (chances(lambda _: [1, 2]),), NO_FORM),
    "numbers": Flaw(CHANCES, (chances(lambda _: {"content": [1, 2]}),), NO_FORM),
}


@pytest.mark.parametrize("name", FLAWS)
def test_each_flaw_leaves_a_verdict(name: str) -> None:
    flaw = FLAWS[name]
    booked: list[Call] = []
    with BrainServer() as server:
        server.script(*flaw.script)
        made = make_reviewer(settings(server.url, price_in=1.0), SystemClock(), {}, booked.append)
        assert made is not None

        async def run() -> Verdict:
            try:
                return await made.review(review_request())
            finally:
                await made.close()

        verdict = asyncio.run(run())
    assert verdict.verification is Verification.CONFIRMED
    assert verdict.probability == (None if flaw.probability is None else pytest.approx(flaw.probability))
    assert verdict.raw == verdict.probability
    assert verdict.probability_source == ("" if flaw.probability is None else "logprobs")
    assert len(verdict.notes) == len(flaw.notes), verdict.notes
    assert all(says in note for says, note in zip(flaw.notes, verdict.notes, strict=True)), verdict.notes
    assert verdict.usage.tokens_in == flaw.tokens
    assert (verdict.usage.cost is None) is (flaw.tokens is None)
    assert tuple(call.outcome.value for call in booked) == flaw.booked
    assert documented()[flaw.row][1] == flaw.booked[0]
