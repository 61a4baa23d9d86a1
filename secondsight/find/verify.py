"""Has the large model look at the best finds: is it to be seen, and where?"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from secondsight.brain import Reviewer, question_sheet, quoted
from secondsight.cascade import BudgetGate, CostEstimate, EgressGate, Refusal
from secondsight.errors import BrainError, ConfigError, ModelError
from secondsight.event_words import Language
from secondsight.find.search import FoundEvent
from secondsight.records import Box, Egress, Purpose, ReviewFrame, ReviewRequest, Verdict, Verification

_WHOLE = Box(0.0, 0.0, 1.0, 1.0)
_COST = CostEstimate(calls=2.0, tokens=3000.0)
"""Of one look: the question and its opposite."""
_ASKED: dict[Language, str] = {
    "en": "Do the frames show what these words describe: {}?",
    "zh": "画面中能否看到下列文字所描述的内容：{}",
}


@dataclass(frozen=True, slots=True)
class VerifiedFinds:
    """Finds that a large model has looked at.

    Attributes:
        found: confirmed ones first, then those it is not sure of or has not seen, then rejected ones.
        note: why it has not looked at all that it should; empty if it has.
    """

    found: tuple[FoundEvent, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class FindVerifier:
    """The large model of a site, for finds.

    Attributes:
        make: makes the reviewer, whose connections live for one search; None where the site has none.
        gate: opens what releases pictures.
        level: what of a camera may leave.
        most: finds that it looks at.
        budgets: all of which must allow a look.
        flush: writes the ledger.
    """

    make: Callable[[], Reviewer | None]
    gate: Callable[[Reviewer], EgressGate]
    level: Callable[[str], Egress]
    data: Path
    most: int
    budgets: Sequence[BudgetGate] = ()
    flush: Callable[[], None] = lambda: None

    def verified(self, text: str, found: Sequence[FoundEvent], language: Language) -> VerifiedFinds:
        """The finds, the best of them looked at. What fails leaves them as they were found, with a note."""
        try:
            return asyncio.run(self._looked_at(text, found, language))
        except (BrainError, ConfigError, ModelError) as error:
            return VerifiedFinds(tuple(found), str(error))
        finally:
            self.flush()

    async def _looked_at(self, text: str, found: Sequence[FoundEvent], language: Language) -> VerifiedFinds:
        brain = self.make()
        if brain is None or not brain.reads_questions:
            return VerifiedFinds(tuple(found))
        gate: EgressGate | None = None
        seen: list[FoundEvent] = []
        note = ""
        try:
            gate = await asyncio.to_thread(self.gate, brain)
            for one in found[: self.most]:
                try:
                    seen.append(await self._look(brain, gate, text, one, language))
                except BrainError as error:
                    seen.append(one)
                    note = note or str(error)
                    if error.away:  # or without budget: the next one would fare no better
                        break
        finally:
            if gate is not None:
                gate.close()
            await brain.close()
        ranks: dict[Verification | None, int] = {Verification.CONFIRMED: 0, Verification.REJECTED: 2}
        whole = [*seen, *found[len(seen) :]]
        return VerifiedFinds(tuple(sorted(whole, key=lambda one: ranks.get(one.verification, 1))), note)

    async def _look(
        self, brain: Reviewer, gate: EgressGate, text: str, one: FoundEvent, language: Language
    ) -> FoundEvent:
        request = await asyncio.to_thread(self._request, gate, text, one, language)
        grants = []
        try:
            for budget in self.budgets:
                grant = budget.allow(Purpose.ANSWER, one.event.camera, "", _COST)
                if isinstance(grant, Refusal):
                    raise BrainError(grant.reason, retryable=False, away=True)
                grants.append(grant)
            verdict = await brain.review(request)
        finally:
            for grant in grants:
                grant.close()
        return replace(one, verification=verdict.verification, box=_place(verdict) or one.box)

    def _request(self, gate: EgressGate, text: str, one: FoundEvent, language: Language) -> ReviewRequest:
        """Raises BrainError: the picture is gone, or may not leave."""
        event, key = one.event, one.event.key_frames[one.frame]
        try:
            jpeg = (self.data / key.path).read_bytes()
        except OSError as error:
            raise BrainError(f"a key frame cannot be read: {error.strerror}", retryable=False) from None
        sheet = question_sheet("generic", language, custom=_ASKED[language].format(quoted(text)))
        request = ReviewRequest(
            case_id=event.id,
            kind="find",
            camera=event.camera,
            label=event.label,
            zone=event.zone,
            start=event.start,
            triggered=key.time,
            frames=(ReviewFrame(jpeg, key.time, None if one.box == _WHOLE else one.box),),
            questions=sheet.questions[:1],
            sheet=sheet.version,
            language=language,
            source=event.camera,
            purpose=Purpose.ANSWER,
        )
        return gate.release(request, (key,), self.level(event.camera))


def _place(verdict: Verdict) -> Box | None:
    """Where the large model saw it, if it says so."""
    if verdict.verification is not Verification.CONFIRMED:
        return None
    return next((point.box for point in verdict.evidence if point.box is not None), None)
