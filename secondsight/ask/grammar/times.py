"""Times in words, by the site's clock: days, parts of a day, hours, and what they make together."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from secondsight.ask.plan import TimeSpan


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, from the first to the last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of each day, in hours from its midnight; above 24 on the next day; None: from, or to, the day's end."""

    begin: float | None
    end: float | None


@dataclass(frozen=True, slots=True)
class Ago:
    """The last seconds up to now."""

    seconds: float


class Onwards(NamedTuple):
    """From the day on up to now."""


TimeWord = Days | Hours | Ago | Onwards


@dataclass(frozen=True, slots=True)
class SiteClock:
    """Now, and the clock of the site.

    Attributes:
        now: UTC seconds.
        timezone: by its name in the time zone database.
    """

    now: float
    timezone: str = "UTC"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        return self.local(self.now).date()

    def local(self, moment: float) -> datetime:
        """A moment by the site's clock."""
        return datetime.fromtimestamp(moment, self.zone)

    def at(self, day: date, hour: float) -> float:
        """UTC seconds of an hour of a day by the site's clock. An hour that a change of clocks leaves out is that
        after it; of one that comes twice the first counts."""
        later, minutes = divmod(round(hour * 60), 24 * 60)
        clock = time(minutes // 60, minutes % 60)
        return datetime.combine(day + timedelta(days=later), clock, tzinfo=self.zone).timestamp()


def span_of(words: list[TimeWord], clock: SiteClock) -> TimeSpan | None:
    """What some time words mean together; None if they contradict each other.

    Days without hours are whole days; hours without a day are today's; nothing reaches beyond now.
    """
    days = [word for word in words if isinstance(word, Days)]
    hours = [word for word in words if isinstance(word, Hours)]
    ago = [word for word in words if isinstance(word, Ago)]
    if ago:
        if len(words) > 1:
            return None
        return TimeSpan(clock.now - ago[0].seconds, clock.now)
    if len(set(days)) > 1:
        return None
    day = days[0] if days else Days(clock.today, clock.today)
    if any(isinstance(word, Onwards) for word in words):
        if not days or hours:
            return None
        day = Days(day.first, max(day.last, clock.today))
    part = _narrowed(hours)
    if part is None or (hours and day.first != day.last):
        return None
    begin = clock.at(day.first, part.begin or 0.0)
    end = clock.at(day.last, 24.0 if part.end is None else part.end)
    if begin >= clock.now:
        return TimeSpan(begin, end)
    return TimeSpan(begin, min(end, clock.now))


_EARLY = 2.0
"""Hours by which people may say that a part of the day begins sooner."""


def _narrowed(hours: list[Hours]) -> Hours | None:
    """The hours that all of these leave; None if that is none. `afternoon` makes 2 o'clock 14; `evening` may
    begin at 5 o'clock if that is said."""
    begin, end = None, None
    for part in sorted(hours, key=lambda one: (one.end or 24.0) - (one.begin or 0.0), reverse=True):
        low, high = part.begin, part.end
        if begin is not None and begin >= 12.0:
            said, low, high = low, _later(low, begin, end), _later(high, begin, end)
            begin = low if low != said else begin
        begin = low if begin is None or (low is not None and low > begin) else begin
        end = high if end is None or (high is not None and high < end) else end
    if begin is not None and end is not None and begin >= end:
        return None
    return Hours(begin, end)


def _later(hour: float | None, begin: float, end: float | None) -> float | None:
    if (
        hour is not None
        and hour <= 12.0
        and hour + 12.0 >= begin - _EARLY
        and (end is None or hour + 12.0 <= end)
    ):
        return hour + 12.0
    return hour


_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "一 二 三 四 五 六 七 八 九 十 十一 十二",
    )
    for number, word in enumerate(words.split(), 1)
} | {"a": 1, "an": 1, "两": 2, "半": 0.5, "二十四": 24, "三十": 30, "二十": 20, "十五": 15}
_N = r"(\d{1,4}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_EN_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ZH_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "(" + "|".join(f"{month}|{month[:3]}" for month in _MONTHS) + ")"
_UNITS = {
    "minute": 60.0,
    "min": 60.0,
    "hour": 3600.0,
    "hr": 3600.0,
    "分钟": 60.0,
    "小时": 3600.0,
    "钟头": 3600.0,
}
_ZH_PARTS = {
    "凌晨": (0.0, 6.0),
    "早上": (6.0, 12.0),
    "早晨": (6.0, 12.0),
    "上午": (6.0, 12.0),
    "中午": (11.0, 14.0),
    "下午": (12.0, 18.0),
    "傍晚": (17.0, 20.0),
    "晚上": (18.0, 24.0),
    "夜里": (20.0, 30.0),
    "夜间": (20.0, 30.0),
    "夜": (20.0, 30.0),
    "晚": (18.0, 30.0),
    "早": (6.0, 12.0),
}  # fmt: skip
_EN_PARTS = {
    "morning": (6.0, 12.0),
    "noon": (11.0, 14.0),
    "afternoon": (12.0, 18.0),
    "evening": (18.0, 24.0),
    "night": (20.0, 30.0),
}
_CLOCK = r"(\d{1,2})(?::(\d{2}))?(?: ?(am|pm|a\.m\.|p\.m\.|o'clock))?"
_WORD_CLOCK = (
    r"(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) "
    r"(?:in the (morning|afternoon|evening)|(am|pm|o'clock))"
)
_UHR = (
    r"(凌晨|早上|早晨|上午|中午|下午|傍晚|晚上)?(\d{1,2}|[一二两三四五六七八九十]{1,3})"
    r"(?:点钟?|时|:)(?:(\d{1,2})分?|(半))?"
)
Reader = Callable[[re.Match[str], SiteClock], list[TimeWord] | None]


