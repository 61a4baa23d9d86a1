"""Hours as people write them, against the wall clock minute by minute."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config import load_site
from secondsight.config.schedule import DAYS, Schedule, parse_schedule
from secondsight.errors import ConfigError
from tests.table import table

BERLIN = "Europe/Berlin"


def at(text: str, timezone: str = BERLIN, fold: int = 0) -> float:
    """UTC seconds of a local time of the week from Monday 2026-03-02 on, such as `Mon 18:00`."""
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    local = datetime(2026, 3, 2, hour, minute, tzinfo=ZoneInfo(timezone), fold=fold)
    return (local + timedelta(days=[name[:3] for name in DAYS].index(day.lower()))).timestamp()


@table(
    ("text", "inside", "outside"),
    [
        (
            "Mon-Fri 18:00-06:00",
            ["Mon 18:00", "Mon 23:59", "Tue 00:00", "Tue 05:59", "Sat 05:59", "Fri 18:00"],
            ["Mon 00:00", "Mon 05:59", "Mon 17:59", "Tue 06:00", "Sat 06:00", "Sat 18:00", "Sun 20:00"],
        ),
        ("Sat,Sun", ["Sat 00:00", "Sun 23:59"], ["Fri 23:59", "Mon 00:00"]),
        ("daily 22:00-05:30", ["Mon 22:00", "Sun 05:29", "Mon 00:10"], ["Mon 05:30", "Sun 21:59"]),
        ("22:00-05:30", ["Mon 22:00"], ["Mon 21:59"]),
        ("Fri-Mon 12:00-13:00", ["Fri 12:30", "Sun 12:00", "Mon 12:59"], ["Tue 12:30", "Thu 12:30"]),
        ("Sun 20:00-04:00", ["Sun 20:00", "Mon 03:59"], ["Mon 04:00", "Sun 03:00"]),
        ("monday, THURS 8:00-24:00", ["Mon 23:59", "Thu 08:00"], ["Tue 00:00", "Thu 07:59"]),
        (["Mon 08:00-09:00", "Tue 10:00-11:00"], ["Mon 08:30", "Tue 10:30"], ["Mon 10:30", "Tue 08:30"]),
        ("Mon 06:00-06:00", ["Mon 06:00", "Tue 05:59"], ["Tue 06:00", "Mon 05:59"]),
        ("daily", ["Wed 03:00"], []),
    ],
)
def test_windows(text: object, inside: list[str], outside: list[str]) -> None:
    schedule = parse_schedule(text)
    assert [moment for moment in inside if not schedule.holds(at(moment), BERLIN)] == []
    assert [moment for moment in outside if schedule.holds(at(moment), BERLIN)] == []


@pytest.mark.parametrize("name", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_the_wall_clock_is_that_of_the_site(name: str) -> None:
    schedule = parse_schedule("Mon 08:00-09:00")
    assert schedule.holds(at("Mon 08:30", name), name)
    assert not schedule.holds(at("Mon 08:30", name) + 7200, name)


def test_summer_time() -> None:
    """The clock goes forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00: a night of 11, then of 13 hours."""
    night = parse_schedule("Sat 20:00-08:00")
    for day, hours in ((28, 11), (21, 12)):
        start = datetime(2026, 3, day, 20, tzinfo=ZoneInfo(BERLIN)).timestamp()
        assert sum(night.holds(start + 60 * i, BERLIN) for i in range(-600, 1200)) == hours * 60
    start = datetime(2026, 10, 24, 20, tzinfo=ZoneInfo(BERLIN)).timestamp()
    assert sum(night.holds(start + 60 * i, BERLIN) for i in range(-600, 1200)) == 13 * 60
    twice = parse_schedule("Sun 02:00-02:30")
    start = datetime(2026, 10, 25, 0, tzinfo=UTC).timestamp()
    assert sum(twice.holds(start + 60 * i, BERLIN) for i in range(180)) == 60


@given(
    first=st.integers(0, 6),
    last=st.integers(0, 6),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
    minute=st.integers(0, 7 * 1440 - 1),
)
def test_any_range_as_counted_by_hand(first: int, last: int, start: int, end: int, minute: int) -> None:
    names = [name[:3].title() for name in DAYS]
    text = f"{names[first]}-{names[last]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
    schedule = parse_schedule(text)
    days = [day for day in range(7) if (day - first) % 7 <= (last - first) % 7]
    length = (end - start) % 1440 or 1440
    expected = any((minute - day * 1440 - start) % (7 * 1440) < length for day in days)
    monday = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
    assert schedule.holds(monday + minute * 60 + 59, "UTC") == expected


@table(
    "text",
    [
        *("", " ", "Mo", "Mon-Tue-Wed", "Mon 25:00-26:00", "Mon 08:60-09:00", "08:00-24:01", "24:00-08:00"),
        *("Mon 8-9", "weekdays", "Mon 08:00-09:00 10:00-11:00", "08:00-09:00 Mon", "Mon,,Tue"),
        *(18, None, [], [5], {}, ["Mon"] * 51),
    ],
)
def test_what_is_none(text: object) -> None:
    with pytest.raises(ValueError, match=r"schedule|day|hours"):
        parse_schedule(text)


def test_the_error_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "cameras: {hall: {source: a.mp4}}\n"
        "rules:\n  x:\n    behaviour: intrusion\n    zone: frame\n    when: Funday\n"
    )
    with pytest.raises(ConfigError, match=r":6: rules.x.when: not a day of the week: Mon, Tue") as caught:
        load_site(tmp_path / "site.yaml", {})
    assert "Funday" not in str(caught.value)


def test_equal_schedules_are_one() -> None:
    assert parse_schedule("Mon,Tue 08:00-09:00") == parse_schedule(["Mon,Tue 08:00-09:00"])
    assert isinstance(parse_schedule(parse_schedule("daily")), Schedule)
