"""Hours and days at which a rule watches, in words, as the site file writes them."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple


class ActiveHours(NamedTuple):
    """From minute to minute of the day; None: not said. An end before the beginning is on the next day."""

    begin: int | None
    end: int | None


NIGHT, DAYTIME = ActiveHours(20 * 60, 6 * 60), ActiveHours(6 * 60, 20 * 60)
_DAY = 24 * 60
_EN = r"(\d{1,2})(?::(\d\d))?(?: ?(am|pm|a\.m\.|p\.m\.|o'?clock|h))?"
_NAMED = {"noon": 12 * 60, "midnight": _DAY}
_CLOCK = rf"(?:{_EN}|(noon|midnight))"
_ZH_HOURS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
_ZH = (
    r"(上午|早上|早晨|凌晨|中午|下午|傍晚|晚上|夜里)?(\d{1,2}|两|"
    + "|".join(reversed(_ZH_HOURS))
    + r")(?:点钟?|时|:)(\d\d|半)?分?"
)
_LATER = ("下午", "傍晚", "晚上", "夜里")
_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_EN_DAY = r"(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:days?)?"
_ZH_DAY = r"(?:周|星期|礼拜)([一二三四五六日天])"
_ZH_DAYS = {letter: _DAYS[number] for number, letter in enumerate("一二三四五六日")} | {"天": "sun"}


def _minute(hour: str | None, minute: str | None, half: str | None, named: str | None) -> int | None:
    """Minute of the day; None for no such time."""
    if named:
        return _NAMED[named]
    hours, minutes = int(hour or 0), int(minute or 0)
    if half and half[0] in "ap":
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] == "p" else 0)
    return hours * 60 + minutes if hours * 60 + minutes <= _DAY and minutes < 60 else None


def _zh_minute(part: str | None, hour: str, minute: str | None) -> int | None:
    hours = 2 if hour == "两" else _ZH_HOURS.index(hour) + 1 if hour in _ZH_HOURS else int(hour)
    minutes = 30 if minute == "半" else int(minute or 0)
    if part in _LATER and hours < 12:
        hours += 12
    if part == "中午" and hours < 6:
        hours += 12
    return hours * 60 + minutes if hours * 60 + minutes <= _DAY and minutes < 60 else None


def _after(match: re.Match[str]) -> ActiveHours | None:
    minute = _minute(*match.groups())
    return None if minute is None else ActiveHours(minute % _DAY, None)


def _before(match: re.Match[str]) -> ActiveHours | None:
    minute = _minute(*match.groups())
    return None if not minute else ActiveHours(None, minute)


def _between(match: re.Match[str]) -> ActiveHours | None:
    first, second = list(match.groups()[:4]), list(match.groups()[4:])
    # `from 2 to 4 pm` means both; `from 10 to 2 pm` does not.
    if (
        second[2]
        and second[2][0] == "p"
        and not first[2]
        and not first[3]
        and int(first[0]) < int(second[0] or 0) < 12
    ):
        first[2] = second[2]
    begin, end = _minute(*first), _minute(*second)
    return None if begin is None or end is None or begin == end else ActiveHours(begin % _DAY, end)


def _zh_after(match: re.Match[str]) -> ActiveHours | None:
    minute = _zh_minute(match[1], match[2], match[3])
    return None if minute is None else ActiveHours(minute % _DAY, None)


def _zh_before(match: re.Match[str]) -> ActiveHours | None:
    minute = _zh_minute(match[1], match[2], match[3])
    return None if not minute else ActiveHours(None, minute)


def _zh_between(match: re.Match[str]) -> ActiveHours | None:
    # `晚上10点到6点` ends in the morning, `下午2点到4点` in the afternoon.
    part = match[4] or (match[1] if int(_zh_hour(match[5])) > int(_zh_hour(match[2])) else None)
    begin, end = _zh_minute(match[1], match[2], match[3]), _zh_minute(part, match[5], match[6])
    return None if begin is None or end is None or begin == end else ActiveHours(begin % _DAY, end)


def _zh_hour(text: str) -> str:
    return "2" if text == "两" else str(_ZH_HOURS.index(text) + 1) if text in _ZH_HOURS else text


def _en_days(match: re.Match[str]) -> str:
    return ",".join(_day(word) for word in re.findall(_EN_DAY, match[0]))


def _day(word: str) -> str:
    return word[:3].title()


TIME_PHRASES: Sequence[tuple[str, Callable[[re.Match[str]], ActiveHours | str | None]]] = (
    (rf"(?:between|from) {_CLOCK} (?:and|to|until|till|-) {_CLOCK}", _between),
    (
        rf"(?:from )?{_CLOCK} ?(?:-|to|until) ?{_CLOCK}",
        lambda match: _between(match) if _sure(match) else None,
    ),
    (rf"(?:after|from|later than) {_CLOCK}(?: (?:on|onwards))?", _after),
    (rf"(?:before|until|till|earlier than|up to) {_CLOCK}", _before),
    (r"(?:at|by|during the|in the|over) ?night(?: ?time)?|at nights|overnight", lambda match: NIGHT),
    (r"(?:during|by) (?:the )?day(?: ?time)?|in daytime", lambda match: DAYTIME),
    (r"(?:on|during) (?:weekdays|working days|workdays|week days)", lambda match: "Mon-Fri"),
    (r"(?:on|at|during|over)(?: the)? weekends?", lambda match: "Sat,Sun"),
    (
        rf"(?:from |on )?{_EN_DAY} (?:to|until|through|-) {_EN_DAY}|{_EN_DAY}-{_EN_DAY}",
        lambda match: "-".join(_day(one) for one in match.groups() if one),
    ),
    (rf"(?:on |every )?{_EN_DAY}(?:(?:, | and |, and ){_EN_DAY})*", _en_days),
    (r"every day|daily|at any time|always|around the clock|24/7", lambda match: "daily"),
    (rf"{_ZH}(?:到|至|-|和){_ZH}(?:之间)?", _zh_between),
    (rf"{_ZH}(?:以后|之后|后|起|开始)", _zh_after),
    (rf"{_ZH}(?:以前|之前|前)", _zh_before),
    (r"夜间|夜里|晚上|晚间|夜晚", lambda match: NIGHT),
    (r"白天", lambda match: DAYTIME),
    (r"工作日", lambda match: "Mon-Fri"),
    (r"周末", lambda match: "Sat,Sun"),
    (
        rf"{_ZH_DAY}(?:到|至|-){_ZH_DAY}",
        lambda match: f"{_ZH_DAYS[match[1]].title()}-{_ZH_DAYS[match[2]].title()}",
    ),
    (_ZH_DAY, lambda match: _ZH_DAYS[match[1]].title()),
    (r"每天|每日|全天|任何时间|随时", lambda match: "daily"),
)


def _sure(match: re.Match[str]) -> bool:
    """Whether two numbers are hours, and no other numbers: minutes or halves of the day are said."""
    return any(match.group(number) for number in (2, 3, 4, 6, 7, 8))


def schedule_of(hours: Sequence[ActiveHours], days: Sequence[str]) -> str | None:
    """The schedule that some words make together, as the site file writes it; empty for always.

    Returns:
        None if they contradict each other.
    """
    begins = {one.begin for one in hours if one.begin is not None}
    ends = {one.end for one in hours if one.end is not None}
    if len(begins) > 1 or len(ends) > 1:
        return None
    named = [day for day in dict.fromkeys(days) if day != "daily"]
    if len(named) > 1 and any("-" in day for day in named):
        return None
    day = ",".join(named)
    if not begins and not ends:
        return day
    begin, end = next(iter(begins), 0), next(iter(ends), _DAY)
    if begin == end:
        return None
    return f"{day or 'daily'} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
