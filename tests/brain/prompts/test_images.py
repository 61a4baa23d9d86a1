from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from secondsight.brain.prompts.images import choose, prepare_frame
from secondsight.records import Box, Outline, ReviewFrame
from tests.brain.samples import BOX, jpeg


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    assert picture.format == "JPEG"
    return picture.convert("RGB")


def shown(data: bytes, box: Box | None = None, part: Box | None = None) -> ReviewFrame:
    return ReviewFrame(data, 0.0, box, part)


def is_blue(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
    return bool(blue > 150 and red < 110 and green < 130)


def is_red(pixel: object) -> bool:
    assert isinstance(pixel, tuple)
    red, green, blue = pixel
    return bool(red > 150 and green < 110 and blue < 110)


@given(st.integers(1, 200), st.integers(1, 64))
def test_chosen_frames_are_few_ordered_and_keep_the_ends(count: int, most: int) -> None:
    chosen = choose(count, most)
    assert len(chosen) == min(count, most)
    assert chosen == sorted(set(chosen))
    if len(chosen) > 1:
        assert (chosen[0], chosen[-1]) == (0, count - 1)
        gaps = [b - a for a, b in pairwise(chosen)]
        assert max(gaps) - min(gaps) <= 1


def test_one_of_many_is_the_middle_one() -> None:
    assert choose(7, 1) == [3]


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [((1920, 1080), 768, (768, 432)), ((1080, 1920), 768, (432, 768)), ((320, 180), 768, (320, 180))],
)
def test_the_longest_side_is_bounded_and_nothing_is_enlarged(
    size: tuple[int, int], most: int, expected: tuple[int, int]
) -> None:
    assert opened(prepare_frame(shown(jpeg(*size)), most)).size == expected


def test_the_rectangle_lies_around_the_box_and_hides_nothing_inside() -> None:
    picture = opened(prepare_frame(shown(jpeg(800, 400), BOX), 400))
    assert picture.size == (400, 200)
    for x, y in [(99, 100), (201, 100), (150, 49), (150, 151)]:
        assert is_red(picture.getpixel((x, y))), (x, y)
    for x, y in [(106, 100), (194, 100), (150, 56), (150, 144), (90, 100), (210, 100), (150, 40)]:
        assert not is_red(picture.getpixel((x, y))), (x, y)


@pytest.mark.parametrize(
    "box", [Box(0, 0, 1, 1), Box(-1, -2, 3, 4), Box(0.9, 0.9, 0.1, 0.1), Box(0.5, 0.5, 0.5, 0.5)]
)
def test_any_box_can_be_drawn(box: Box) -> None:
    assert opened(prepare_frame(shown(jpeg(), box), 768)).size == (320, 180)


def test_without_a_box_nothing_is_drawn() -> None:
    picture = opened(prepare_frame(shown(jpeg()), 768))
    assert not any(is_red(picture.getpixel((x, y))) for x in range(320) for y in range(0, 180, 5))


SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


@pytest.mark.parametrize(
    ("outline", "part", "on", "off"),
    [
        (SQUARE, None, [(200, 50), (300, 100), (200, 150), (100, 100)], [(200, 100), (50, 20)]),
        (SQUARE[:2], None, [(150, 50), (250, 50)], [(200, 150), (200, 100)]),
        (SQUARE, Box(0.5, 0.5, 1.0, 1.0), [(200, 50), (100, 100)], [(300, 50), (200, 150), (20, 20)]),
    ],
    ids=["zone", "line", "a close view shows its part"],
)
def test_the_zone_is_outlined_and_not_filled(
    outline: Outline, part: Box | None, on: list[tuple[int, int]], off: list[tuple[int, int]]
) -> None:
    picture = opened(prepare_frame(shown(jpeg(400, 200), None, part), 400, outline))
    assert all(is_blue(picture.getpixel(point)) for point in on)
    assert not any(is_blue(picture.getpixel(point)) for point in off)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), max_size=6).map(tuple))
def test_any_outline_can_be_drawn(outline: Outline) -> None:
    whole = prepare_frame(shown(jpeg(), BOX), 64, outline)
    assert opened(whole).size == (64, 36)
    close = prepare_frame(shown(jpeg(), None, Box(0.9, 0.9, 0.91, 0.92)), 64, outline)
    assert opened(close).size == (64, 36)


def test_metadata_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010E] = "camera 7, gate code 1234"
    out = BytesIO()
    Image.new("RGB", (64, 64)).save(out, "JPEG", exif=exif)
    assert b"1234" in out.getvalue()
    assert b"1234" not in prepare_frame(shown(out.getvalue()), 768)


def test_grey_pictures_are_taken() -> None:
    out = BytesIO()
    Image.new("L", (64, 64)).save(out, "JPEG")
    assert opened(prepare_frame(shown(out.getvalue(), BOX), 64)).mode == "RGB"


def _png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"no picture", jpeg()[:400], _png()], ids=["empty", "text", "half", "png"]
)
def test_what_is_no_jpeg_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a readable JPEG"):
        prepare_frame(shown(data), 768)
