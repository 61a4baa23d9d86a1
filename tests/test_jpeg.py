"""JPEG pictures, whole and damaged."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from secondsight.jpeg import jpeg_size, open_jpeg, shrunk_jpeg


def encoded(form: str = "JPEG", mode: str = "RGB", size: tuple[int, int] = (640, 320)) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 40.0).convert(mode).save(out, form)
    return out.getvalue()


def test_size_and_colours() -> None:
    data = encoded()
    assert jpeg_size(data) == open_jpeg(data).size == (640, 320)
    assert open_jpeg(data).mode == open_jpeg(encoded(mode="L")).mode == "RGB"
    assert open_jpeg(data, "L").mode == "L"


def test_a_large_picture_is_decoded_smaller_but_not_too_small() -> None:
    assert open_jpeg(encoded(), least=(150, 75)).size == (160, 80)
    assert open_jpeg(encoded(), least=(640, 320)).size == (640, 320)


def scene(**how: Any) -> bytes:
    """A picture with edges and colours, of 640x360."""
    rng = np.random.default_rng(3)
    blocks = Image.fromarray(rng.integers(0, 255, (18, 32, 3)).astype(np.uint8))
    fine = (
        Image.fromarray(rng.integers(0, 255, (180, 320)).astype(np.uint8)).resize((640, 360)).convert("RGB")
    )
    out = BytesIO()
    sharp = blocks.resize((640, 360), Image.Resampling.NEAREST)
    Image.blend(sharp, fine, 0.3).save(out, "JPEG", **{"quality": 90} | how)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [scene(), scene(subsampling=0), scene(subsampling=1), scene(progressive=True), scene(quality=30)],
    ids=["usual", "4:4:4", "4:2:2", "progressive", "coarse"],
)
@pytest.mark.parametrize("size", [(400, 225), (317, 179), (640, 360)])
def test_a_shrunk_picture_is_as_good_as_pillows_once_it_is_saved(data: bytes, size: tuple[int, int]) -> None:
    expected = _saved(open_jpeg(data).resize(size, Image.Resampling.BICUBIC))
    shrunk = shrunk_jpeg(data, size)
    assert (shrunk.size, shrunk.mode) == (size, "RGB")
    # Grey levels. Box and nearest neighbour are further off, the one at 5 to 7, the other at 10.
    assert np.abs(_saved(shrunk) - expected).mean() < 4.8


def _saved(picture: Image.Image) -> NDArray[np.float64]:
    out = BytesIO()
    picture.save(out, "JPEG", quality=85)
    return np.asarray(open_jpeg(out.getvalue()), float)


def test_damage_that_pillow_forgives_is_forgiven_when_shrinking() -> None:
    data = bytearray(scene())
    data[20_000:22_000] = bytes(2_000)
    assert shrunk_jpeg(bytes(data), (320, 180)).size == (320, 180)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_are_shrunk_to_the_same_three(mode: str) -> None:
    data = encoded(mode=mode)
    expected = open_jpeg(data).resize((64, 32))
    assert np.abs(np.asarray(shrunk_jpeg(data, (64, 32)), float) - np.asarray(expected, float)).mean() < 8


@pytest.mark.parametrize("read", [open_jpeg, jpeg_size, partial(shrunk_jpeg, size=(8, 8))])
@pytest.mark.parametrize("data", [b"", b"GIF89a", encoded()[:10], encoded("PNG")])
def test_what_is_no_jpeg_is_refused(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a readable JPEG picture$"):
        read(data)


def test_half_a_picture_has_a_size_and_is_refused() -> None:
    data = encoded()[:2000]
    assert jpeg_size(data) == (640, 320)
    with pytest.raises(ValueError, match="not a readable JPEG"):
        open_jpeg(data)
    with pytest.raises(ValueError, match="not a readable JPEG"):
        shrunk_jpeg(data, (320, 160))
