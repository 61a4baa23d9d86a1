"""Results in one plain sentence, in English and Chinese. Figures come from the result, names from the site, times are
those of its clock; nothing else gets in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from secondsight.ask.coverage import Gap
from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import (
    LISTABLE,
    SECONDS,
    AskedPlace,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.refusal import Why
from secondsight.ask.results import Figure, Group, Result
from secondsight.ask.texts import texts_of
from secondsight.event_words import Language, kind_in_words, one_line

_MOST_GROUPS = 24
_MOST_GAPS = 3
_OF_SHELVES = ("take",)


class Wording:
    """Says results in one language, by one clock.

    Args:
        currency: what money is called; empty where nobody said.
        titles: what people call cameras, by name.
    """

    def __init__(
        self,
        language: Language,
        clock: SiteClock,
        currency: str = "",
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._language, self._clock, self._currency = language, clock, currency
        self._texts, self._titles = texts_of(language), titles

    def sentences(self, plan: QuestionPlan, result: Result) -> list[str]:
        """The answer: figure, bounds and what is known of it; where and when; what nobody saw."""
        texts = self._texts
        said = self._figure(plan, result.total)
        where = self._where(plan.where)
        around = f"{where}{texts.comma}{self._span(result.when)}"
        if result.other is not None and plan.compare is not None:
            second = f"{self.value(plan.measure, result.other.value)} ({self._span(plan.compare)})"
            said = texts.compared.format(first=f"{said} ({self._span(result.when)})", second=second)
            around = where
        elif plan.group is not None and result.groups and (plan.top or len(result.groups) <= _MOST_GROUPS):
            named = ", ".join(self._group(plan, one, result.when) for one in result.groups[:_MOST_GROUPS])
            said = (
                f"{texts.top.format(names=named)}{texts.comma}{said}"
                if plan.top
                else f"{said}{texts.comma}{named}"
            )
        sentences = [said, around]
        if plan.measure is Measure.UNPAID or (plan.listed and set(plan.kinds) & set(_OF_SHELVES)):
            sentences.append(texts.suspicions)
        if result.whole_since is not None:
            kept = texts.totals if result.by_totals else texts.forgotten
            sentences.append(kept.format(until=self._moment(result.whole_since)))
        sentences += self._unseen(plan, result)
        return [self.sentence(one) for one in sentences]

    def sentence(self, text: str) -> str:
        """A text as a sentence, with what parts it from the next."""
        return f"{text[:1].upper()}{text[1:]}{self._texts.stop}"

    def as_understood(self, readings: str) -> str:
        """How a large model understood a question that the grammar did not."""
        return self.sentence(self._texts.understood.format(reading=readings))

    def no_help(self, reason: str) -> str:
        """Why a large model was of no help."""
        return self.sentence(self._texts.unsure_why.format(reason=reason))

    def unseen_by_brain(self) -> str:
        """That no large model looked."""
        return self.sentence(self._texts.no_brain)

    def without_pictures(self) -> str:
        """That there is nothing to look at."""
        return self.sentence(self._texts.no_pictures)

    def seen(self, sentences: Sequence[tuple[str, Sequence[int]]], *, enough: bool) -> list[str]:
        """What a large model sees, each sentence with the numbers of its pictures."""
        texts = self._texts
        cited = [
            f"{text.rstrip('.。')} {''.join(f'[{number}]' for number in pictures)}{texts.stop}"
            for text, pictures in sentences
        ]
        head = [f"{texts.sees}{texts.colon}"] if cited else []
        return [*head, *cited, *([] if enough else [self.sentence(texts.not_shown)])]

    def refusal(
        self, why: Why, words: Sequence[str], instead: Sequence[str], readings: Sequence[str] = ()
    ) -> str:
        """Why there is no answer, and what could be asked instead, or what the question may mean."""
        texts = self._texts
        named = ", ".join(one_line(word) for word in words[:8])
        said = texts.refused[why].format(words=named)
        quoted = " / ".join(instead)
        hint = texts.instead.format(questions=quoted) if instead else ""
        choices = " ".join(f"({number}) {one}{texts.stop}" for number, one in enumerate(readings, 1))
        return f"{said}{texts.colon if choices else texts.stop}{hint}{choices}".strip()

    def key(self, plan: QuestionPlan, group: Group, when: TimeSpan) -> str:
        """A group by its name: a local hour as `14:00`, with its day where there are several."""
        if plan.group is GroupBy.HOUR:
            one_day = self._clock.local(when.since).date() == self._clock.local(when.until - 1).date()
            return group.key[11:16] if one_day else f"{group.key[5:10]} {group.key[11:16]}"
        if plan.group is GroupBy.CAMERA:
            return self._titled(group.key)
        return kind_in_words(group.key, self._language) if plan.group is GroupBy.KIND else one_line(group.key)

    def _titled(self, camera: str) -> str:
        return one_line(self._titles.get(camera, camera))

    def value(self, measure: Measure, value: float | None) -> str:
        """A value as people read it."""
        texts = self._texts
        if value is None:
            return "-"
        if measure is Measure.LATEST:
            return f"{self._clock.local(value):%Y-%m-%d %H:%M:%S}"
        if measure is Measure.COST:
            return f"{value:.2f} {self._currency}".strip()
        if measure in SECONDS:
            minutes, seconds = divmod(round(value), 60)
            if minutes >= 60:
                return texts.hours.format(hours=minutes // 60, minutes=minutes % 60)
            return (
                texts.minutes.format(minutes=minutes, seconds=seconds)
                if minutes
                else texts.seconds.format(seconds=seconds)
            )
        return f"{value:g}" if value < 1e6 else f"{value:.0f}"

    def reading(self, plan: QuestionPlan) -> str:
        """What a plan asks for, in words: as the question was understood."""
        texts = self._texts
        said = texts.open if plan.open else texts.asked[plan.measure]
        text = said.format(**self._named(plan))
        text += texts.by.format(group=texts.groups[plan.group]) if plan.group else ""
        text += texts.only_top if plan.top else ""
        span = self._span(plan.when) if plan.when is not None else ""
        text = texts.comma.join(filter(None, (text, self._where(plan.where), span)))
        return text + (texts.also.format(span=self._span(plan.compare)) if plan.compare is not None else "")

    def _named(self, plan: QuestionPlan) -> dict[str, str]:
        """The parts of a sentence that a plan alone fills."""
        texts = self._texts
        known = texts.answers
        named = [kind_in_words(kind, self._language) for kind in plan.kinds]
        named += [
            texts.yes.format(key=known.get(key, one_line(key)), value=known.get(value, one_line(value)))
            for key, value in plan.answers
        ]
        lacking = kind_in_words(plan.lacking, self._language) if plan.lacking else ""
        return {
            "kinds": texts.kinds.format(names=", ".join(named)) if named else "",
            "standing": texts.standing[plan.standing] if plan.standing else "",
            "lacking": texts.lacking.format(kind=lacking) if lacking else "",
            "longer": texts.longer.format(seconds=self.value(Measure.DWELL, plan.longer))
            if plan.longer
            else "",
            "passages": texts.passages[plan.direction or "both"],
        }

    def _figure(self, plan: QuestionPlan, figure: Figure) -> str:
        texts, measure = self._texts, plan.measure
        named = self._named(plan)
        if figure.value is None:
            return texts.never.format(**named) if measure is Measure.LATEST else texts.nothing
        counts = {"confirmed": figure.confirmed, "unverified": figure.unverified, "rejected": figure.rejected}
        split = ""
        if measure in LISTABLE and plan.standing is None:
            split = texts.split.format(**counts)
        elif measure is Measure.PEOPLE and plan.lacking is not None:
            split = texts.people.format(**counts)
        return texts.measures[measure].format(
            value=self.value(measure, figure.value),
            low=self.value(measure, figure.low),
            high=self.value(measure, figure.high),
            split=split,
            **named,
        )

    def _group(self, plan: QuestionPlan, group: Group, when: TimeSpan) -> str:
        return f"{self.key(plan, group, when)} ({self.value(plan.measure, group.figure.value)})"

    def _where(self, where: AskedPlace) -> str:
        texts = self._texts
        parts = [
            text.format(names=", ".join(map(one_line, names)))
            for text, names in (
                (texts.camera, tuple(map(self._titled, where.cameras))),
                (texts.product, (where.product,) if where.product else ()),
                (texts.zone, () if where.product else where.zones),
                (texts.rule, where.rules),
            )
            if names
        ]
        return ", ".join(parts) or texts.everywhere

    def _span(self, span: TimeSpan) -> str:
        return self._texts.span.format(
            since=self._moment(span.since), until=self._moment(span.until), zone=self._clock.timezone
        )

    def _moment(self, moment: float) -> str:
        return f"{self._clock.local(moment):%Y-%m-%d %H:%M}"

    def _unseen(self, plan: QuestionPlan, result: Result) -> list[str]:
        """What could not be seen."""
        texts = self._texts
        if plan.measure in (Measure.COST, Measure.CALLS):
            return []
        if result.noted is None or result.noted >= result.when.until:
            return [texts.unnoted]
        if not result.gaps:
            return []
        told = texts.comma.join(self._gap(gap) for gap in result.gaps[:_MOST_GAPS])
        left = len(result.gaps) - _MOST_GAPS
        return [texts.gaps.format(gaps=told) + (texts.more.format(count=left) if left > 0 else "")]

    def _gap(self, gap: Gap) -> str:
        until = self._clock.local(gap.until)
        same = self._clock.local(gap.since).date() == until.date()
        return self._texts.gap.format(
            camera=self._titled(gap.camera),
            since=self._moment(gap.since),
            until=f"{until:%H:%M}" if same else self._moment(gap.until),
            why=self._texts.unseen[gap.why],
        )
