"""Holds every verdict against what a large model makes up; a brain like any other, around one.

Before: frames too dark, too blurred or empty are not shown (`quality.py`); if none is left, nothing is asked and the
verdict is unsure. After: places the model points at must touch the suspect; and the deciding question is asked once
more in its opposite form, alone, with its choices in another order and on fewer frames. A model that says yes to both
did not look. What either check finds stands in the verdict's `notes`.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from secondsight.brain.checks.image_quality import fault_of
from secondsight.brain.prompts.images import choose
from secondsight.brain.prompts.questions import opposite_of
from secondsight.brain.protocol import Reviewer
from secondsight.config import GuardSettings
from secondsight.errors import BrainError
from secondsight.log import redact
from secondsight.records import (
    Evidence,
    Purpose,
    ReviewRequest,
    Usage,
    Verdict,
    Verification,
    area,
    overlap_of_smaller,
)

TOUCH = 0.1
"""Least share of the smaller box that lies in the other one: models draw boxes roughly, but not elsewhere."""
FRAMES = 3
"""Most frames of the opposite question: those the answer rests on, then first, last and middle."""
ABOUT_THE_VIEW = frozenset({"smoke", "low_visibility"})
"""Kinds that themselves make pictures dark, empty and blurred."""

Number = TypeVar("Number", int, float)

_CONFIRMED, _REJECTED, _UNSURE = Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE


class GuardedBrain:
    """A brain whose verdicts are checked.

    Args:
        timeout: seconds for one review, the opposite question included. Its failing is no failure of the review: the
            verdict stands and says that it was not asked.
    """

    def __init__(self, brain: Reviewer, settings: GuardSettings, timeout: float) -> None:
        self._brain, self._settings, self._timeout = brain, settings, timeout
        self.name, self.remote = brain.name, brain.remote
        self.reads_questions = brain.reads_questions

    async def review(self, request: ReviewRequest) -> Verdict:
        """The checked verdict; its `usage` is that of both questions. Raises BrainError of the first one."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout
        looks = self._settings.picture and request.kind not in ABOUT_THE_VIEW
        faults = await asyncio.to_thread(_faults, request) if looks else {}
        kept = [index for index in range(len(request.frames)) if index not in faults]
        notes = [f"frame {index} not shown: {fault}" for index, fault in faults.items()]
        if faults and not kept:
            return self._nothing_to_see(request, notes)
        shown = replace(request, frames=tuple(request.frames[index] for index in kept))
        verdict = self._checked(shown, await self._brain.review(shown))
        if self._asks(verdict):
            verdict = await self._opposed(shown, verdict, deadline)
        evidence = tuple(Evidence(kept[point.frame], point.box) for point in verdict.evidence)
        return replace(verdict, evidence=evidence, notes=(*notes, *verdict.notes))

    async def check(self) -> str:
        return await self._brain.check()

    async def close(self) -> None:
        await self._brain.close()

    def _nothing_to_see(self, request: ReviewRequest, notes: list[str]) -> Verdict:
        return Verdict(
            verification=_UNSURE,
            probability=None,
            answers={},
            evidence=(),
            summary="",
            model=self.name,
            prompt_version=request.sheet or request.kind,
            usage=Usage(calls=0, cost=0.0),
            notes=(*notes, "not asked: no frame is fit to be judged"),
        )

    def _checked(self, request: ReviewRequest, verdict: Verdict) -> Verdict:
        """The verdict without evidence that points at nothing; unsure if it confirms and none is left."""
        inside = tuple(point for point in verdict.evidence if 0 <= point.frame < len(request.frames))
        if not self._settings.evidence:
            return replace(verdict, evidence=inside)
        good = tuple(point for point in inside if touches(point, request))
        if len(good) == len(verdict.evidence):
            return verdict
        note = f"places pointed at that do not hold the suspect: {len(verdict.evidence) - len(good)}"
        found = replace(verdict, evidence=good, notes=(*verdict.notes, note))
        return (
            found if good or verdict.verification is not _CONFIRMED else replace(found, verification=_UNSURE)
        )

    def _asks(self, verdict: Verdict) -> bool:
        if verdict.verification is _UNSURE or not self._brain.reads_questions:
            return False
        if self._settings.opposite == "band" and verdict.probability is not None:
            low, high = self._settings.band
            return low <= verdict.probability <= high
        return self._settings.opposite != "never"

    async def _opposed(self, request: ReviewRequest, verdict: Verdict, deadline: float) -> Verdict:
        """The verdict after the opposite question; as it is, with a note, if that gets no answer."""
        small = replace(
            request,
            frames=tuple(request.frames[i] for i in _few(len(request.frames), verdict.evidence)),
            questions=(opposite_of(request.questions[0]),),
            sheet="",
            purpose=Purpose.GUARD,
        )
        try:
            async with asyncio.timeout_at(deadline):
                other = await self._brain.review(small)
        except (BrainError, TimeoutError) as error:
            reason = redact(str(error)) or "no time was left"
            return replace(verdict, notes=(*verdict.notes, f"opposite question without an answer: {reason}"))
        return combined(verdict, other)


