"""Questions in, answers out: cuts a question into clauses, translates each, executes the plans, words the results."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from secondsight.ask.brain import QuestionBrain, Sighting, agree
from secondsight.ask.counting import Counting, CountingHere, CountRequest
from secondsight.ask.coverage import Gap
from secondsight.ask.examples import examples, nearest
from secondsight.ask.grammar import Grammar, SiteClock, language_of
from secondsight.ask.plan import AskedPlace, GroupBy, Measure, QuestionPlan
from secondsight.ask.receipt import ReceiptEvent, evidence_of
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.ask.results import Group, Result
from secondsight.ask.vocabulary import Vocabulary, plain
from secondsight.ask.wording import Wording
from secondsight.clock import Clock, SystemClock
from secondsight.errors import BrainError
from secondsight.event_words import Language, one_line
from secondsight.store import Store

MOST_LETTERS = 500
_ENDS = re.compile(
    r"[?!;。？！；]+|,(?= *(?:and )?(?:how|when|which|what|at what|其中|主要|什么|哪|几))|"
    r"(?<= )and (?=how|when|which|what|at what)"
)


_HOPELESS = {
    Why.EMPTY,
    Why.TOO_LONG,
    Why.CONTRADICTION,
    Why.FUTURE,
    Why.NOT_WATCHED,
    Why.NOT_COUNTED,
    Why.NO_SUCH_ZONE,
    Why.NO_CAMERA,
}
"""Refusals of questions that were understood: no other translator would help."""
_MOST_GRAMMARS = 32
"""Rights for which a grammar is kept."""
_MOST_REASON = 200
"""Letters of why a large model was of no help."""


@dataclass(frozen=True, slots=True)
class PlanReading:
    """One way to read a question.

    Attributes:
        words: what it asks for, in words.
    """

    words: str
    plan: QuestionPlan


@dataclass(frozen=True, slots=True)
class QuestionRefusal:
    """Why a question has no answer.

    Attributes:
        words: what that is about, such as the words that are not known.
        instead: up to three questions that can be answered.
        readings: where the question can be read in two ways, both; the asker chooses one.
    """

    why: Why
    words: tuple[str, ...]
    instead: tuple[str, ...]
    readings: tuple[PlanReading, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """An answer with its receipt, or a refusal.

    Attributes:
        text: the answer in the language of the question; its `sentences` by themselves.
        value, low, high: the figure and its bounds; seconds for times; None for a refusal, or for nothing to measure.
        plan: as the question was understood; None for a refusal.
        result: all figures.
        bars: the groups by name, in words and as numbers, for a chart.
        events: what the figure rests on, the newest ones.
        sighting: what a large model sees in the pictures, for an open question; None where it did not look.
        refused: None for an answer.
        further: answers to what else was asked in the same breath.
    """

    question: str
    language: Language
    text: str
    sentences: tuple[str, ...] = ()
    value: float | None = None
    low: float | None = None
    high: float | None = None
    plan: QuestionPlan | None = None
    result: Result | None = None
    bars: tuple[tuple[str, str, float], ...] = ()
    events: tuple[ReceiptEvent, ...] = ()
    sighting: Sighting | None = None
    refused: QuestionRefusal | None = None
    further: tuple["QuestionAnswer", ...] = ()

    @property
    def coverage(self) -> tuple[Gap, ...]:
        """What could not be seen."""
        return self.result.gaps if self.result is not None else ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The parts, where the question asked for them."""
        return self.result.groups if self.result is not None else ()

    @property
    def understood(self) -> tuple[str, ...]:
        """The plan, line by line: what was understood, without what was not said."""
        if self.plan is None:
            return ()
        said = {one.name: getattr(self.plan, one.name) for one in fields(self.plan)}
        return tuple(
            f"{name}: {value}" for name, value in said.items() if value not in (None, (), False, AskedPlace())
        )

    @property
    def last(self) -> "QuestionAnswer":
        """The answer that a follow-up goes on from."""
        return self.further[-1].last if self.further else self


