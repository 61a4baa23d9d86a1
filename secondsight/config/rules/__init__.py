"""Rules: one configured behaviour each. In: a section of the site file. Out: the settings of its `behaviour`."""

from typing import Annotated

from pydantic import WrapValidator

from secondsight.config.rules.announce import AnnounceSettings, GroupSettings
from secondsight.config.rules.base import (
    FRAME,
    DescriptionNeeds,
    Inertia,
    ObjectRule,
    PixelRule,
    PolicySettings,
    Positive,
    RuleBase,
    SizedRule,
)
from secondsight.config.rules.combined import CombinedRule
from secondsight.config.rules.discovery import behaviour_names, rule_of, rule_settings, settings_of

__all__ = [
    "FRAME",
    "AnnounceSettings",
    "CombinedRule",
    "GroupSettings",
    "Inertia",
    "ObjectRule",
    "PixelRule",
    "SizedRule",
    "PolicySettings",
    "Positive",
    "Rule",
    "DescriptionNeeds",
    "RuleBase",
    "behaviour_names",
    "rule_settings",
    "settings_of",
]

Rule = Annotated[RuleBase, WrapValidator(rule_of)]
"""Any rule; its `behaviour` decides which keys it has."""
