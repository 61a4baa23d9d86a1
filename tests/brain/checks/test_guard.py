"""What a large model makes up does not become a verdict. The model is a server that speaks the true protocol."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from secondsight.brain import Reviewer, make_reviewer
from secondsight.brain.checks.guard import combined, total, touches
from secondsight.brain.prompts.questions import opposite_of
from secondsight.clock import SystemClock
from secondsight.config import GuardSettings
from secondsight.errors import BrainError
from secondsight.media.writing.snapshot import encode_jpeg
from secondsight.records import (
    Box,
    Call,
    Evidence,
    Outcome,
    Purpose,
    ReviewFrame,
    ReviewRequest,
    Usage,
    Verdict,
    Verification,
)
from tests.brain.samples import BOX, TRIGGERED, jpeg, review_request, settings
from tests.servers.brain import BrainServer, content, ok, slow, status
from tests.servers.brain_logprobs import likely
from tests.table import table

CONFIRMED, REJECTED, UNSURE = Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE
ELSEWHERE = Box(0.7, 0.0, 0.9, 0.2)


@pytest.fixture
def server() -> Iterator[BrainServer]:
    with BrainServer() as running:
        yield running


def guarded(
    server: BrainServer, calls: list[Call] | None = None, timeout: float = 5.0, **changes: Any
) -> Reviewer:
    """An `openai` brain with the guard as it comes, but for what the tests' plain pictures would not pass."""
    guard = GuardSettings(**{"picture": False, **changes})
    made = make_reviewer(
        settings(server.url, guard=guard, timeout=timeout),
        SystemClock(),
        {},
        (calls if calls is not None else []).append,
    )
    assert made is not None
    return made


def review(brain: Reviewer, request: ReviewRequest | None = None) -> Verdict:
    async def run() -> Verdict:
        try:
            return await brain.review(request or review_request())
        finally:
            await brain.close()

    return asyncio.run(run())


