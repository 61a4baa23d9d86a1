"""The real clips that `python -m bench real` watches: their labels, and what can be made of their pictures.

The labels lie in the folder `real` beside this file; the clips stay where `SECONDSIGHT_TEST_DATA` says.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from numpy.typing import NDArray

from bench.common import fixtures
from secondsight.ground_truth import read_truth
from secondsight.measure.running.recordings import Labelled
from secondsight.sim.output.recording import VideoWriter

LABELS = Path(__file__).with_name("real")
RATE = 5.0
"""Pictures a second of what is made of a clip: as many as are looked at."""
LONG_SIDE = 640
PERIOD = 8.0
"""Seconds of a swing of light."""

Picture: TypeAlias = NDArray[np.uint8]
Change: TypeAlias = Callable[[Picture, float, np.random.Generator], Picture]
"""Makes another picture of one, given its seconds from the first."""


def clips(names: Sequence[str] = ()) -> list[Labelled]:
    """The labelled clips that are there, or those of them whose name begins with one of `names`."""
    found = []
    for file in sorted(LABELS.glob("*.json")):
        recording = read_truth(file)
        video = fixtures.folder() / "videos" / recording.video
        if video.is_file() and (not names or recording.camera.startswith(tuple(names))):
            found.append(Labelled(recording, video))
    return found


def exposure(picture: Picture, time: float, rng: np.random.Generator) -> Picture:
    """Auto exposure swings by a quarter."""
    return _scaled(picture, np.full(3, 1 + 0.25 * math.sin(2 * math.pi * time / PERIOD)))


def white_balance(picture: Picture, time: float, rng: np.random.Generator) -> Picture:
    """Red and blue swing against each other by 15 %."""
    swing = 0.15 * math.sin(2 * math.pi * time / PERIOD)
    return _scaled(picture, np.array((1 - swing, 1.0, 1 + swing)))


def shake(picture: Picture, time: float, rng: np.random.Generator) -> Picture:
    """The mast shakes: every picture is off by up to 1 % of its width, whatever lies beyond its edge repeated."""
    import cv2

    rows, columns = picture.shape[:2]
    x, y = rng.uniform(-0.01, 0.01, 2) * columns
    moved = cv2.warpAffine(
        picture, np.array(((1, 0, x), (0, 1, y))), (columns, rows), borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.uint8)


def noise(picture: Picture, time: float, rng: np.random.Generator) -> Picture:
    """The sensor's noise of a dim evening."""
    return np.clip(picture + rng.normal(0, 8, picture.shape), 0, 255).astype(np.uint8)


def cuts(picture: Picture, time: float, rng: np.random.Generator) -> Picture:
    """Every 10 s the camera turns to another view: here its mirror image, and back."""
    return np.ascontiguousarray(picture[:, ::-1]) if int(time / 10) % 2 else picture


CHANGES: Mapping[str, Change] = {one.__name__: one for one in (exposure, white_balance, shake, noise, cuts)}


def _scaled(picture: Picture, gains: NDArray[np.float64]) -> Picture:
    return np.clip(picture * gains, 0, 255).astype(np.uint8)


def made(clip: Labelled, folder: Path, seconds: float, change: Change | None) -> Labelled:
    """A clip played forth and back, so that nothing jumps, until it has lasted for `seconds`; no shorter than it is.

    What happens in it lasts as long as it does. The pictures are encoded anew.
    """
    pictures = list(_pictures(clip))
    about, rng = clip.recording, np.random.default_rng(5)
    count = max(round(seconds * RATE), len(pictures))
    rows, columns = pictures[0].shape[:2]
    video = folder / f"{about.camera}.mp4"
    with VideoWriter(video, columns, rows, RATE, about.start_time) as writer:
        for number in range(count):
            lap, place = divmod(number, len(pictures))
            picture = pictures[place if lap % 2 == 0 else -1 - place]
            writer.write(change(picture, number / RATE, rng) if change else picture)
    events = tuple(replace(event, end=count / RATE) for event in about.events)
    return Labelled(
        replace(
            about,
            video=video.name,
            width=columns,
            height=rows,
            frame_rate=RATE,
            duration=count / RATE,
            events=events,
        ),
        video,
    )


def _pictures(clip: Labelled) -> Iterator[Picture]:
    """A clip's pictures at `RATE`, no larger than `LONG_SIDE`, of even sides."""
    due = 0.0
    with closing(av.open(str(clip.video))) as source:
        for number, frame in enumerate(source.decode(video=0)):
            time = frame.time if frame.time is not None else number / clip.recording.frame_rate
            if time + 1e-6 < due:
                continue
            due += 1 / RATE
            scale = min(1.0, LONG_SIDE / max(frame.width, frame.height))
            columns, rows = (round(side * scale / 2) * 2 for side in (frame.width, frame.height))
            shown = frame.reformat(width=columns, height=rows, format="bgr24")
            yield np.asarray(shown.to_ndarray(), dtype=np.uint8)
