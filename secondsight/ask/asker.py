"""Questions in, answers out: cuts a question into clauses, translates each, executes the plans, words the results."""

import re
from dataclasses import dataclass, fields, replace
from pathlib import Path

from secondsight.ask.coverage import Gap
from secondsight.ask.examples import examples, nearest
from secondsight.ask.execute import Executor, Group, Result
from secondsight.ask.grammar import Grammar, SiteClock, is_chinese
from secondsight.ask.plan import AskedPlace, GroupBy, Measure, QuestionPlan
from secondsight.ask.receipt import ReceiptEvent, evidence_of
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.ask.vocabulary import Vocabulary, plain
from secondsight.ask.wording import Wording
from secondsight.clock import Clock, SystemClock
from secondsight.event_words import Language
from secondsight.store import Store

MOST_LETTERS = 500
_ENDS = re.compile(
    r"[?!;。？！；]+|,(?= *(?:and )?(?:how|when|which|what|at what|其中|主要|什么|哪|几))|"
    r"(?<= )and (?=how|when|which|what|at what)"
)


@dataclass(frozen=True, slots=True)
class QuestionRefusal:
    """Why a question has no answer.

    Attributes:
        words: what that is about, such as the words that are not known.
        instead: up to three questions that can be answered.
    """

    why: Why
    words: tuple[str, ...]
    instead: tuple[str, ...]


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
        self, store: Store, vocabulary: Vocabulary, *, clock: Clock | None = None, data: Path | None = None
    ) -> None:
        self._store, self._vocabulary = store, vocabulary
        self._clock, self._data = clock or SystemClock(), data

    def ask(
        self,
        question: str,
        *,
        before: QuestionPlan | None = None,
        cameras: tuple[str, ...] | None = None,
        language: Language | None = None,
    ) -> QuestionAnswer:
        """Answer a question, or say why not.

        Args:
            before: the plan of the question before, to which `and yesterday?` refers.
            cameras: those that the asker may see; None for all.
            language: of the answer; that of the question by default.

        Raises:
            StoreError: the store cannot be read now.
        """
        clock = SiteClock(self._clock.now(), self._vocabulary.timezone)
        vocabulary = self._vocabulary.only(cameras)
        speaks = language or _language_of(question, vocabulary)
        session = _Session(
            Grammar(vocabulary),
            Executor(self._store, vocabulary, clock, cameras),
            Wording(speaks, clock, vocabulary.currency, vocabulary.titles),
            clock,
            self._data,
        )
        try:
            return session.answer(question, speaks, before)
        except MisunderstoodError as error:
            instead = nearest(question, examples(vocabulary, speaks), session.understands)
            refusal = QuestionRefusal(error.why, error.words, instead)
            text = session.wording.refusal(error.why, error.words, refusal.instead)
            return QuestionAnswer(question[:MOST_LETTERS], speaks, text, refused=refusal)


@dataclass(frozen=True, slots=True)
class _Session:
    """What answers one question."""

    grammar: Grammar
    executor: Executor
    wording: Wording
    clock: SiteClock
    data: Path | None

    def answer(self, question: str, language: Language, before: QuestionPlan | None) -> QuestionAnswer:
        """Raises MisunderstoodError."""
        clauses = self._clauses(question)
        plans = self._plans(clauses, before)
        answers: list[QuestionAnswer] = []
        for number, plan in enumerate(plans):
            if number and answers[-1].plan is not None and answers[-1].result is not None:
                plan = self.grammar.plan(
                    clauses[number], self.clock, _narrowed(answers[-1].plan, answers[-1].result)
                )
            answers.append(self._answered(question, language, plan))
        # What holds for all of them, such as where and when, is said once.
        text = "".join(dict.fromkeys(one for answer in answers for one in answer.sentences)).strip()
        return replace(answers[0], further=tuple(answers[1:]), text=text)

    def understands(self, question: str) -> bool:
        """Whether a question has a plan."""
        try:
            self._plans(self._clauses(question), None)
        except MisunderstoodError:
            return False
        return True

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
            plans.append(self.grammar.plan(clause, self.clock, plans[-1] if plans else before))
        return plans

    def _answered(self, question: str, language: Language, plan: QuestionPlan) -> QuestionAnswer:
        result = self.executor.run(plan)
        sentences = self.wording.sentences(plan, result)
        shown = result.groups[0].figure if plan.top and result.groups else result.total
        return QuestionAnswer(
            question=question,
            language=language,
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
        )


def _language_of(question: str, vocabulary: Vocabulary) -> Language:
    """The language in which a question is asked, whatever the language of the names in it."""
    left = plain(question)
    named = [*vocabulary.cameras.values(), *(zone.names for zone in vocabulary.zones)]
    for name in sorted({plain(one) for names in named for one in names}, key=len, reverse=True):
        left = left.replace(name, " ")
    alone = left if any(letter.isalpha() for letter in left) else question
    return "zh" if is_chinese(alone) else "en"


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
