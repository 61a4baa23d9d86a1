import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.sentinel.inference.letterbox import Letterbox, fit, trimmed
from tests.table import table

sides = st.integers(1, 4000)
sizes = st.tuples(sides, sides)
kinds = st.sampled_from(["top-left", "centre", "stretch"])


@table(
    ("frame", "canvas", "how", "inner", "left", "top"),
    [
        ((768, 432), (416, 416), "top-left", (416, 234), 0, 0),
        ((432, 768), (416, 416), "top-left", (234, 416), 0, 0),
        ((1920, 1080), (640, 640), "centre", (640, 360), 0, 140),
        ((1000, 667), (640, 640), "centre", (640, 427), 0, 106),
        ((640, 640), (640, 640), "centre", (640, 640), 0, 0),
        ((1920, 1080), (640, 640), "stretch", (640, 640), 0, 0),
        ((100, 50), (416, 416), "top-left", (416, 208), 0, 0),
        ((10000, 1), (416, 416), "top-left", (416, 1), 0, 0),
    ],
)
def test_fit_is_the_published_one(frame, canvas, how, inner, left, top):
    assert fit(frame, canvas, how) == Letterbox(frame, canvas, inner, left, top)


@given(sizes, sizes, kinds)
def test_the_frame_lies_inside_the_canvas_and_keeps_its_proportions(frame, canvas, how):
    box = fit(frame, canvas, how)
    assert box.left >= 0
    assert box.left + box.inner[0] <= canvas[0]
    assert box.top >= 0
    assert box.top + box.inner[1] <= canvas[1]
    if how != "stretch":
        ratio = min(canvas[0] / frame[0], canvas[1] / frame[1])
        assert abs(box.inner[0] - frame[0] * ratio) <= 1
        assert abs(box.inner[1] - frame[1] * ratio) <= 1


@given(sizes, sizes, kinds, st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_unmap_inverts_the_letterbox(frame, canvas, how, a, b, c, d):
    box = fit(frame, canvas, how)
    wanted = np.array([[min(a, b), min(c, d), max(a, b), max(c, d)]]) * np.array([*frame, *frame])
    scale = np.array([box.inner[0] / frame[0], box.inner[1] / frame[1]] * 2)
    model = (wanted * scale + np.array([box.left, box.top] * 2)).astype(np.float32)
    assert np.allclose(box.unmap(model), wanted, atol=1e-3 * max(frame))


def test_unmap_clips_to_the_frame_and_leaves_its_input_alone():
    box = fit((200, 100), (100, 100), "top-left")
    model = np.array([[-10, -10, 200, 200]], np.float32)
    assert box.unmap(model).tolist() == [[0, 0, 200, 100]]
    assert model.tolist() == [[-10, -10, 200, 200]]


@pytest.mark.parametrize("how", ["top-left", "centre"])
@pytest.mark.parametrize("frame", [(61, 30), (30, 61)])
def test_place_pads_all_around_and_nothing_else(how, frame):
    box = fit(frame, (40, 48), how)
    picture = np.random.default_rng(1).integers(0, 255, (box.inner[1], box.inner[0], 3), np.uint8)
    canvas = box.place(picture, 114)
    assert canvas.shape == (1, 48, 40, 3)
    assert canvas.dtype == np.uint8
    inside = (
        slice(0, 1),
        slice(box.top, box.top + box.inner[1]),
        slice(box.left, box.left + box.inner[0]),
    )
    assert (canvas[inside][0] == picture).all()
    canvas[inside] = 114
    assert (canvas == 114).all()


def test_place_copies_nothing_when_there_is_no_padding():
    picture = np.zeros((4, 6, 3), np.uint8)
    assert np.shares_memory(fit((60, 40), (6, 4), "stretch").place(picture, 114), picture)


@table(
    ("canvas", "frames", "expected"),
    [
        ((416, 416), [(768, 432)], (416, 256)),
        ((416, 416), [(768, 432), (640, 480)], (416, 320)),
        ((416, 416), [(432, 768)], (256, 416)),
        ((416, 416), [(768, 432), (432, 768)], (416, 416)),
        ((640, 640), [(1920, 1080)], (640, 384)),
        ((640, 640), [(640, 640)], (640, 640)),
        ((300, 300), [(300, 299)], (300, 300)),
        ((640, 640), [], (640, 640)),
    ],
)
def test_trimmed_cuts_padding_only(canvas, frames, expected):
    assert trimmed(canvas, frames) == expected


@given(st.tuples(st.integers(1, 30), st.integers(1, 30)), st.lists(sizes, min_size=1, max_size=4))
def test_trimmed_shows_every_frame_as_large_as_before(steps, frames):
    canvas = (steps[0] * 32, steps[1] * 32)
    smaller = trimmed(canvas, frames)
    for frame in frames:
        assert fit(frame, smaller, "top-left").inner == fit(frame, canvas, "top-left").inner


@given(st.tuples(st.integers(40, 2000), st.integers(40, 2000)), kinds, st.data())
def test_a_part_shows_the_pixels_that_the_whole_has_there(frame, how, data):
    whole = fit(frame, (96, 64), how)
    width, height = data.draw(st.integers(1, 96)), data.draw(st.integers(1, 64))
    left, top = data.draw(st.integers(0, 96 - width)), data.draw(st.integers(0, 64 - height))
    picture = np.random.default_rng(1).integers(0, 255, (whole.inner[1], whole.inner[0], 3), np.uint8)
    part = whole.part(left, top, (width, height))
    there = whole.place(picture, 114)[:, top : top + height, left : left + width]
    assert (part.place(picture, 114) == there).all()
    model = np.array([[3, 4, 30, 20]], np.float32)
    moved = model - np.array([left, top, left, top], np.float32)
    assert np.allclose(part.unmap(moved), whole.unmap(model), atol=1e-2)


def test_what_a_window_shows_touches_and_cuts():
    # 768x432 lies in 416x256 at half the scale and a bit; the window shows model pixels 128 to 288 of 416.
    whole = fit((832, 468), (416, 256), "top-left")
    part = whole.part(128, 0, (160, 256))
    assert (whole.partial, part.partial) == (False, True)
    assert part.shown == (256, 0, 576, 468)
    boxes = np.array(
        [
            (300, 0, 400, 468),  # reaches only the picture's own edges
            (250, 100, 300, 200),  # goes on to the left
            (500, 100, 573, 200),  # ends within two model pixels of the right edge
            (0, 0, 250, 100),  # left of it
            (576, 0, 700, 100),  # right of it
        ],
        np.float32,
    )
    assert part.touched(boxes).tolist() == [True, True, True, False, False]
    assert part.cut(boxes[:3]).tolist() == [False, True, True]
    assert not whole.cut(boxes).any()