def textured(seed: int = 0) -> bytes:
    """A picture in focus: leaves of all sizes and shades."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (45, 80, 1), np.uint8)
    return encode_jpeg(np.repeat(np.repeat(small, 4, 0), 4, 1).repeat(3, 2))


# The opposite question


@pytest.mark.parametrize(
    ("first", "second", "verification", "note"),
    [
        ("yes", "yes", CONFIRMED, None),
        ("no", "no", REJECTED, None),
        ("yes", "no", UNSURE, "opposite question answered alike: the answers contradict"),
        ("no", "yes", UNSURE, "opposite question answered alike: the answers contradict"),
        ("yes", "unclear", UNSURE, "opposite question answered unclear: the answers contradict"),
    ],
)
def test_an_answer_stands_if_its_opposite_is_answered_the_other_way(
    server: BrainServer, first: str, second: str, verification: Verification, note: str | None
) -> None:
    """`second` is what the server then takes for true; it answers the opposite question accordingly."""
    server.script(ok(first), ok(second))
    verdict = review(guarded(server))
    assert verdict.verification is verification
    assert verdict.notes == ((note,) if note else ())
    assert (verdict.usage.calls, verdict.usage.tokens_in, verdict.usage.tokens_out) == (2, 2000, 100)
    assert list(verdict.answers) == [question.key for question in review_request().questions]


def test_an_unsure_answer_is_not_asked_again(server: BrainServer) -> None:
    server.script(ok("unclear"))
    assert review(guarded(server)).verification is UNSURE
    assert len(server.requests) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_opposite_question_is_alone_swapped_and_shows_fewer_frames(
    server: BrainServer, language: Any
) -> None:
    server.script(ok("yes", evidence=[{"frame": 3, "box": None}, {"frame": 4, "box": None}]), ok("yes"))
    request = review_request(count=6, language=language)
    review(guarded(server), replace(request, source="hall"))
    first, second = server.requests
    assert len(first.images) == 6
    assert second.images == tuple(first.images[i] for i in (0, 3, 4))
    opposite = opposite_of(request.questions[0])
    assert opposite.text in second.text
    assert opposite.text not in first.text
    assert request.questions[0].text not in second.text
    schema = second.body["response_format"]["json_schema"]["schema"]["properties"]["answers"]
    assert schema["properties"] == {"decision": {"type": "string", "enum": ["no", "yes", "unclear"]}}
    assert len(second.text) < len(first.text)


def test_it_is_booked_as_what_it_is(server: BrainServer) -> None:
    calls: list[Call] = []
    review(guarded(server, calls))
    assert [(call.purpose, call.outcome, call.case_id) for call in calls] == [
        (Purpose.VERIFY, Outcome.ANSWERED, "case-1"),
        (Purpose.GUARD, Outcome.ANSWERED, "case-1"),
    ]


@pytest.mark.parametrize(
    ("settings", "probability", "asked"),
    [
        ({"opposite": "never"}, 0.5, False),
        ({"opposite": "always"}, 0.99, True),
        ({"opposite": "band"}, 0.79, True),
        ({"opposite": "band"}, 0.81, False),
        ({"opposite": "band", "band": (0.2, 0.9)}, 0.81, True),
        ({"opposite": "band"}, None, True),
    ],
)
def test_it_can_be_asked_only_within_a_band_of_the_first_answers_probability(
    server: BrainServer, settings: dict[str, Any], probability: float | None, asked: bool
) -> None:
    first = ok("yes") if probability is None else likely("yes", probability, {"no": 1 - probability})
    server.script(first, ok("yes"))
    review(guarded(server, **settings))
    assert len(server.requests) == 1 + asked


def test_agreement_joins_the_probabilities(server: BrainServer) -> None:
    server.script(likely("yes", 0.9, {"no": 0.1}), likely("yes", 0.7, {"yes": 0.3}))
    verdict = review(guarded(server))
    assert verdict.verification is CONFIRMED
    assert verdict.probability == pytest.approx(0.8, abs=1e-6)
    assert (verdict.raw, verdict.probability_source) == (verdict.probability, "logprobs")


def test_what_says_yes_to_everything_has_no_opinion(server: BrainServer) -> None:
    server.script(likely("yes", 0.98, {"no": 0.02}), likely("no", 0.98, {"no": 0.02}))
    verdict = review(guarded(server))
    assert verdict.verification is UNSURE
    assert verdict.probability == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("failing", [status(500), content("no JSON"), status(401)])
def test_without_an_answer_to_it_the_verdict_stands_and_says_so(server: BrainServer, failing: Any) -> None:
    server.script(ok("yes"), failing, failing)
    verdict = review(guarded(server))
    assert verdict.verification is CONFIRMED
    assert verdict.notes[0].startswith("opposite question without an answer: brain at ")


def test_both_questions_have_one_timeout(server: BrainServer) -> None:
    """The guard's time began before that of the brain's second call, so that it is over first."""
    server.script(ok("yes"), slow(30.0))
    verdict = review(guarded(server, timeout=3.0))
    assert verdict.verification is CONFIRMED
    assert verdict.notes == ("opposite question without an answer: no time was left",)


def test_the_first_questions_failure_is_the_reviews(server: BrainServer) -> None:
    server.script(status(503))
    with pytest.raises(BrainError, match="503"):
        review(guarded(server))
    assert len(server.requests) == 1


# Evidence


@pytest.mark.parametrize(
    ("places", "kept"),
    [
        ([(0, BOX)], [(0, BOX)]),
        ([(0, None)], [(0, None)]),
        ([(0, Box(0.3, 0.3, 0.35, 0.35))], [(0, Box(0.3, 0.3, 0.35, 0.35))]),  # a part of the suspect
        ([(0, Box(0.0, 0.0, 1.0, 1.0))], [(0, Box(0.0, 0.0, 1.0, 1.0))]),
        ([(2, ELSEWHERE)], [(2, ELSEWHERE)]),  # where the suspect is not known
        ([(0, ELSEWHERE), (1, BOX)], [(1, BOX)]),
        ([(0, ELSEWHERE)], []),
        ([(0, Box(0.48, 0.73, 0.9, 0.95))], []),  # a corner touches
        ([], []),
    ],
)
def test_evidence_must_hold_the_suspect(
    server: BrainServer, places: list[tuple[int, Box | None]], kept: list[tuple[int, Box | None]]
) -> None:
    given = [{"frame": frame, "box": list(box) if box else None} for frame, box in places]
    server.default = ok("yes", evidence=given)
    verdict = review(guarded(server))
    assert verdict.evidence == tuple(Evidence(*place) for place in kept)
    assert verdict.verification is (CONFIRMED if kept or not places else UNSURE)
    assert verdict.notes == (
        ()
        if kept == places
        else (f"places pointed at that do not hold the suspect: {len(places) - len(kept)}",)
    )
    assert len(server.requests) == (2 if verdict.verification is CONFIRMED else 1)


def test_a_rejection_needs_no_suspect(server: BrainServer) -> None:
    server.default = ok("no", evidence=[{"frame": 0, "box": list(ELSEWHERE)}])
    verdict = review(guarded(server))
    assert (verdict.verification, verdict.evidence) == (REJECTED, ())


def test_evidence_can_be_believed_as_it_is(server: BrainServer) -> None:
    server.default = ok("yes", evidence=[{"frame": 0, "box": list(ELSEWHERE)}])
    verdict = review(guarded(server, evidence=False))
    assert (verdict.verification, verdict.notes) == (CONFIRMED, ())


def test_a_place_in_a_frame_that_was_not_shown_is_none() -> None:
    request = review_request(count=3)
    assert [touches(Evidence(frame), request) for frame in (-1, 0, 2, 3)] == [False, True, True, False]


# Pictures


def frames(*jpegs: bytes) -> tuple[ReviewFrame, ...]:
    return tuple(ReviewFrame(data, TRIGGERED + i, BOX) for i, data in enumerate(jpegs))


def test_unfit_frames_are_not_shown_and_evidence_counts_as_in_the_request(server: BrainServer) -> None:
    server.default = ok("yes", evidence=[{"frame": 1, "box": list(BOX)}])
    black, good = jpeg(colour=(3, 3, 3)), textured()
    verdict = review(guarded(server, picture=True), review_request(frames=frames(good, black, good)))
    assert [len(request.images) for request in server.requests] == [2, 2]
    assert verdict.evidence == (Evidence(2, BOX),)
    assert verdict.notes == ("frame 1 not shown: dark",)
    assert verdict.verification is CONFIRMED


def test_without_a_fit_frame_nothing_is_asked(server: BrainServer) -> None:
    calls: list[Call] = []
    black, plain = jpeg(colour=(3, 3, 3)), jpeg()
    verdict = review(guarded(server, calls, picture=True), review_request(frames=frames(black, plain)))
    assert (server.requests, calls) == ([], [])
    assert (verdict.verification, verdict.probability, verdict.usage.calls) == (UNSURE, None, 0)
    assert verdict.notes == (
        "frame 0 not shown: dark",
        "frame 1 not shown: empty",
        "not asked: no frame is fit to be judged",
    )


@pytest.mark.parametrize("kind", ["smoke", "low_visibility"])
def test_what_is_about_the_view_itself_is_asked_on_any_picture(server: BrainServer, kind: str) -> None:
    request = review_request(kind=kind, frames=frames(jpeg(), jpeg()))
    assert review(guarded(server, picture=True), request).verification is CONFIRMED


def test_what_is_no_picture_is_the_brains_to_refuse(server: BrainServer) -> None:
    with pytest.raises(BrainError, match="frame 0: not a readable"):
        review(guarded(server, picture=True), review_request(frames=frames(b"no picture")))


def test_no_frame_at_all_is_the_brains_to_refuse(server: BrainServer) -> None:
    with pytest.raises(BrainError, match="no frames"):
        review(guarded(server, picture=True), review_request(frames=()))


# Parts


def verdict(verification: Verification, probability: float | None) -> Verdict:
    return Verdict(verification, probability, {}, (), "", "m", "p", Usage(), raw=probability)


@table(
    ("p", "q", "joined"),
    [(0.9, 0.3, 0.8), (None, 0.3, None), (0.9, None, 0.9), (0.2, 0.8, 0.2), (1.0, 0.0, 1.0)],
)
def test_the_joint_probability(p: float | None, q: float | None, joined: float | None) -> None:
    result = combined(verdict(CONFIRMED, p), verdict(REJECTED, q))
    assert result.probability == (None if joined is None else pytest.approx(joined))


def test_sums_with_an_unknown_part_are_unknown_and_what_was_not_called_has_none() -> None:
    whole, part = Usage(2, 10, 5, 0.5, 1.0), Usage(1, None, 3, None, 2.0)
    assert total((whole, whole)) == Usage(4, 20, 10, 1.0, 2.0)
    assert total((whole, part)) == Usage(3, None, 8, None, 3.0)
    assert total((whole, Usage(calls=0, cost=0.0))) == whole
