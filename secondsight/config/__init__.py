"""The site file. In: `site.yaml` (and `.env`). Out: one frozen, checked `SiteConfig`, or a `ConfigError` that
names file, line and key of every mistake. Nothing here opens a camera, a model or a network; that is
`secondsight check`.
"""

from secondsight.config.environment import read_environment
from secondsight.config.loader import load_site, make_site
from secondsight.config.models import (
    Brain,
    Camera,
    Clips,
    Gate,
    Line,
    Retention,
    Sentinel,
    SiteConfig,
    SiteInfo,
    StoreSettings,
    Zone,
)
from secondsight.config.rules import IntrusionRule, LineCrossingRule, LoiteringRule, Policy, Rule

__all__ = [
    "Brain",
    "Camera",
    "Clips",
    "Gate",
    "IntrusionRule",
    "Line",
    "LineCrossingRule",
    "LoiteringRule",
    "Policy",
    "Retention",
    "Rule",
    "Sentinel",
    "SiteConfig",
    "SiteInfo",
    "StoreSettings",
    "Zone",
    "load_site",
    "make_site",
    "read_environment",
]
