"""Rules about roads: vehicles, and what changes in the picture without being an object of any model."""

from typing import Annotated, Literal

from pydantic import Field

from secondsight.config.rules.base import FRAME, ObjectRule, PixelRule, Positive, RuleBase
from secondsight.config.types import Fraction, Name, Real, Timespan, Whole


class StoppedRule(ObjectRule):
    """A vehicle stands.

    Attributes:
        duration: for so long.
        tolerance: largest shift of the box's centre that is no movement, in lengths of its longer side.
        jam: whoever stops where so many stand already queues, and is told of only once fewer stand.
    """

    behaviour: Literal["stopped"]
    classes: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    zone: Name
    duration: Timespan = 5.0
    tolerance: Positive = 0.3
    jam: Annotated[int, Field(ge=1)] = 2


class SmokeRule(PixelRule):
    """A soft, pale region grows and hides what is behind it.

    Attributes:
        duration: seen for so long.
        growth: least growth of its area from its first sight on, as a factor.
    """

    behaviour: Literal["smoke"]
    duration: Timespan = 2.0
    growth: Annotated[Real, Field(ge=1)] = 1.3


class FireRule(PixelRule):
    """A bright, warm region flickers.

    Attributes:
        duration: seen for so long.
        flicker: least mean change of its brightness between two looks, in grey levels.
    """

    behaviour: Literal["fire"]
    ignore_tracks: bool = False
    min_area: Fraction = 0.0002
    duration: Timespan = 2.5
    flicker: Positive = 6.0


class DebrisRule(PixelRule):
    """Something lies on the ground that was not there.

    Attributes:
        duration: lying for so long.
    """

    behaviour: Literal["debris"]
    min_area: Fraction = 0.0002
    max_area: Annotated[Fraction, Field(gt=0)] = 0.05
    duration: Timespan = 3.0


class LandslideRule(PixelRule):
    """A large part of the ground has changed, and keeps its new look.

    Attributes:
        duration: changed for so long.
    """

    behaviour: Literal["landslide"]
    ignore_tracks: bool = False
    min_area: Fraction = 0.0025
    duration: Timespan = 4.0


class JamRule(ObjectRule):
    """Many vehicles, and most of them slow.

    Attributes:
        least: so many slow vehicles at least.
        share: least share of the vehicles in the zone that are slow.
        speed: slow is below this, in metres per second.
        duration: for so long.
    """

    behaviour: Literal["jam"]
    classes: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    zone: Name
    least: Annotated[Whole, Field(ge=2)] = 4
    share: Annotated[Fraction, Field(gt=0)] = 0.7
    speed: Positive = 3.0
    duration: Timespan = 10.0


class PedestrianRule(ObjectRule):
    """Somebody is on foot where vehicles go.

    Attributes:
        rides: class names of what people ride on; who is on one is not on foot. What is as narrow and as slow as a
            walker is no ride, though.
        vehicles: class names of what people sit in; who is seen in one is not on foot.
        duration: for so long.
    """

    behaviour: Literal["pedestrian"]
    zone: Name
    rides: tuple[str, ...] = ("bicycle", "motorcycle", "scooter")
    vehicles: tuple[str, ...] = ("car", "truck", "bus")
    duration: Timespan = 0.6


class LowVisibilityRule(RuleBase):
    """The camera sees less than usual, all over the picture.

    Attributes:
        lost: least share of the places with something to see in which it can no longer be seen.
        keep: contrast below this share of the usual one is lost.
        blurred: least share of the places with fine detail that have lost most of it: dirt, which leaves contrast.
        causes: which of them are reported.
        duration: for so long.
    """

    behaviour: Literal["low_visibility"]
    zone: Name = FRAME
    lost: Annotated[Fraction, Field(gt=0)] = 0.5
    keep: Annotated[Fraction, Field(gt=0)] = 0.5
    blurred: Annotated[Fraction, Field(gt=0)] = 0.12
    causes: Annotated[tuple[Literal["fog", "darkness", "covered", "dirt"], ...], Field(min_length=1)] = (
        "fog",
        "covered",
        "dirt",
    )
    duration: Timespan = 10.0
