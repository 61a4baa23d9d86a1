"""What one look shows to one rule: the arrays of an observation in relative units, and which rows count.

The conditions that every rule shares (class, confidence, size) are decided here, once and for all rows
together.
"""

from collections.abc import Callable
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.spatial.geometry import Edges, Points, areas, bottom_centres, relative_boxes
from secondsight.records import classes_named, label_of

if TYPE_CHECKING:
    from supervision import Detections

    from secondsight.config import ObjectRule
    from secondsight.records import Observation

T = TypeVar("T")

_EDGE = 0.005
"""A box nearer than this to the picture's edge is taken for cut off by it: 4 px of 768, a usual error."""
_MOST_ZONES = 32


class TrackSample(NamedTuple):
    """One track in one look. `area` is the box's share of the picture; `whole` means not cut by its edge."""

    time: float
    confidence: float
    area: float
    whole: bool
    label: str


Answers = dict[int, tuple[Points, NDArray[np.bool_]]]
"""Polygons by their identity, and which rows are inside."""


class ZoneIndex:
    """The zones that the rules of one camera ask about: in each look all of them are worked out together."""

    def __init__(self) -> None:
        self._polygons: list[Points] = []
        self._edges: Edges | None = None

    def inside(self, points: Points, polygon: Points) -> Answers:
        """Which of n points lie in a polygon (m, 2), and in those that were asked about before: bool (n,) each."""
        if self._edges is None or not any(one is polygon for one in self._polygons):
            # A person may make a new one for each look.
            self._polygons = [*self._polygons[1 - _MOST_ZONES :], polygon]
            self._edges = Edges.of(self._polygons)
        found = self._edges.inside(points)
        return {id(one): (one, inside) for one, inside in zip(self._polygons, found, strict=True)}


class TrackView(NamedTuple):
    """One look in relative units, one row per track. Its arrays are shared between rules: read only.

    Attributes:
        ids: tracker ids, n of them.
        numbers: the same as a set.
        boxes: float64 (n, 4), relative, within the picture.
        feet: float64 (n, 2), relative bottom centres.
        counts: bool (n,), rows whose class, confidence and size satisfy the rule.
        samples: the same rows as plain values.
        corners: the boxes as plain values.
        zones, known: where rows inside polygons are worked out, and what has been.
    """

    ids: list[int]
    numbers: frozenset[int]
    boxes: NDArray[np.float64]
    feet: Points
    counts: NDArray[np.bool_]
    samples: list[TrackSample]
    corners: list[tuple[float, ...]]
    zones: ZoneIndex
    known: Answers

    def counting(self, counts: NDArray[np.bool_]) -> "TrackView":
        """The same look, of which other rows (n,) count."""
        # Less than half of the time of `_replace`.
        return TrackView(
            self.ids,
            self.numbers,
            self.boxes,
            self.feet,
            counts,
            self.samples,
            self.corners,
            self.zones,
            self.known,
        )

    def inside(self, polygon: Points) -> NDArray[np.bool_]:
        """Which rows have their feet in a polygon (m, 2): bool (n,). Worked out once per look for each zone."""
        known = self.known.get(id(polygon))
        if known is None or known[0] is not polygon:
            self.known.update(self.zones.inside(self.feet, polygon))
            known = self.known[id(polygon)]
        return known[1]


def track_numbers(observation: "Observation") -> list[int]:
    """Tracker ids of an observation, by row; none if it was not tracked."""
    numbers = observation.detections.tracker_id
    return [] if numbers is None else numbers.astype(int).tolist()


Filter = tuple[tuple[str, ...], float, float, float]
"""Classes, least score, least and largest area: what decides which rows count."""


class ViewCache:
    """The looks of one camera as its rules see them. What several rules ask of one look is worked out once: with ten
    rules and twenty tracks that is half of what they cost.
    """

    def __init__(self) -> None:
        self._asked: tuple[Observation, float] | None = None
        self._whole: TrackView | None = None
        self._areas: list[float] = []
        self._scores: list[float] = []
        self._labels: list[str] = []
        self._counts: dict[Filter, TrackView] = {}
        self._worked: dict[object, Any] = {}
        self._zones = ZoneIndex()

    def once(self, key: object, work: Callable[[], T]) -> T:
        """What `work` says of the look that was asked for last; worked out once for all rules with the same key."""
        if key not in self._worked:
            self._worked[key] = work()
        found: T = self._worked[key]
        return found

    def view(self, observation: "Observation", rule: "ObjectRule", time: float) -> TrackView:
        """The observation as `rule` sees it, stamped with `time`.

        A missing confidence counts as 0, never as certainty. A box without area shows nothing and never counts.
        """
        if self._asked is None or self._asked[0] is not observation or self._asked[1] != time:
            self._asked, self._counts, self._worked = (observation, time), {}, {}
            self._look(observation, time)
        key = rule.classes, rule.min_score, rule.min_area, rule.max_area
        if key not in self._counts:
            assert self._whole is not None
            named = classes_named(rule.classes, observation.labels, observation.groups)
            self._counts[key] = self._whole.counting(self._count(named if rule.classes else None, *key[1:]))
        return self._counts[key]

    def _look(self, observation: "Observation", time: float) -> None:
        found = observation.detections
        ids = track_numbers(observation)
        numbers = frozenset(ids)
        if len(numbers) < len(ids):
            # A number that comes twice in one look would be counted twice.
            first = sorted(map(ids.index, numbers))
            found, ids = cast("Detections", found[first]), [ids[row] for row in first]
        count = len(ids)
        corners = np.asarray(found.xyxy[:count], dtype=np.float64)
        boxes = relative_boxes(corners, observation.width, observation.height)
        scores = [0.0] * count if found.confidence is None else found.confidence[:count].tolist()
        classes = [-1] * count if found.class_id is None else found.class_id[:count].tolist()
        self._areas, self._scores = areas(boxes).tolist(), scores
        names = {number: label_of(observation.labels, number) for number in set(classes)}
        self._labels = [names[number] for number in classes]
        plain = list(map(tuple, boxes.tolist()))
        low, high = _EDGE, 1 - _EDGE
        whole = [x1 > low and y1 > low and x2 < high and y2 < high for x1, y1, x2, y2 in plain]
        rows = zip(repeat(time), scores, self._areas, whole, self._labels)
        samples = list(map(TrackSample._make, rows))
        feet = bottom_centres(boxes)
        everything = np.ones(count, dtype=bool)
        self._whole = TrackView(ids, numbers, boxes, feet, everything, samples, plain, self._zones, {})

    def _count(
        self, classes: frozenset[str] | None, score: float, least: float, largest: float
    ) -> NDArray[np.bool_]:
        # In plain Python: an array of so few rows takes longer.
        rows = zip(self._areas, self._scores, self._labels, strict=True)
        found = [
            (classes is None or label in classes) and area > 0 and least <= area <= largest and sure >= score
            for area, sure, label in rows
        ]
        counts = np.array(found, dtype=bool)
        counts.flags.writeable = False
        return counts
