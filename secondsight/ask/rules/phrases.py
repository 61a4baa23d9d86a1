"""The phrases of sentences about rules, and what each says. Kinds of events have the words that questions have."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from secondsight.ask.grammar import chinese, english
from secondsight.ask.grammar.meanings import PhraseEntry, Slot
from secondsight.ask.rules.times import TIME_PHRASES


class SentencePart(StrEnum):
    """Which part of a rule a phrase is."""

    FILLER = "filler"
    BEHAVIOUR = "behaviour"
    PERSON = "person"
    VEHICLE = "vehicle"
    ENTER = "enter"
    STAY = "stay"
    CROSS = "cross"
    NEAR = "near"
    COUNT = "count"
    LONG = "long"
    HOURS = "hours"
    DAYS = "days"
    PLACE = "place"
    SEVERITY = "severity"
    AT_ONCE = "at_once"
    LOOKS = "looks"
    OR = "or"


@dataclass(frozen=True, slots=True)
class WatchedFor:
    """A behaviour that a phrase names, with settings that it implies."""

    behaviour: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """A part of a rule, and what it says."""

    part: SentencePart
    value: Any = None


Reader = Callable[[re.Match[str]], Said | None]
Phrase = tuple[str, Reader]

VEHICLES = ("car", "truck", "bus", "motorcycle")
_OF_KIND: Mapping[str, WatchedFor] = {
    "linger": WatchedFor("loitering"),
    "wrong_way_vehicle": WatchedFor("wrong_way", {"classes": list(VEHICLES)}),
    "stopped_vehicle": WatchedFor("stopped"),
}
"""What watches for kinds that are not called like their behaviour."""
_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "一 二 三 四 五 六 七 八 九 十",
    )
    for number, word in enumerate(words.split(), 1)
} | {"a": 1, "an": 1, "half a": 0.5, "half an": 0.5, "两": 2, "半": 0.5, "十五": 15, "二十": 20, "三十": 30}
NUMBER = r"(\d{1,4}(?:\.\d{1,3})?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_SECONDS = {"s": 1, "秒": 1, "m": 60, "分": 60, "h": 3600, "小": 3600, "个": 3600, "钟": 3600}
_LENGTHS = {"m": 1.0, "c": 0.01, "f": 0.3048, "米": 1.0, "公": 1.0, "厘": 0.01}
_UNIT = r"(seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h)"
_METRES = r"(metres?|meters?|m|centimetres?|centimeters?|cm|feet|foot|ft)"
_METRES_ZH = r"(米|公尺|厘米)"
_PEOPLE = (
    r"(?:people|persons?|workers?|passengers?|customers?|visitors?|pedestrians?|employees?|"
    r"travell?ers?|shoppers?)"
)
_PEOPLE_ZH = r"(?:个|名|位)?(?:人|工人|乘客|顾客|行人|员工)"
_CARS = r"(?:vehicles?|cars?|trucks?|lorries)"


def number(text: str) -> float:
    """A number in digits or words."""
    return float(_NUMBERS.get(text) or text)


def _fixed(part: SentencePart, value: Any = None) -> Reader:
    return lambda match: Said(part, value)


def _seconds(match: re.Match[str]) -> Said:
    return Said(SentencePart.LONG, number(match[1]) * _SECONDS[match[2][0]])


def _metres(match: re.Match[str]) -> Said:
    return _away(match[1], match[2])


def _count(more: int) -> Reader:
    return lambda match: Said(SentencePart.COUNT, int(number(match[1])) + more)


def _queue(match: re.Match[str]) -> Said:
    return Said(SentencePart.BEHAVIOUR, WatchedFor("queue", {"people": int(number(match[1])) + 1}))


def _wait(match: re.Match[str]) -> Said:
    seconds = number(match[1]) * _SECONDS[match[2][0]]
    return Said(SentencePart.BEHAVIOUR, WatchedFor("queue", {"people": None, "wait": seconds}))


def _watch(pattern: str, behaviour: str, **settings: Any) -> Phrase:
    return pattern, _fixed(SentencePart.BEHAVIOUR, WatchedFor(behaviour, settings))


_VEHICLES: tuple[tuple[str, str, str], ...] = (
    ("forklift", r"forklifts?|fork ?lift trucks?", r"叉车"),
    ("vehicle", r"vehicles?|traffic", r"(?:机动)?车辆?"),
    ("car", r"cars?", r"(?:小)?汽车|轿车|小车"),
    ("truck", r"trucks?|lorry|lorries", r"卡车|货车"),
    ("bus", r"bus|buses", r"公交车|大巴"),
    ("motorcycle", r"motorcycles?|motorbikes?", r"摩托车"),
    ("bicycle", r"bicycles?|bikes?|cyclists?", r"自行车|单车"),
)
"""Classes of vehicles, with their words in English and Chinese."""

_ENGLISH: tuple[Phrase, ...] = (
    _watch(
        rf"smok(?:es|ing)(?: a cigarette)?|(?:{_PEOPLE}|they) smoke(?: a cigarette)?",
        "forbidden_operation",
        answers=["smoking"],
    ),
    _watch(r"follows? (?:others?|people|another person|somebody)(?: else)?(?: through)?", "tailgating"),
    _watch(
        r"phon(?:es?|ing)|(?:is |are )?(?:talks?|talking|calling|calls) on (?:the|a) phone|(?:uses?|"
        r"using) (?:a |the )?"
        r"(?:mobile |cell ?)?phones?|(?:is |are )?on the phone",
        "forbidden_operation",
        answers=["phone"],
    ),
    _watch(r"runs?", "running"),
    _watch(r"(?:people |persons |a crowd )?(?:gathers?|crowds? (?:forms?|together)|assembles?)", "crowd"),
    _watch(r"too many people", "crowd"),
    _watch(r"(?:two |several )?people (?:fight|are fighting|hit each other|start fighting)", "fight"),
    _watch(r"(?:the |a )?queues?", "queue"),
    (rf"(?:(?:is|are|gets|becomes) )?longer than {NUMBER}(?: {_PEOPLE})?", lambda match: _more(match)),
    _watch(r"lies? (?:down|still|on the (?:ground|floor))|(?:is |are )?lying(?: (?:down|still))?|"
           r"lies?", "man_down"),
    _watch(r"collapses?", "fall"),
    _watch(r"(?:does|do) not move|(?:is|are) motionless|stops? moving|(?:is|are) not moving", "stillness"),
    _watch(r"(?:works?|working|is|are|stays?|being) (?:all )?alone|on (?:his|her|their) own", "lone_worker"),
    _watch(rf"(?:{_CARS} )?(?:stops?|stands? still|breaks? down|parks?|is parked|is parking|stopping)", "stopped"),
    _watch(
        r"(?:(?:a|the) )?(?:bags?|suitcases?|luggage|backpacks?) (?:is |are )?(?:left|abandoned|forgotten|"
        r"unattended|alone)"
        r"(?: (?:alone|behind|unattended))?|leaves? (?:a |the |their )?(?:bags?|suitcases?|luggage|"
        r"backpacks?)(?: behind)?",
        "left_bag",
    ),
    _watch(r"(?:something|an object|things?) (?:is|are) (?:taken away|removed|stolen)", "removed_object"),
    _watch(r"(?:the )?(?:camera|lens|view) (?:is|gets) (?:covered|dirty|blocked|blinded)", "low_visibility"),
    _watch(r"drives? (?:in )?the wrong (?:way|direction)|"
           r"drives? against (?:the )?traffic", "wrong_way", classes=list(VEHICLES)),
    _watch(r"(?:goes?|walks?|moves?) (?:against the flow|backwards through)", "wrong_way"),
    _watch(r"takes? (?:something|goods|things?|products?|an? (?:item|product)) (?:from|off|"
           r"out of) the (?:shelf|shelves)", "take"),
    _watch(r"(?:the )?queues? (?:is|are|gets|becomes) (?:too )?long|(?:a )?long (?:queue|line)", "queue"),
    (rf"(?:the )?(?:queue|line) (?:is|gets|becomes|has) (?:longer than|more than|"
     rf"over) {NUMBER}(?: {_PEOPLE})?", _queue),
    (rf"(?:more than|over) {NUMBER} {_PEOPLE} (?:in (?:the )?(?:queue|line)|queu(?:e|eing)|"
     rf"wait(?:ing)? in line)", _queue),
    (
        rf"(?:waits?|waiting|queues?|queue?ing) (?:for )?(?:in (?:the )?(?:queue|"
        rf"line) )?(?:for )?(?:more than|longer than|over) "
        rf"{NUMBER} {_UNIT}(?: in (?:the )?(?:queue|line))?",
        _wait,
    ),
    (rf"(?:more than|over) {NUMBER} {_PEOPLE}", _count(1)),
    (rf"(?:at least )?{NUMBER} or more {_PEOPLE}|at least {NUMBER} {_PEOPLE}", lambda match: _first(match)),
    (rf"(?:for )?(?:more than|longer than|over|at least|for|"
     rf"after)(?: about)? {NUMBER} {_UNIT}(?: or (?:more|longer))?", _seconds),
    (rf"{NUMBER} {_UNIT} or (?:more|longer)|{NUMBER} ?{_UNIT} long", lambda match: _span(match)),
    (rf"(?:nearer|closer|less) than {NUMBER} ?{_METRES}(?: (?:to|from|of|away from|away))?", _metres),
    (rf"(?:(?:comes?|gets?|drives?|is|are) )?within {NUMBER} ?{_METRES}(?: (?:of|from))?", _metres),
    (r"(?:(?:gets?|comes?|drives?) )?too (?:near|close)(?: to)?|(?:gets?|comes?|is) (?:near|"
     r"close)(?: to)?|near(?: to)?|close to",
     _fixed(SentencePart.NEAR)),
    (
        r"enters?|(?:goes|go|gets?|comes?|walks?|breaks?) (?:in|into|inside|onto)|(?:is|are|stands?|"
        r"appears?)(?: seen)? "
        r"(?:in|on|inside|at)|(?:is|are) (?:there|present)|steps? (?:in|into|on|onto)|shows? up|is seen",
        _fixed(SentencePart.ENTER),
    ),
    (r"stays?|remains?|hangs? (?:around|about)|waits?|stands?|spends?", _fixed(SentencePart.STAY)),
    (r"crosse?s?|passe?s?(?: through| over)?|steps? over|walks? through|goes through", _fixed(SentencePart.CROSS)),
    (rf"somebody|someone|anybody|anyone|an? (?:person|worker|passenger|customer|visitor|employee|"
     rf"pedestrian|human)|{_PEOPLE}|they",
     _fixed(SentencePart.PERSON)),
    *((rf"(?:an? |the )?(?:{english})", _fixed(SentencePart.VEHICLE, name)) for name, english, _ in _VEHICLES),
    (r"urgent(?:ly)?|critical|(?:with |of )?high (?:priority|severity)|(?:this is )?(?:very )?(?:serious|"
     r"important)|severity high",
     _fixed(SentencePart.SEVERITY, "high")),
    (r"(?:with |of )?medium (?:priority|severity)|severity medium", _fixed(SentencePart.SEVERITY, "medium")),
    (r"(?:with |of )?low (?:priority|severity)|minor|not urgent|severity low", _fixed(SentencePart.SEVERITY, "low")),
    (r"immediately|at once|right away|instantly|straight away|without delay", _fixed(SentencePart.AT_ONCE)),
    (r"or(?: if| when)?", _fixed(SentencePart.OR)),
)  # fmt: skip

_CHINESE: tuple[Phrase, ...] = (
    _watch(r"(?:抽|吸)烟", "forbidden_operation", answers=["smoking"]),
    _watch(r"(?:打|玩|看|用)(?:手机|电话)|接电话", "forbidden_operation", answers=["phone"]),
    _watch(r"跑(?:动|步)?|奔跑", "running"),
    _watch(r"躺(?:在地上|在地面上?|着|倒|下)|倒在地上", "man_down"),
    _watch(r"(?:一动不动|不动了?|静止不动)", "stillness"),
    _watch(r"(?:独自|单独|一个人)(?:一人)?(?:在|留在|待在)?", "lone_worker"),
    _watch(r"(?:车辆?|汽车)?(?:停下|停住|停车|停放)(?:来)?|(?:车辆?|汽车)停留", "stopped"),
    _watch(r"(?:包|行李|箱子|背包)(?:被)?(?:遗留|遗忘|丢下|落下|无人看管)", "left_bag"),
    _watch(r"(?:东西|物品)被(?:拿走|取走|搬走)", "removed_object"),
    _watch(r"(?:镜头|摄像头|画面)被?(?:遮挡|挡住|弄脏)", "low_visibility"),
    _watch(r"从货架(?:上)?(?:拿|取)(?:走)?(?:商品|东西|货物)?", "take"),
    _watch(r"人(?:员)?(?:太多|过多)", "crowd"),
    (rf"排队(?:的)?(?:人数)?(?:超过|多于|大于){NUMBER}(?:个|名|位)?人?", _queue),
    (rf"(?:排队|等候|等待)(?:时间)?(?:超过|多于|大于){NUMBER}(秒|分钟?|小时|个小时)", _wait),
    (rf"(?:人数)?(?:超过|多于|大于){NUMBER}{_PEOPLE_ZH}", _count(1)),
    (rf"(?:至少|不少于){NUMBER}{_PEOPLE_ZH}|{NUMBER}{_PEOPLE_ZH}(?:以上|及以上|"
     rf"或以上)", lambda match: _first(match)),
    (
        rf"(?:的)?(?:时间)?(?:超过|大于|多于|持续|达到?|至少|不少于)了?(?:了)?{NUMBER}(秒|分钟?|小时|"
        rf"个小时)(?:以上)?|"
        rf"{NUMBER}(秒|分钟?|小时|个小时)(?:以上|之久)",
        lambda match: _span(match),
    ),
    (
        rf"(?:的)?(?:距离)?(?:小于|不到|少于|近于|低于|不足|在){NUMBER}{_METRES_ZH}(?:以内|之内|内)?|"
        rf"{NUMBER}{_METRES_ZH}(?:以内|之内|内)",
        lambda match: _near(match),
    ),
    (r"(?:靠|离|距离?)?(?:得)?(?:太|过|很)近|靠近|接近", _fixed(SentencePart.NEAR)),
    (r"离|距离?|靠", _fixed(SentencePart.FILLER)),
    (r"进(?:入|来|到|去)?(?:了)?|出现在?|闯入|闯进|走进|站在|在(?=.)", _fixed(SentencePart.ENTER)),
    (r"停留|逗留|徘徊|滞留|待(?:在|了)?|呆(?:在|了)?|留在", _fixed(SentencePart.STAY)),
    (r"越过|穿过|跨过|穿越|通过|越线", _fixed(SentencePart.CROSS)),
    (r"有人|任何人|人员?|工人|乘客|顾客|行人|员工|访客", _fixed(SentencePart.PERSON)),
    *((chinese, _fixed(SentencePart.VEHICLE, name)) for name, _, chinese in _VEHICLES),
    (r"紧急|严重|高(?:优先级|级别)|(?:很)?重要", _fixed(SentencePart.SEVERITY, "high")),
    (r"中(?:优先级|等级别)", _fixed(SentencePart.SEVERITY, "medium")),
    (r"低(?:优先级|级别)|不紧急|不重要", _fixed(SentencePart.SEVERITY, "low")),
    (r"立即|马上|立刻|第一时间|及时", _fixed(SentencePart.AT_ONCE)),
    (r"或者?(?:是)?", _fixed(SentencePart.OR)),
)  # fmt: skip

_FILLERS = (
    "tell me us when whenever if as soon please alert notify warn inform let know i we want would like to be "
    "told send an alarm alerts message report raise about that who which the a is are there and of in on at "
    "by for any some with while it its has have gets get being this also zone area line camera cameras place "
    "between during do does should watch see seen trigger happens happening occurs occurring somewhere "
    "anywhere inside into onto him her them their his case event events give rule create make new one you "
    "looks look something now happen "
)
_FILLERS_ZH = (
    "请 如果 当 的时候 时候 时 就 则 要 告诉 通知 提醒 报警 告警 警告 我 我们 发 送 "
    "一下 的 了 有 在 里 里面 内 上 区域 区 摄像头 相机 画面 若 一旦 只要 和 与 且 并 "
    "并且 而且 同时 被 请在 给 发现 看到 看见 检测到 发生 一个 个 名 位 辆 那里 处 附近 "
    "中 是 会 请帮 帮 监控 规则 事件 "
)


def _first(match: re.Match[str]) -> Said:
    """A count in whichever alternative matched."""
    return Said(SentencePart.COUNT, int(number(next(one for one in match.groups() if one))))


def _more(match: re.Match[str]) -> Said:
    return Said(SentencePart.COUNT, int(number(match[1])) + 1)


def _span(match: re.Match[str]) -> Said:
    length, unit = [one for one in match.groups() if one][:2]
    return Said(SentencePart.LONG, number(length) * _SECONDS[unit[0]])


def _near(match: re.Match[str]) -> Said:
    length, unit = [one for one in match.groups() if one][:2]
    return _away(length, unit)


def _away(length: str, unit: str) -> Said:
    metres = round(number(length) * _LENGTHS[unit[0]], 2)
    return Said(SentencePart.NEAR, int(metres) if metres.is_integer() else metres)


def phrases() -> Iterator[Phrase]:
    """All phrases but the site's names; of two that are as long the first counts."""
    yield from ((pattern, _timed(reader)) for pattern, reader in TIME_PHRASES)
    yield from _ENGLISH
    yield from _CHINESE
    for entry in (*english.KINDS, *chinese.KINDS):
        if (watched := _watched(entry)) is not None:
            yield entry.pattern, _fixed(SentencePart.BEHAVIOUR, watched)
    yield from (
        (re.escape(word), _fixed(SentencePart.FILLER)) for word in (*_FILLERS.split(), *_FILLERS_ZH.split())
    )


def _timed(read: Callable[[re.Match[str]], Any]) -> Reader:
    def said(match: re.Match[str]) -> Said | None:
        value = read(match)
        if value is None:
            return None
        return Said(SentencePart.DAYS if isinstance(value, str) else SentencePart.HOURS, value)

    return said


def _watched(entry: PhraseEntry) -> WatchedFor | None:
    """What a phrase for events is watched by; None for what no rule can tell, such as that somebody steals."""
    meanings = entry.meanings
    if len(meanings) != 1 or meanings[0].slot not in (Slot.KIND, Slot.LACKING):
        return None
    value = meanings[0].value
    kind = str(value[0]) if isinstance(value, tuple) else str(value)
    return _OF_KIND.get(kind, WatchedFor(kind))
