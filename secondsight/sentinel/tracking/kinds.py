"""Keeps things of different kinds apart while they are tracked, and votes on what each track is.

Algorithms of tracking see boxes only. So that none takes a person for the car that hides them, the boxes of each
group of classes (`records.GROUPS`) are moved to a place of their own, far from those of all others, as batched
non-maximum suppression does with classes; they come back as they were. Within a group a track's class is what most of
its looks say, each with its confidence: a van that is a car in one look stays a van.

Detectors drop a second box of the same class at one place, and not one of another class: a van that is a car and a
truck in one look would be two tracks, and cross a line twice. Such boxes are one detection of the surest class, and
that something of the group is there is surer than each class by itself.

One thing may change its group: small detectors call a person who lies down a bed or a dog, and a distant rider a
bicycle now and then. Where a track of people or two-wheelers was a moment ago, and the look shows nothing else of its
group there, such a box is a further look at it; unless something of the box's own group has been there before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import numpy as np

from secondsight.records import GROUPS, Group

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

F = TypeVar("F", bound="np.floating[Any]")

SPAN = 20_000.0
"""Pixels between the places of two groups: no picture is as wide, and float32 still tells hundredths there."""
ROW = "row"
"""Key of `Detections.data`: which row of the detector's each is."""
SAME_PLACE = 0.5
"""Minimum overlap (IoU) of a track's last box with one of another group that may show it."""
TAKEN = 0.3
"""Overlap (IoU) from which something of the same group is at that place already."""
RECENT = 1.0
"""Seconds for which a track that is not seen may be taken up by a box of another group."""
SAME_THING = 0.7
"""Overlap (IoU) from which two boxes of one group and of different classes show the same thing."""
_OTHER = GROUPS.index("other")
_MISTAKEN_FOR: dict[Group, tuple[Group, ...]] = {
    "people": ("furniture", "animals", "two-wheelers"),
    "two-wheelers": ("people",),
}


class _Seen(NamedTuple):
    """Where a track was last. `group` is its position in `GROUPS`."""

    box: NDArray[np.float32]
    group: int
    time: float


class Kinds:
    """What kind of thing each track of one camera and epoch is.

    Args:
        groups: of the detector's classes, by position; none: everything is of one kind.
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = np.array([GROUPS.index(group) for group in groups], np.intp)
        self._votes: dict[int, defaultdict[int, float]] = {}
        self._seen: dict[int, _Seen] = {}

    def distinct(self, detections: Detections) -> Detections:
        """One detection of each thing: those of one group, but of different classes, at one place are one."""
        labels, scores = detections.class_id, detections.confidence
        if labels is None or scores is None or len(labels) < 2 or not len(self._groups):
            return detections
        kinds = {label: self._group(label) for label in labels.tolist()}
        named = [group for group in kinds.values() if group != _OTHER]
        if len(named) == len(set(named)):
            return detections
        from supervision import box_iou_batch

        groups = np.array([kinds[label] for label in labels.tolist()], np.intp)
        same = (groups[:, None] == groups) & (labels[:, None] != labels) & (groups != _OTHER)
        same &= box_iou_batch(detections.xyxy, detections.xyxy) >= SAME_THING
        if not same.any():
            return detections
        order = np.argsort(-scores, kind="stable")
        kept, surer = np.ones(len(labels), np.bool_), scores.copy()
        for place, row in enumerate(order.tolist()):
            if kept[row]:
                others = order[place + 1 :]
                others = others[same[row, others] & kept[others]]
                kept[others] = False
                # Noisy or (Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988, section 4.3).
                surer[row] = 1 - (1 - scores[row]) * np.prod(1 - scores[others])
        distinct = cast("Detections", detections[kept])
        distinct.confidence = surer[kept]
        return distinct

    def apart(self, detections: Detections, time: float) -> Detections:
        """The detections, each group at its own place; `data[ROW]` says which is which."""
        moved = cast("Detections", detections[np.arange(len(detections))])
        groups = self._as_tracked(detections, time)
        offsets = np.zeros((len(detections), 4), np.float32)
        offsets[:, ::2] = SPAN * groups[:, None]
        moved.xyxy = detections.xyxy + offsets
        moved.data = {**detections.data, ROW: np.arange(len(detections))}
        return moved

    def together(self, tracked: Detections, detections: Detections, time: float) -> Detections:
        """The tracked ones of `detections` as they were, with their tracks' classes and numbers.

        Args:
            tracked: rows of what `apart` gave, with `tracker_id`.
        """
        # The algorithms give an empty result without any data.
        which = np.asarray(tracked.data.get(ROW, ()), np.intp)
        rows = cast("Detections", detections[which])
        rows.tracker_id = tracked.tracker_id
        if tracked.tracker_id is None or rows.class_id is None or rows.confidence is None or not len(which):
            return rows
        shifts: NDArray[np.float64] = np.subtract(tracked.xyxy[:, 0], rows.xyxy[:, 0], dtype=np.float64)
        groups = np.rint(shifts / SPAN).astype(np.intp).tolist()
        classes = rows.class_id.copy()
        found = zip(
            tracked.tracker_id.tolist(), rows.class_id.tolist(), rows.confidence.tolist(), groups, strict=True
        )
        for row, (number, label, score, group) in enumerate(found):
            votes = self._votes.setdefault(number, defaultdict(float))
            if self._group(label) == group:
                votes[label] += score
            if votes:
                classes[row] = max(votes, key=votes.__getitem__)
            self._seen[number] = _Seen(np.asarray(rows.xyxy[row], np.float32), group, time)
        rows.class_id = classes
        return rows

    def back(self, boxes: NDArray[F]) -> NDArray[F]:
        """Where boxes (n, 4) from their groups' places are in the picture."""
        middle = (boxes[:, 0] + boxes[:, 2]) / 2
        moved = boxes.copy()
        moved[:, ::2] -= SPAN * ((middle + SPAN / 2) // SPAN)[:, None]
        return moved

    def forget(self, alive: Collection[int]) -> None:
        """Keep what is known of these tracks only."""
        for known in (self._votes, self._seen):
            for number in known.keys() - set(alive):
                del known[number]

    def _group(self, label: int) -> int:
        return int(self._groups[label]) if 0 <= label < len(self._groups) else _OTHER

    def _as_tracked(self, detections: Detections, time: float) -> NDArray[np.intp]:
        """The group as which each row is tracked (n,)."""
        if detections.class_id is None or not len(self._groups):
            return np.zeros(len(detections), np.intp)
        groups = np.array([self._group(label) for label in detections.class_id.tolist()], np.intp)
        seen = [one for one in self._seen.values() if time - one.time <= RECENT]
        if not seen or len(set(groups.tolist()) | {one.group for one in seen}) < 2:
            return groups
        from supervision import box_iou_batch

        overlaps = box_iou_batch(np.array([one.box for one in seen]), detections.xyxy)
        owns = np.array([one.group for one in seen])
        for track, one in enumerate(seen):
            mistaken = [GROUPS.index(group) for group in _MISTAKEN_FOR.get(GROUPS[one.group], ())]
            here = overlaps[track]
            if not mistaken or (here[groups == one.group] >= TAKEN).any():
                continue
            for row in np.flatnonzero(np.isin(groups, mistaken) & (here >= SAME_PLACE)):
                if not (overlaps[owns == groups[row], row] >= TAKEN).any():
                    groups[row] = one.group
                    break
        return groups
