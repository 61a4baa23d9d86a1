"""What the rules of a pack cost: CPU time per look with 20 tracks, pixels included, for each pack that `init --pack`
writes, on a recording of its simulated place.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from supervision import Detections

from bench.figure import Figure, apart, rounded
from secondsight.behaviour import make_behaviours
from secondsight.cli.init import Pack, packed
from secondsight.config import SiteConfig
from secondsight.config.document import parse
from secondsight.config.environment import substitute
from secondsight.media import Stream
from secondsight.records import Frame, Observation
from secondsight.sim.city import make_world
from secondsight.sim.recording import VideoWriter

TRACKS = 20
LABELS = ("person", "car", "truck", "suitcase")
SHARES = {
    Pack.METRO: (0.85, 0.0, 0.0, 0.15),
    Pack.INDUSTRIAL: (0.8, 0.0, 0.2, 0.0),
    Pack.RETAIL: (1.0, 0.0, 0.0, 0.0),
    Pack.MOTORWAY: (0.1, 0.6, 0.3, 0.0),
}
"""Of what the tracks are, as in `LABELS`."""
REPEATS = 7
EVERY = 2
"""Every second frame of ten a second is a look."""


def measure(quick: bool) -> Figure:
    """Milliseconds per look of the pack and camera that costs most."""
    found = {pack: apart(_measure, pack, 12 if quick else 40, 1 if quick else 3) for pack in Pack}
    worst = max(found.values(), key=statistics.median)
    return Figure(
        "rules",
        f"CPU time per look of all rules of a camera with {TRACKS} tracks, in the pack where that is most",
        "ms",
        1.0,
        False,
        tuple(worst),
        {f"{pack}_ms": rounded(samples) for pack, samples in found.items()},
    )


def _measure(pack: Pack, seconds: float, rounds: int) -> list[float]:
    config = site(pack)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "v.mp4"
        record(pack, seconds, video)
        frames = list(_frames(video, config))
    looks = list(observations(pack, frames))
    return max(
        ([_cost(camera, config, looks) for _ in range(rounds)] for camera in config.cameras),
        key=statistics.median,
    )


def site(pack: Pack) -> SiteConfig:
    """The site file that `init --pack` writes, with cameras that need not be there."""
    document, _ = substitute(parse(packed(pack)[0], f"{pack}.yaml"), {})
    return SiteConfig.model_validate(document.values)


def record(pack: Pack, seconds: float, video: Path) -> None:
    """What a camera of the simulated place sees."""
    world = make_world(pack, 3, 1, seconds)
    with VideoWriter(video, 640, 360, world.frame_rate, 1_767_323_045.0) as writer:
        for index in range(world.frames):
            writer.write(world.frame(index)[0])


def _frames(video: Path, config: SiteConfig) -> Iterator[Frame]:
    from secondsight.clock import SystemClock

    camera = next(iter(config.cameras.values()))
    settings = type(camera).model_validate({"source": str(video)})
    for _, frames in Stream("bench", settings, SystemClock()):
        yield from (frame for frame in frames if frame.index % EVERY == 0)


def observations(pack: Pack, frames: list[Frame]) -> Iterator[Observation]:
    """Twenty tracks that go their ways, with the jitter of a detector; the pixels are those of the recording."""
    rng = np.random.default_rng(7)
    kinds = rng.choice(len(LABELS), TRACKS, p=SHARES[pack])
    place = rng.uniform((0.05, 0.4), (0.95, 0.95), (TRACKS, 2))
    way = rng.normal(0, 0.01, (TRACKS, 2)) * (rng.random(TRACKS) < 0.7)[:, None]
    tall = 0.05 + 0.35 * (place[:, 1] - 0.35)
    for frame in frames:
        place += way
        way[(place < (0.03, 0.4)) | (place > (0.97, 0.97))] *= -1
        wide = np.where(kinds == 0, 0.2, 0.9) * tall
        boxes = np.column_stack(
            (place[:, 0] - wide / 2, place[:, 1] - tall, place[:, 0] + wide / 2, place[:, 1])
        )
        boxes += rng.normal(0, 0.02, boxes.shape) * tall[:, None]
        found = Detections(
            xyxy=(boxes * (frame.width, frame.height, frame.width, frame.height)).astype(np.float32),
            confidence=rng.uniform(0.45, 0.95, TRACKS).astype(np.float32),
            class_id=kinds,
            tracker_id=np.arange(1, TRACKS + 1),
        )
        yield Observation("bench", 0, frame.time, frame.width, frame.height, found, LABELS, frame=frame)


def _cost(camera: str, config: SiteConfig, looks: list[Observation]) -> float:
    """Milliseconds of CPU time per look of all rules of one camera, the least of REPEATS for each look: whatever else
    runs on the core makes it longer, never shorter. The first looks, which gather, are left out.
    """
    begin = min(20, len(looks) // 3)
    least = [float("inf")] * len(looks)
    for _ in range(REPEATS):
        behaviours = make_behaviours(camera, config, "live")
        for number, look in enumerate(looks):
            before = time.thread_time_ns()
            for behaviour in behaviours:
                behaviour.update(look)
            least[number] = min(least[number], time.thread_time_ns() - before)
    return sum(least[begin:]) / 1e6 / (len(looks) - begin)
