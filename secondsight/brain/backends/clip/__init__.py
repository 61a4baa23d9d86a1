"""A CLIP model by ONNX: crops and sentences in, a verdict from their likeness out. Nothing leaves the machine."""

from secondsight.brain.backends.clip.agreement import Agreement, agreement
from secondsight.brain.backends.clip.export import export_clip
from secondsight.brain.backends.clip.model import ClipModel
from secondsight.brain.backends.clip.preprocessing import views

__all__ = ["Agreement", "ClipModel", "agreement", "export_clip", "views"]
