"""The typed records that travel between rooms; this package imports nothing else of ours.

Times are UTC seconds (float). Boxes in records are relative: x and y in 0..1 of the picture's width and height,
origin top left, so that they outlive a change of resolution. Pixel boxes live only in `supervision.Detections`,
between the decoder of a model and the behaviours.
"""

from secondsight.records.case import (
    Action,
    Candidate,
    Case,
    CaseState,
    Clip,
    KeyFrame,
    PolicyDecision,
    candidate_id,
)
from secondsight.records.classes import GROUPS, Group, classes_named, groups_of, names_in
from secondsight.records.event import Event, snapshot_path, snapshot_path_of
from secondsight.records.geometry import area, hull, iou, overlap_of_smaller, share_within
from secondsight.records.report import ReportForm, ReportKind, ReportPeriod
from secondsight.records.seen import (
    SCENE,
    Attribute,
    Box,
    Counter,
    FirstSight,
    Frame,
    Likeness,
    Observation,
    Posture,
    Region,
    Track,
    TrackId,
    TrackPoint,
    label_of,
)
from secondsight.records.step import Severity, Step, StepKind, Word
from secondsight.records.verdict import (
    MOST_TOKENS,
    Call,
    Egress,
    Evidence,
    Outcome,
    Outline,
    Purpose,
    Question,
    ReviewFrame,
    ReviewRequest,
    Usage,
    Verdict,
    Verification,
)
from secondsight.records.visit import Coverage, CoverageState, ShopLayout, Visit

SCHEMA_VERSION = 1
"""Version of the JSON forms that leave the program (docs/json.md)."""
STEP_SCHEMA_VERSION = 2
"""Version of what `run` writes of events: their steps. Version 1 wrote events once they were settled."""

__all__ = [
    "GROUPS",
    "MOST_TOKENS",
    "SCHEMA_VERSION",
    "STEP_SCHEMA_VERSION",
    "Action",
    "Attribute",
    "Box",
    "Call",
    "Candidate",
    "Case",
    "CaseState",
    "Clip",
    "Counter",
    "Coverage",
    "CoverageState",
    "Egress",
    "Event",
    "Evidence",
    "FirstSight",
    "SCENE",
    "Likeness",
    "Frame",
    "Group",
    "KeyFrame",
    "Observation",
    "Posture",
    "Outcome",
    "Outline",
    "PolicyDecision",
    "Purpose",
    "Question",
    "Region",
    "ReportForm",
    "ReportKind",
    "ReportPeriod",
    "ReviewFrame",
    "ReviewRequest",
    "Severity",
    "Step",
    "StepKind",
    "Track",
    "TrackId",
    "TrackPoint",
    "Usage",
    "Verdict",
    "Verification",
    "ShopLayout",
    "Visit",
    "Word",
    "area",
    "candidate_id",
    "classes_named",
    "groups_of",
    "names_in",
    "hull",
    "iou",
    "label_of",
    "overlap_of_smaller",
    "share_within",
    "snapshot_path",
    "snapshot_path_of",
]
