"""The site file. In: `site.yaml` (and `.env`). Out: one frozen, checked `SiteConfig`, or a `ConfigError` that
names file, line and key of every mistake. Nothing here opens a camera, a model or a network; that is
`secondsight check`.
"""

from secondsight.config.difference import SiteDifference, difference
from secondsight.config.editing.edits import (
    SiteEdit,
    put_camera,
    put_ground,
    put_line,
    put_masks,
    put_rule,
    put_zone,
    remove_place,
)
from secondsight.config.editing.forms import FormField, rule_form
from secondsight.config.editing.history import SiteVersion
from secondsight.config.editing.site_file import SiteFile, SiteProposal
from secondsight.config.loader import load_site, load_worker, make_site
from secondsight.config.reading.confidential import remember_site
from secondsight.config.reading.environment import read_environment
from secondsight.config.rules import (
    FRAME,
    AnnounceSettings,
    CombinedRule,
    DescriptionNeeds,
    GroupSettings,
    Inertia,
    ObjectRule,
    PixelRule,
    PolicySettings,
    Positive,
    Rule,
    RuleBase,
    SizedRule,
    behaviour_names,
    rule_settings,
    settings_of,
)
from secondsight.config.schedule import Schedule, parse_schedule
from secondsight.config.sections.alerts import (
    AnyChannelSettings,
    AppriseSettings,
    ChannelSettings,
    EmailSettings,
    MqttSettings,
    NatsSettings,
    WebhookSettings,
)
from secondsight.config.sections.brain import (
    BrainSettings,
    BrainSettingsBase,
    ClipBrainSettings,
    GuardSettings,
    MemberSettings,
    NoBrainSettings,
    OpenAIBrainSettings,
    PanelBrainSettings,
    PluginBrainSettings,
    QueueBrainSettings,
    TransformersBrainSettings,
)
from secondsight.config.sections.brain_backends import installed_backends, package_of
from secondsight.config.sections.budget import BudgetLimits, BudgetSettings, MergeSettings, ReuseSettings
from secondsight.config.sections.egress import EgressSettings
from secondsight.config.sections.feedback import CalibrationSettings, FilterSettings
from secondsight.config.sections.ground import GroundSettings
from secondsight.config.sections.learn import LearnSettings, TrainingTriggers
from secondsight.config.sections.questions import (
    AskSettings,
    FindSettings,
    OpenAIVoiceSettings,
    VoiceSettings,
    WhisperVoiceSettings,
)
from secondsight.config.sections.queue import QueueSettings
from secondsight.config.sections.report import ReportSettings
from secondsight.config.sections.second_stage import PLATE_FORMATS, SecondStageSettings
from secondsight.config.sections.serve import OpenIdSettings, ServeSettings, TlsSettings
from secondsight.config.sections.site import (
    CameraSettings,
    ClipsSettings,
    GateSettings,
    Line,
    Recording,
    RetentionSettings,
    SentinelSettings,
    SiteConfig,
    SiteInfo,
    StoreSettings,
    Zone,
)
from secondsight.config.types import (
    Duration,
    Fraction,
    Name,
    Real,
    Timespan,
    Whole,
    parse_duration,
    suggestion,
)

__all__ = [
    "AskSettings",
    "FindSettings",
    "GroundSettings",
    "Schedule",
    "installed_backends",
    "package_of",
    "parse_duration",
    "suggestion",
    "FRAME",
    "AnnounceSettings",
    "AnyChannelSettings",
    "AppriseSettings",
    "BrainSettings",
    "BrainSettingsBase",
    "BudgetLimits",
    "BudgetSettings",
    "CalibrationSettings",
    "CameraSettings",
    "ChannelSettings",
    "ClipBrainSettings",
    "ClipsSettings",
    "CombinedRule",
    "Duration",
    "EgressSettings",
    "EmailSettings",
    "FilterSettings",
    "FormField",
    "Fraction",
    "GateSettings",
    "Recording",
    "GroupSettings",
    "GuardSettings",
    "Inertia",
    "LearnSettings",
    "TrainingTriggers",
    "Line",
    "MemberSettings",
    "MergeSettings",
    "MqttSettings",
    "Name",
    "NatsSettings",
    "NoBrainSettings",
    "ObjectRule",
    "OpenAIBrainSettings",
    "OpenAIVoiceSettings",
    "PanelBrainSettings",
    "PixelRule",
    "SizedRule",
    "PluginBrainSettings",
    "PolicySettings",
    "Positive",
    "QueueBrainSettings",
    "QueueSettings",
    "Real",
    "ReportSettings",
    "RetentionSettings",
    "ReuseSettings",
    "Rule",
    "DescriptionNeeds",
    "RuleBase",
    "SecondStageSettings",
    "SentinelSettings",
    "OpenIdSettings",
    "ServeSettings",
    "SiteConfig",
    "SiteDifference",
    "SiteEdit",
    "SiteFile",
    "SiteInfo",
    "SiteProposal",
    "SiteVersion",
    "StoreSettings",
    "Timespan",
    "TlsSettings",
    "TransformersBrainSettings",
    "WebhookSettings",
    "VoiceSettings",
    "WhisperVoiceSettings",
    "Whole",
    "Zone",
    "behaviour_names",
    "difference",
    "load_site",
    "load_worker",
    "make_site",
    "put_camera",
    "put_ground",
    "put_line",
    "put_masks",
    "put_rule",
    "put_zone",
    "read_environment",
    "remember_site",
    "parse_schedule",
    "remove_place",
    "rule_form",
    "rule_settings",
    "settings_of",
]
