"""Rules that count: over a line, in a zone, in a queue."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.rules.base import Inertia, ObjectRule, Positive
from secondsight.config.types import Fraction, Name, Timespan, Whole


class CountingRule(ObjectRule):
    """Counts per minute of what crosses a line or is in a zone; makes no events.

    Attributes:
        line: counts `in` and `out` over this line; either `line` or `zone` is required.
        zone: or visits and presence in this zone.
        inward: the direction over the line that is in, as seen when looking along it from its first to its second
            point.
        hysteresis: as of line crossing.
        inertia: as of intrusion.
        heat: whether it also notes where in the zone they are, cell by cell.
    """

    behaviour: Literal["counting"]
    line: Name | None = None
    zone: Name | None = None
    inward: Literal["left_to_right", "right_to_left"] = "left_to_right"
    hysteresis: Fraction = 0.02
    inertia: Inertia = 2
    heat: bool = False

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if (self.line is None) == (self.zone is None):
            raise ValueError("counting needs either `line` or `zone`")
        if self.heat and self.zone is None:
            raise ValueError("`heat` needs `zone`; write `zone: frame` for the whole picture")
        return self


class QueueRule(ObjectRule):
    """A queue is long, or somebody waits long in it; and how long it is, per minute.

    Attributes:
        people: least number of people that is a long queue; none asks for the wait only.
        wait: least wait of anybody that is long; none asks for the number only.
        passing: whoever is faster only passes by and does not wait, in metres per second.
        duration: as long, or with such a wait, for so long.
    """

    behaviour: Literal["queue"]
    zone: Name
    people: Annotated[Whole, Field(ge=1)] | None = 5
    wait: Timespan | None = None
    passing: Positive = 0.7
    duration: Timespan = 10.0

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if self.people is None and self.wait is None:
            raise ValueError("queue needs `people`, `wait`, or both")
        return self
