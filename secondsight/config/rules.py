"""Rules: one configured behaviour each, with the policy that says what the brain has to do with it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from secondsight.config.types import Duration, Fraction, Name, Section, Timespan, Whole

FRAME = "frame"
"""The zone every camera has: the whole picture."""


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
        cameras: names of the cameras to watch; none means every camera that has the rule's zone or line.
        classes: class names of the detector that matter; none means all.
        min_score: lowest detector confidence that counts as presence.
        min_area: smallest box that counts, as a share of the picture.
        max_area: largest box that counts, as a share of the picture.
        cooldown: silence of this rule for the same track after its last event ended.
        question: the deciding question in your own words, instead of the built-in one.
    """

    cameras: tuple[str, ...] = ()
    classes: tuple[str, ...] = ("person",)
    min_score: Fraction = 0.4
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


class IntrusionRule(RuleBase):
    """Somebody is in a zone.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        inertia: looks in a row that must agree before presence begins, and before it ends (against jitter).
    """

    behaviour: Literal["intrusion"]
    zone: Name
    inertia: Annotated[Whole, Field(ge=1, le=100)] = 3


class LoiteringRule(RuleBase):
    """Somebody stays in a zone for at least `loitering_time`; `zone` and `inertia` as for intrusion."""

    behaviour: Literal["loitering"]
    zone: Name
    inertia: Annotated[Whole, Field(ge=1, le=100)] = 3
    loitering_time: Timespan = 60.0


class LineCrossingRule(RuleBase):
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


Rule = Annotated[IntrusionRule | LoiteringRule | LineCrossingRule, Field(discriminator="behaviour")]
