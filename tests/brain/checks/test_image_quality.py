"""Bad pictures are told from good ones: those of the simulated city in all weathers, and real ones."""

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from secondsight.brain.checks.image_quality import fault_of
from secondsight.media.writing.snapshot import encode_jpeg
from secondsight.records import Box, ReviewFrame
from secondsight.sim.conditions.conditions import CONDITIONS, apply
from secondsight.sim.rendering.render import RenderedFrame
from secondsight.sim.world import PACKS, make_world
from tests.table import table

Image8 = NDArray[np.uint8]


def fault(bgr: Image8, box: Box | None = None) -> str:
    return fault_of(ReviewFrame(encode_jpeg(bgr), 0.0, box))


def blurred(bgr: Image8, share: float) -> Image8:
    """With a deviation of a share of its width."""
    image = Image.fromarray(bgr).filter(ImageFilter.GaussianBlur(share * bgr.shape[1]))
    return np.asarray(image)


def even(bgr: Image8) -> Image8:
    """A covered lens: one colour and the sensor's noise."""
    noise = np.random.default_rng(0).normal(0, 2.5, bgr.shape)
    return np.clip(bgr.mean() + noise, 0, 255).astype(np.uint8)


FAST = ("metro", "motorway")
"""Inside and outside; the other packs are looked at among the slow tests."""

SPOILT = {
    "dark": lambda bgr: (bgr * 0.03).astype(np.uint8),
    "empty": even,
    "blurred": lambda bgr: blurred(bgr, 0.01),
}


@pytest.fixture(
    scope="module",
    params=[pack if pack in FAST else pytest.param(pack, marks=pytest.mark.slow) for pack in PACKS],
)
def picture(request: pytest.FixtureRequest) -> RenderedFrame:
    return make_world(request.param, 5, 0, 30.0).picture(12.0)


def suspects(picture: RenderedFrame) -> list[Box]:
    seen = [one for one in picture.objects.values() if one.visible > 0.5]
    return [one.box for one in seen if one.box.y2 - one.box.y1 > 0.05][:3]


def test_the_city_in_every_weather_is_fit_to_be_judged(picture: RenderedFrame) -> None:
    """Fog alone can hide a suspect who is far off, and then nobody could tell; the view as a whole never fails."""
    boxes = suspects(picture)
    assert boxes
    refused = []
    for name in CONDITIONS:
        bgr = apply(picture, [(name, 0.9)], 17.0, 5)
        refused += [(name, found) for box in (None, *boxes) if (found := fault(bgr, box))]
    assert {name for name, _ in refused} <= {"fog"}
    assert all(found.endswith("where the suspect is") for _, found in refused)


@table("name", SPOILT)
def test_the_same_pictures_spoilt_are_not(picture: RenderedFrame, name: str) -> None:
    assert fault(SPOILT[name](picture.bgr)) == name


@pytest.mark.parametrize(
    "video",
    [
        "car-detection.mp4",
        "one-by-one-person-detection.mp4",
        "people-detection.gif",
        "person-bicycle-car-detection.gif",
        "worker-zone-detection.gif",
    ],
)
def test_real_pictures_are_fit_and_spoilt_ones_not(data_dir: Path, video: str) -> None:
    with av.open(str(data_dir / "videos" / video)) as container:
        frames = [frame for _, frame in zip(range(60), container.decode(video=0), strict=False)]
    for frame in frames[:: max(len(frames) // 3, 1)]:
        bgr = frame.to_ndarray(format="bgr24").astype(np.uint8)
        assert fault(bgr) == ""
        assert {name: fault(spoil(bgr)) for name, spoil in SPOILT.items()} == {name: name for name in SPOILT}


def test_a_small_suspect_before_a_bare_wall_can_be_judged() -> None:
    picture = np.full((240, 320, 3), 170, np.uint8)
    picture[96:192, 40:70] = (30, 60, 120)
    assert fault(picture, Box(0.125, 0.4, 0.22, 0.8)) == ""
    assert fault(picture) == "empty", "nothing says where to look"
    assert fault(picture, Box(0.6, 0.1, 0.7, 0.3)) == "empty"


def test_a_suspect_in_the_dark_of_a_bright_picture_cannot_be_judged() -> None:
    bgr = np.random.default_rng(0).integers(0, 255, (180, 320, 3), np.uint8)
    bgr[:, :160] //= 32
    assert fault(bgr) == ""
    assert fault(bgr, Box(0.6, 0.4, 0.8, 0.8)) == ""
    assert fault(bgr, Box(0.1, 0.3, 0.2, 0.6)) == "dark where the suspect is"


@pytest.mark.parametrize(
    "box", [Box(0.5, 0.5, 0.5, 0.5), Box(0.0, 0.0, 0.001, 0.001), Box(0.99, 0.99, 1.0, 1.0)]
)
def test_a_box_of_next_to_nothing_is_measured_with_what_is_around(box: Box) -> None:
    bgr = np.random.default_rng(0).integers(0, 255, (90, 160, 3), np.uint8)
    assert fault(bgr, box) == ""


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\xff\xd8\xff"])
def test_what_is_no_picture_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a readable JPEG"):
        fault_of(ReviewFrame(data, 0.0, None))
