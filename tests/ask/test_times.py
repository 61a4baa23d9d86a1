"""Times in words by the site's clock: midnight, changes of clocks, weeks, hours."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.ask.grammar import SiteClock
from secondsight.ask.grammar.lexer import Lexer
from secondsight.ask.grammar.meanings import Slot
from secondsight.ask.grammar.times import span_of
from secondsight.ask.plan import TimeSpan
from secondsight.ask.vocabulary import Vocabulary, plain

BERLIN = ZoneInfo("Europe/Berlin")


def moment(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


CLOCK = SiteClock(moment("2026-03-31T15:30"), "Europe/Berlin")
"""A Tuesday; clocks went from 2 to 3 on the Sunday before."""
LEXER = Lexer(Vocabulary())


def read(text: str, clock: SiteClock = CLOCK) -> TimeSpan | None:
    words = LEXER.cut(plain(text), clock)
    assert not words.unknown, words.unknown
    return span_of([one.value for one in words.meanings if one.slot is Slot.TIME], clock)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("today", "2026-03-31T00:00", "2026-03-31T15:30"),
        ("yesterday", "2026-03-30T00:00", "2026-03-31T00:00"),
        ("the day before yesterday", "2026-03-29T00:00", "2026-03-30T00:00"),
        ("this week", "2026-03-30T00:00", "2026-03-31T15:30"),
        ("last week", "2026-03-23T00:00", "2026-03-30T00:00"),
        ("last weekend", "2026-03-28T00:00", "2026-03-30T00:00"),
        ("this month", "2026-03-01T00:00", "2026-03-31T15:30"),
        ("last month", "2026-02-01T00:00", "2026-03-01T00:00"),
        ("last 3 days", "2026-03-29T00:00", "2026-03-31T15:30"),
        ("last 2 hours", "2026-03-31T13:30", "2026-03-31T15:30"),
        ("Tuesday", "2026-03-31T00:00", "2026-03-31T15:30"),
        ("last Tuesday", "2026-03-24T00:00", "2026-03-25T00:00"),
        ("on Friday", "2026-03-27T00:00", "2026-03-28T00:00"),
        ("March 20", "2026-03-20T00:00", "2026-03-21T00:00"),
        ("the 3rd of April", "2025-04-03T00:00", "2025-04-04T00:00"),
        ("2026-02-28", "2026-02-28T00:00", "2026-03-01T00:00"),
        ("since 2026-03-29", "2026-03-29T00:00", "2026-03-31T15:30"),
        ("yesterday afternoon", "2026-03-30T12:00", "2026-03-30T18:00"),
        ("last night", "2026-03-30T20:00", "2026-03-31T06:00"),
        ("yesterday between 2 and 4 pm", "2026-03-30T14:00", "2026-03-30T16:00"),
        ("yesterday afternoon from 2 to 4", "2026-03-30T14:00", "2026-03-30T16:00"),
        ("between 5 and 7 yesterday evening", "2026-03-30T17:00", "2026-03-30T19:00"),
        ("yesterday evening from 8 to 10", "2026-03-30T20:00", "2026-03-30T22:00"),
        ("yesterday from 10 pm to 2 am", "2026-03-30T22:00", "2026-03-31T02:00"),
        ("between 7:30 and 9 this morning", "2026-03-31T07:30", "2026-03-31T09:00"),
        ("since 8 am", "2026-03-31T08:00", "2026-03-31T15:30"),
        ("before 9 yesterday", "2026-03-30T00:00", "2026-03-30T09:00"),
        ("今天", "2026-03-31T00:00", "2026-03-31T15:30"),
        ("前天", "2026-03-29T00:00", "2026-03-30T00:00"),
        ("上周", "2026-03-23T00:00", "2026-03-30T00:00"),
        ("上周一", "2026-03-23T00:00", "2026-03-24T00:00"),
        ("周五", "2026-03-27T00:00", "2026-03-28T00:00"),
        ("上周末", "2026-03-28T00:00", "2026-03-30T00:00"),
        ("昨天下午", "2026-03-30T12:00", "2026-03-30T18:00"),
        ("昨天下午5点到7点", "2026-03-30T17:00", "2026-03-30T19:00"),
        ("昨晚", "2026-03-30T18:00", "2026-03-31T06:00"),
        ("3月20号", "2026-03-20T00:00", "2026-03-21T00:00"),
        ("最近七天", "2026-03-25T00:00", "2026-03-31T15:30"),
        ("过去一小时", "2026-03-31T14:30", "2026-03-31T15:30"),
        ("早上8点半以来", "2026-03-31T08:30", "2026-03-31T15:30"),
    ],
)
def test_spans(text: str, since: str, until: str) -> None:
    assert read(text) == TimeSpan(moment(since), moment(until))


@pytest.mark.parametrize(
    "text", ["yesterday today", "last 2 hours yesterday", "yesterday morning from 2 pm to 4 pm"]
)
def test_contradictions_have_no_span(text: str) -> None:
    assert read(text) is None


def test_days_of_a_change_of_clocks_are_as_long_as_they_are() -> None:
    spring = read("2026-03-29")
    assert spring is not None
    assert spring.until - spring.since == 23 * 3600
    autumn = read("2025-10-26")
    assert autumn is not None
    assert autumn.until - autumn.since == 25 * 3600
    missing = read("2026-03-29 from 2 to 4")
    assert missing is not None
    assert missing.until - missing.since == 3600


def test_a_minute_after_midnight_today_is_a_minute_long() -> None:
    night = SiteClock(moment("2026-03-31T00:01"), "Europe/Berlin")
    today = read("today", night)
    assert today is not None
    assert today.until - today.since == 60
    assert read("yesterday", night) == TimeSpan(moment("2026-03-30T00:00"), moment("2026-03-31T00:00"))


def test_the_same_moment_is_another_day_in_another_zone() -> None:
    now = moment("2026-03-31T23:30")
    berlin, shanghai = SiteClock(now, "Europe/Berlin"), SiteClock(now, "Asia/Shanghai")
    assert read("today", berlin) != read("today", shanghai)
    tomorrow = read("2026-04-01", shanghai)
    assert tomorrow is not None
    assert tomorrow.since < now


@given(
    st.floats(1.6e9, 1.9e9),
    st.sampled_from(["today", "this week", "last week", "last 3 days", "yesterday", "上个月"]),
)
def test_no_span_is_empty_or_reaches_beyond_now(now: float, text: str) -> None:
    span = read(text, SiteClock(now, "America/New_York"))
    assert span is not None
    assert span.since < span.until <= now or span.since == now
