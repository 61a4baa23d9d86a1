import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from secondsight.brain.backends.clip.preprocessing import CLOSE, Preprocessing, views
from secondsight.brain.prompts.images import CONTEXT, square_view
from secondsight.records import Box

FILL = (1, 2, 250)


def numbered(width: int, height: int) -> Image.Image:
    """A picture whose red is the column and green the row."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.arange(width)
    pixels[..., 1] = np.arange(height)[:, None]
    return Image.fromarray(pixels)


def test_the_square_lies_around_the_box() -> None:
    view = np.asarray(square_view(numbered(200, 100), Box(0.4, 0.3, 0.5, 0.7), 1.5, FILL))
    assert view.shape == (60, 60, 3)
    assert tuple(view[0, 0]) == (60, 20, 0)
    assert tuple(view[-1, -1]) == (119, 79, 0)


@pytest.mark.parametrize(
    ("box", "first"),
    [
        (Box(0.0, 0.0, 0.1, 0.2), (0, 0, 0)),
        (Box(0.9, 0.8, 1.0, 1.0), (160, 60, 0)),
        (Box(0.0, 0.4, 0.1, 0.6), (0, 30, 0)),
    ],
)
def test_at_the_edge_it_is_moved_into_the_picture(box: Box, first: tuple[int, int, int]) -> None:
    view = np.asarray(square_view(numbered(200, 100), box, 2.0, FILL))
    assert view.shape == (40, 40, 3)
    assert tuple(view[0, 0]) == first


def test_beyond_the_picture_there_is_the_fill() -> None:
    view = np.asarray(square_view(numbered(200, 100), Box(0.25, 0.0, 0.75, 1.0), 1.4, FILL))
    assert view.shape == (140, 140, 3)
    assert (view[:20] == FILL).all()
    assert (view[120:] == FILL).all()
    assert tuple(view[20, 0]) == (30, 0, 0)
    assert tuple(view[119, 139]) == (169, 99, 0)


@given(
    st.tuples(*[st.floats(0, 1)] * 4),
    st.sampled_from([CLOSE, CONTEXT]),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_any_box_gives_a_square_that_holds_it(
    corners: tuple[float, ...], factor: float, width: int, height: int
) -> None:
    x1, x2 = sorted(corners[:2])
    y1, y2 = sorted(corners[2:])
    view = square_view(numbered(width, height), Box(x1, y1, x2, y2), factor, FILL)
    assert view.width == view.height >= round(factor * max((x2 - x1) * width, (y2 - y1) * height))
    column, row = int((x1 + x2) / 2 * (width - 1)), int((y1 + y2) / 2 * (height - 1))
    pixels = np.asarray(view)
    assert ((pixels[..., 0] == column) & (pixels[..., 1] == row) & (pixels[..., 2] == 0)).any()


def test_a_frame_with_a_box_gives_two_views_and_one_without_the_whole() -> None:
    picture = numbered(200, 100)
    close, context = views(picture, Box(0.45, 0.4, 0.55, 0.6), FILL)
    assert (close.size, context.size) == ((28, 28), (60, 60))
    (whole,) = views(picture, None, FILL)
    assert whole.size == (200, 200)
    assert np.asarray(whole)[50:150].tobytes() == np.asarray(picture).tobytes()


def test_what_the_head_tells_is_looked_at_by_the_head() -> None:
    """A standing person's head is the middle of the box's top; the second view is the close one of any framing."""
    picture, box = numbered(200, 100), Box(0.45, 0.2, 0.55, 0.8)
    head, close = views(picture, box, FILL, "head")
    assert head.size == (26, 26)
    assert np.asarray(head)[13, 13, :2].tolist() == [100, 27]
    assert close.tobytes() == views(picture, box, FILL)[0].tobytes()


def test_preprocessing_against_plain_arithmetic() -> None:
    """Resample 4 is the mean of boxes: halving a picture averages four pixels; Pillow rounds twice."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    steps = Preprocessing((6, 6), (4, 4), 4, 1 / 255, (0.5, 0.4, 0.3), (0.5, 0.25, 0.2))
    result = steps([Image.fromarray(pixels)] * 2)
    assert (result.shape, result.dtype) == ((2, 3, 4, 4), np.dtype(np.float32))
    halves = pixels.reshape(6, 2, 6, 2, 3).astype(float).mean(axis=(1, 3))[1:5, 1:5] / 255
    for channel, (mean, std) in enumerate(zip((0.5, 0.4, 0.3), (0.5, 0.25, 0.2), strict=True)):
        expected = (halves[..., channel] - mean) / std
        assert np.abs(result[1, channel] - expected).max() <= 1.01 / 255 / std


def test_without_scaling_and_normalising_the_numbers_stay() -> None:
    steps = Preprocessing((8, 8), (8, 8), scale=1.0)
    picture = numbered(8, 8)
    assert (steps([picture])[0].transpose(1, 2, 0) == np.asarray(picture)).all()


def test_the_fill_becomes_about_zero() -> None:
    steps = Preprocessing((4, 4), (4, 4), 2, 1 / 255, (0.48, 0.46, 0.41), (0.27, 0.26, 0.28))
    assert np.abs(steps([Image.new("RGB", (9, 9), steps.fill)])).max() < 0.01
