"""Puts questions to a site's large model, within the budgets and as `egress` allows. Never on the frame path."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from secondsight.ask.brain.plan_form import plan_request
from secondsight.ask.brain.scenes import SceneMaker, shared
from secondsight.ask.grammar import SiteClock, places_in
from secondsight.ask.plan import QuestionPlan
from secondsight.ask.receipt import CitedPicture
from secondsight.ask.vocabulary import Vocabulary
from secondsight.brain import Answerer, PicturesRequest, PlanRequest
from secondsight.cascade import BudgetGate, CostEstimate, EgressGate, Refusal
from secondsight.config import AskSettings
from secondsight.errors import BrainError, ConfigError, ModelError
from secondsight.event_words import Language
from secondsight.records import Egress, Event, Purpose

T = TypeVar("T")

_PLAN_COST = CostEstimate(calls=2.0, tokens=4000.0)
_PICTURES_COST = CostEstimate(calls=2.0, tokens=12_000.0)
"""Of one question, both ways; a guess that only the budget's reservation goes by."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a large model sees in pictures.

    Attributes:
        sentences: each with the numbers of its pictures.
        pictures: those that are cited, by number from 1.
        enough: whether they answer the question.
        model: name of what saw it.
    """

    sentences: tuple[tuple[str, tuple[int, ...]], ...]
    pictures: tuple[CitedPicture, ...]
    enough: bool
    model: str


@dataclass(frozen=True, slots=True)
class QuestionBrain:
    """The large model of a site, for questions.

    Attributes:
        make: makes the answerer, whose connections live for one question; None where the site has none.
        gate: opens what releases pictures; only called for an open question.
        level: what of a camera may leave.
        budgets: all of which must allow a call.
        flush: writes the ledger.
    """

    settings: AskSettings
    make: Callable[[], Answerer | None]
    gate: Callable[[Answerer], EgressGate]
    level: Callable[[str], Egress]
    data: Path
    max_frames: int
    budgets: Sequence[BudgetGate] = ()
    flush: Callable[[], None] = lambda: None

    def plans(
        self,
        question: str,
        vocabulary: Vocabulary,
        clock: SiteClock,
        before: QuestionPlan | None,
        language: Language,
    ) -> tuple[QuestionPlan, ...]:
        """The plans of a question as the large model reads it; none where it cannot.

        Args:
            vocabulary: names that the asker may know.

        Raises:
            BrainError: it cannot be asked, or its answer is of no use.
        """

        async def ask(answerer: Answerer) -> tuple[QuestionPlan, ...]:
            told, asked = vocabulary, before
            if answerer.remote:
                told = self._may_leave(question, vocabulary, clock)
                asked = before if before is None or set(before.where.cameras) <= set(told.cameras) else None
            return await answerer.plan(plan_request(question, told, clock, asked, language))

        return self._ask(ask, _PLAN_COST)

    def read(
        self,
        text: str,
        request: Callable[[Vocabulary], PlanRequest[T]],
        vocabulary: Vocabulary,
        clock: SiteClock,
    ) -> T:
        """What the large model reads a text as.

        Args:
            request: makes the request from the names that the model may know.

        Raises:
            BrainError: it cannot be asked, or its answer is of no use.
        """

        async def ask(answerer: Answerer) -> T:
            told = self._may_leave(text, vocabulary, clock) if answerer.remote else vocabulary
            return await answerer.plan(request(told))

        return self._ask(ask, _PLAN_COST)

    def look(
        self,
        question: str,
        events: Sequence[Event],
        vocabulary: Vocabulary,
        clock: SiteClock,
        language: Language,
    ) -> Sighting | None:
        """What the pictures of events show of what is asked; None where there is no picture.

        Raises:
            BrainError: it cannot be asked, or its answer is of no use.
        """

        async def ask(answerer: Answerer) -> Sighting | None:
            if answerer.remote:
                self._may_leave(question, vocabulary, clock)
            return await self._look(answerer, question, events, clock, language)

        return self._ask(ask, _PICTURES_COST)

    async def _look(
        self, answerer: Answerer, question: str, events: Sequence[Event], clock: SiteClock, language: Language
    ) -> Sighting | None:
        gate = await asyncio.to_thread(self.gate, answerer)
        try:
            maker = SceneMaker(self.data, gate, self.level)
            scenes = await asyncio.to_thread(maker.scenes, events, self.settings.events, clock, language)
        finally:
            gate.close()
        if not scenes:
            return None
        shown = shared(scenes, max(self.max_frames, 1))
        levels = {scene.egress for scene in scenes}
        request = PicturesRequest(
            question=question,
            scenes=tuple(scene.facts for scene in scenes),
            pictures=tuple(picture for picture, _ in shown),
            language=language,
            egress=Egress.REDACTED if Egress.REDACTED in levels else Egress.FULL,
        )
        answer = await answerer.describe(request)
        cited = list(dict.fromkeys(number for one in answer.sentences for number in one.pictures))
        pictures = []
        for number, position in enumerate(cited, 1):
            picture, frame = shown[position]
            pictures.append(CitedPicture.of(number, scenes[picture.scene].event, frame))
        said = tuple(
            (one.text, tuple(cited.index(number) + 1 for number in one.pictures)) for one in answer.sentences
        )
        return Sighting(said, tuple(pictures), answer.enough, answerer.name)

    def _may_leave(self, question: str, vocabulary: Vocabulary, clock: SiteClock) -> Vocabulary:
        """The names that a brain elsewhere may hear. Raises BrainError for a question that has another one."""
        names = set(vocabulary.cameras) | {one.camera for one in vocabulary.zones}
        open_ones = {name for name in names if self.level(name) is Egress.FULL}
        kept = vocabulary.only(sorted(names - open_ones))
        if places_in(question, kept, clock):
            raise BrainError(
                "the question names a camera or zone whose name may not leave this machine (egress)",
                retryable=False,
            )
        told = vocabulary.only(sorted(open_ones))
        if open_ones == names:
            return told
        kinds = {kind: kind for kind in vocabulary.rules.values()}
        return replace(told, rules=kinds, counting=(), queues=())

    def _ask(self, work: Callable[[Answerer], Awaitable[T]], cost: CostEstimate) -> T:
        # A loop of its own in a thread of its own: who asks may be within one, as notebooks are.
        with ThreadPoolExecutor(1, "question") as apart:
            try:
                return apart.submit(lambda: asyncio.run(self._within_budget(work, cost))).result()
            except (
                ConfigError,
                ModelError,
            ) as error:  # no key, no model that redacts: figures are told all the same
                raise BrainError(str(error), retryable=False) from None
            finally:
                self.flush()

    async def _within_budget(self, work: Callable[[Answerer], Awaitable[T]], cost: CostEstimate) -> T:
        answerer = self.make()
        if answerer is None:
            raise BrainError("the brain of this site answers no questions", retryable=False)
        with ExitStack() as grants:
            try:
                for budget in self.budgets:
                    grant = budget.allow(Purpose.ANSWER, "", "", cost)
                    if isinstance(grant, Refusal):
                        raise BrainError(grant.reason, retryable=False)
                    grants.enter_context(grant)
                return await work(answerer)
            finally:
                await answerer.close()
