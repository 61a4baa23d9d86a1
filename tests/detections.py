"""Columns of detections that a test expects to be there; supervision types each as optional."""

from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray


def track_ids(found: sv.Detections) -> list[int]:
    """Number of each track, in order."""
    assert found.tracker_id is not None
    ids: list[int] = found.tracker_id.tolist()
    return ids


def class_ids(found: sv.Detections) -> list[int]:
    """Class of each row, in order."""
    assert found.class_id is not None
    ids: list[int] = found.class_id.tolist()
    return ids


def confidences(found: sv.Detections) -> NDArray[np.floating[Any]]:
    """Score of each row, in order."""
    assert found.confidence is not None
    return found.confidence


def rows(found: sv.Detections, chosen: slice) -> sv.Detections:
    """The chosen rows."""
    part = found[chosen]
    assert isinstance(part, sv.Detections)
    return part
