from .check import Finding, check_site
from .drawing.heatmap import draw_heat, heat_of
from .drawing.zone_overlay import draw_plan, png_bytes
from .quickstart import quick_config
from .services.folder_identity import IDENTITY, identity_of_copy
from .services.labelling import BrainRound, judge_with_brain, label_with_brain
from .services.purpose_budget import BrainAccount
from .services.question_service import (
    hear_question,
    make_find_verifier,
    make_question_brain,
    make_questions,
    read_sentence,
)
from .services.report_service import ReportService, report_writer, write_prose
from .site import Site
from .status import CameraStatus, SiteStatus, status_to_json
from .trial import TrialEvent, TrialMaterial, trial_material, try_rule

__all__ = [
    "IDENTITY",
    "BrainAccount",
    "CameraStatus",
    "Finding",
    "BrainRound",
    "ReportService",
    "Site",
    "SiteStatus",
    "TrialEvent",
    "TrialMaterial",
    "check_site",
    "draw_heat",
    "draw_plan",
    "heat_of",
    "hear_question",
    "identity_of_copy",
    "judge_with_brain",
    "label_with_brain",
    "make_find_verifier",
    "make_question_brain",
    "make_questions",
    "png_bytes",
    "quick_config",
    "read_sentence",
    "report_writer",
    "status_to_json",
    "trial_material",
    "try_rule",
    "write_prose",
]
