"""Boxes and tracks: perfect, shifted, missing, swapped."""

import numpy as np
import pytest
from numpy.typing import NDArray
from supervision import Detections

from secondsight.ground_truth import TrueBox, TrueFrame, TrueObject
from secondsight.measure.metrics.detection import average_precision, true_detections
from secondsight.measure.metrics.tracking import BoxPair, track_quality
from secondsight.records import Box
from tests.approx import approx
from tests.measure.samples import recording

LABELS = ("person", "bicycle", "car")
SCENE = recording(
    objects=(TrueObject(1, "person"), TrueObject(2, "car"), TrueObject(3, "dragon"), TrueObject(4, "person")),
    frames=tuple(
        TrueFrame(
            i,
            i / 10,
            (
                TrueBox(1, Box(0.1 + i / 100, 0.2, 0.2 + i / 100, 0.6)),
                TrueBox(2, Box(0.5, 0.5, 0.8, 0.9)),
                TrueBox(3, Box(0.3, 0.1, 0.4, 0.2)),
                TrueBox(4, Box(0.85, 0.2, 0.95, 0.7), visible=1.0 if i < 5 else 0.02),
            ),
        )
        for i in range(10)
    ),
)
TRUE = [true_detections(SCENE, frame, LABELS) for frame in SCENE.frames]


def seen(shift: float = 0.0, rows: slice = slice(None)) -> list[Detections]:
    """What is true, shifted to the right by a share of each box's width."""
    return [
        Detections(
            xyxy=(one.xyxy + (one.xyxy[:, 2] - one.xyxy[:, 0])[:, None] * np.array([shift, 0, shift, 0]))[
                rows
            ],
            confidence=np.full(len(one), 0.9)[rows],
            class_id=np.array(one.class_id)[rows],
            tracker_id=np.array(one.tracker_id)[rows],
        )
        for one in TRUE
    ]


def test_labels_become_detections() -> None:
    first = TRUE[0]
    assert first.xyxy.tolist() == pytest.approx(
        np.array([[64, 72, 128, 216], [320, 180, 512, 324], [544, 72, 608, 252]]), abs=0.01
    )
    assert np.array(first.class_id).tolist() == [0, 2, 0]
    assert np.array(first.tracker_id).tolist() == [1, 2, 4]
    assert np.array(TRUE[5].data["ignore"]).tolist() == [0, 0, 1]
    assert len(true_detections(SCENE, TrueFrame(0, 0.0), LABELS)) == 0


def test_perfect_boxes() -> None:
    quality = average_precision(seen(), TRUE, LABELS)
    assert (quality.ap, quality.ap50, quality.ap75) == pytest.approx((1, 1, 1))
    assert quality.classes == pytest.approx({"person": 1.0, "car": 1.0})
    assert quality.small is None


def test_boxes_shifted_by_a_quarter_count_up_to_their_overlap() -> None:
    quality = average_precision(seen(0.25), TRUE, LABELS)
    assert quality.ap50 == pytest.approx(1)
    assert quality.ap75 == pytest.approx(0)
    assert quality.ap == pytest.approx(0.3), "IoU 0.6 passes 0.50, 0.55 and 0.60"


def test_what_can_hardly_be_seen_is_neither_right_nor_wrong() -> None:
    nothing_of_4 = [one[np.array(one.tracker_id) != 4] if i >= 5 else one for i, one in enumerate(seen())]
    assert average_precision(nothing_of_4, TRUE, LABELS).ap == pytest.approx(1)  # type: ignore[arg-type]


def test_one_class_missed() -> None:
    quality = average_precision([one[np.array(one.class_id) == 0] for one in seen()], TRUE, LABELS)  # type: ignore[misc]
    assert quality.ap == pytest.approx(0.5)
    assert quality.classes == pytest.approx({"person": 1.0, "car": 0.0})


def looks(found: list[Detections], ids: NDArray[np.intp] | None = None) -> list[BoxPair]:
    if ids is not None:
        for i, one in enumerate(found):
            one.tracker_id = ids[i][: len(one)]
    return list(zip(found, TRUE, strict=True))


def test_perfect_tracks_whatever_their_numbers() -> None:
    quality = track_quality([looks(seen(), np.array([[7, 3, 5]] * 10))])
    assert quality is not None
    assert (quality.hota, quality.mota, quality.idf1, quality.switches) == (approx(1), 1, 1, 0)


def test_a_swap_costs_identity_but_not_boxes() -> None:
    ids = np.array([[1, 2, 4]] * 5 + [[9, 2, 4]] * 5)
    quality = track_quality([looks(seen(), ids)])
    assert quality is not None
    assert quality.switches == 1
    # 25 true boxes count: the third object is hidden in half of the pictures.
    assert quality.mota == pytest.approx(1 - 1 / 25)
    assert quality.idf1 == pytest.approx(20 / 25)
    assert quality.detection == pytest.approx(1)
    assert quality.association < 1


def test_shifted_and_absent_tracks() -> None:
    shifted, half = track_quality([looks(seen(0.25))]), track_quality([looks(seen(0.5))])
    assert shifted is not None
    assert half is not None
    assert (shifted.mota, shifted.idf1) == (1, 1), "IoU 0.6"
    assert shifted.hota < 0.8
    assert half.mota == pytest.approx(-30 / 25), "IoU 1/3: 25 boxes missed, 30 false"
    nothing = track_quality([looks([Detections.empty() for _ in TRUE])])
    assert nothing is not None
    assert (nothing.hota, nothing.mota, nothing.idf1) == (0, 0, 0)


def test_sequences_are_pooled_and_empty_ones_left_out() -> None:
    perfect, swapped = looks(seen()), looks(seen(), np.array([[1, 2, 4]] * 5 + [[9, 2, 4]] * 5))
    empty = [(Detections.empty(), Detections.empty())] * 3
    both = track_quality([perfect, empty, swapped])
    assert both is not None
    assert both.mota == pytest.approx(1 - 1 / 50)
    assert track_quality([empty]) is None