def _number(text: str) -> float:
    return float(text) if text.isdigit() else float(_NUMBERS[text])


def _day(back: int) -> Reader:
    def read(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
        day = clock.today - timedelta(days=back)
        return [Days(day, day)]

    return read


def _week(back: int, first: int = 0, last: int = 6) -> Reader:
    def read(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
        monday = clock.today - timedelta(days=clock.today.weekday() + 7 * back)
        return [Days(monday + timedelta(days=first), monday + timedelta(days=last))]

    return read


def _month(back: int) -> Reader:
    def read(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
        year, month = divmod(clock.today.year * 12 + clock.today.month - 1 - back, 12)
        first = date(year, month + 1, 1)
        after = date(year + (month == 11), (month + 1) % 12 + 1, 1)
        return [Days(first, after - timedelta(days=1))]

    return read


def _year(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
    return [Days(date(clock.today.year, 1, 1), date(clock.today.year, 12, 31))]


def _weekday(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
    """The latest such day up to today; with `last`, or of last week, before."""
    last, name = match[1] or "", match[2]
    wanted = _EN_DAYS.index(name) if name in _EN_DAYS else _ZH_DAYS[name]
    today = clock.today
    if last.startswith("上"):
        day = today - timedelta(days=today.weekday() + 7 - wanted)
    else:
        day = today - timedelta(days=(today.weekday() - wanted) % 7)
        if last.startswith("last") and day == today:
            day -= timedelta(days=7)
    return [Days(day, day)]


def _last(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
    """`the last 3 days`: today and the two before; `the last 2 hours`: up to now."""
    number, unit = _number(match[1] or "1"), match[2]
    if unit in ("day", "天", "日"):
        return [Days(clock.today - timedelta(days=int(number) - 1), clock.today)]
    if unit in ("week", "周", "个星期", "星期", "个礼拜"):
        return [Days(clock.today - timedelta(days=7 * int(number) - 1), clock.today)]
    return [Ago(number * _UNITS[unit.removeprefix("个")])]


def _date(match: re.Match[str], clock: SiteClock) -> list[TimeWord] | None:
    groups = match.groupdict()
    month = groups["month"]
    number = int(month) if month.isdigit() else [name[:3] for name in _MONTHS].index(month[:3]) + 1
    year = int(groups.get("year") or 0)
    try:
        day = date(year or clock.today.year, number, int(groups["day"]))
        if not year and day > clock.today:
            day = date(day.year - 1, day.month, day.day)
    except ValueError:
        return None
    return [Days(day, day)]


def _part(table: dict[str, tuple[float, float]], day: int | None = None) -> Reader:
    def read(match: re.Match[str], clock: SiteClock) -> list[TimeWord]:
        begin, end = table[match[1]]
        if day is None:
            return [Hours(begin, end)]
        that = clock.today - timedelta(days=day)
        return [Days(that, that), Hours(begin, end)]

    return read


def _english_hour(hour: str, minute: str | None, half: str | None) -> float | None:
    number = int(hour) + int(minute or 0) / 60
    if half in ("pm", "p.m.") and number < 12:
        number += 12
    if half in ("am", "a.m.") and 12 <= number < 13:
        number -= 12
    return number if number <= 24 else None


def _spoken_hour(word: str, part: str | None, half: str | None) -> float | None:
    after_noon = "pm" if part in ("afternoon", "evening") else "am" if part else half
    return _english_hour(str(int(_number(word))), None, after_noon)


def _chinese_hour(part: str | None, hour: str, minute: str | None, half: str | None) -> float | None:
    number = _number(hour) if hour.isdigit() or hour in _NUMBERS else 99.0
    number += 0.5 if half else int(minute or 0) / 60
    if part in ("下午", "傍晚", "晚上") and number < 12:
        number += 12
    return number if number <= 24 else None


def _between(match: re.Match[str], clock: SiteClock) -> list[TimeWord] | None:
    first, second = match.groups()[:3], match.groups()[3:6]
    begin, end = _english_hour(*first), _english_hour(*second)
    if (
        begin is not None
        and end is not None
        and first[2] is None
        and second[2] in ("pm", "p.m.")
        and begin < 12
    ):
        begin += 12 if begin + 12 < end else 0
    return _hours(begin, end)


def _between_zh(match: re.Match[str], clock: SiteClock) -> list[TimeWord] | None:
    first, second = list(match.groups()[:4]), list(match.groups()[4:8])
    second[0] = second[0] or first[0]
    return _hours(_chinese_hour(*first), _chinese_hour(*second))


def _hours(begin: float | None, end: float | None) -> list[TimeWord] | None:
    if begin is None or end is None:
        return None
    return [Hours(begin, end if end > begin else end + 24)]


def _one_hour(reader: Callable[..., float | None], kind: str) -> Reader:
    def read(match: re.Match[str], clock: SiteClock) -> list[TimeWord] | None:
        hour = reader(*match.groups())
        if hour is None:
            return None
        whole = {"at": Hours(hour, hour + 1), "since": Hours(hour, None), "until": Hours(None, hour)}
        return [whole[kind]]

    return read


READERS: tuple[tuple[str, Reader], ...] = (
    (r"since|ever since|以来|至今|到现在|到现在为止", lambda match, clock: [Onwards()]),
    (r"today(?:'?s)?|today so far|so far today", _day(0)),
    (r"yesterday(?:'?s)?", _day(1)),
    (r"(?:the )?day before yesterday", _day(2)),
    (r"tomorrow|the day after tomorrow", _day(-1)),
    (r"this week(?:'s)?|the current week", _week(0)),
    (r"last week(?:'s)?|(?:the )?previous week", _week(1)),
    (r"(?:the )?week before last", _week(2)),
    (r"next week", _week(-1)),
    (r"(?:over )?(?:the )?(?:last|past) weekend|(?:over|at|on) the weekend", _week(1, 5, 6)),
    (r"this weekend", _week(0, 5, 6)),
    (r"this month(?:'s)?|the current month", _month(0)),
    (r"last month(?:'s)?|(?:the )?previous month", _month(1)),
    (r"(?:since|from) the (?:beginning|start|1st|first) of (?:the|this) month", _month(0)),
    (r"(?:since|from) the (?:beginning|start) of (?:the|this) week", _week(0)),
    (r"(?:since|from) the (?:beginning|start) of (?:the|this) year", _year),
    (r"(?:本|这个?|当)?月(?:初|头)(?:以来|开始|至今|到现在)", _month(0)),
    (r"(?:今年)?年初(?:以来|开始|至今|到现在)", _year),
    (r"next month", _month(-1)),
    (r"this year(?:'s)?", _year),
    (rf"(last |this |on |past )?({'|'.join(_EN_DAYS)})(?:'?s)?", _weekday),
    (rf"(?:the )?(?:last|past|previous) (?:{_N} )?(minute|min|hour|hr|day|week)s?", _last),
    (rf"(?:the )?(?:last|past) {_N} (minute|min|hour|hr|day|week)s?", _last),
    (rf"{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (\d{{4}}))?", lambda m, c: _named(m, c, 1, 2, 3)),
    (
        rf"(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (\d{{4}}))?",
        lambda m, c: _named(m, c, 2, 1, 3),
    ),
    (r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", _date),
    (r"this (morning|noon|afternoon|evening)", _part(_EN_PARTS, 0)),
    (r"to(night)", _part(_EN_PARTS, 0)),
    (r"(?:last |yesterday )(night)", _part(_EN_PARTS, 1)),
    (r"(?:in the |at |the )?(morning|noon|afternoon|evening|night)", _part(_EN_PARTS)),
    (rf"(?:between|from)? ?{_CLOCK} ?(?:and|to|until|till|-) ?{_CLOCK}", _between),
    (rf"(?:since|after|from) {_CLOCK}(?: on(?:wards)?)?", _one_hour(_english_hour, "since")),
    (rf"(?:before|until|till|up to) {_CLOCK}", _one_hour(_english_hour, "until")),
    (rf"at {_CLOCK}", _one_hour(_english_hour, "at")),
    (rf"(?:since|after|from) {_WORD_CLOCK}", _one_hour(_spoken_hour, "since")),
    (rf"(?:before|until|till) {_WORD_CLOCK}", _one_hour(_spoken_hour, "until")),
    (r"今[天日]|当天", _day(0)),
    (r"昨[天日]", _day(1)),
    (r"前[天日]", _day(2)),
    (r"大前[天日]", _day(3)),
    (r"明[天日]", _day(-1)),
    (r"后[天日]", _day(-2)),
    (r"(?:本|这个?)(?:周|星期|礼拜)", _week(0)),
    (r"上个?(?:周|星期|礼拜)", _week(1)),
    (r"上上个?(?:周|星期|礼拜)", _week(2)),
    (r"下个?(?:周|星期|礼拜)", _week(-1)),
    (r"上个?周末", _week(1, 5, 6)),
    (r"(?:本|这个?)?周末", _week(0, 5, 6)),
    (r"(?:本|这个?|当)月", _month(0)),
    (r"上个?月", _month(1)),
    (r"下个?月", _month(-1)),
    (r"今年", _year),
    (r"(上个?|本|这)?(?:周|星期|礼拜)([一二三四五六日天])(?<!一(?=共|起|直|样|般|下))", _weekday),
    (rf"(?:最近|过去|近)(?:的)?{_N}?(分钟|个?小时|天|日|周|个?星期|个礼拜|个?钟头)(?:内|里|以来)?", _last),
    (rf"这{_N}(天|日|周)(?:内|里|以来)?", _last),
    (rf"{_N}(分钟|个?小时|天|个?钟头)(?:之|以)?内", _last),
    (r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?", _date),
    (r"今(早|晚|夜)", _part(_ZH_PARTS, 0)),
    (r"昨(?:天)?(夜里|夜间|夜|晚)(?:上)?", _part(_ZH_PARTS, 1)),
    (rf"({'|'.join(key for key in _ZH_PARTS if len(key) == 2)})", _part(_ZH_PARTS)),
    (rf"从?{_UHR}(?:到|至|-|~){_UHR}(?:之间|期间)?", _between_zh),
    (rf"从?{_UHR}(?:以来|以后|之后|起|开始|到现在|至今)", _one_hour(_chinese_hour, "since")),
    (rf"{_UHR}(?:以前|之前)", _one_hour(_chinese_hour, "until")),
    (rf"{_UHR}", _one_hour(_chinese_hour, "at")),
)


def _named(match: re.Match[str], clock: SiteClock, month: int, day: int, year: int) -> list[TimeWord] | None:
    number = [name[:3] for name in _MONTHS].index(match[month][:3]) + 1
    try:
        found = date(int(match[year] or clock.today.year), number, int(match[day]))
    except ValueError:
        return None
    if not match[year] and found > clock.today:
        found = date(found.year - 1, found.month, found.day)
    return [Days(found, found)]


_LENGTHS = {"second": 1.0, "秒": 1.0, **_UNITS}
LONGER = (
    rf"(?:for )?(?:(?:longer|more) than|over) {_N} (second|minute|hour)s?",
    rf"(?:for )?at least {_N} (second|minute|hour)s?",
    rf"(?:超过|多于|大于){_N}(秒|分钟|小时)(?:以上)?",
    rf"{_N}(秒|分钟|小时)(?:以上|多)",
)
"""Phrases for the least length of a stay."""


def seconds_of(match: re.Match[str]) -> float:
    """What a match of `LONGER` says."""
    return _number(match[1]) * _LENGTHS[match[2]]
