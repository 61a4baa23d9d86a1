"""Values as people write them."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from secondsight.config import types
from secondsight.config.types import parse_duration, parse_points, parse_size, suggestion
from tests.table import table


@table(
    ("text", "seconds"),
    [
        ("5s", 5),
        ("5", 5),
        (5, 5),
        (2.5, 2.5),
        ("500ms", 0.5),
        ("1.5min", 90),
        ("1.5 min", 90),
        (" 2 h ", 7200),
        ("2m", 120),
        ("30sec", 30),
        ("30d", 2_592_000),
        (0, 0),
        ("36500d", 3_153_600_000),
    ],
)
def test_duration(text: object, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


NO_DURATION = [
    *(
        "",
        "s",
        "5 weeks",
        "-5s",
        "5s5",
        "1e3s",
        "1,5s",
        "٥s",
        "5S",
        "five",
        "36501d",
        "9" * 400,
        "9" * 400 + "d",
    ),
    *(-1, -0.001, math.inf, -math.inf, math.nan, 10**400, True, False, None, [5], {"s": 5}),
]


@table("value", NO_DURATION)
def test_no_duration(value: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(value)


@table(
    ("text", "size"),
    [
        ("500MB", 500_000_000),
        ("1.5 gb", 1_500_000_000),
        (7, 7),
        ("7", 7),
        ("2 B", 2),
        ("1TB", 10**12),
        (0, 0),
    ],
)
def test_size(text: object, size: int) -> None:
    assert parse_size(text) == size


@table(
    "value",
    ["", "MB", "5 PB", "-5MB", "5 MiB", "9" * 400, -1, 10**19, 10**400, math.inf, math.nan, True, None, [1]],
)
def test_no_size(value: object) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(value)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.integers())))
def test_anything_is_a_value_or_a_value_error(value: object) -> None:
    for parse in (parse_duration, parse_size, parse_points):
        try:
            parse(value)
        except ValueError as error:
            text = str(error)
            assert not (isinstance(value, str) and len(value) > 12 and value in text), "no value is repeated"


SQUARE = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))


@table(
    "written",
    [
        [list(p) for p in SQUARE],
        "0.1,0.1,0.9,0.1,0.9,0.9,0.1,0.9",
        " 0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.9 ",
        [*SQUARE, SQUARE[0]],  # closed
        [SQUARE[0], *SQUARE],  # a corner twice
        [["0.1", "0.1"], *SQUARE[1:]],
    ],
)
def test_polygon(written: object) -> None:
    got = TypeAdapter(types.Polygon).validate_python(written)
    assert sorted(got) == sorted(SQUARE)
    assert len(got) == 4


@table(
    ("written", "problem"),
    [
        ([[0.1, 0.1], [0.9, 0.9]], "at least 3 different points, got 2"),
        ([[0.1, 0.1]] * 5, "at least 3"),
        ([], "at least 3"),
        ([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]], "encloses no area"),
        ([[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.9]], "sides 1 and 3 meet"),
        ([[0, 0], [1, 0], [1, 1], [0.5, 0], [0, 1]], "touches itself"),
        ([[0, 0], [640, 0], [640, 480]], "point 2 lies outside the picture"),
        ([[0, 0], [1, -0.1], [1, 1]], "point 2 lies outside the picture"),
        ([[0, 0], [math.nan, 0], [1, 1]], "outside"),
        ([[0, 0], [1, math.inf], [1, 1]], "outside"),
        ("0,0,1,0,1", "odd count"),
        ("a,b,c,d,e,f", "expected points"),
        ([1, 2, 3, 4, 5, 6], "expected points"),
        ([[0, 0, 0], [1, 1, 1], [1, 0, 1]], "expected points"),
        (7, "expected points"),
        ({"x": 1}, "expected points"),
        ([[i / 200, (i % 2) / 2] for i in range(101)], "at most 100"),
    ],
)
def test_no_polygon(written: object, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        TypeAdapter(types.Polygon).validate_python(written)


@given(st.integers(3, 60), st.floats(0, 6), st.booleans())
def test_every_convex_polygon_is_one(count: int, turn: float, backwards: bool) -> None:
    angles = [turn + 2 * math.pi * i / count for i in range(count)]
    points = [(0.5 + 0.4 * math.cos(a), 0.5 + 0.4 * math.sin(a)) for a in angles]
    got = TypeAdapter(types.Polygon).validate_python(points[::-1] if backwards else points)
    assert len(got) == count


def test_segment() -> None:
    segment = TypeAdapter(types.Segment)
    assert segment.validate_python("0,0,1,1") == ((0, 0), (1, 1))
    for wrong in ("0,0", "0,0,1,1,0,1", "0.5,0.5,0.5,0.5", "0.5,0.5,0.5,0.5000000001"):
        with pytest.raises(ValidationError, match="exactly 2 different points"):
            segment.validate_python(wrong)


@table(
    ("kind", "value", "expected"),
    [
        (types.Real, "2.5", 2.5),
        (types.Whole, "3", 3),
        (types.Moment, "2026-01-31T08:00:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        (types.Moment, "2026-01-31T09:00:00+01:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        (types.Moment, "2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        (types.TimeZone, "UTC", "UTC"),
        (types.TimeZone, "Asia/Shanghai", "Asia/Shanghai"),
        (types.Name, "Gate-2_b", "Gate-2_b"),
    ],
)
def test_other_values(kind: Any, value: object, expected: object) -> None:
    assert TypeAdapter(kind).validate_python(value) == expected


def test_moments_keep_their_zone() -> None:
    moment = TypeAdapter(types.Moment).validate_python("2026-01-31T09:00:00+01:00")
    assert moment.utcoffset() == timedelta(hours=1)


@table(
    ("kind", "value", "problem"),
    [
        (types.Real, True, "expected a number"),
        (types.Whole, False, "expected a number"),
        (types.TimeZone, "Europe/Berln", "did you mean `Europe/Berlin`"),
        (types.TimeZone, "asia/shanghai/", "no such time zone"),
        (types.TimeZone, "../../etc/passwd", "no such time zone"),
        (types.TimeZone, "America", "no such time zone"),
        (types.TimeZone, "", "no such time zone"),
        (types.TimeZone, "a\0b", "no such time zone"),
        (types.Name, "two words", "match"),
        (types.Name, "line\n", "match"),
        (types.Name, "-x", "match"),
        (types.Name, "x" * 65, "match"),
        (types.Name, "", "match"),
    ],
)
def test_other_wrong_values(kind: Any, value: object, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("wrong", "known", "hint"),
    [
        ("sorce", ["source", "site"], "did you mean `source`?"),
        ("Min-Score", ["min_score", "min_area"], "did you mean `min_score`?"),
        ("xyz", ["b", "a"], "known here: a, b"),
        ("xyz", [], "there are none"),
    ],
)
def test_suggestion(wrong: str, known: list[str], hint: str) -> None:
    assert suggestion(wrong, known) == hint
