"""The small models that watch every frame. In: frames (`records.Frame`) and the site's settings. Out: per
frame tracked `supervision.Detections` in the frame's pixels. The gate decides whether to look, the scheduler
feeds one detector fairly from all cameras, a runtime infers, a family decodes, a tracker names the objects,
second-stage models look closer where a rule needs it; the model store holds the files. Heavy parts (OpenVINO,
ONNX Runtime, supervision) load when the first model is opened.
"""

from secondsight.sentinel.crops import CropModel
from secondsight.sentinel.detector import Detector
from secondsight.sentinel.families import FAMILIES, Family, recognise
from secondsight.sentinel.gate import Gate, GateDecision
from secondsight.sentinel.lane import LaneStats
from secondsight.sentinel.letterbox import Letterbox
from secondsight.sentinel.lockfile import InstalledModel
from secondsight.sentinel.models import CatalogueEntry, Check, ModelCard, ModelStore
from secondsight.sentinel.regions import Focus, Sight
from secondsight.sentinel.runtime import ModelInfo, Pixels, Runtime, TensorSpec, describe, open_runtime
from secondsight.sentinel.scheduler import Scheduler
from secondsight.sentinel.second import CloseLook, Seen, Stage
from secondsight.sentinel.steady import Steady, Watched
from secondsight.sentinel.text import TextReader
from secondsight.sentinel.tracker import Tracker, make_tracker

__all__ = [
    "FAMILIES",
    "Gate",
    "GateDecision",
    "LaneStats",
    "Scheduler",
    "Tracker",
    "make_tracker",
    "CatalogueEntry",
    "Check",
    "CloseLook",
    "CropModel",
    "Detector",
    "Family",
    "Focus",
    "InstalledModel",
    "Letterbox",
    "ModelCard",
    "ModelInfo",
    "ModelStore",
    "Pixels",
    "Runtime",
    "Seen",
    "Sight",
    "Stage",
    "Steady",
    "TensorSpec",
    "TextReader",
    "Watched",
    "describe",
    "open_runtime",
    "recognise",
]