class Questions:
    """Answers questions about one site. Safe to use from several threads.

    Args:
        store: what is asked; never written.
        vocabulary: names of the site.
        clock: tells what `today` means; the machine's by default.
        data: the data folder, for the hashes of clips.
        brain: the large model, which reads questions beside the grammar and looks at pictures; None for neither.
        counting: what executes plans; the thread that asks by default.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.ask import Questions, Vocabulary
        >>> from secondsight.clock import ManualClock
        >>> from secondsight.store import Store
        >>> names = Vocabulary(cameras={"hall": ("hall",)}, rules={"falls": "fall"})
        >>> with Store.open(Path("facts.db")) as store:
        ...     answer = Questions(store, names, clock=ManualClock()).ask("How many people fell today?")
        >>> answer.value, answer.plan.kinds
        (0, ('fall',))
    """

    def __init__(
        self,
        store: Store,
        vocabulary: Vocabulary,
        *,
        clock: Clock | None = None,
        data: Path | None = None,
        brain: QuestionBrain | None = None,
        counting: Counting | None = None,
    ) -> None:
        self._counting = counting or CountingHere(store)
        self._vocabulary = vocabulary
        self._grammars: dict[tuple[str, ...] | None, tuple[Vocabulary, Grammar]] = {}
        self._clock, self._data, self._brain = clock or SystemClock(), data, brain

    def ask(
        self,
        question: str,
        *,
        before: QuestionPlan | None = None,
        plan: QuestionPlan | None = None,
        cameras: tuple[str, ...] | None = None,
        language: Language | None = None,
    ) -> QuestionAnswer:
        """Answer a question, or say why not.

        Args:
            before: the plan of the question before, to which `and yesterday?` refers.
            plan: what the question means, where it could be read in two ways and the asker has chosen.
            cameras: those that the asker may see; None for all.
            language: of the answer; that of the question by default.

        Raises:
            StoreError: the store cannot be read now.
        """
        # In whole seconds, so that what is asked again within one is the same plan.
        clock = SiteClock(float(math.ceil(self._clock.now())), self._vocabulary.timezone)
        vocabulary, grammar = self._known_to(cameras)
        speaks = language or language_of(vocabulary.without_names(question))
        session = _Session(
            vocabulary,
            grammar,
            lambda plan: self._counting.run(CountRequest(plan, vocabulary, clock, cameras)),
            Wording(speaks, clock, vocabulary.currency, vocabulary.titles),
            clock,
            speaks,
            self._data,
            self._brain,
        )
        return session.answer(question, before, plan)

    def _known_to(self, cameras: tuple[str, ...] | None) -> tuple[Vocabulary, Grammar]:
        """The names that somebody may know who may see these cameras, and their grammar; made once for each."""
        known = self._grammars.get(cameras)
        if known is None:
            vocabulary = self._vocabulary.only(cameras)
            known = vocabulary, Grammar(vocabulary)
            if len(self._grammars) >= _MOST_GRAMMARS:
                self._grammars.clear()
            self._grammars[cameras] = known
        return known


