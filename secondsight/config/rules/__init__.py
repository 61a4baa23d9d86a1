"""Rules: one configured behaviour each. Which sort a rule is, its `behaviour` decides."""

from typing import Annotated, Any, get_args

from pydantic import Discriminator, Field, Tag, WrapValidator

from secondsight.config.rules.base import (
    FRAME,
    Inertia,
    ObjectRule,
    PixelRule,
    PolicySettings,
    Positive,
    RuleBase,
)
from secondsight.config.rules.combined import CombinedRule
from secondsight.config.rules.counting import CountingRule, QueueRule
from secondsight.config.rules.people import (
    ClimbingRule,
    CrowdRule,
    FallRule,
    FightRule,
    IntrusionRule,
    LeftBagRule,
    LineCrossingRule,
    LoiteringRule,
    RemovedObjectRule,
    RunningRule,
    StillnessRule,
    TailgatingRule,
    WrongWayRule,
)
from secondsight.config.rules.plugins import installed, their_rule
from secondsight.config.rules.retail import PutBackRule, TakeRule
from secondsight.config.rules.road import (
    DebrisRule,
    FireRule,
    JamRule,
    LandslideRule,
    LowVisibilityRule,
    PedestrianRule,
    SmokeRule,
    StoppedRule,
)
from secondsight.config.rules.work import (
    ForbiddenOperationRule,
    LoneWorkerRule,
    ManDownRule,
    NoHelmetRule,
    NoVestRule,
    VehicleNearPersonRule,
)

__all__ = [
    "FRAME",
    "OURS",
    "THEIRS",
    "ClimbingRule",
    "CombinedRule",
    "CountingRule",
    "CrowdRule",
    "DebrisRule",
    "FallRule",
    "FightRule",
    "FireRule",
    "ForbiddenOperationRule",
    "Inertia",
    "IntrusionRule",
    "JamRule",
    "LandslideRule",
    "LeftBagRule",
    "LineCrossingRule",
    "LoiteringRule",
    "LoneWorkerRule",
    "LowVisibilityRule",
    "ManDownRule",
    "NoHelmetRule",
    "NoVestRule",
    "ObjectRule",
    "OwnRule",
    "PedestrianRule",
    "PixelRule",
    "PolicySettings",
    "Positive",
    "PutBackRule",
    "QueueRule",
    "RemovedObjectRule",
    "Rule",
    "RuleBase",
    "RunningRule",
    "SmokeRule",
    "StillnessRule",
    "StoppedRule",
    "TailgatingRule",
    "TakeRule",
    "VehicleNearPersonRule",
    "WrongWayRule",
]

OwnRule = Annotated[
    IntrusionRule
    | LoiteringRule
    | LineCrossingRule
    | FallRule
    | WrongWayRule
    | FightRule
    | StillnessRule
    | LeftBagRule
    | RunningRule
    | CrowdRule
    | ClimbingRule
    | RemovedObjectRule
    | TailgatingRule
    | NoHelmetRule
    | NoVestRule
    | ForbiddenOperationRule
    | ManDownRule
    | LoneWorkerRule
    | VehicleNearPersonRule
    | TakeRule
    | PutBackRule
    | QueueRule
    | CountingRule
    | StoppedRule
    | SmokeRule
    | FireRule
    | DebrisRule
    | LandslideRule
    | JamRule
    | PedestrianRule
    | LowVisibilityRule
    | CombinedRule,
    Field(discriminator="behaviour"),
]
"""A rule of one of the behaviours that come with the program."""

OURS, THEIRS = "ours", "theirs"


def own_behaviours() -> dict[str, type[RuleBase]]:
    """The settings of every behaviour that comes with the program, by name."""
    kinds = get_args(get_args(OwnRule)[0])
    return {get_args(kind.model_fields["behaviour"].annotation)[0]: kind for kind in kinds}


def _whose(value: Any) -> str:
    name = value.get("behaviour") if isinstance(value, dict) else getattr(value, "behaviour", None)
    known = not isinstance(name, str) or name in _OWN or name not in installed()
    return OURS if known else THEIRS


_OWN = own_behaviours()

Rule = Annotated[
    Annotated[OwnRule, Tag(OURS)] | Annotated[RuleBase, WrapValidator(their_rule), Tag(THEIRS)],
    Discriminator(_whose),
]
"""Any rule; its `behaviour` decides which keys it has."""
