"""Views around a box: of a picture whose colours say where each pixel was, so that what is shown can be read off."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from secondsight.brain.prompts.images import CLOSE_UP, CLOSE_UP_LEAST, crop_frame, square_view
from secondsight.records import Box

WIDTH, HEIGHT = 900, 450
FILL = (1, 2, 255)


def coded() -> Image.Image:
    """Red grows to the right, green grows downwards, blue is 0."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    channels = (columns * 255 / WIDTH, rows * 255 / HEIGHT, np.zeros_like(rows))
    return Image.fromarray(np.stack(channels, axis=2).round().astype(np.uint8))


PICTURE = coded()
_OUT = BytesIO()
PICTURE.save(_OUT, "JPEG", quality=98, subsampling=0)
JPEG = _OUT.getvalue()


def place(view: Image.Image, x: float, y: float) -> tuple[float, float]:
    """Where in the picture, in shares of it, the pixel at these shares of a view was."""
    pixel = view.getpixel(
        (min(int(x * view.width), view.width - 1), min(int(y * view.height), view.height - 1))
    )
    assert isinstance(pixel, tuple)
    return pixel[0] / 255, pixel[1] / 255


shares = st.floats(0.0, 1.0)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    (x1, x2), (y1, y2) = (sorted((draw(shares), draw(shares))) for _ in range(2))
    return Box(x1, y1, x2, y2)


@given(boxes())
def test_a_close_view_shows_the_part_that_it_names(box: Box) -> None:
    data, part = crop_frame(JPEG, box)
    view = Image.open(BytesIO(data)).convert("RGB")
    assert view.width == pytest.approx((part.x2 - part.x1) * WIDTH, abs=0.01)
    assert view.height == pytest.approx((part.y2 - part.y1) * HEIGHT, abs=0.01)
    for x, y in ((0.1, 0.1), (0.9, 0.1), (0.5, 0.5), (0.1, 0.9), (0.9, 0.9)):
        expected = part.x1 + x * (part.x2 - part.x1), part.y1 + y * (part.y2 - part.y1)
        assert place(view, x, y) == pytest.approx(expected, abs=0.015)


@given(boxes())
def test_a_close_view_has_the_box_in_its_middle_with_room_around_it(box: Box) -> None:
    _, part = crop_frame(JPEG, box)
    side = max(CLOSE_UP * max((box.x2 - box.x1) * WIDTH, (box.y2 - box.y1) * HEIGHT), CLOSE_UP_LEAST)
    assert (part.x2 - part.x1) * WIDTH == pytest.approx(min(side, WIDTH), abs=0.51)
    assert (part.y2 - part.y1) * HEIGHT == pytest.approx(min(side, HEIGHT), abs=0.51)
    for begin, end, low, high, length in (
        (part.x1, part.x2, box.x1, box.x2, WIDTH),
        (part.y1, part.y2, box.y1, box.y2, HEIGHT),
    ):
        assert -1e-9 <= begin <= low + 1 / length
        assert high - 1 / length <= end <= 1 + 1e-9
        off = abs((begin + end) - (low + high)) / 2 * length
        assert off <= 1 or begin == 0 or end == pytest.approx(1), "moved for the picture's edge alone"


@pytest.mark.parametrize("box", [Box(0.4, 0.4, 0.5, 0.6), Box(0.0, 0.0, 0.1, 0.2), Box(0.9, 0.8, 1.0, 1.0)])
def test_a_square_within_the_picture_is_moved_into_it(box: Box) -> None:
    view = square_view(PICTURE, box, 3.0, FILL)
    assert view.size == (270, 270)
    x, y = place(view, 0.5, 0.5)
    half_x, half_y = 135 / WIDTH, 135 / HEIGHT
    assert x == pytest.approx(min(max((box.x1 + box.x2) / 2, half_x), 1 - half_x), abs=0.01)
    assert y == pytest.approx(min(max((box.y1 + box.y2) / 2, half_y), 1 - half_y), abs=0.01)


def test_a_square_larger_than_the_picture_has_it_in_its_middle() -> None:
    view = square_view(PICTURE, Box(0.0, 0.0, 1.0, 1.0), 2.0, FILL)
    assert view.size == (1800, 1800)
    assert view.getpixel((449, 900)) == FILL
    assert view.getpixel((900, 674)) == FILL
    assert place(view, 0.5, 0.5) == pytest.approx((0.5, 0.5), abs=0.01)
    assert place(view, 451 / 1800, 676 / 1800) == pytest.approx((0.0, 0.0), abs=0.01)


def test_a_box_of_no_size_still_gives_a_view() -> None:
    view = square_view(PICTURE, Box(0.5, 0.5, 0.5, 0.5), 3.0, FILL)
    assert view.size == (8, 8)
    assert place(view, 0.5, 0.5) == pytest.approx((0.5, 0.5), abs=0.01)
