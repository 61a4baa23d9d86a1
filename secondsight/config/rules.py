"""Rules: one configured behaviour each, with the policy that says what the brain has to do with it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.types import Duration, Fraction, Name, Real, Section, Timespan, Whole

FRAME = "frame"
"""The zone every camera has: the whole picture."""

Inertia = Annotated[Whole, Field(ge=1, le=100)]
"""Looks in a row that must agree before something begins, and before it ends (against jitter)."""
Positive = Annotated[Real, Field(gt=0)]
HelmetColour = Literal["white", "yellow", "orange", "red", "green", "blue"]


class Policy(Section):
    """Which candidates of a rule go to the brain, and what holds when it does not answer.

    Attributes:
        verify: `always` asks for every candidate, `never` for none, `band` for scores in [low, high).
        low: in `band`: below it a candidate is dropped (but stored).
        high: in `band`: from it on a candidate is accepted unseen.
        on_brain_failure: `open` alerts people anyway when no verdict comes, `closed` does not.
        deadline: a verdict later than this after the trigger is of no use; the case becomes `expired`.
        priority: higher goes first.
    """

    verify: Literal["always", "band", "never"] = "always"
    low: Fraction = 0.3
    high: Fraction = 0.8
    on_brain_failure: Literal["open", "closed"] = "open"
    deadline: Timespan = 600.0
    priority: Annotated[Whole, Field(ge=-100, le=100)] = 0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.verify == "band" and self.low >= self.high:
            raise ValueError("`low` must be below `high`")
        return self


class RuleBase(Section):
    """What every rule has.

    Attributes:
        cameras: names of the cameras to watch; none means every camera that has the rule's zone and line.
        kind: what its events are called, by which the brain's questions are chosen; the behaviour if absent.
        min_area: smallest box or region that counts, as a share of the picture.
        max_area: largest box or region that counts, as a share of the picture.
        cooldown: silence of this rule for the same track or place after its last event ended.
        question: the deciding question in your own words, instead of the built-in one.
    """

    cameras: tuple[str, ...] = ()
    kind: Name | None = None
    min_area: Fraction = 0.0
    max_area: Annotated[Fraction, Field(gt=0)] = 1.0
    cooldown: Duration = 60.0
    question: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    policy: Policy = Policy()

    @model_validator(mode="after")
    def _some_size(self) -> Self:
        if self.min_area > self.max_area:
            raise ValueError("`min_area` must not be above `max_area`")
        return self

    @property
    def places(self) -> dict[str, str]:
        """What it needs of a camera: names by what they name, `zone` or `line`."""
        named = {what: getattr(self, what, None) for what in ("zone", "line")}
        return {what: name for what, name in named.items() if name is not None}

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names that somebody wrote into it, hence wants the model to know."""
        written = self.model_fields_set & {"classes", "owners"}
        return tuple(label for key in sorted(written) for label in getattr(self, key))


class ObjectRule(RuleBase):
    """What every rule about tracked objects has.

    Attributes:
        classes: class names of the detector that matter; none means all.
        min_score: lowest detector confidence that counts as presence.
    """

    classes: tuple[str, ...] = ("person",)
    min_score: Fraction = 0.4


class PixelRule(RuleBase):
    """What every rule about changing pixels has; it needs no model.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        ignore_tracks: whether the boxes of tracked objects are left out.
    """

    zone: Name
    min_area: Fraction = 0.001
    max_area: Annotated[Fraction, Field(gt=0)] = 0.6
    ignore_tracks: bool = True


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
    """Somebody stays in a zone for at least `loitering_time`; `zone` and `inertia` as for intrusion."""

    behaviour: Literal["loitering"]
    zone: Name
    inertia: Inertia = 3
    loitering_time: Timespan = 60.0


class LineCrossingRule(ObjectRule):
    """Somebody crosses a directed segment.

    Attributes:
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
    """

    behaviour: Literal["fall"]
    zone: Name
    low: Annotated[Fraction, Field(gt=0)] = 0.65
    speed: Positive = 0.3
    stillness: Duration = 1.0


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


class NoHelmetRule(ObjectRule):
    """Somebody's head shows no helmet.

    Attributes:
        duration: seen in the zone with a bare head for so long.
        head: the head's share of the box's height.
        colours: colours of the helmets worn here.
        share: least share of the head's pixels in such a colour that is a helmet.
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


class TakeRule(ObjectRule):
    """Somebody reaches into a zone: a shelf.

    Attributes:
        overlap: least share of the box's upper-middle part (where hands are) inside the zone.
        extension: least width of the box of somebody who reaches, as a factor of the width with arms down.
        duration: reaching for so long.
    """

    behaviour: Literal["take"]
    zone: Name
    overlap: Annotated[Fraction, Field(gt=0)] = 0.1
    extension: Annotated[Real, Field(ge=1)] = 1.25
    duration: Timespan = 0.4


class StoppedRule(ObjectRule):
    """A vehicle stands.

    Attributes:
        duration: for so long.
        tolerance: largest shift of the box's centre that is no movement, in lengths of its longer side.
    """

    behaviour: Literal["stopped"]
    classes: tuple[str, ...] = ("car", "truck", "bus", "motorcycle")
    zone: Name
    duration: Timespan = 5.0
    tolerance: Positive = 0.3


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
    min_area: Fraction = 0.0025
    duration: Timespan = 4.0


Rule = Annotated[
    IntrusionRule
    | LoiteringRule
    | LineCrossingRule
    | FallRule
    | WrongWayRule
    | FightRule
    | StillnessRule
    | LeftBagRule
    | NoHelmetRule
    | TakeRule
    | StoppedRule
    | SmokeRule
    | FireRule
    | DebrisRule
    | LandslideRule,
    Field(discriminator="behaviour"),
]
