"""Rules about people at work."""

from typing import Annotated, Literal

from pydantic import Field

from secondsight.config.rules.base import ObjectRule, Positive
from secondsight.config.types import Fraction, Name, Timespan, Whole

HelmetColour = Literal["white", "yellow", "orange", "red", "green", "blue"]
VestColour = Literal["yellow", "orange", "red"]


class NoHelmetRule(ObjectRule):
    """Somebody's head shows no helmet.

    Attributes:
        duration: seen in the zone with a bare head for so long.
        head: the head's share of the box's height.
        colours: colours of the helmets worn here.
        share: least share of the head's pixels in such a colour that is a helmet.
        attribute: name of the second-stage model that decides instead of the colour.
        answers: its answers that mean there is none.
    """

    behaviour: Literal["no_helmet"]
    zone: Name
    duration: Timespan = 1.0
    head: Annotated[Fraction, Field(gt=0)] = 0.14
    colours: Annotated[tuple[HelmetColour, ...], Field(min_length=1)] = (
        "white",
        "yellow",
        "orange",
        "red",
        "green",
        "blue",
    )
    share: Annotated[Fraction, Field(gt=0)] = 0.2
    attribute: Name | None = None
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("bare", "none", "no", "no_helmet")


class NoVestRule(ObjectRule):
    """Somebody wears no safety vest.

    Attributes:
        duration: seen in the zone without one for so long.
        colours: colours of the vests worn here.
        share: least share of the torso's pixels in such a colour that is a vest.
        attribute: name of the second-stage model that decides instead of the colour.
        answers: its answers that mean there is none.
    """

    behaviour: Literal["no_vest"]
    zone: Name
    duration: Timespan = 1.0
    colours: Annotated[tuple[VestColour, ...], Field(min_length=1)] = ("yellow", "orange", "red")
    share: Annotated[Fraction, Field(gt=0)] = 0.25
    attribute: Name | None = None
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("none",)


class ForbiddenOperationRule(ObjectRule):
    """Somebody does what is forbidden here, such as phoning or smoking, as a second-stage model sees it.

    Attributes:
        attribute: name of that model; it looks at the upper body.
        answers: its answers that are forbidden here.
        score: least score of such an answer, or what the score of any other leaves for it.
        votes: least number of looks that it is voted from.
        duration: for so long.
    """

    behaviour: Literal["forbidden_operation"]
    zone: Name
    attribute: Name
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("phone", "smoking")
    score: Fraction = 0.4
    votes: Annotated[Whole, Field(ge=1)] = 3
    duration: Timespan = 1.0


class ManDownRule(ObjectRule):
    """Somebody lies and does not get up.

    Attributes:
        machines: zone in which people lie to work, under machines; who lies there does not count.
        duration: lying for so long.
        pose: name of a second-stage model of poses; where it sees somebody, the trunk decides who lies.
    """

    behaviour: Literal["man_down"]
    zone: Name
    machines: Name | None = None
    duration: Timespan = 8.0
    pose: Name | None = None


class LoneWorkerRule(ObjectRule):
    """Somebody is alone in a zone.

    Attributes:
        duration: alone for so long.
        company: a second one who is there for so long ends it.
    """

    behaviour: Literal["lone_worker"]
    zone: Name
    duration: Timespan = 60.0
    company: Timespan = 2.0


class VehicleNearPersonRule(ObjectRule):
    """A moving vehicle comes too near to somebody on foot.

    Attributes:
        vehicles: class names of vehicles.
        distance: nearer than so many metres; without ground calibration, metres are read off people's heights.
        speed: least speed of a vehicle that moves, in metres per second.
        duration: for so long.
    """

    behaviour: Literal["vehicle_near_person"]
    zone: Name
    vehicles: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    distance: Positive = 2.5
    speed: Positive = 0.8
    duration: Timespan = 0.4
