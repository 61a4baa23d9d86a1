"""Verdicts of the brain on simulated cities, by the hundred: cases without videos, and what the labels say of them.

A scene is looked at five times a second. The pack's rules watch its true boxes with a sentinel's faults
(`secondsight.sim.detections`); for each candidate the key frames are chosen as the cascade chooses them, and only
these are drawn. So a case costs a few pictures and not a video; the video's compression is left out. The brain is the
real one, with its guard; events are matched to labels as `secondsight eval` does it.
"""

import asyncio
import pickle
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from secondsight.brain import make_reviewer, question_sheet
from secondsight.cascade.recording.track_history import TrackHistory
from secondsight.clock import SystemClock
from secondsight.config import ClipBrainSettings
from secondsight.measure.metrics.events import shown
from secondsight.measure.running.cases import as_found, key_frames, site_of, watched
from secondsight.media import encode_jpeg
from secondsight.records import Candidate, ReviewFrame, ReviewRequest, Verification
from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.world import make_world

PACKS = ("metro", "industrial", "retail", "motorway")
FIRST = 900_000
"""First seed; neither a model nor a suite has used those from here to a million."""
SECONDS, DENSITY = 120.0, 8.0
CLEAR = 0.35
"""Share of scenes without any condition, as in training."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One case.

    Attributes:
        scene: seed of its city.
        truth: whether the labels confirm it.
    """

    scene: int
    request: ReviewRequest
    truth: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict of the brain and what the labels say.

    Attributes:
        raw: the model's own probability.
        told: whether people would be told, by the model's own word.
    """

    scene: int
    kind: str
    model: str
    source: str
    raw: float
    told: bool
    truth: bool


def weather(rng: random.Random) -> tuple[str, ...]:
    """None, one or two conditions, such as `rain:0.40`."""
    if rng.random() < CLEAR:
        return ()
    names = rng.sample(CONDITIONS, rng.choice((1, 1, 2)))
    return tuple(f"{name}:{rng.uniform(0.2, 0.9):.2f}" for name in names)


def cases_of(pack: str, seeds: Sequence[int], keep: Path | None = None) -> Iterator[list[Drawn]]:
    """The cases of each scene.

    Args:
        keep: folder where drawn cases are kept, and taken from if they are there: drawing takes far longer than
            asking. Whoever changes the city or the rules must empty it.
    """
    for seed in seeds:
        file = keep / f"{pack}-{seed}.pickle" if keep else None
        if file is not None and file.exists():
            yield pickle.loads(file.read_bytes())
            continue
        drawn = list(draw(pack, seed))
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(pickle.dumps(drawn))
        print(f"{pack} {seed}: {len(drawn)} cases", file=sys.stderr, flush=True)
        yield drawn


def draw(pack: str, seed: int) -> Iterator[Drawn]:
    """The cases of one scene."""
    rng = random.Random(f"{pack} {seed} cases")
    world = make_world(pack, seed, 0, SECONDS, weather(rng), density=DENSITY)
    config, history = site_of(world), TrackHistory(world.duration)
    first, last = watched(world, config, history)
    about = world.truth()
    found = [as_found(one, about.start_time) for one in last]
    jpeg = lru_cache(maxsize=64)(lambda index: encode_jpeg(world.frame(index)[0]))
    for candidate, thing in zip(first, shown(about, found), strict=True):
        if candidate.kind in about.labelled:
            frames = tuple(
                ReviewFrame(jpeg(min(round(time * world.frame_rate), world.frames - 1)), time, box)
                for time, box in key_frames(candidate, history, about.start_time, world.duration)
            )
            truth = thing is not None and thing.resembles is None
            yield Drawn(seed, request_of(candidate, frames, about.start_time), truth)


def request_of(candidate: Candidate, frames: tuple[ReviewFrame, ...], origin: float) -> ReviewRequest:
    """What `Requests.make` makes of a case; times from `origin`."""
    sheet = question_sheet(candidate.kind, "en")
    return ReviewRequest(
        case_id=candidate.id,
        kind=candidate.kind,
        camera="",
        label=candidate.label,
        zone=candidate.zone,
        start=candidate.start - origin,
        triggered=candidate.triggered - origin,
        frames=frames,
        questions=sheet.questions,
        sheet=sheet.version,
        source=candidate.camera,
    )


def judged(cases: Sequence[Drawn]) -> list[Judged]:
    """Each case's verdict by `city-clip`, where it was asked and gave a probability."""
    brain = make_reviewer(ClipBrainSettings(model="city-clip"), SystemClock())
    assert brain is not None

    async def ask() -> list[Judged]:
        some = []
        for case in cases:
            verdict = await brain.review(case.request)
            if verdict.raw is not None and verdict.usage.calls:
                told = verdict.verification is not Verification.REJECTED
                kind, source = case.request.kind, verdict.probability_source
                some.append(Judged(case.scene, kind, verdict.model, source, verdict.raw, told, case.truth))
        return some

    return asyncio.run(ask())
