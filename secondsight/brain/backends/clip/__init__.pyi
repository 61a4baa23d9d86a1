from .agreement import Agreement, agreement
from .export import export_clip
from .model import ClipModel
from .preprocessing import views

__all__ = ["Agreement", "ClipModel", "agreement", "export_clip", "views"]
