"""What all rules have: the cameras they watch, their size limits, and the policy that says what the brain has to do
with their candidates.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from secondsight.config.rules.announce import AnnounceSettings
from secondsight.config.schedule import When
from secondsight.config.types import Duration, Fraction, Name, Real, Section, Timespan, Whole
from secondsight.records import Severity

FRAME = "frame"
"""The zone every camera has: the whole picture."""

Inertia = Annotated[Whole, Field(ge=1, le=100)]
"""Looks in a row that must agree before something begins, and before it ends (against jitter)."""
Positive = Annotated[Real, Field(gt=0)]


_WEIGHTS = {Severity.HIGH: 1.0, Severity.MEDIUM: 0.5, Severity.LOW: 0.2}


class PolicySettings(Section):
    """Which candidates of a rule go to the brain, and what holds when it does not answer.

    Attributes:
        verify: `always` asks for every candidate, `never` for none, `band` for scores in [low, high).
        low: in `band`: below it a candidate is dropped (but stored).
        high: in `band`: at this score or above a candidate is accepted without review.
        on_brain_failure: `open` alerts people anyway when no verdict comes, `closed` does not.
        deadline: a verdict later than this after the trigger is of no use; the case becomes `expired`.
        priority: higher goes first.
        weight: among equals in priority the worth of a verdict grows with it; if absent, as the rule's severity.
    """

    renamed: ClassVar[Mapping[str, str]] = {"severity": "weight"}

    verify: Literal["always", "band", "never"] = "always"
    low: Fraction = 0.3
    high: Fraction = 0.8
    on_brain_failure: Literal["open", "closed"] = "open"
    deadline: Timespan = 600.0
    priority: Annotated[Whole, Field(ge=-100, le=100)] = 0
    weight: Fraction | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.verify == "band" and self.low >= self.high:
            raise ValueError("`low` must be below `high`")
        return self


class DescriptionNeeds(NamedTuple):
    """What a rule in words asks of the model that compares pictures with words.

    Attributes:
        text: what is looked for.
        scene: whether the scene is looked at, not tracks.
        every: seconds between two looks at one thing. votes: looks that decide together.
        false_alarms: share of the usual that may look like it.
    """

    text: str
    scene: bool
    every: float
    votes: int
    false_alarms: float


class RuleBase(Section):
    """What every rule has.

    Attributes:
        behaviour: what it looks for; decides what other keys there are.
        cameras: names of the cameras to watch; none means every camera that has the rule's zone and line.
        when: days and hours at which it watches; always if absent.
        report: whether it makes events; without, it only serves the combinations that name it.
        kind: what its events are called, by which the brain's questions are chosen; the behaviour if absent.
        cooldown: silence of this rule for the same track or place after its last event ended.
        question: the deciding question in your own words, instead of the built-in one.
        severity: how bad it is if it is true; each behaviour has its own default.
        announce: when people are told.
    """

    only_positions: ClassVar[bool] = False
    """Whether it judges nothing but where objects are, so that fewer looks do while all goes on as it went."""
    judges_scene: ClassVar[bool] = False
    """Whether it judges the scene itself, which must be seen at rest as well; its candidates have no tracks."""
    judges_pixels: ClassVar[bool] = False
    """Whether it judges tracks and the scene itself, which must be seen at rest as well."""
    judges_postures: ClassVar[bool] = False
    """Whether it asks what people do by their key points, where there are any."""
    only_counts: ClassVar[bool] = False
    """Whether it never makes candidates."""
    essential: ClassVar[tuple[str, ...]] = ("classes", "owners", "takers")
    """Its keys that name classes without which it never reports, or reports wrongly."""

    behaviour: str = ""
    cameras: tuple[str, ...] = ()
    when: When | None = None
    report: bool = True
    kind: Name | None = None
    cooldown: Duration = 60.0
    question: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    policy: PolicySettings = PolicySettings()
    severity: Severity = Severity.MEDIUM
    announce: AnnounceSettings = AnnounceSettings()

    @property
    def weight(self) -> float:
        """How bad it is if it is true, 0..1."""
        return _WEIGHTS[self.severity] if self.policy.weight is None else self.policy.weight

    @property
    def announces(self) -> Literal["at_once", "after_verdict", "both"]:
        """When people are told: as `announce.when` says, else by severity."""
        urgent = self.severity is Severity.HIGH and self.policy.on_brain_failure == "open"
        return self.announce.when or ("at_once" if urgent else "after_verdict")

    @property
    def lookback(self) -> float:
        """Seconds before its trigger in which that may lie which its clips must show, if before `pre_capture`."""
        return 0.0

    @property
    def places(self) -> dict[str, str]:
        """What it needs of a camera: names by what they name, `line` or a zone."""
        named = {what: getattr(self, what, None) for what in ("zone", "line", "exclude_zone")}
        return {what: name for what, name in named.items() if name is not None}

    @property
    def second_stages(self) -> tuple[str, ...]:
        """Names of the second-stage models it needs, each once."""
        named = (getattr(self, key, None) for key in ("attribute", "pose", "segments"))
        noted = getattr(self, "attributes", ())
        return tuple(dict.fromkeys((*(name for name in named if name is not None), *noted)))

    @property
    def description(self) -> DescriptionNeeds | None:
        """What it describes in words; None if it does not."""
        return None

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names that a person wrote into it, hence wants the model to know."""
        written = self.model_fields_set & {"classes", "owners", "takers", "ride_classes", "vehicles"}
        return tuple(label for key in sorted(written) for label in getattr(self, key))

    @property
    def waits_for(self) -> Mapping[str, tuple[str, ...]]:
        """Class names by key: without any class of one of these keys it never reports, or reports wrongly."""
        named = {key: tuple(getattr(self, key, ())) for key in self.essential}
        return {key: names for key, names in named.items() if names}


class SizedRule(RuleBase):
    """What every rule has that looks at the picture itself.

    Attributes:
        min_area: smallest box or region that counts, as a share of the picture.
        max_area: largest box or region that counts, as a share of the picture.
    """

    min_area: Fraction = 0.0
    max_area: Annotated[Fraction, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _some_size(self) -> Self:
        if self.min_area > self.max_area:
            raise ValueError("`min_area` must not be above `max_area`")
        return self


class ObjectRule(SizedRule):
    """What every rule about tracked objects has.

    Attributes:
        classes: class names of the detector that matter; none means all.
        min_score: lowest detector confidence that counts as presence.
        attributes: names of second-stage models whose answers its events carry.
    """

    classes: tuple[str, ...] = ("person",)
    min_score: Fraction = 0.4
    attributes: tuple[Name, ...] = ()


class PixelRule(SizedRule):
    """What every rule about changing pixels has; it needs no model.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        ignore_tracks: whether the boxes of tracked objects are left out.
    """

    judges_scene: ClassVar[bool] = True

    zone: Name
    min_area: Fraction = 0.001
    max_area: Annotated[Fraction, Field(gt=0)] = 0.6
    ignore_tracks: bool = True
