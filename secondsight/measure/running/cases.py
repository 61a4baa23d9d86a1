"""Cases of a simulated world without a video: what the rules report on true boxes with a sentinel's faults.

For each candidate the key frames are chosen as the cascade chooses them; who needs their pictures draws only these.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from secondsight.behaviour import make_behaviours
from secondsight.cascade import TrackHistory, best_view, choose_times, hull_at
from secondsight.config import ClipsSettings, SiteConfig, load_site
from secondsight.measure.metrics.events import Found
from secondsight.measure.running.recordings import Labelled, site_for
from secondsight.records import Box, Candidate
from secondsight.sim import World, observations, pixel_candidates, site_file

_CLIPS = ClipsSettings()


def site_of(world: World) -> SiteConfig:
    """The pack's rules on a world's one camera."""
    with tempfile.TemporaryDirectory(prefix="secondsight-cases-") as folder:
        file = Path(folder) / "site.yaml"
        file.write_text(site_file([world.truth()]), encoding="utf-8")
        one = Labelled(world.truth(), Path(folder) / "none.mp4")
        return site_for(load_site(file), [one], Path(folder), brain=True)


def watched(
    world: World, config: SiteConfig, history: TrackHistory
) -> tuple[list[Candidate], list[Candidate]]:
    """The rules' candidates as they were first reported, and in their last form."""
    about = world.truth()
    behaviours = make_behaviours(about.camera, config, "file:bench")
    first: dict[str, Candidate] = {}
    last: dict[str, Candidate] = {}
    time = about.start_time
    for seen in observations(world):
        history.observe(seen)
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
    candidate: Candidate, history: TrackHistory, origin: float, duration: float
) -> Iterator[tuple[float, Box | None]]:
    """Times from the first frame, and the suspect's box, as `Tape` and `Recorder` choose them."""
    begin = max(candidate.start, candidate.triggered - _CLIPS.pre_capture) - _CLIPS.pre_capture
    begin, end = max(begin, origin), min(candidate.triggered + _CLIPS.post_capture, origin + duration)
    paths = history.of(candidate.tracks)
    peak = best_view(candidate, paths, begin, end)
    for time in choose_times(candidate, peak, begin, end, _CLIPS.key_frames):
        yield time - origin, hull_at(paths, time) if candidate.tracks else candidate.box


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
