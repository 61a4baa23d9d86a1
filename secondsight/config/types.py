"""Values as camera people write them: durations, sizes, polygons and segments.

The texts of errors never repeat a value: any value of a site file may be a misplaced password.
"""

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import combinations
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_UNITS = {"ms": 0.001, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_NUMBER = r"([0-9]{1,18}(?:\.[0-9]{1,18})?)"
_CENTURY = 100 * 365 * 86400.0
_EXABYTE = 10**18
_MAX_POINTS = 100
_MAX_PROCESSES = 256

Point = tuple[float, float]


class Section(BaseModel):
    """Base of every part of the site file: frozen, and strict about spelling. An empty value means the
    default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    renamed: ClassVar[Mapping[str, str]] = {}
    """Old keys and what they are called now. A site file may use an old key for one version, with a warning."""

    @model_validator(mode="before")
    @classmethod
    def _default_for_empty(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        written = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: value for key, value in values.items() if value is not None or key not in written}


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """What to do about a word that is none of `known`: the nearest one, or all of them. Never repeats the
    word.
    """
    names = sorted(known)
    near = nearest(wrong, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"known here: {', '.join(names)}" if names else "there are none"


def nearest(wrong: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is spelled most like `wrong`, if any is."""
    by_spelling = {_spelling(name): name for name in known}
    near = difflib.get_close_matches(_spelling(wrong), by_spelling, n=1)
    return by_spelling[near[0]] if near else None


def _spelling(word: str) -> str:
    return word.lower().replace("-", "_")[:100]


def parse_duration(value: Any) -> float:
    """Seconds from a number or from text such as `5s`, `1.5 min`, `36h`, `30d`. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value) if abs(value) <= _CENTURY else math.inf
    else:
        match = re.fullmatch(rf"\s*{_NUMBER}\s*([a-z]*)\s*", value) if isinstance(value, str) else None
        if not match or (match[2] or "s") not in _UNITS:
            raise ValueError("not a duration; write 5s, 10min, 36h or 30d")
        seconds = float(match[1]) * _UNITS[match[2] or "s"]
    if not 0 <= seconds <= _CENTURY:
        raise ValueError("not a duration that can be (0 to 100 years); write 5s, 10min, 36h or 30d")
    return seconds


def parse_size(value: Any) -> int:
    """Bytes from a number or from text such as `500 MB` or `20GB` (decimal units). Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        size = float(value) if abs(value) <= _EXABYTE else math.inf
    else:
        text = value.upper() if isinstance(value, str) else ""
        match = re.fullmatch(rf"\s*{_NUMBER}\s*([KMGT]?B)?\s*", text)
        if not match:
            raise ValueError("not a size; write 500MB or 20GB")
        size = float(match[1]) * _SIZES[match[2] or "B"]
    if not 0 <= size <= _EXABYTE:
        raise ValueError("not a size that can be; write 500MB or 20GB")
    return int(size)


def parse_points(value: Any) -> tuple[Point, ...]:
    """Relative points from `[[0.1, 0.2], [0.3, 0.4]]` or from the flat text `0.1,0.2,0.3,0.4`. Raises
    ValueError.
    """
    if isinstance(value, str):
        numbers = value.split(",")
        if len(numbers) % 2:
            raise ValueError("an odd count of numbers; write x1,y1,x2,y2,...")
        value = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
    try:
        points = tuple((float(x), float(y)) for x, y in value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError("expected points as [[x, y], ...] or 'x1,y1,x2,y2,...'") from None
    for number, (x, y) in enumerate(points, 1):
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(
                f"point {number} lies outside the picture; coordinates are relative, 0..1: divide by the "
                "picture's width and height"
            )
    return points


def _polygon(value: Any) -> tuple[Point, ...]:
    points = parse_points(value)
    corners = tuple(point for i, point in enumerate(points) if point != points[i - 1])
    if len(corners) < 3:
        raise ValueError(f"a polygon needs at least 3 different points, got {len(set(points))}")
    if len(corners) > _MAX_POINTS:
        raise ValueError(f"a polygon of {len(corners)} points; at most {_MAX_POINTS} are allowed")
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    for (i, first), (j, second) in combinations(enumerate(edges, 1), 2):
        neighbours = j == i + 1 or (i == 1 and j == len(edges))
        if not neighbours and _meet(first, second):
            raise ValueError(
                f"the polygon crosses or touches itself: its sides {i} and {j} meet; list the corners in "
                "order around the zone"
            )
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges)) < 2e-6:
        raise ValueError("the polygon encloses no area; its points lie on one line")
    return corners