def combined(verdict: Verdict, opposite: Verdict) -> Verdict:
    """A verdict and the answer to its opposite question (confirmed: yes, to the opposite).

    It stands only if the opposite was answered the other way; else it is unsure. The probability is the mean of what
    either says of the event, p and 1 - q, if both say anything; else that of the first.
    """
    upheld = {_CONFIRMED: _REJECTED, _REJECTED: _CONFIRMED}.get(verdict.verification) is opposite.verification
    notes = verdict.notes
    if not upheld:
        unclear = opposite.verification is _UNSURE
        notes = (
            *notes,
            f"opposite question answered {'unclear' if unclear else 'alike'}: the answers contradict",
        )
    return replace(
        verdict,
        verification=verdict.verification if upheld else _UNSURE,
        probability=_mean(verdict.probability, opposite.probability),
        raw=_mean(verdict.raw, opposite.raw),
        usage=total((verdict.usage, opposite.usage)),
        notes=notes,
    )


def touches(point: Evidence, request: ReviewRequest) -> bool:
    """Whether a place lies in a frame of the request and, where both boxes are known, on the suspect's."""
    if not 0 <= point.frame < len(request.frames):
        return False
    suspect = request.frames[point.frame].box
    if point.box is None or suspect is None or not area(suspect):
        return True
    return overlap_of_smaller(point.box, suspect) >= TOUCH


def total(usages: Iterable[Usage]) -> Usage:
    """What several calls took together; a sum with an unknown part is unknown."""
    parts = tuple(usages)
    return Usage(
        calls=sum(part.calls for part in parts),
        tokens_in=_sum([part.tokens_in for part in parts if part.calls]),
        tokens_out=_sum([part.tokens_out for part in parts if part.calls]),
        cost=_sum([part.cost for part in parts if part.calls]),
        latency=sum(part.latency for part in parts),
    )


def _faults(request: ReviewRequest) -> dict[int, str]:
    """Frame -> what is wrong with its picture. What cannot be read is left to the brain to report."""
    faults = {}
    for index, frame in enumerate(request.frames):
        try:
            fault = fault_of(frame)
        except ValueError:
            continue
        if fault:
            faults[index] = fault
    return faults


def _few(count: int, evidence: tuple[Evidence, ...]) -> list[int]:
    wanted = [*(point.frame for point in evidence), *choose(count, min(FRAMES, count))]
    return sorted(list(dict.fromkeys(wanted))[:FRAMES])


def _mean(first: float | None, opposite: float | None) -> float | None:
    return first if first is None or opposite is None else (first + 1 - opposite) / 2


def _sum(parts: list[Number | None]) -> Number | None:
    known = [part for part in parts if part is not None]
    return sum(known[1:], known[0]) if known and len(known) == len(parts) else None
