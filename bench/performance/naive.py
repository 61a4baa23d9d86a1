"""Cameras that this machine serves in real time, against the loop most people write, at the same events.

Both sides watch the same recordings with all cores as fast as they can; stream seconds over wall-clock seconds is
the number of cameras they could serve. The naive loop runs in one process per core, once with the session that the
tutorials open, once with one thread per session, which few people know to be better.

Events: what the naive loop tracked in every frame goes through the same rule, and its events are matched with ours
one to one by the time at which they began.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.common import fixtures
from bench.common.figure import Fact, Figure, apart, cores, now, rounded
from bench.common.fixtures import VIDEOS, Video
from bench.performance.naive_loop import Seen, watch
from secondsight.behaviour import make_behaviours
from secondsight.records import Observation
from secondsight.sentinel.models.labels import read_labels
from secondsight.site import Site

_TOLERANCE = 1.5
"""Seconds by which the beginnings of one event may lie apart: looks are 0.2 s apart, inertia takes three of them, and
a detector near its threshold sees the same person a few frames sooner or later."""
_TUTORIAL, _TUNED = 0, 1
_VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "in_one_process": {"processes": 1},
    "with_onnxruntime": {"runtime": "onnxruntime"},
    "at_every_look": {"idle_fps": 240.0},
    "at_2_looks_per_s": {"fps": 2.0},
    "at_whole_pictures": {"regions": False},
}
"""Settings of the sentinel that are measured beside the default ones."""

Events = dict[str, list[float]]
"""Seconds within the recording at which each camera's events began."""


@dataclass(frozen=True, slots=True)
class _Served:
    """Cameras served in real time by the wall clock, and CPU seconds per second of stream."""

    cameras: float
    cpu: float


def measure(quick: bool) -> Figure:
    """Ratio of cameras served, and how the events compare."""
    # About as many cameras as can be served: with fewer, compiling the windows' models, once for a process and for
    # good, would weigh more than it does.
    copies, share = (1, 0.05) if quick else (10, 0.2)
    expected = apart(_events)
    ours, tutorial, tuned = [], [], []
    for _ in range(1 if quick else 3):
        served, found, facts = apart(_ours, copies, {})
        ours.append(served)
        tutorial.append(_theirs(_TUTORIAL, share))
        tuned.append(_theirs(_TUNED, share))
    facts |= {
        "cameras_secondsight": rounded([served.cameras for served in ours], 1),
        "cameras_naive": rounded([served.cameras for served in tutorial], 1),
        "cameras_naive_tuned": rounded([served.cameras for served in tuned], 1),
        "ratio_by_cpu": rounded([b.cpu / a.cpu for a, b in zip(ours, tutorial, strict=True)], 2),
        "ratio_to_tuned": rounded([a.cameras / b.cameras for a, b in zip(ours, tuned, strict=True)], 2),
        "ratio_to_tuned_by_cpu": rounded([b.cpu / a.cpu for a, b in zip(ours, tuned, strict=True)], 2),
        "cpu_ms_per_stream_s": rounded([served.cpu * 1e3 for served in ours], 1),
        "cpu_ms_per_stream_s_naive": rounded([served.cpu * 1e3 for served in tutorial], 1),
        "cpu_ms_per_stream_s_tuned": rounded([served.cpu * 1e3 for served in tuned], 1),
        "events": _compare(found, expected),
    }
    for name, sentinel in {} if quick else _VARIANTS.items():
        served, found, more = apart(_ours, copies, sentinel)
        facts[name] = (
            f"{served.cameras:.1f} cameras, {served.cpu * 1e3:.1f} ms CPU per stream second, "
            f"{more['frames_per_look']} frames per look; {_compare(found, expected)}"
        )
    return Figure(
        "naive",
        "cameras served in real time, over those of the loop most people write",
        "x",
        10.0,
        True,
        tuple(a.cameras / b.cameras for a, b in zip(ours, tutorial, strict=True)),
        facts,
    )


def _ours(copies: int, sentinel: Mapping[str, Any]) -> tuple[_Served, Events, dict[str, Fact]]:
    """What one site serves with `copies` cameras on each recording, and the events of the first copy."""
    videos = {f"{video.camera}-{copy}": video for copy in range(copies) for video in VIDEOS}
    stream = sum(video.seconds for video in videos.values())
    with tempfile.TemporaryDirectory() as scratch:
        config = fixtures.site(Path(scratch), videos, **sentinel)
        with Site(config) as site:
            began = now()
            events = list(site.events(once=True))
            cost = now() - began
            cameras = site.status().cameras
    found: Events = {video.camera: [] for video in VIDEOS}
    for event in events:
        camera, copy = event.camera.rsplit("-", 1)
        start_time = config.cameras[event.camera].start_time
        if copy == "0" and start_time is not None:
            found[camera].append(event.start - start_time.timestamp())
    looks, frames = sum(c.looks for c in cameras), sum(c.frames for c in cameras)
    return (
        _Served(stream / cost.wall, cost.cpu / stream),
        found,
        {"frames": frames, "looks": looks, "frames_per_look": round(frames / looks, 2)},
    )


def _theirs(threads: int, share: float) -> _Served:
    """What the naive loop serves, in one process per core, each on the first part of every recording."""
    stream = share * sum(video.seconds for video in VIDEOS) * cores()
    with ProcessPoolExecutor(cores(), mp_context=multiprocessing.get_context("spawn")) as pool:
        # Modules are loaded before the clock starts.
        list(pool.map(_pass, [threads] * cores(), [0.001] * cores()))
        began = time.perf_counter()
        cpu = sum(pool.map(_pass, [threads] * cores(), [share] * cores()))
        wall = time.perf_counter() - began
    return _Served(stream / wall, cpu / stream)


def _pass(threads: int, share: float) -> float:
    """All recordings, one after the other; CPU seconds."""
    return sum(watch(video, _class_ids(video), threads, share)[1] for video in VIDEOS)


def _events() -> Events:
    """The events that our rules make of what the naive loop tracks in the whole recordings."""
    return {video.camera: _judge(video, watch(video, _class_ids(video), _TUNED, 1.0)[0]) for video in VIDEOS}


def _class_ids(video: Video) -> tuple[int, ...]:
    labels = read_labels("coco")
    return tuple(labels.index(name) for name in video.classes)


def _judge(video: Video, seen: list[Seen]) -> list[float]:
    labels = read_labels("coco")
    with tempfile.TemporaryDirectory() as scratch:
        config = fixtures.site(Path(scratch), {"naive": video})
    (behaviour,) = make_behaviours("naive", config, "file:naive")
    return [
        candidate.start
        for look in seen
        for candidate in behaviour.update(
            Observation("naive", 0, look.time, *look.size, look.detections, labels)
        )
        if candidate.end is None
    ]


def _compare(found: Events, expected: Events) -> str:
    """How many events are the same, and which are not."""
    matched, others = 0, []
    for camera, theirs in expected.items():
        left = sorted(found.get(camera, []))
        for start in sorted(theirs):
            near = min(left, key=lambda other: abs(other - start), default=None)
            if near is not None and abs(near - start) <= _TOLERANCE:
                left.remove(near)
                matched += 1
            else:
                others.append(f"only naive: {camera} at {start:.1f} s")
        others += [f"only SecondSight: {camera} at {start:.1f} s" for start in left]
    total = sum(map(len, expected.values()))
    return "; ".join([f"{matched} of {total} the same", *others])
