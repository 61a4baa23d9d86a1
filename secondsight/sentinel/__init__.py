"""The small models that watch every frame. In: frames (`records.Frame`) and the site's settings. Out: per
frame tracked `supervision.Detections` in the frame's pixels. Attention plans when to look and where, the scheduler
feeds one detector fairly from all cameras, a runtime infers, a family decodes, a tracker names the objects,
second-stage models look closer where a rule needs it; the model store holds the files. Heavy parts (OpenVINO,
ONNX Runtime, supervision) load when the first model is opened.
"""

from secondsight.sentinel.attention.adaptive_rate import AdaptiveRate, LookNeeds
from secondsight.sentinel.attention.attention import Attention, AttentionView, LookPlan, StaticFrame
from secondsight.sentinel.attention.contrast import Brightened, Contrast, brightened
from secondsight.sentinel.attention.gate import Gate, GateDecision
from secondsight.sentinel.attention.roi import COMPILED, RoiSelector
from secondsight.sentinel.families import FAMILIES, Family, family_named, recognise
from secondsight.sentinel.families.base import Task
from secondsight.sentinel.inference.camera_queue import QueueStats
from secondsight.sentinel.inference.crop_model import BOXES, CropModel
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.inference.letterbox import Letterbox
from secondsight.sentinel.inference.scheduler import Scheduler
from secondsight.sentinel.models.catalogue import CatalogueEntry
from secondsight.sentinel.models.download import DownloadLimits
from secondsight.sentinel.models.lockfile import InstalledModel
from secondsight.sentinel.models.self_test import sees_person
from secondsight.sentinel.models.store import Check, ModelCard, ModelStore
from secondsight.sentinel.runtime.base import ModelInfo, Pixels, Runtime, TensorSpec
from secondsight.sentinel.runtime.opening import describe, open_runtime
from secondsight.sentinel.second.described import Description, WordMatcher, WordScorer
from secondsight.sentinel.second.postures import PostureMemory, PostureModel
from secondsight.sentinel.second.second_stage import (
    TASKS,
    SecondStage,
    SecondStageModel,
    SecondStageResult,
    TrackFilter,
    part_of,
)
from secondsight.sentinel.second.text_reader import TextReader
from secondsight.sentinel.second.usual import UsualScores
from secondsight.sentinel.tracking.appearance import APPEARANCE
from secondsight.sentinel.tracking.tracker import FirstLook, Tracker, TrackerView, make_tracker

__all__ = [
    "Brightened",
    "Contrast",
    "DownloadLimits",
    "brightened",
    "BOXES",
    "COMPILED",
    "TASKS",
    "TrackFilter",
    "FAMILIES",
    "AdaptiveRate",
    "Attention",
    "AttentionView",
    "CatalogueEntry",
    "Check",
    "CropModel",
    "Description",
    "Detector",
    "Family",
    "FirstLook",
    "Gate",
    "GateDecision",
    "InstalledModel",
    "Letterbox",
    "LookNeeds",
    "LookPlan",
    "ModelCard",
    "ModelInfo",
    "ModelStore",
    "Pixels",
    "PostureMemory",
    "PostureModel",
    "QueueStats",
    "RoiSelector",
    "Runtime",
    "Scheduler",
    "SecondStage",
    "SecondStageModel",
    "SecondStageResult",
    "StaticFrame",
    "TensorSpec",
    "Task",
    "TextReader",
    "Tracker",
    "TrackerView",
    "UsualScores",
    "WordMatcher",
    "WordScorer",
    "describe",
    "family_named",
    "make_tracker",
    "APPEARANCE",
    "open_runtime",
    "part_of",
    "recognise",
    "sees_person",
]
