"""Candidates of a made-up site, with what the brain says of them: numbers alone, no pictures.

Each camera has true events and some sources of false ones: a reflection in the evening, a door that moves, a
passer-by at the edge of the zone. Each source has numbers of its own, days differ in how strong they are, and the
brain errs in one of a thousand. A student can tell some of it apart from the numbers, and never all.
"""

from dataclasses import dataclass

import numpy as np

from secondsight.learn import Example
from secondsight.records import Candidate, TrackId

DAY = 86400.0
START = 1_767_225_600.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where candidates come from.

    Attributes:
        per_day: on each camera. hour: when, and how far around it. score, dwell, speed: of its candidates.
    """

    name: str
    true: bool
    per_day: float
    hour: tuple[float, float]
    score: float
    dwell: float
    speed: float


SOURCES = (
    Source("event", True, 1.0, (12, 6), 0.70, 6.0, 1.1),
    Source("reflection", False, 6.0, (18, 1), 0.45, 1.5, 0.2),
    Source("door", False, 4.0, (9, 2), 0.50, 2.5, 0.5),
    Source("passer-by", False, 5.0, (13, 5), 0.62, 3.5, 1.2),
)


def simulated_candidates(seed: int, days: int, cameras: int = 4, kind: str = "intrusion") -> list[Example]:
    """What a site logs in some days, in the order of time."""
    rng = np.random.default_rng(seed)
    found = []
    for day in range(days):
        for camera in range(cameras):
            weather = rng.normal(0, 0.05)
            for source in SOURCES:
                busy = rng.gamma(2, 0.5)
                for number in range(rng.poisson(source.per_day * busy)):
                    found.append(_example(rng, kind, day, f"camera-{camera}", source, number, weather))
    return sorted(found, key=lambda one: one.candidate.start)


def _example(
    rng: np.random.Generator, kind: str, day: int, camera: str, source: Source, number: int, weather: float
) -> Example:
    hour = float(np.clip(rng.normal(*source.hour), 0, 23.99))
    start = START + day * DAY + hour * 3600
    dwell = float(source.dwell * rng.lognormal(0, 0.5))
    score = float(np.clip(source.score + weather + rng.normal(0, 0.12), 0, 1))
    candidate = Candidate(
        id=f"{camera}-{day}-{source.name}-{number}",
        camera=camera,
        epoch=0,
        rule="r",
        kind=kind,
        start=start,
        triggered=start + dwell,
        peak=start + dwell,
        score=score,
        tracks=(TrackId(camera, 0, number),),
        label="person",
        scores={"dwell": dwell, "speed": float(source.speed * rng.lognormal(0, 0.4))},
    )
    logit = (4.0 if source.true else -4.0) + rng.normal(0, 1.3)
    target = float(1 / (1 + np.exp(-logit)))
    return Example(candidate, target, true=target >= 0.5)
