"""What all forms share: times, numbers, names."""

import math
from datetime import UTC, datetime
from typing import Annotated, Any, overload

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from secondsight.clock import iso

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class FormOut(BaseModel):
    """Base of answers: read from records by the names of their attributes."""

    model_config = ConfigDict(from_attributes=True, extra="ignore")


class FormIn(BaseModel):
    """Base of requests: what is not known is refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def _finite(value: Any) -> Any:
    return value if value is None or math.isfinite(value) else None


def _time(value: Any) -> Any:
    return iso(float(value)) if isinstance(value, int | float) else value


def within_calendar(value: datetime) -> datetime:
    """A time with its zone. Raises ValueError for one that nobody means."""
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    if not _EARLIEST <= aware <= _LATEST:
        raise ValueError("a time between 1970 and 2200")
    return aware


def _seconds(value: datetime | None) -> datetime | None:
    return None if value is None else within_calendar(value)


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number; null where it is not known or not finite."""
Time = Annotated[str, BeforeValidator(_time), Field(json_schema_extra={"format": "date-time"})]
"""UTC as ISO 8601 with milliseconds."""
Sides = Annotated[list[Number], Field(min_length=4, max_length=4)]
"""Left, top, right, bottom, as shares of the picture's width and height."""
NameText = Annotated[str, Field(min_length=1, max_length=128)]
NoteText = Annotated[str, Field(max_length=2000)]

Names = Annotated[list[NameText], Query(default_factory=list, max_length=200)]
Since = Annotated[
    datetime | None, AfterValidator(_seconds), Query(description="From this time on; UTC without a zone.")
]
Until = Annotated[
    datetime | None, AfterValidator(_seconds), Query(description="Before this time; UTC without a zone.")
]
Moment = Annotated[datetime, AfterValidator(within_calendar), Query(description="UTC without a zone.")]
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the page before.")]


@overload
def seconds_of(time: datetime) -> float: ...
@overload
def seconds_of(time: None) -> None: ...
@overload
def seconds_of(time: datetime | None) -> float | None: ...
def seconds_of(time: datetime | None) -> float | None:
    """UTC seconds."""
    return None if time is None else time.timestamp()
