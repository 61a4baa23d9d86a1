"""Rules about people wherever they are."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.rules.base import Inertia, ObjectRule, PixelRule, Positive
from secondsight.config.types import Duration, Fraction, Name, Real, Timespan, Whole


class IntrusionRule(ObjectRule):
    """Somebody is in a zone.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        inertia: looks in a row that must agree before presence begins, and before it ends (against jitter).
    """

    behaviour: Literal["intrusion"]
    zone: Name
    inertia: Inertia = 3


class LoiteringRule(ObjectRule):
    """Somebody stays in a zone for at least `loitering_time`; `zone` and `inertia` as for intrusion.

    Attributes:
        loitering_time: how long a stay counts as loitering.
    """

    behaviour: Literal["loitering"]
    zone: Name
    inertia: Inertia = 3
    loitering_time: Timespan = 60.0


class LineCrossingRule(ObjectRule):
    """Somebody crosses a directed segment.

    Attributes:
        line: name of a line.
        direction: as seen when looking along the line from its first to its second point.
        hysteresis: distance beyond the line, as a share of the picture's height, before a side counts as
            reached.
    """

    behaviour: Literal["line_crossing"]
    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"
    hysteresis: Fraction = 0.02


class FallRule(ObjectRule):
    """Somebody who stood goes down fast and stays down.

    Attributes:
        low: height of the box, as a share of the person's own standing height, below which somebody is down.
        speed: least speed of the head on its way down, in own standing heights per second.
        stillness: staying down for so long.
        pose: name of a second-stage model of poses; where it sees somebody, the trunk decides who lies.
    """

    behaviour: Literal["fall"]
    zone: Name
    low: Annotated[Fraction, Field(gt=0)] = 0.65
    speed: Positive = 0.3
    stillness: Duration = 2.0
    pose: Name | None = None


class WrongWayRule(ObjectRule):
    """Somebody goes against a direction.

    Attributes:
        line: the allowed direction leads from the line's first to its second point.
        angle: the allowed direction in the picture in degrees, 0 up, 90 right, 180 down; instead of `line`.
        tolerance: degrees by which a path may differ from the very opposite and still is the wrong way.
        distance: least way against the direction, as a share of the picture's height.
        inertia: looks in a row that lead the wrong way.
    """

    behaviour: Literal["wrong_way"]
    zone: Name
    line: Name | None = None
    angle: Annotated[Real, Field(ge=-360, le=360)] | None = None
    tolerance: Annotated[Real, Field(gt=0, le=90)] = 60.0
    distance: Annotated[Fraction, Field(gt=0)] = 0.1
    inertia: Inertia = 3

    @model_validator(mode="after")
    def _directed(self) -> Self:
        if (self.line is None) == (self.angle is None):
            raise ValueError("wrong_way needs either `line` or `angle`")
        return self


class FightRule(ObjectRule):
    """Two or more close to each other, agitated.

    Attributes:
        proximity: largest distance of two people's centres, in heights of the taller box.
        agitation: least agitation, see docs/behaviours.md.
        duration: lasting for so long.
    """

    behaviour: Literal["fight"]
    zone: Name
    proximity: Positive = 0.6
    agitation: Positive = 0.12
    duration: Timespan = 1.5


class StillnessRule(ObjectRule):
    """Somebody does not move.

    Attributes:
        duration: for so long.
        tolerance: largest shift of the box's centre that is no movement, in lengths of its longer side.
        lying: whether only those count whose box is wide, or low for them.
    """

    behaviour: Literal["stillness"]
    zone: Name
    duration: Timespan = 15.0
    tolerance: Positive = 0.15
    lying: bool = False


class LeftBagRule(ObjectRule):
    """A bag stands still and nobody is near it.

    Attributes:
        owners: class names of those who may be its owner.
        duration: standing alone for so long.
        distance: whoever is nearer may be its owner; in heights of that person's box.
        tolerance: largest shift of the bag that is no movement, in lengths of its box's longer side.
    """

    behaviour: Literal["left_bag"]
    classes: tuple[str, ...] = ("backpack", "handbag", "suitcase")
    zone: Name
    owners: tuple[str, ...] = ("person",)
    duration: Timespan = 8.0
    distance: Positive = 0.6
    tolerance: Positive = 0.5


class RunningRule(ObjectRule):
    """Somebody runs.

    Attributes:
        speed: least speed, in metres per second; without ground calibration, metres are read off people's heights.
        duration: running for so long.
        rides: class names of what people ride on; who is on one does not run.
    """

    behaviour: Literal["running"]
    zone: Name
    speed: Positive = 2.6
    duration: Timespan = 0.6
    rides: tuple[str, ...] = ("bicycle", "motorcycle", "scooter")


class CrowdRule(ObjectRule):
    """Many people stay in a zone.

    Attributes:
        people: least number of them.
        density: least number of them per square metre of the zone besides; none asks for the number only.
        area: of the zone, in square metres; measured if absent.
        passing: whoever is faster only passes by and does not count, in metres per second.
        duration: staying for so long.
    """

    behaviour: Literal["crowd"]
    zone: Name
    people: Annotated[Whole, Field(ge=2)] = 5
    density: Positive | None = None
    area: Positive | None = None
    passing: Positive = 0.7
    duration: Timespan = 4.0


class ClimbingRule(ObjectRule):
    """Somebody climbs over a barrier.

    Attributes:
        line: the barrier's foot; in either direction.
        rise: least height of the feet on their way over it, above the straight way from side to side, in the person's
            own height.
        clear: distance beyond the line, in the person's own height, from which on a side is reached.
    """

    behaviour: Literal["climbing"]
    line: Name
    rise: Positive = 0.15
    clear: Positive = 0.12


class RemovedObjectRule(PixelRule):
    """Something that was there for long is gone, and somebody was near who had not been with it.

    Attributes:
        duration: gone for so long.
        takers: class names of those who may have taken it.
        things: class names of what is followed when it is taken, and not only missed where it stood.
        owner: whoever was with it for so long before is its owner.
    """

    behaviour: Literal["removed_object"]
    min_area: Fraction = 0.0002
    max_area: Annotated[Fraction, Field(gt=0)] = 0.05
    duration: Timespan = 3.0
    takers: tuple[str, ...] = ("person",)
    things: tuple[str, ...] = ("suitcase", "backpack", "handbag")
    owner: Timespan = 15.0


class TailgatingRule(ObjectRule):
    """Two pass a line close behind each other, where each needs a pass of their own.

    Attributes:
        direction, hysteresis: as of line crossing.
        interval: at most so long after each other.
        distance: or at most so near, in metres; none asks for the time only.
    """

    behaviour: Literal["tailgating"]
    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"
    hysteresis: Fraction = 0.01
    interval: Timespan = 2.5
    distance: Positive | None = None
