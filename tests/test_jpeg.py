"""JPEG pictures, whole and damaged."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from secondsight.jpeg import jpeg_size, open_jpeg


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


@pytest.mark.parametrize("read", [open_jpeg, jpeg_size])
@pytest.mark.parametrize("data", [b"", b"GIF89a", encoded()[:10], encoded("PNG")])
def test_what_is_no_jpeg_is_refused(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a readable JPEG picture$"):
        read(data)


def test_half_a_picture_has_a_size_and_is_refused() -> None:
    data = encoded()[:2000]
    assert jpeg_size(data) == (640, 320)
    with pytest.raises(ValueError, match="not a readable JPEG"):
        open_jpeg(data)
