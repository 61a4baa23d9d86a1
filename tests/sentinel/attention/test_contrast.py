"""Dark pictures get contrast for the detector, bright ones stay as they are, and nothing flickers."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.sentinel import Brightened, Contrast, Detector, ModelStore, brightened
from secondsight.sentinel.attention.contrast import EVERY, stretch
from tests.behaviour.city import Painted
from tests.sentinel.pictures import Picture


def scene(brightness: float, span: float) -> NDArray[np.uint8]:
    """A picture of grey levels that are spread evenly about a mean."""
    levels = brightness + span * (np.arange(96 * 160) % 97 / 96 - 0.5)
    return np.clip(levels, 0, 255).astype(np.uint8).reshape(96, 160)


DAY, NIGHT = scene(120, 200), scene(24, 30)


@dataclass
class Lamp:
    """A night with a lamp in a tenth of it, or in a quarter."""

    share: float

    @property
    def picture(self) -> NDArray[np.uint8]:
        night = NIGHT.copy()
        night[: round(96 * self.share)] = 250
        return night


@pytest.mark.parametrize(
    ("picture", "dark"),
    [
        (DAY, False),
        (NIGHT, True),
        (scene(150, 30), False),
        (scene(60, 20), False),
        (scene(0, 0), True),
        (scene(255, 0), False),
        (Lamp(0.05).picture, True),
        (Lamp(0.25).picture, False),
    ],
    ids=[
        "day",
        "night",
        "fog by day",
        "dusk",
        "black",
        "white",
        "night with a lamp",
        "night with bright screens",
    ],
)
def test_only_dark_pictures_are_changed(picture: NDArray[np.uint8], dark: bool) -> None:
    frame: Any = Picture(picture, 0.0)
    assert (brightened(frame) is not frame) is dark


def test_a_dark_picture_has_the_range_of_a_bright_one() -> None:
    frame: Any = Picture(NIGHT, 0.0)
    seen = brightened(frame)
    assert isinstance(seen, Brightened)
    low, high = np.percentile(seen.luma(), (2, 98))
    assert high - low > 150
    assert (seen.width, seen.height, seen.time) == (frame.width, frame.height, 0.0)
    assert np.array_equal(frame.luma(), NIGHT)


def curves(pictures: list[NDArray[np.uint8]]) -> list[Any]:
    contrast, made = Contrast(), []
    for number, picture in enumerate(pictures):
        frame: Any = Picture(picture, number * EVERY)
        made.append(contrast.curve(frame))
    return made


def test_one_curve_is_kept_while_it_is_dark() -> None:
    shades = [scene(24 + number % 5, 30 + number % 7) for number in range(20)]
    first, *others = curves(shades)
    assert first is not None
    assert all(curve is first for curve in others)


def test_it_changes_when_looks_agree_and_not_for_a_headlight() -> None:
    passing = curves([NIGHT] * 3 + [DAY] * 2 + [NIGHT] * 3)
    assert all(curve is passing[0] for curve in passing)
    morning = curves([NIGHT] * 3 + [DAY] * 5)
    assert [curve is not None for curve in morning] == [True] * 5 + [False] * 3
    between = scene(50, 60)  # neither dark nor bright: what was stays
    assert curves([NIGHT, *[between] * 6])[-1] is not None
    assert curves([DAY, *[between] * 6])[-1] is None


@given(st.floats(0, 255), st.floats(0, 1), st.floats(0, 255))
def test_a_curve_never_turns_grey_levels_round(low: float, where: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    curve = stretch(low, low + where * (high - low), high)
    assert curve.shape == (256,)
    assert (np.diff(curve.astype(int)) >= 0).all()


CLIPS = (
    "car-detection.mp4",
    "one-by-one-person-detection.mp4",
    "real/motorway-bgs-video02.avi",
    "real/night-screens-rf.mp4",
)


@pytest.mark.parametrize("clip", CLIPS)
def test_pictures_of_the_day_and_of_lit_streets_reach_the_detector_as_they_are(
    data_dir: Path, clip: str
) -> None:
    contrast = Contrast()
    with closing(av.open(str(data_dir / "videos" / clip))) as source:
        # Only key frames are decoded: they are spread over the clip.
        source.streams.video[0].codec_context.skip_frame = "NONKEY"
        for number, shown in enumerate(source.decode(video=0)):
            grey: Any = shown.to_ndarray(format="gray")
            frame: Any = Picture(grey, number * EVERY)
            assert contrast.curve(frame) is None


def test_people_are_found_in_a_twentieth_of_the_light(data_dir: Path, tmp_path: Path) -> None:
    """A room on whose people the detector agrees by day; grey, and with a sensor's noise."""
    store = ModelStore(tmp_path)
    store.add(data_dir / "models" / "yolox_nano.onnx", "detector", "yolox", "coco")
    detector, rng = Detector.open(store.resolve("detector")), np.random.default_rng(1)
    day: list[bool] = []
    plain: list[bool] = []
    with_contrast: list[bool] = []
    with closing(av.open(str(data_dir / "videos" / "one-by-one-person-detection.mp4"))) as source:
        for number, shown in enumerate(source.decode(video=0)):
            if number % 45 or number > 400:
                continue
            picture: Any = shown.to_ndarray(format="bgr24")
            night = (
                8 + 0.05 * picture.mean(axis=2, keepdims=True) + rng.normal(0, 1.5, (*picture.shape[:2], 1))
            )
            dark = Painted(np.repeat(np.clip(night, 0, 255).astype(np.uint8), 3, axis=2), 0.0)
            for frames, frame in (
                (day, Painted(picture, 0.0)),
                (plain, dark),
                (with_contrast, brightened(dark)),
            ):
                found = detector.submit(*detector.prepare(frame), 0.4, 0.5).result()
                assert found.class_id is not None
                frames.append(any(detector.labels[one] == "person" for one in found.class_id))
    detector.close()
    assert sum(day) >= 5
    assert sum(with_contrast) >= 0.8 * sum(day)
    assert sum(plain) < sum(with_contrast)
