"""Results in one plain sentence, in English and Chinese. Figures come from the result, names from the site, times are
those of its clock; nothing else gets in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from secondsight.ask.coverage import Gap, Unseen
from secondsight.ask.execute import Figure, Group, Result
from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import (
    SECONDS,
    AskedPlace,
    Direction,
    EventStanding,
    GroupBy,
    Measure,
    QuestionPlan,
    TimeSpan,
)
from secondsight.ask.refusal import Why
from secondsight.event_words import Language, kind_in_words, one_line

_MOST_GROUPS = 24
_MOST_GAPS = 3
_OF_SHELVES = ("take",)


@dataclass(frozen=True, slots=True)
class _Texts:
    """The sentences of one language, to be filled in."""

    measures: dict[Measure, str]
    passages: dict[Direction | None, str]
    kinds: str
    split: str
    standing: dict[EventStanding, str]
    people: str
    lacking: str
    nothing: str
    never: str
    camera: str
    zone: str
    rule: str
    product: str
    everywhere: str
    span: str
    top: str
    compared: str
    unseen: dict[Unseen, str]
    gap: str
    gaps: str
    more: str
    unnoted: str
    totals: str
    forgotten: str
    suspicions: str
    longer: str
    yes: str
    refused: dict[Why, str]
    instead: str
    comma: str
    stop: str
    colon: str
    minutes: str
    seconds: str
    hours: str


TEXTS: dict[Language, _Texts] = {
    "en": _Texts(
        measures={
            Measure.EVENTS: "{value} events{kinds}{standing}{split}",
            Measure.LATEST: "The last one{kinds} was at {value}",
            Measure.PEOPLE: "About {value} different people{lacking}{longer} (at least {low}, at most {high}{split})",
            Measure.VISITS: "{value} visits{lacking}{longer}",
            Measure.DWELL: "A stay took {value} on average",
            Measure.AT_ONCE: "At most {value} people at the same moment",
            Measure.PASSAGES: "{value} {passages}",
            Measure.WAIT: "A wait took {value} on average",
            Measure.COST: "The large model cost {value}",
            Measure.CALLS: "{value} calls of the large model",
            Measure.UNSEEN: "Not watched for {value}",
        },
        passages={Direction.IN: "came in", Direction.OUT: "went out", None: "passed"},
        kinds=" ({names})",
        split=": {confirmed} confirmed, {unverified} not verified; {rejected} rejected and not counted",
        standing={
            EventStanding.CONFIRMED: ", confirmed",
            EventStanding.UNVERIFIED: ", not verified",
            EventStanding.REJECTED: ", rejected as false alarms",
        },
        people="; by the second look {confirmed} tracks confirmed, {unverified} not verified, {rejected} rejected",
        lacking=" ({kind})",
        nothing="There is nothing to measure",
        never="There was none{kinds}",
        camera="camera {names}",
        zone="zone {names}",
        rule="rule {names}",
        product="product {names}",
        everywhere="all cameras",
        span="{since} to {until} ({zone})",
        top="Most: {names}",
        compared="{first}, against {second}",
        unseen={
            Unseen.DOWN: "nothing was running",
            Unseen.BLIND: "no pictures came",
            Unseen.LOW_VISIBILITY: "there was little to see",
        },
        gap="{camera} from {since} to {until}, {why}",
        gaps="Not seen, hence not counted: {gaps}",
        more=" and {count} more gaps",
        unnoted="When cameras were watched is not noted for this time",
        totals="Of what is before {until}, only how many there were is kept, by the quarter of an hour",
        forgotten="What is before {until} is no longer kept, hence not counted",
        suspicions="These are suspicions with their pictures, not findings, and nobody is named",
        longer=" who stayed at least {seconds}",
        yes="{key}: {value}",
        refused={
            Why.EMPTY: "There is no question",
            Why.TOO_LONG: "The question is too long; use at most 500 letters",
            Why.UNKNOWN_WORDS: "I do not understand: {words}",
            Why.NO_QUESTION: "I do not see what is to be counted",
            Why.NOT_TOGETHER: "I understand the words, but cannot answer them together",
            Why.TWO_MEANINGS: "The question asks for two things at once; ask one after the other",
            Why.MOST_OF_WHAT: "The most of what: cameras, zones, hours, products?",
            Why.COMPARE_WHAT: "Name the two days or weeks that are to be compared",
            Why.CONTRADICTION: "The times contradict each other",
            Why.FUTURE: "That lies in the future",
            Why.NOT_WATCHED: "No rule of this site watches for this: {words}",
            Why.NOT_COUNTED: "No rule counts passages there; see the behaviour `counting`",
            Why.NO_SUCH_ZONE: "That camera has no such zone",
            Why.NO_CAMERA: "There is no camera that you may see",
        },
        instead="I can answer, for example: {questions}",
        comma="; ",
        stop=". ",
        colon=": ",
        minutes="{minutes} min {seconds} s",
        seconds="{seconds} s",
        hours="{hours} h {minutes} min",
    ),
    "zh": _Texts(
        measures={
            Measure.EVENTS: "共 {value} 起{kinds}{standing}{split}",
            Measure.LATEST: "最近一次{kinds}在 {value}",
            Measure.PEOPLE: "约 {value} 个不同的人{lacking}{longer}（至少 {low} 人，至多 {high} 人{split}）",
            Measure.VISITS: "共 {value} 人次{lacking}{longer}",
            Measure.DWELL: "平均停留 {value}",
            Measure.AT_ONCE: "同时在场最多 {value} 人",
            Measure.PASSAGES: "{passages} {value} 次",
            Measure.WAIT: "平均等待 {value}",
            Measure.COST: "大模型花费 {value}",
            Measure.CALLS: "大模型被调用 {value} 次",
            Measure.UNSEEN: "未监看 {value}",
        },
        passages={Direction.IN: "进入", Direction.OUT: "离开", None: "通过"},
        kinds="（{names}）",
        split="：已确认 {confirmed}，未复核 {unverified}；已否定 {rejected}，不计入",
        standing={
            EventStanding.CONFIRMED: "（已确认）",
            EventStanding.UNVERIFIED: "（未复核）",
            EventStanding.REJECTED: "（误报，已否定）",
        },
        people="；经复核确认的轨迹 {confirmed}，未复核 {unverified}，已否定 {rejected}",
        lacking="（{kind}）",
        nothing="没有可统计的数据",
        never="没有{kinds}",
        camera="摄像头 {names}",
        zone="区域 {names}",
        rule="规则 {names}",
        product="商品 {names}",
        everywhere="全部摄像头",
        span="{since} 至 {until}（{zone}）",
        top="最多：{names}",
        compared="{first}，对比 {second}",
        unseen={
            Unseen.DOWN: "系统未运行",
            Unseen.BLIND: "没有画面",
            Unseen.LOW_VISIBILITY: "能见度低",
        },
        gap="{camera} {since} 至 {until} {why}",
        gaps="未看到因而未计入：{gaps}",
        more=" 等另外 {count} 段",
        unnoted="此时段没有记录摄像头是否在监看",
        totals="{until} 之前只保留每刻钟的数量",
        forgotten="{until} 之前的数据已按保留期删除，未计入",
        suspicions="以上只是带画面的嫌疑，不是结论，也不指认任何人",
        longer="，停留至少 {seconds}",
        yes="{key}：{value}",
        refused={
            Why.EMPTY: "没有问题",
            Why.TOO_LONG: "问题太长，请不超过 500 字",
            Why.UNKNOWN_WORDS: "看不懂：{words}",
            Why.NO_QUESTION: "看不出要统计什么",
            Why.NOT_TOGETHER: "词都认识，但放在一起无法回答",
            Why.TWO_MEANINGS: "问题同时问了两件事，请分开问",
            Why.MOST_OF_WHAT: "什么最多：摄像头、区域、时段、商品？",
            Why.COMPARE_WHAT: "请说明要比较的两天或两周",
            Why.CONTRADICTION: "时间互相矛盾",
            Why.FUTURE: "那是将来的事",
            Why.NOT_WATCHED: "本站没有规则监看：{words}",
            Why.NOT_COUNTED: "那里没有计数规则，参见 `counting`",
            Why.NO_SUCH_ZONE: "该摄像头没有这个区域",
            Why.NO_CAMERA: "没有您可以查看的摄像头",
        },
        instead="我可以回答，例如：{questions}",
        comma="；",
        stop="。",
        colon="：",
        minutes="{minutes} 分 {seconds} 秒",
        seconds="{seconds} 秒",
        hours="{hours} 小时 {minutes} 分",
    ),
}
_ANSWERS: dict[Language, dict[str, str]] = {
    "en": {"helped": "helped", "hurt": "hurt", "yes": "yes"},
    "zh": {"helped": "有人帮助", "hurt": "受伤", "yes": "是"},
}


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
        self._texts, self._titles = TEXTS[language], titles

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
        if plan.listed and set(plan.kinds) & set(_OF_SHELVES):
            sentences.append(texts.suspicions)
        if result.whole_since is not None:
            kept = texts.totals if result.by_totals else texts.forgotten
            sentences.append(kept.format(until=self._moment(result.whole_since)))
        sentences += self._unseen(plan, result)
        return [f"{one[:1].upper()}{one[1:]}{texts.stop}" for one in sentences]

    def refusal(self, why: Why, words: Sequence[str], instead: Sequence[str]) -> str:
        """Why there is no answer, and what could be asked instead."""
        texts = self._texts
        named = ", ".join(one_line(word) for word in words[:8])
        said = texts.refused[why].format(words=named)
        quoted = " / ".join(instead)
        hint = texts.instead.format(questions=quoted) if instead else ""
        return f"{said}{texts.stop}{hint}".strip()

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

    def _figure(self, plan: QuestionPlan, figure: Figure) -> str:
        texts, measure = self._texts, plan.measure
        known = _ANSWERS[self._language]
        named = [kind_in_words(kind, self._language) for kind in plan.kinds]
        named += [
            texts.yes.format(key=known.get(key, one_line(key)), value=known.get(value, one_line(value)))
            for key, value in plan.answers
        ]
        kinds = texts.kinds.format(names=", ".join(named)) if named else ""
        if figure.value is None:
            return texts.never.format(kinds=kinds) if measure is Measure.LATEST else texts.nothing
        counts = {"confirmed": figure.confirmed, "unverified": figure.unverified, "rejected": figure.rejected}
        split = ""
        if measure is Measure.EVENTS and plan.standing is None:
            split = texts.split.format(**counts)
        elif measure is Measure.PEOPLE and plan.lacking is not None:
            split = texts.people.format(**counts)
        return texts.measures[measure].format(
            value=self.value(measure, figure.value),
            low=self.value(measure, figure.low),
            high=self.value(measure, figure.high),
            kinds=kinds,
            split=split,
            standing=texts.standing[plan.standing] if plan.standing else "",
            lacking=texts.lacking.format(kind=kind_in_words(plan.lacking, self._language))
            if plan.lacking
            else "",
            longer=texts.longer.format(seconds=self.value(Measure.DWELL, plan.longer)) if plan.longer else "",
            passages=texts.passages[plan.direction],
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
