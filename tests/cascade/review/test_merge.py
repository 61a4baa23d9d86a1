"""Which cases share a review, and what each gets from it."""

from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.cascade.review.context import ReviewContexts
from secondsight.cascade.review.merge import CaseGroup, box_of, group_cases, overlap
from secondsight.config import MergeSettings, make_site
from secondsight.records import (
    Action,
    Box,
    Candidate,
    Case,
    CaseState,
    Evidence,
    KeyFrame,
    PolicyDecision,
    Question,
    TrackId,
    Usage,
    Verdict,
    Verification,
)
from tests.table import table

HERE, NEARLY, ELSEWHERE = Box(0.1, 0.1, 0.3, 0.5), Box(0.12, 0.1, 0.32, 0.5), Box(0.6, 0.1, 0.8, 0.5)


def case(
    id: str,
    start: float = 100.0,
    end: float | None = None,
    *,
    kind: str = "intrusion",
    track: int = 1,
    box: Box | None = HERE,
    zone: str | None = None,
) -> Case:
    tracks = (TrackId("hall", 0, track),) if track else ()
    candidate = Candidate(
        id, "hall", 0, kind, kind, start, start + 1, start + 1, 0.5, tracks, zone=zone, end=end
    )
    frames = (KeyFrame("0.jpg", start, None), KeyFrame("1.jpg", start + 1, box))
    decision = PolicyDecision(Action.REVIEW, "", "")
    return Case(id, candidate, decision, CaseState.QUEUED, None, frames)


CONTEXTS = ReviewContexts(
    make_site(
        {
            "cameras": {"hall": {"source": "a.mp4"}},
            "rules": {"own": {"behaviour": "intrusion", "zone": "frame", "question": "Is it a fox?"}},
        },
        Path(),
    )
)


LEADER = case("leader")
VERDICT = Verdict(
    Verification.CONFIRMED, 0.9, {"happens": "yes", "also_1": "no"}, (Evidence(1, HERE),), "Yes.", "m", "v",
    Usage(2, 1000, 50, 0.01, 2.0), calibrated=True, raw=0.8, probability_source="logprobs",
)  # fmt: skip


@table(
    ("other", "how"),
    [
        pytest.param(case("o"), "same_kind", id="the same track"),
        pytest.param(case("o", 109.0), "same_kind", id="the same track soon after"),
        pytest.param(case("o", 112.0), "", id="the same track much later"),
        pytest.param(case("o", 80.0, 95.0), "same_kind", id="the same track soon before"),
        pytest.param(case("o", track=2, box=NEARLY), "same_kind", id="another track in the same place"),
        pytest.param(case("o", track=0, box=NEARLY), "same_kind", id="no track in the same place"),
        pytest.param(case("o", track=2, box=ELSEWHERE), "", id="another track elsewhere"),
        pytest.param(case("o", track=2, box=None), "", id="another track somewhere"),
        pytest.param(case("o", zone="yard"), "", id="another zone"),
        pytest.param(case("o", kind="fall"), "others", id="another kind, the same track"),
        pytest.param(case("o", kind="fall", track=2), "", id="another kind, only the same place"),
    ],
)
def test_who_is_looked_at_together(other: Case, how: str) -> None:
    found = group_cases(LEADER, [LEADER, other], MergeSettings(), CONTEXTS)
    assert ([c.id for c in found.same_kind] == ["o"]) is (how == "same_kind")
    assert ([c.id for c, _ in found.others] == ["o"]) is (how == "others")


def test_other_kinds_may_be_left_out() -> None:
    assert group_cases(LEADER, [case("o", kind="fall")], MergeSettings(kinds=False), CONTEXTS).ids == []


def test_a_rule_with_its_own_question_shares_no_verdict() -> None:
    own = case("own")
    own = replace(own, candidate=replace(own.candidate, rule="own"))
    found = group_cases(LEADER, [own], MergeSettings(), CONTEXTS)
    assert found.ids == []


def test_questions_for_others_are_few_and_have_names_of_their_own() -> None:
    near = [
        case(f"o{number}", kind=kind) for number, kind in enumerate(["fall", "fight", "running", "crowd"])
    ]
    found = group_cases(LEADER, near, MergeSettings(), CONTEXTS)
    assert [question for _, question in found.others] == [
        CONTEXTS.deciding(case)._replace(key=f"also_{number}") for number, case in enumerate(near[:3], 1)
    ]
    assert found.only(["o1"]).ids == ["o1"]


def test_a_shared_verdict_is_paid_once_and_says_whose_it_is() -> None:
    verdicts = CaseGroup(LEADER, (case("a"),)).verdicts(VERDICT)
    shared = verdicts["a"]
    assert shared == replace(
        VERDICT, usage=Usage(0, 0, 0, 0.0, 0.0), evidence=(), notes=("shared with leader",)
    )


@pytest.mark.parametrize(
    ("answer", "verification"),
    [("yes", Verification.CONFIRMED), ("no", Verification.REJECTED), ("unclear", None), (None, None)],
)
def test_another_kind_gets_the_answer_to_its_own_question(
    answer: str | None, verification: Verification | None
) -> None:
    together = CaseGroup(LEADER, (), ((case("a", kind="fall"), Question("also_1", "Is it fall?")),))
    answers = {"happens": "yes"} | ({} if answer is None else {"also_1": answer})
    own = together.verdicts(replace(VERDICT, answers=answers))["a"]
    if verification is None:
        assert own is None, "it gets a review of its own"
        return
    assert own is not None
    assert own.verification is verification
    assert own.answers == {"also_1": answer}
    assert (own.probability, own.raw, own.probability_source, own.calibrated) == (None, None, "", False)
    assert own.usage.calls == 0


def test_the_leader_keeps_its_own_answers_only() -> None:
    together = CaseGroup(LEADER, (), ((case("a", kind="fall"), Question("also_1", "Is it fall?")),))
    assert together.own(VERDICT) == replace(VERDICT, answers={"happens": "yes"})
    assert CaseGroup(LEADER).own(VERDICT) == VERDICT


def test_where_a_case_is() -> None:
    assert box_of(LEADER) == HERE
    placed = replace(LEADER, candidate=replace(LEADER.candidate, box=ELSEWHERE))
    assert box_of(placed) == ELSEWHERE
    assert box_of(replace(LEADER, key_frames=())) is None


@table(
    ("a", "b", "share"),
    [
        (HERE, HERE, 1.0),
        (HERE, ELSEWHERE, 0.0),
        (HERE, None, 0.0),
        (Box(0, 0, 0.5, 1), Box(0.25, 0, 0.75, 1), 1 / 3),
        (Box(0.5, 0.5, 0.5, 0.5), Box(0.5, 0.5, 0.5, 0.5), 0.0),
    ],
)
def test_overlap(a: Box | None, b: Box | None, share: float) -> None:
    assert overlap(a, b) == pytest.approx(share)