@dataclass(frozen=True, slots=True)
class _Understood:
    """The plans of a question.

    Attributes:
        clauses: its parts, where the grammar understood them; the later ones may be about what the first one finds.
        note: what is to be said of how it was understood.
    """

    plans: tuple[QuestionPlan, ...]
    clauses: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Session:
    """What answers one question."""

    vocabulary: Vocabulary
    grammar: Grammar
    run: Callable[[QuestionPlan], Result]
    wording: Wording
    clock: SiteClock
    language: Language
    data: Path | None
    brain: QuestionBrain | None

    def answer(
        self, question: str, before: QuestionPlan | None, chosen: QuestionPlan | None
    ) -> QuestionAnswer:
        try:
            return self._answer(question, before, chosen)
        except MisunderstoodError as error:
            return self._refusal(question, error)

    def _answer(
        self, question: str, before: QuestionPlan | None, chosen: QuestionPlan | None
    ) -> QuestionAnswer:
        """Raises MisunderstoodError."""
        understood = self._understood(question, before) if chosen is None else _Understood((chosen,))
        if isinstance(understood, QuestionRefusal):
            return self._refused(question, understood)
        if self.brain is None and any(plan.open and not plan.listed for plan in understood.plans):
            raise MisunderstoodError(Why.NO_BRAIN)
        answers: list[QuestionAnswer] = []
        for number, plan in enumerate(understood.plans):
            before_it = answers[-1] if answers and len(understood.clauses) == len(understood.plans) else None
            if before_it is not None and before_it.plan is not None and before_it.result is not None:
                found = _narrowed(before_it.plan, before_it.result)
                plan = self.grammar.plan(understood.clauses[number], self.clock, found)
            answers.append(self._answered(question, plan))
        # What holds for all of them, such as where and when, is said once.
        sentences = (one for answer in answers for one in answer.sentences)
        text = "".join(dict.fromkeys((understood.note, *sentences))).strip()
        return replace(answers[0], further=tuple(answers[1:]), text=text)

    def understands(self, question: str) -> bool:
        """Whether a question has a plan without a large model."""
        try:
            plans = self._plans(self._clauses(question), None)
        except MisunderstoodError:
            return False
        return not any(plan.open for plan in plans)

    # -- how it is understood

    def _understood(self, question: str, before: QuestionPlan | None) -> _Understood | QuestionRefusal:
        """Raises MisunderstoodError."""
        try:
            clauses = self._clauses(question)
            ours = self._plans(clauses, before)
        except MisunderstoodError as error:
            if self.brain is None or error.why in _HOPELESS or self.brain.settings.translate == "never":
                raise
            return self._by_brain_alone(self.brain, question, before, error)
        understood = _Understood(tuple(ours), tuple(clauses))
        # Later clauses mean what the first one finds, which a large model does not know.
        if self.brain is None or len(ours) > 1 or self.brain.settings.translate != "always":
            return understood
        try:
            theirs = self.brain.plans(question, self.vocabulary, self.clock, before, self.language)
        except BrainError:
            return understood  # the grammar understood it by itself
        if not theirs or (len(theirs) == 1 and agree(ours[0], theirs[0], self.vocabulary)):
            return understood
        readings = tuple(PlanReading(self.wording.reading(plan), plan) for plan in (ours[0], theirs[0]))
        return QuestionRefusal(Why.WHICH, (), (), readings)

    def _by_brain_alone(
        self, brain: QuestionBrain, question: str, before: QuestionPlan | None, refused: MisunderstoodError
    ) -> _Understood:
        """Raises MisunderstoodError, with a note where the large model could not be asked."""
        try:
            plans = brain.plans(question, self.vocabulary, self.clock, before, self.language)
        except BrainError as error:
            raise MisunderstoodError(refused.why, refused.words, self._no_help(error)) from None
        if not plans:
            raise refused
        readings = "; ".join(self.wording.reading(plan) for plan in plans)
        return _Understood(plans, note=self.wording.as_understood(readings))

    def _no_help(self, error: BrainError) -> str:
        return self.wording.no_help(one_line(str(error))[:_MOST_REASON])

    def _clauses(self, question: str) -> list[str]:
        """The questions that a text asks, one after the other; what only says when or where belongs to the next."""
        if len(question) > MOST_LETTERS:
            raise MisunderstoodError(Why.TOO_LONG)
        clauses: list[str] = []
        waiting = ""
        for part in filter(None, (piece.strip(" ,.") for piece in _ENDS.split(plain(question)))):
            waiting = f"{waiting} {part}".strip()
            if self.grammar.is_question(part, self.clock):
                clauses.append(waiting)
                waiting = ""
        if waiting:
            clauses.append(waiting) if not clauses else clauses.append(f"{clauses.pop()} {waiting}")
        if not clauses:
            raise MisunderstoodError(Why.EMPTY)
        return clauses

    def _plans(self, clauses: list[str], before: QuestionPlan | None) -> list[QuestionPlan]:
        plans: list[QuestionPlan] = []
        for clause in clauses:
            plan = self.grammar.plan(clause, self.clock, plans[-1] if plans else before)
            if plans and plans[-1].top and plan == replace(plans[-1], group=GroupBy.CAMERA):
                plans.pop()  # `Where were most, which camera?` asks for cameras
            plans.append(plan)
        return plans

    # -- what is said

    def _refusal(self, question: str, error: MisunderstoodError) -> QuestionAnswer:
        instead = nearest(question, examples(self.vocabulary, self.language), self.understands)
        return self._refused(question, QuestionRefusal(error.why, error.words, instead), error.note)

    def _refused(self, question: str, refusal: QuestionRefusal, note: str = "") -> QuestionAnswer:
        readings = [one.words for one in refusal.readings]
        text = self.wording.refusal(refusal.why, refusal.words, refusal.instead, readings)
        whole = f"{text} {note}".strip()
        return QuestionAnswer(question[:MOST_LETTERS], self.language, whole, refused=refusal)

    def _answered(self, question: str, plan: QuestionPlan) -> QuestionAnswer:
        result = self.run(plan)
        sentences = self.wording.sentences(plan, result)
        shown = result.groups[0].figure if plan.top and result.groups else result.total
        sighting, seen = self._seen(question, plan, result) if plan.open else (None, [])
        sentences += seen
        return QuestionAnswer(
            question=question,
            language=self.language,
            text="".join(sentences).strip(),
            sentences=tuple(sentences),
            value=shown.value,
            low=shown.low,
            high=shown.high,
            plan=plan,
            result=result,
            bars=tuple(
                (
                    self.wording.key(plan, one, result.when),
                    self.wording.value(plan.measure, one.figure.value),
                    one.figure.value or 0.0,
                )
                for one in result.groups
            ),
            events=tuple(evidence_of(event, self.data) for event in result.events),
            sighting=sighting,
        )

    def _seen(self, question: str, plan: QuestionPlan, result: Result) -> tuple[Sighting | None, list[str]]:
        """What a large model sees in the pictures of the events, and that in sentences."""
        wording = self.wording
        if self.brain is None:
            return None, [wording.unseen_by_brain()]
        if not any(event.key_frames for event in result.events):
            return None, [wording.without_pictures()]
        try:
            sighting = self.brain.look(question, result.events, self.vocabulary, self.clock, self.language)
        except BrainError as error:
            return None, [wording.unseen_by_brain(), self._no_help(error)]
        if sighting is None:
            return None, [wording.without_pictures()]
        return sighting, wording.seen(sighting.sentences, enough=sighting.enough)


def _narrowed(plan: QuestionPlan, result: Result) -> QuestionPlan:
    """A plan whose largest part is what the next question is about."""
    if not plan.top or len(result.groups) != 1:
        return plan
    key = result.groups[0].key
    bare = replace(plan, group=None, top=False)
    match plan.group:
        case GroupBy.PRODUCT:
            return replace(bare, where=replace(plan.where, product=key))
        case GroupBy.CAMERA:
            return replace(bare, where=replace(plan.where, cameras=(key,)))
        case GroupBy.ZONE:
            return replace(bare, where=replace(plan.where, zones=(key,)))
        case GroupBy.KIND if plan.measure is Measure.EVENTS:
            return replace(bare, kinds=(key,))
    return bare
