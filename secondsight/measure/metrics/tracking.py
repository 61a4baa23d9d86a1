"""How well objects are followed: HOTA, MOTA and IDF1, as the `trackers` package computes them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from supervision import Detections
from trackers.eval import (
    aggregate_clear_metrics,
    aggregate_hota_metrics,
    aggregate_identity_metrics,
    box_iou,
    compute_clear_metrics,
    compute_hota_metrics,
    compute_identity_metrics,
)

IOU = 0.5
"""Minimum overlap for a box to count as found, for MOTA and IDF1; HOTA takes the mean over 0.05 to 0.95."""

BoxPair = tuple[Detections, Detections]
"""Found and true boxes of one picture, with `tracker_id`, in pixels."""


@dataclass(frozen=True, slots=True)
class TrackQuality:
    """Figures over all sequences together.

    Attributes:
        hota: geometric mean of detection and association accuracy, 0..1 (Luiten et al. 2021).
        mota: 1 minus the share of misses, false boxes and switched identities, up to 1, below 0 when they outnumber
            the true boxes (Bernardin and Stiefelhagen 2008).
        idf1: share of boxes that bear the right identity, 0..1 (Ristani et al. 2016).
        switches: changes of identity.
    """

    hota: float
    detection: float
    association: float
    mota: float
    idf1: float
    switches: int


def track_quality(sequences: Sequence[Sequence[BoxPair]]) -> TrackQuality | None:
    """Judge tracks; identities need to be unique within a sequence only. None if there is no true box at all.

    Where true boxes are marked `ignore` in `data`, they and the found boxes that lie on them are left out, as
    MOTChallenge does with its distractors. Classes are not compared: give the boxes of one class at a time.
    """
    hota, clear, identity = [], [], []
    for sequence in sequences:
        counted = [_counted(found, true) for found, true in sequence]
        if not any(len(true) for _, true in counted):
            continue
        args = (
            [_ids(true) for _, true in counted],
            [_ids(found) for found, _ in counted],
            [_iou(true, found) for found, true in counted],
        )
        hota.append(compute_hota_metrics(*args))
        clear.append(compute_clear_metrics(*args, threshold=IOU))
        identity.append(compute_identity_metrics(*args, threshold=IOU))
    if not hota:
        return None
    h, c, i = (
        aggregate_hota_metrics(hota),
        aggregate_clear_metrics(clear),
        aggregate_identity_metrics(identity),
    )
    return TrackQuality(
        float(h["HOTA"]),
        float(h["DetA"]),
        float(h["AssA"]),
        float(c["MOTA"]),
        float(i["IDF1"]),
        int(c["IDSW"]),
    )


def _counted(found: Detections, true: Detections) -> BoxPair:
    ignore = np.asarray(true.data.get("ignore", np.zeros(len(true))), dtype=bool)
    if not ignore.any():
        return found, true
    overlap = _iou(true, found)
    on_ignored = np.zeros(len(found), dtype=bool)
    if len(found):
        best = overlap.argmax(axis=0)
        on_ignored = ignore[best] & (overlap.max(axis=0) >= IOU)
    return _rows(found, ~on_ignored), _rows(true, ~ignore)


def _rows(detections: Detections, keep: NDArray[np.bool_]) -> Detections:
    rows = detections[keep]
    assert isinstance(rows, Detections)
    return rows


def _ids(detections: Detections) -> NDArray[np.intp]:
    ids = detections.tracker_id if detections.tracker_id is not None else np.empty(0)
    return np.asarray(ids, dtype=np.intp)


def _iou(true: Detections, found: Detections) -> NDArray[np.float64]:
    overlap: NDArray[np.float64] = box_iou(
        true.xyxy.astype(np.float64), found.xyxy.astype(np.float64), box_format="xyxy"
    )
    return overlap.reshape(len(true), len(found))
