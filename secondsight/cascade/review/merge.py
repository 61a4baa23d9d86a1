"""Cases of one track or one incident: which they are, and how one review answers all of them.

Of one kind they share the verdict. A case of another kind with the same track adds its deciding question to the
review; its own answer becomes its verdict, and where that is unclear it goes back to the queue and gets a review of
its own. Every event keeps its id.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from secondsight.cascade.review.context import ReviewContexts
from secondsight.config import MergeSettings
from secondsight.records import Box, Case, Question, Usage, Verdict, Verification, iou

_OVERLAP = 0.3
"""Least intersection over union of two boxes in the same place."""
_MOST_KINDS = 3
"""Questions for other kinds that are added to one review: more would dilute the leader's own."""
_DECIDED = {"yes": Verification.CONFIRMED, "no": Verification.REJECTED}
_UNPAID = Usage(calls=0, tokens_in=0, tokens_out=0, cost=0.0, latency=0.0)


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """Cases that one review answers.

    Attributes:
        leader: the case whose key frames are shown.
        same_kind: cases that share its verdict.
        others: cases of other kinds, each with the question it adds.
    """

    leader: Case
    same_kind: tuple[Case, ...] = ()
    others: tuple[tuple[Case, Question], ...] = ()

    @property
    def ids(self) -> list[str]:
        """Ids of all but the leader."""
        return [case.id for case in self.members]

    @property
    def members(self) -> tuple[Case, ...]:
        """All but the leader."""
        return (*self.same_kind, *(case for case, _ in self.others))

    def only(self, ids: Sequence[str]) -> "CaseGroup":
        """The group without the cases that other workers have taken meanwhile."""
        return CaseGroup(
            self.leader,
            tuple(case for case in self.same_kind if case.id in ids),
            tuple(pair for pair in self.others if pair[0].id in ids),
        )

    def verdicts(self, verdict: Verdict) -> dict[str, Verdict | None]:
        """Each member's verdict from the leader's; None where it needs a review of its own."""
        note = f"shared with {self.leader.id}"
        found: dict[str, Verdict | None] = {case.id: shared(verdict, note) for case in self.same_kind}
        for case, question in self.others:
            answer = verdict.answers.get(question.key, "")
            if answer not in _DECIDED:
                found[case.id] = None
                continue
            found[case.id] = replace(
                shared(verdict, note),
                verification=_DECIDED[answer],
                # What the backend knows of its certainty is about the leader's question.
                probability=None,
                raw=None,
                probability_source="",
                calibrated=False,
                answers={question.key: answer},
            )
        return found

    def own(self, verdict: Verdict) -> Verdict:
        """The leader's verdict, without the answers to what was asked for others."""
        added = {question.key for _, question in self.others}
        kept = {key: answer for key, answer in verdict.answers.items() if key not in added}
        return replace(verdict, answers=kept) if added else verdict


def group_cases(
    leader: Case, near: Sequence[Case], settings: MergeSettings, contexts: ReviewContexts
) -> CaseGroup:
    """Group a case with the waiting cases that its review can answer as well.

    Args:
        near: waiting cases of the leader's camera and time.
        contexts: give the question that decides each case.
    """
    mine = contexts.deciding(leader)
    same_kind: list[Case] = []
    others: list[tuple[Case, Question]] = []
    for case in near:
        if case.id == leader.id or not _together(leader, case, settings.window):
            continue
        candidate, first = case.candidate, contexts.deciding(case)
        one_track = bool(set(candidate.tracks) & set(leader.candidate.tracks))
        if candidate.kind == leader.candidate.kind:
            one_place = one_track or overlap(box_of(case), box_of(leader)) >= _OVERLAP
            if one_place and first.text == mine.text and candidate.zone == leader.candidate.zone:
                same_kind.append(case)
        elif settings.kinds and one_track and len(others) < _MOST_KINDS:
            others.append((case, first._replace(key=f"also_{len(others) + 1}")))
    return CaseGroup(leader, tuple(same_kind), tuple(others))


def shared(verdict: Verdict, note: str) -> Verdict:
    """A verdict for a case it was not made for: nothing is paid twice, and its pictures are not the other's."""
    return replace(verdict, usage=_UNPAID, evidence=(), notes=(*verdict.notes, note))


def _together(a: Case, b: Case, window: float) -> bool:
    """Whether two candidates overlap in time, or lie no more than `window` seconds apart."""
    first, second = sorted((a.candidate, b.candidate), key=lambda candidate: candidate.start)
    return second.start - max(first.triggered, first.end or first.triggered) <= window


def box_of(case: Case) -> Box | None:
    """Where in the picture a case is, nearest to its best view; None if that is not known."""
    candidate = case.candidate
    if candidate.box is not None:
        return candidate.box
    known = [frame for frame in case.key_frames if frame.box is not None]
    return min(known, key=lambda frame: abs(frame.time - candidate.peak)).box if known else None


def overlap(a: Box | None, b: Box | None) -> float:
    """Intersection over union, 0..1; 0 for a box that is not known."""
    return iou(a, b) if a and b else 0.0
