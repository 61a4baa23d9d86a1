"""What a further camera costs in memory, with the ten seconds of its past that it holds."""

import tempfile
import time
from pathlib import Path

from bench.common import fixtures
from bench.common.figure import Figure, apart, rounded
from bench.common.fixtures import CARS, ROOM
from secondsight.site import Site

_FEW, _MANY = 2, 10


def measure(quick: bool) -> Figure:
    """Growth of resident memory from a site with two cameras to one with ten, per camera, in separate processes."""
    rounds, seconds = (1, 15.0) if quick else (3, 25.0)
    few = [apart(_resident, _FEW, seconds) for _ in range(rounds)]
    many = [apart(_resident, _MANY, seconds) for _ in range(rounds)]
    return Figure(
        "memory",
        "resident memory per further 768x432 camera with its ring of 10 s",
        "MB",
        40.0,
        False,
        tuple((b - a) / (_MANY - _FEW) for a, b in zip(few, many, strict=True)),
        {f"rss_{_FEW}_cameras_mb": rounded(few, 1), f"rss_{_MANY}_cameras_mb": rounded(many, 1)},
    )


def _resident(cameras: int, seconds: float) -> float:
    """MB of resident memory, the most over the second half of the run."""
    import psutil

    videos = {f"camera-{number}": (ROOM, CARS)[number % 2] for number in range(cameras)}
    with tempfile.TemporaryDirectory() as scratch:
        config = fixtures.site(Path(scratch), videos, camera={"pace": "realtime", "loop": True})
        with Site(config) as site:
            site.start()
            process = psutil.Process()
            samples: list[float] = []
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                time.sleep(0.5)
                samples.append(process.memory_info().rss / 1e6)
    return max(samples[len(samples) // 2 :])