def _meet(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two closed segments have a point in common."""
    (a, b), (c, d) = first, second
    c_side, d_side, a_side, b_side = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if c_side * d_side < 0 and a_side * b_side < 0:
        return True
    return (
        (c_side == 0 and _between(a, b, c))
        or (d_side == 0 and _between(a, b, d))
        or (a_side == 0 and _between(c, d, a))
        or (b_side == 0 and _between(c, d, b))
    )


def _turn(a: Point, b: Point, p: Point) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _between(a: Point, b: Point, p: Point) -> bool:
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])


def _segment(value: Any) -> tuple[Point, ...]:
    points = parse_points(value)
    if len(points) != 2 or math.dist(points[0], points[1]) < 1e-6:
        raise ValueError("a line needs exactly 2 different points: from, to")
    return points


def _not_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("expected a number")
    return value


def _processes(value: Any) -> Any:
    if value == "auto":
        return value
    whole = str(value) if not isinstance(value, bool) else ""
    if not re.fullmatch("[0-9]{1,3}", whole) or not 1 <= int(whole) <= _MAX_PROCESSES:
        raise ValueError(f"write `auto`, or a whole number from 1 to {_MAX_PROCESSES}")
    return int(whole)


def _with_zone(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _timezone(name: str) -> str:
    if name != "UTC":  # which needs no database of time zones
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            near = nearest(name, available_timezones())
            hint = (
                f"did you mean `{near}`?" if near else "write a name such as Europe/Berlin or Asia/Shanghai"
            )
            raise ValueError(f"no such time zone; {hint}") from None
    return name


Duration = Annotated[float, BeforeValidator(parse_duration)]
"""Seconds, >= 0."""
Timespan = Annotated[Duration, Field(gt=0)]
"""Seconds, > 0."""
Size = Annotated[int, BeforeValidator(parse_size)]
"""Bytes, >= 0."""
Polygon = Annotated[tuple[Point, ...], BeforeValidator(_polygon)]
"""At least three relative points (x, y) in 0..1 around some area, in order; no side meets another."""
Segment = Annotated[tuple[Point, Point], BeforeValidator(_segment)]
"""Two different relative points: from, to."""
Real = Annotated[float, BeforeValidator(_not_bool)]
"""A finite number; text that is one, as from `${NAME}`, counts."""
Whole = Annotated[int, BeforeValidator(_not_bool)]
"""An integer; text that is one counts."""
Processes = Annotated[int | Literal["auto"], BeforeValidator(_processes)]
"""How many; `auto`: as many as are worth it."""
Fraction = Annotated[Real, Field(ge=0, le=1)]
"""A share, 0..1."""
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
"""The name a site gives to a camera, zone, line or rule."""
Alias = Annotated[str, Field(min_length=1, max_length=64)]
"""What people call something in their own words, in any language."""
Title = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f](.{0,62}[^\s\x00-\x1f\x7f])?$")]
"""What people read instead of a name: one line, in any script."""
AllowedHost = Annotated[str, Field(pattern=r"^(\*\.)?([\w.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$")]
"""A server: `host`, `host:port` or `*.domain`."""
Moment = Annotated[datetime, AfterValidator(_with_zone)]
"""A date and time with its time zone; UTC when none is written."""
TimeZone = Annotated[str, AfterValidator(_timezone)]
"""A name of the time zone database."""
