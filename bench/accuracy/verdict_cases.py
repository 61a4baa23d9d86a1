"""Verdicts of the brain on simulated cities, by the hundred: cases without videos, and what the labels say of them.

A scene is looked at five times a second. The pack's rules watch its true boxes with a sentinel's faults
(`bench.sentinel_faults`); for each candidate the key frames are chosen as the cascade chooses them, and only these
are drawn. So a case costs a few pictures and not a video; the video's compression is left out. The brain is the real
one, with its guard; events are matched to labels as `secondsight eval` does it.
"""

import asyncio
import pickle
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bench.sentinel_faults import observations, pixel_candidates
from secondsight.behaviour import make_behaviours
from secondsight.brain import make_brain, question_sheet
from secondsight.cascade.recording.key_frames import best_view, choose_times
from secondsight.cascade.recording.track_history import Trails, box_at
from secondsight.clock import SystemClock
from secondsight.config import Brain as BrainSettings
from secondsight.config import Clips, SiteConfig, load_site
from secondsight.measure.metrics.events import Found, shown
from secondsight.measure.running.recordings import Labelled, site_for
from secondsight.media import encode_jpeg
from secondsight.records import Box, Candidate, ReviewFrame, ReviewRequest, Verification
from secondsight.sim.conditions.conditions import CONDITIONS
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import World, make_world

PACKS = ("metro", "industrial", "retail", "motorway")
FIRST = 900_000
"""First seed; neither a model nor a suite has used those from here to a million."""
SECONDS, DENSITY = 120.0, 8.0
CLEAR = 0.35
"""Share of scenes without any condition, as in training."""
_CLIPS = Clips()


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
    config, trails = site_of(world), Trails(world.duration)
    first, last = watched(world, config, trails)
    about = world.truth()
    found = [as_found(one, about.start_time) for one in last]
    jpeg = lru_cache(maxsize=64)(lambda index: encode_jpeg(world.frame(index)[0]))
    for candidate, thing in zip(first, shown(about, found), strict=True):
        if candidate.kind in about.labelled:
            frames = tuple(
                ReviewFrame(jpeg(min(round(time * world.frame_rate), world.frames - 1)), time, box)
                for time, box in key_frames(candidate, trails, about.start_time, world.duration)
            )
            truth = thing is not None and thing.resembles is None
            yield Drawn(seed, request_of(candidate, frames, about.start_time), truth)


def site_of(world: World) -> SiteConfig:
    """The pack's rules on a world's one camera."""
    with tempfile.TemporaryDirectory(prefix="secondsight-bench-") as folder:
        file = Path(folder) / "site.yaml"
        file.write_text(site_file([world.truth()]), encoding="utf-8")
        one = Labelled(world.truth(), Path(folder) / "none.mp4")
        return site_for(load_site(file), [one], Path(folder), brain=True)


def watched(world: World, config: SiteConfig, trails: Trails) -> tuple[list[Candidate], list[Candidate]]:
    """The rules' candidates as they were first reported, and in their last form."""
    about = world.truth()
    behaviours = make_behaviours(about.camera, config, "file:bench")
    first: dict[str, Candidate] = {}
    last: dict[str, Candidate] = {}
    time = about.start_time
    for seen in observations(world):
        trails.observe(seen)
        time = seen.time
        for candidate in (one for behaviour in behaviours for one in behaviour.update(seen)):
            first.setdefault(candidate.id, candidate)
            last[candidate.id] = candidate
    for candidate in (one for behaviour in behaviours for one in behaviour.close(time)):
        first.setdefault(candidate.id, candidate)
        last[candidate.id] = candidate
    for candidate in pixel_candidates(world):
        first[candidate.id] = last[candidate.id] = candidate
    return list(first.values()), [last[id] for id in first]


def key_frames(
    candidate: Candidate, trails: Trails, origin: float, duration: float
) -> Iterator[tuple[float, Box | None]]:
    """Times from the first frame, and the suspect's box, as `Tape` and `Recorder` choose them."""
    begin = max(candidate.start, candidate.triggered - _CLIPS.pre_capture) - _CLIPS.pre_capture
    begin, end = max(begin, origin), min(candidate.triggered + _CLIPS.post_capture, origin + duration)
    trail = trails.of(candidate.tracks)
    peak = best_view(candidate, trail, begin, end)
    for time in choose_times(candidate, peak, begin, end, _CLIPS.key_frames):
        yield time - origin, box_at(trail, time) if candidate.tracks else candidate.box


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


def as_found(candidate: Candidate, origin: float) -> Found:
    """A candidate as the yardstick sees it; times from `origin`."""
    triggered = candidate.triggered - origin
    return Found(
        id=candidate.id,
        kind=candidate.kind,
        start=candidate.start - origin,
        end=max((candidate.end or candidate.triggered) - origin, triggered),
        triggered=triggered,
        score=candidate.score,
        told=triggered,
        alert=True,
    )


def judged(cases: Sequence[Drawn]) -> list[Judged]:
    """Each case's verdict by `city-clip`, where it was asked and gave a probability."""
    brain = make_brain(BrainSettings(backend="clip", model="city-clip"), SystemClock())
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
