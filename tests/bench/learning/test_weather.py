"""What labels are worth: the table, and the days that it is made of."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.learning.city import START, City, Weather
from bench.learning.real import agreement
from bench.learning.weather import Result, table
from secondsight.learn import LabelledBox
from secondsight.records import Box

BEFORE = Result("before", 0, {}, 0, {"night": 0.5, "fog": 0.3, "rain": 0.1, "clear": 0.8}, {}, 0.5, 4)
ORACLE = Result("oracle", 3, {"human": 100}, 300, {"night": 0.7, "fog": 0.5, "rain": 0.3, "clear": 0.8}, {})
SOME = Result(
    "brain + 20", 3, {"human": 20, "track": 30}, 90, {"night": 0.6, "fog": 0.4, "rain": 0.2, "clear": 0.8}, {}
)


def test_the_table_says_what_share_of_the_gain_which_share_of_the_labels_gives() -> None:
    rows = table([BEFORE, SOME, ORACLE], 3).splitlines()
    assert rows[2] == "| before | 0 | 0, 0 | 0.500 | 0.300 | 0.100 | 0.800 | - | - | 50% of 4 |"
    assert rows[3] == "| brain + 20 | 3 | 30, 20 | 0.600 | 0.400 | 0.200 | 0.800 | 50% | 20% | - |"
    assert "100% | 100%" in rows[4]


def test_without_a_gain_there_is_no_share_of_it() -> None:
    worse = replace(ORACLE, ap50=BEFORE.ap50)
    assert "| - | 100% |" in table([BEFORE, worse], 3)


def test_a_day_has_its_weather_and_its_events(tmp_path: Path) -> None:
    city = City(tmp_path, 1, 4, 30.0, (Weather("rain", 0.7, 1, 2), Weather("fog", 0.7, 2, 3)))
    assert [city.weather_of(day) for day in range(4)] == ["clear", "rain", "fog", "clear"]
    assert [(one.name, one.start, one.end) for one in city.world(0).conditions] == [
        ("rain", 30.0, 60.0),
        ("fog", 60.0, 90.0),
    ]
    days = [city.recording(0, day).recording for day in range(4)]
    assert [day.start_time - START for day in days] == [0.0, 86400.0, 172800.0, 259200.0]
    events = [one for day in days for one in day.events]
    assert events
    assert all(0 <= one.start < one.end <= 30.0 for one in events)
    assert len(events) <= len(city.world(0).truth().events)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([("car", 0.1)], (1, 1, 0, 1, 1, 2)),
        ([("car", 0.6)], (1, 0, 1, 1, 0, 2)),
        ([], (1, 0, 0, 1, 0, 2)),
    ],
)
def test_what_a_teacher_saw_is_found_or_not(seen, expected) -> None:
    def boxes(found):
        return [LabelledBox(label, Box(x, 0.1, x + 0.2, 0.4), 0.9) for label, x in found]

    one = agreement([(boxes(seen), 2), ([], 0)], [boxes([("car", 0.1)]), []])
    assert (one.true, one.found, one.false, one.pictures, one.seen, one.others) == expected
