"""Windows: what they must show, and when only the whole picture will do."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.records import Box
from secondsight.sentinel.attention.gate import GateDecision
from secondsight.sentinel.attention.roi import (
    GRID,
    MARGIN,
    WHOLE_EVERY,
    RoiSelector,
    smallest_window,
    window_sizes,
)
from secondsight.sentinel.inference.letterbox import Letterbox, fit
from secondsight.sentinel.tracking.tracker import TrackerView
from tests.sentinel.pictures import Picture
from tests.table import table

FRAME = (768, 432)
WHOLE = fit(FRAME, (416, 256), "top-left")
SIZES = window_sizes(WHOLE.canvas)
NOTHING = np.empty((0, 4), np.float32)
frames = st.sampled_from([(768, 432), (432, 768), (640, 640), (1920, 1080), (500, 333)])
shares = st.tuples(st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.01, 0.5), st.floats(0.01, 0.5))


def boxes(frame: tuple[int, int], drawn: list[tuple[float, float, float, float]]) -> np.ndarray:
    rows = [(x, y, min(1, x + w), min(1, y + h)) for x, y, w, h in drawn]
    return np.array(rows, np.float32).reshape(-1, 4) * np.array((*frame, *frame), np.float32)


def test_windows_are_few_small_and_on_the_grid() -> None:
    assert SIZES == ((160, 128), (288, 128), (160, 256), (416, 128), (288, 256))
    assert window_sizes((256, 416)) == ((128, 160), (128, 288), (256, 160), (128, 416), (256, 288))
    assert window_sizes((32, 32)) == ()


@given(
    frames,
    st.lists(shares, min_size=1, max_size=3),
    st.lists(shares, max_size=4),
    st.sampled_from(["top-left", "centre"]),
)
def test_a_window_shows_all_that_is_wanted_and_of_the_rest_all_or_nothing(frame, wanted, known, how) -> None:
    longer = max(frame)
    canvas = tuple(-(-416 * side // longer // GRID) * GRID for side in frame)
    whole = fit(frame, canvas, how)
    sizes = window_sizes(canvas)
    need, others = boxes(frame, wanted), boxes(frame, known)
    part = smallest_window(whole, sizes, need, others)
    if part is None:
        return
    assert part.canvas in sizes
    assert ((whole.left - part.left) % GRID, (whole.top - part.top) % GRID) == (0, 0)
    assert 0 <= whole.left - part.left <= canvas[0] - part.canvas[0]
    assert 0 <= whole.top - part.top <= canvas[1] - part.canvas[1]
    inside = np.vstack((need, others[part.touched(others)]))
    margin = np.array(whole.scale) * MARGIN
    x1, y1, x2, y2 = part.shown
    assert (inside[:, 0] >= min(x1 + margin[0], 0 if x1 == 0 else 1e9) - 0.01).all()
    assert (inside[:, 1] >= min(y1 + margin[1], 0 if y1 == 0 else 1e9) - 0.01).all()
    assert (inside[:, 2] <= (x2 if x2 >= frame[0] - 0.01 else x2 - margin[0]) + 0.01).all()
    assert (inside[:, 3] <= (y2 if y2 >= frame[1] - 0.01 else y2 - margin[1]) + 0.01).all()


def test_the_smallest_window_that_does_is_taken() -> None:
    def canvas(
        wanted: tuple[int, int, int, int], seen: NDArray[np.float32] = NOTHING
    ) -> tuple[int, int] | None:
        window = smallest_window(WHOLE, SIZES, np.array([wanted], np.float32), seen)
        return window.canvas if window is not None else None

    assert canvas((300, 100, 400, 200)) == (160, 128)
    assert canvas((300, 10, 400, 420)) == (160, 256)
    assert canvas((10, 10, 700, 420)) is None
    beside = np.array([(420, 100, 640, 200)], np.float32)
    assert canvas((300, 100, 400, 200), beside) == (288, 128)


class Views:
    def __init__(self, flexible: bool = True) -> None:
        self.flexible = flexible

    def whole(self, frame: tuple[int, int]) -> Letterbox:
        return fit(frame, (416, 256), "top-left")


def decided(reason: str = "motion", where: Box | None = Box(0.4, 0.4, 0.5, 0.6)) -> GateDecision:
    return GateDecision(True, reason, 0.01, where)  # type: ignore[arg-type]


def picture(time: float, size: tuple[int, int] = FRAME) -> Picture:
    return Picture(np.zeros(size[::-1], np.uint8), time)


EMPTY = TrackerView(NOTHING, NOTHING)


def test_the_whole_comes_first_and_again_every_few_seconds() -> None:
    roi = RoiSelector(Views())
    assert roi.choose(picture(0.0), decided("first", None), EMPTY) == WHOLE
    whole = [
        time / 5
        for time in range(1, 51)
        if roi.choose(picture(time / 5), decided(), EMPTY).canvas == WHOLE.canvas
    ]
    assert whole == pytest.approx([2.6, 5.2, 7.8])
    assert 2.4 < WHOLE_EVERY <= 2.6


@table(
    ("decision", "view"),
    [
        (decided("refresh"), EMPTY),
        (decided("recheck"), EMPTY),
        (decided("light"), EMPTY),
        (decided("off"), EMPTY),
        (decided(where=None), EMPTY),
        (decided(where=Box(0, 0, 1, 1)), EMPTY),
        (decided(), None),
        (decided(), EMPTY._replace(cut=True)),
        (decided(), EMPTY._replace(sought=np.array([(0, 0, 20, 20), (700, 0, 768, 400)], np.float32))),
    ],
)
def test_when_a_part_is_not_enough(decision: GateDecision, view: TrackerView | None) -> None:
    roi = RoiSelector(Views())
    roi.choose(picture(0.0), decided("first"), EMPTY)
    assert roi.choose(picture(0.2), decided(), EMPTY) != WHOLE
    assert roi.choose(picture(0.4), decision, view) == WHOLE


def test_a_model_of_one_size_and_a_picture_of_another_are_seen_whole() -> None:
    roi = RoiSelector(Views(flexible=False))
    for time in (0.0, 0.2):
        assert roi.choose(picture(time), decided(), EMPTY) == WHOLE
    roi = RoiSelector(Views())
    roi.choose(picture(0.0), decided("first"), EMPTY)
    portrait = roi.choose(picture(0.2, (432, 768)), decided("first"), EMPTY)
    assert portrait.frame == (432, 768)


def test_tracks_that_left_the_picture_are_not_sought() -> None:
    roi = RoiSelector(Views())
    roi.choose(picture(0.0), decided("first"), EMPTY)
    gone = EMPTY._replace(sought=np.array([(780, 100, 840, 300), (-90, 0, -10, 50)], np.float32))
    assert roi.choose(picture(0.2), decided(), gone).canvas == (160, 128)


def test_a_size_is_used_once_it_would_have_saved_what_its_model_costs() -> None:
    roi = RoiSelector(Views(), cost=3.0)
    assert roi.choose(picture(0.0), decided("first", None), EMPTY) == WHOLE
    sizes = [roi.choose(picture(number / 5), decided(), EMPTY).canvas for number in range(1, 10)]
    window = next(size for size in sizes if size != WHOLE.canvas)
    share = 1 - window[0] * window[1] / (WHOLE.canvas[0] * WHOLE.canvas[1])
    unused = math.ceil(3.0 / share)
    assert sizes == [WHOLE.canvas] * unused + [window] * (9 - unused)
