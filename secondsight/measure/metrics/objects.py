"""Figures of the quality of boxes and tracks over labelled recordings."""

from collections.abc import Mapping
from dataclasses import dataclass

from secondsight.measure.metrics.detection import AveragePrecision
from secondsight.measure.metrics.tracking import TrackQuality


@dataclass(frozen=True, slots=True)
class ObjectQuality:
    """Figures over all recordings whose objects are labelled.

    Attributes:
        looks: pictures that were compared.
        boxes: of every detected class that is labelled.
        tracks: of each such class, by name.
    """

    looks: int
    boxes: AveragePrecision
    tracks: Mapping[str, TrackQuality]
