"""What the rules of a pack cost: CPU time per look with 20 tracks, pixels included, for each pack that `init --pack`
writes, on a recording of its simulated place.

Everybody and everything that the recording shows and a detector knows is among the tracks, so that what changes in
the picture is explained by them as at a real camera; smoke, fog and whatever falls off a truck is not. As that is
fewer than twenty, others are made up who go their ways through the picture without being seen in it. The rules get no
answers of second-stage models. Time is that of the whole process, so that no thread's is left out.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from supervision import Detections

from bench.common.figure import Fact, Figure, apart, rounded
from secondsight.behaviour import make_behaviours
from secondsight.cli.init import Pack, packed
from secondsight.config import SiteConfig
from secondsight.config.reading.environment import substitute
from secondsight.config.reading.renamed_keys import KeyUpdate
from secondsight.config.reading.yaml_document import parse
from secondsight.media import Stream
from secondsight.records import Frame, Observation
from secondsight.sim.output.recording import VideoWriter
from secondsight.sim.world import make_world

TRACKS = 20
LABELS = ("person", "car", "truck", "suitcase", "bicycle", "motorcycle")
SHARES = {
    Pack.METRO: (0.85, 0.0, 0.0, 0.15, 0.0, 0.0),
    Pack.INDUSTRIAL: (0.8, 0.0, 0.2, 0.0, 0.0, 0.0),
    Pack.RETAIL: (1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    Pack.MOTORWAY: (0.1, 0.6, 0.3, 0.0, 0.0, 0.0),
}
"""Of what those are who are made up, as in `LABELS`."""
LEAST_VISIBLE = 0.3
"""Share of an object that must be seen for a detector to find it."""
JITTER = 0.02
"""Standard deviation of each edge of a box, in its sizes."""
REPEATS, ROUNDS = 7, 3
EVERY = 2
"""Every second frame of ten a second is a look."""

Costs = Mapping[str, NDArray[np.float64]]
"""Of each camera, milliseconds of each look."""


def measure(quick: bool) -> Figure:
    """Milliseconds per look of the pack and camera that costs most.

    Rounds lie some forty seconds apart, as bad minutes of a shared host last longer than the repeats within one.
    """
    rounds: dict[Pack, list[Costs]] = {pack: [] for pack in Pack}
    for _ in range(1 if quick else ROUNDS):
        for pack, found in rounds.items():
            found.append(apart(_measure, pack, 12 if quick else 40))
    costs = {pack: _worst(found) for pack, found in rounds.items()}
    facts: dict[str, Fact] = {f"{pack}_ms": round(cost, 3) for pack, cost in costs.items()}
    facts |= {
        f"{pack}_rounds_ms": rounded([_worst([one]) for one in found]) for pack, found in rounds.items()
    }
    return Figure(
        "rules",
        f"CPU time per look of all rules of a camera with {TRACKS} tracks, in the pack where that is most",
        "ms",
        1.0,
        False,
        (max(costs.values()),),
        facts,
    )


def _worst(rounds: Sequence[Costs]) -> float:
    """Milliseconds per look of the camera that costs most, by the least of all rounds for each look."""
    return max(float(np.minimum.reduce([costs[camera] for costs in rounds]).mean()) for camera in rounds[0])


def _measure(pack: Pack, seconds: float) -> Costs:
    config = site(pack)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "v.mp4"
        shown = record(pack, seconds, video)
        frames = list(_frames(video, config))
    looks = list(observations(pack, frames, shown))
    return {camera: _cost(camera, config, looks) for camera in config.cameras}


def site(pack: Pack) -> SiteConfig:
    """The site file that `init --pack` writes, with cameras that need not be there."""
    document, _ = substitute(parse(packed(pack)[0], f"{pack}.yaml"), {})
    return SiteConfig.model_validate(KeyUpdate(document).document.values)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a frame shows that a detector knows: relative boxes (n, 4), classes and numbers of the objects (n,)."""

    boxes: NDArray[np.float64]
    classes: NDArray[np.intp]
    numbers: NDArray[np.intp]


def record(pack: Pack, seconds: float, video: Path) -> list[Shown]:
    """Film what a camera of the simulated place sees; returns what is true of each frame."""
    world = make_world(pack, 3, 1, seconds)
    labels = {actor.number: actor.label for actor in world.actors}
    shown = []
    with VideoWriter(video, 640, 360, world.frame_rate, 1_767_323_045.0) as writer:
        for index in range(world.frames):
            picture, truth, _ = world.frame(index)
            writer.write(picture)
            known = [
                one for one in truth.boxes if one.visible >= LEAST_VISIBLE and labels[one.object] in LABELS
            ]
            boxes = np.array([one.box for one in known], dtype=np.float64).reshape(-1, 4)
            classes = np.array([LABELS.index(labels[one.object]) for one in known], dtype=np.intp)
            shown.append(Shown(boxes, classes, np.array([one.object for one in known], dtype=np.intp)))
    return shown


def _frames(video: Path, config: SiteConfig) -> Iterator[Frame]:
    from secondsight.clock import SystemClock

    camera = next(iter(config.cameras.values()))
    settings = type(camera).model_validate({"source": str(video)})
    for _, frames in Stream("bench", settings, SystemClock()):
        yield from (frame for frame in frames if frame.index % EVERY == 0)


def observations(pack: Pack, frames: list[Frame], shown: list[Shown]) -> Iterator[Observation]:
    """Twenty tracks, with the jitter of a detector: those whom the recording shows, the others are made up."""
    rng = np.random.default_rng(7)
    kinds = rng.choice(len(LABELS), TRACKS, p=SHARES[pack])
    place = rng.uniform((0.05, 0.4), (0.95, 0.95), (TRACKS, 2))
    way = rng.normal(0, 0.01, (TRACKS, 2)) * (rng.random(TRACKS) < 0.7)[:, None]
    tall = 0.05 + 0.35 * (place[:, 1] - 0.35)
    wide = np.where(kinds == 0, 0.2, 0.9) * tall
    for frame in frames:
        place += way
        way[(place < (0.03, 0.4)) | (place > (0.97, 0.97))] *= -1
        x, y = place.T
        others = np.column_stack((x - wide / 2, y - tall, x + wide / 2, y))
        seen = shown[frame.index]
        boxes = np.concatenate((seen.boxes, others))[:TRACKS]
        sizes = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        boxes = boxes + rng.normal(0, JITTER, boxes.shape) * sizes
        found = Detections(
            xyxy=(boxes * (frame.width, frame.height, frame.width, frame.height)).astype(np.float32),
            confidence=rng.uniform(0.45, 0.95, TRACKS).astype(np.float32),
            class_id=np.concatenate((seen.classes, kinds))[:TRACKS],
            tracker_id=np.concatenate((seen.numbers, 10_000 + np.arange(TRACKS)))[:TRACKS],
        )
        yield Observation("bench", 0, frame.time, frame.width, frame.height, found, LABELS, frame=frame)


def _cost(camera: str, config: SiteConfig, looks: list[Observation]) -> NDArray[np.float64]:
    """Milliseconds of CPU time of each look of all rules of one camera, the least of REPEATS: whatever else runs on
    the core makes it longer, never shorter. The first looks, which gather, are left out.
    """
    begin = min(20, len(looks) // 3)
    least = np.full(len(looks), np.inf)
    for _ in range(REPEATS):
        behaviours = make_behaviours(camera, config, "live")
        for number, look in enumerate(looks):
            before = time.process_time_ns()
            for behaviour in behaviours:
                behaviour.update(look)
            least[number] = min(least[number], (time.process_time_ns() - before) / 1e6)
    return least[begin:]
