"""A day, simulated: one hour of stream in a loop at top speed. What grows in an hour of this would grow for ever."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.common import fixtures
from bench.common.figure import Figure, apart, rounded
from bench.common.fixtures import ROOM
from secondsight.site import Site


@dataclass(frozen=True, slots=True)
class _Sample:
    """What the process holds at one moment of the stream. Sizes in MB."""

    minute: float
    rss: float
    threads: int
    files: int
    database: float


def measure(quick: bool) -> Figure:
    """Growth of resident memory from after the first tenth to the end, as a share."""
    minutes = 10.0 if quick else 60.0
    samples, events = apart(_soak, minutes)
    tenth = max(2, len(samples) // 10)
    early, late = samples[tenth : 2 * tenth], samples[-tenth:]
    growth = median(s.rss for s in late) / median(s.rss for s in early) - 1
    shown = samples[:: max(1, len(samples) // 12)]
    return Figure(
        "soak",
        f"growth of resident memory over {minutes:g} min of looped stream, after a tenth of warm-up",
        "",
        0.05,
        False,
        (growth,),
        {
            "minutes": rounded([s.minute for s in shown], 1),
            "rss_mb": rounded([s.rss for s in shown], 1),
            "threads": [float(s.threads) for s in shown],
            "open_files": [float(s.files) for s in shown],
            "database_mb": rounded([s.database for s in shown], 2),
            "events": events,
        },
    )


def _soak(minutes: float) -> tuple[list[_Sample], int]:
    import psutil

    process, events = psutil.Process(), 0
    samples: list[_Sample] = []
    with tempfile.TemporaryDirectory() as scratch:
        config = fixtures.site(Path(scratch), {"room": ROOM}, camera={"loop": True})
        rate = ROOM.frames / ROOM.seconds * 60

        with Site(config) as site:

            def sample() -> None:
                minute = site.status().cameras[0].frames / rate
                if minute >= (samples[-1].minute if samples else 0.0) + minutes / 60:
                    database = sum(f.stat().st_size for f in config.data.glob("secondsight.db*")) / 1e6
                    rss = process.memory_info().rss / 1e6
                    files, threads = process.num_fds(), process.num_threads()
                    samples.append(_Sample(minute, rss, threads, files, database))
                if minute >= minutes:
                    site.request_stop()

            for _ in site.events(poll=0.1, idle=sample):
                events += 1
    return samples, events
