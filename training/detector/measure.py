"""Measures the embedded sentinel on test seeds of the city, condition by condition, and writes its card.

The model runs as on a site: opened by name from the model store, on pictures such as a decoder gives.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from supervision import Detections

from secondsight.ground_truth import Recording, TrueBox, TrueFrame
from secondsight.measure.metrics.detection import AveragePrecision, average_precision, true_detections
from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.sentinel import Detector, ModelStore
from secondsight.sentinel.models.lockfile import InstalledModel
from secondsight.sentinel.runtime.opening import describe
from secondsight.sim.world import FIRST_TEST_SEED, make_world
from training.detector.frames import HEIGHT, NAME, PACKS, VISIBLE

CAMERAS = 4
"""Of each pack."""
QUICK = 12
"""Frames of the first camera of each pack, in the row that a test measures again."""
THRESHOLD, IOU = 0.02, 0.5
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Condition:
    """What makes seeing hard: conditions of the city, and how much of an object must at least and at most be seen."""

    name: str
    weather: tuple[str, ...] = ()
    visible: tuple[float, float] = (VISIBLE, 1.0)


CONDITIONS = (
    Condition("clear"),
    Condition("night", ("night:0.6",)),
    Condition("fog", ("fog:0.6",)),
    Condition("rain", ("rain:0.6",)),
    Condition("occlusion", visible=(0.1, 0.5)),
)


def measure(
    detector: Detector, condition: Condition, frames: int, cameras: int = CAMERAS
) -> AveragePrecision:
    """AP over `frames` frames of each of the first `cameras` cameras of each pack; the same frames each time.

    What is seen less or more than the condition asks, or is lower than `HEIGHT` pixels, counts neither way.
    """
    converter = Converter()
    found, true = [], []
    for bgr, frame, about in _frames(condition, frames, cameras):
        picture = av.VideoFrame.from_ndarray(bgr, format="bgr24").reformat(format="yuv420p")
        tensor, letterbox = detector.prepare(DecodedFrame("city", 0, frame.index, 0.0, picture, converter))
        found.append(detector.submit(tensor, letterbox, THRESHOLD, IOU).result())
        true.append(_true(about, frame, condition, detector.labels))
    return average_precision(found, true, detector.labels)


def _frames(
    condition: Condition, count: int, cameras: int
) -> Iterator[tuple[NDArray[np.uint8], TrueFrame, Recording]]:
    for pack in PACKS:
        for camera in range(cameras):
            world = make_world(pack, FIRST_TEST_SEED + camera, camera, SECONDS, condition.weather)
            about = world.truth()
            for moment in np.linspace(50, SECONDS * 10 - 1, count).astype(int):
                bgr, frame, _ = world.frame(int(moment))
                yield bgr, frame, about


def _true(about: Recording, frame: TrueFrame, condition: Condition, labels: tuple[str, ...]) -> Detections:
    true = true_detections(about, frame, labels, min_visible=0.0)
    if true.tracker_id is None:
        return true
    boxes = {box.object: box for box in frame.boxes}
    judged = [_judged(boxes[int(number)], about.height, condition) for number in true.tracker_id]
    true.data["ignore"] = 1 - np.array(judged, int)
    return true


def _judged(box: TrueBox, height: int, condition: Condition) -> bool:
    low, high = condition.visible
    return low <= box.visible <= high and (box.box.y2 - box.box.y1) * height >= HEIGHT


def row(name: str, result: AveragePrecision) -> str:
    """A line of the card's table."""
    figures = (result.ap50, result.ap, result.small, result.medium, result.large)
    return f"| {name} | " + " | ".join("-" if value is None else f"{value:.3f}" for value in figures) + " |"


def classes(name: str, result: AveragePrecision, labels: Sequence[str]) -> str:
    """A line of the card's table of classes."""
    figures = (f"{result.classes[label]:.3f}" if label in result.classes else "-" for label in labels)
    return f"| {name} | " + " | ".join(figures) + " |"


def main(arguments: list[str]) -> int:
    """Print the tables; with `--card`, write them into the model's card."""
    parser = argparse.ArgumentParser(prog="python -m training measure_detector", description=__doc__)
    parser.add_argument("--models", type=Path, help="folder with another model of this name")
    parser.add_argument("--frames", type=int, default=10, help="of each camera; default: %(default)s")
    parser.add_argument("--card", action="store_true", help=f"write {NAME}.md beside the model")
    options = parser.parse_args(arguments)
    model = ModelStore(options.models).resolve(NAME)
    detector = Detector.open(model)
    rows, kinds = [], []
    for condition in CONDITIONS:
        result = measure(detector, condition, options.frames)
        rows.append(row(condition.name, result))
        kinds.append(classes(condition.name, result, model.labels))
        print(rows[-1], kinds[-1], flush=True)
    rows.append(row("quick", measure(detector, CONDITIONS[0], QUICK, 1)))
    print(rows[-1])
    detector.close()
    if options.card:
        model.path.with_suffix(".md").write_text(_card(model, rows, kinds, options.frames), encoding="utf-8")
    return 0


def _card(model: InstalledModel, rows: Sequence[str], kinds: Sequence[str], frames: int) -> str:
    facts = describe(model.path).metadata
    text = (Path(__file__).parent / "city-nano.template.md").read_text(encoding="utf-8")
    return text.format(
        labels=", ".join(model.labels),
        columns=" | ".join(model.labels),
        rules="|".join("---" for _ in model.labels),
        megabytes=f"{model.bytes / 1e6:.2f}",
        sha256=model.sha256,
        seed=facts.get("seed", "?"),
        steps=facts.get("steps", "?"),
        budget=facts.get("budget", "?"),
        frames=frames,
        cameras=CAMERAS,
        quick=QUICK,
        rows="\n".join(rows),
        kinds="\n".join(kinds),
    )
