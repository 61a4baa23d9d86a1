"""What one look shows to one rule: the arrays of an observation in relative units, and which rows count.

The conditions that every rule shares (class, confidence, size) are decided here, once and for all rows
together.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import Points, areas, bottom_centres, relative_boxes
from secondsight.records import label_of

if TYPE_CHECKING:
    from secondsight.config import ObjectRule
    from secondsight.records import Observation

_EDGE = 0.005
"""A box nearer than this to the picture's edge is taken for cut off by it: 4 px of 768, a usual error."""


class Sighting(NamedTuple):
    """One track in one look. `area` is the box's share of the picture; `whole` means not cut by its edge."""

    time: float
    confidence: float
    area: float
    whole: bool
    label: str


@dataclass(frozen=True, slots=True)
class View:
    """One look in relative units, one row per track.

    Attributes:
        ids: tracker ids, n of them.
        boxes: float64 (n, 4), relative, within the picture.
        feet: float64 (n, 2), relative bottom centres.
        counts: bool (n,), rows whose class, confidence and size satisfy the rule.
        sightings: the same rows as plain values.
    """

    ids: list[int]
    boxes: NDArray[np.float64]
    feet: Points
    counts: NDArray[np.bool_]
    sightings: list[Sighting]


def track_numbers(observation: "Observation") -> list[int]:
    """Tracker ids of an observation, by row; none if it was not tracked."""
    numbers = observation.detections.tracker_id
    return [] if numbers is None else [int(number) for number in numbers]


def view(observation: "Observation", rule: "ObjectRule", time: float) -> View:
    """The observation as `rule` sees it, stamped with `time`.

    A missing confidence counts as 0, never as certainty. A box without area shows nothing and never counts.
    """
    found = observation.detections
    ids = track_numbers(observation)
    count = len(ids)
    corners = np.asarray(found.xyxy[:count], dtype=np.float64)
    boxes = relative_boxes(corners, observation.width, observation.height)
    area = areas(boxes)
    confidence = np.zeros(count) if found.confidence is None else found.confidence[:count].astype(np.float64)
    classes = [-1] * count if found.class_id is None else found.class_id[:count].tolist()
    labels = [label_of(observation.labels, number) for number in classes]
    counts = (area > 0) & (area >= rule.min_area) & (area <= rule.max_area) & (confidence >= rule.min_score)
    if rule.classes:
        counts &= np.array([label in rule.classes for label in labels], dtype=bool)
    whole = np.all((boxes[:, :2] > _EDGE) & (boxes[:, 2:] < 1 - _EDGE), axis=1)
    rows = zip(confidence.tolist(), area.tolist(), whole.tolist(), labels, strict=True)
    sightings = [Sighting(time, *row) for row in rows]
    return View(ids, boxes, bottom_centres(boxes), counts, sightings)
