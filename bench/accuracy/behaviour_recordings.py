"""What behaviours are measured on: recordings of the simulated city that show some kinds of events and their
look-alikes, each under several conditions; and what a perfect detector would make of them.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path

import av

from secondsight.config import SiteConfig, load_site
from secondsight.ground_truth import Condition, write_truth
from secondsight.measure.running.recordings import Labelled, read_folder
from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.records import Observation
from secondsight.sim.conditions.conditions import active, apply, parse_conditions
from secondsight.sim.detections import EVERY, SimulatedDetector
from secondsight.sim.output.recording import VideoWriter
from secondsight.sim.output.site_file import site_file
from secondsight.sim.world import FIRST_TEST_SEED, make_world


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds of events that happen side by side in the same recordings: none of them is what another is labelled as.

    Attributes:
        density: events and look-alikes per minute, as many as find room.
        hard: whether it is also measured under conditions.
    """

    name: str
    pack: str
    kinds: tuple[str, ...]
    density: float
    hard: bool = True


GROUPS = (
    Group("platform", "metro", ("fall", "fight", "loitering", "wrong_way", "left_bag"), 10.0),
    Group("station", "metro", ("running", "crowd", "climbing", "removed_object", "tailgating"), 10.0),
    Group("yard", "industrial", ("no_helmet", "intrusion", "man_down"), 8.0),
    Group("work", "industrial", ("no_vest", "forbidden_operation"), 7.0),
    Group("alone", "industrial", ("man_down", "lone_worker"), 6.0),
    Group("drive", "industrial", ("vehicle_near_person",), 5.0),
    Group("shelf", "retail", ("take", "linger"), 8.0),
    Group("till", "retail", ("queue", "put_back"), 8.0),
    Group("smoke", "motorway", ("fire", "smoke", "debris", "stopped_vehicle"), 10.0),
    Group("slope", "motorway", ("landslide",), 4.0),
    Group("road", "motorway", ("wrong_way_vehicle", "jam", "pedestrian_on_road"), 8.0),
    Group("sight", "motorway", ("low_visibility",), 4.0, hard=False),
)
"""What is measured. Who lies in `yard` is found by `stillness`, in `alone` by `man_down`."""

CLEAR = "clear"
SECONDS = 120.0
SEEDS = FIRST_TEST_SEED + 1600
"""The first seed of the recordings; all below have been looked at, or belong to the suites."""
TRAINING_SEEDS = 500


@dataclass(frozen=True, slots=True)
class Job:
    """One scene of a group, filmed at once under each of some conditions: the same events under all of them."""

    group: Group
    seed: int
    conditions: tuple[str, ...] = (CLEAR,)

    @property
    def camera(self) -> str:
        """Name of its recordings."""
        return f"{self.group.name}-{self.seed}"


def prepare(jobs: Sequence[Job], cache: Path, workers: int) -> Iterator[Mapping[str, Labelled]]:
    """The recordings of each job by condition, made where they are missing; one job after the other, while others are
    being made.
    """
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_prepare, jobs, [cache] * len(jobs))


def _prepare(job: Job, cache: Path) -> dict[str, Labelled]:
    folders = {name: cache / f"{job.camera}-{name}-{_fingerprint(job)}" for name in job.conditions}
    missing = {name: folder for name, folder in folders.items() if not folder.is_dir()}
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{job.camera}.", suffix=".part", dir=cache))
        try:
            _film(job, {name: part / name for name in missing})
            for name, folder in missing.items():
                (part / name).replace(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return {name: read_folder(folder)[0] for name, folder in folders.items()}


def _film(job: Job, folders: Mapping[str, Path]) -> None:
    """Draw each frame once and put the conditions on it; those that move the picture cannot be had this way."""
    group = job.group
    world = make_world(group.pack, job.seed, 0, SECONDS, density=group.density, kinds=group.kinds)
    world.camera = job.camera
    hard = {name: _throughout(name) for name in folders}
    rate, frames = world.frame_rate / EVERY, []
    about = replace(world.truth(), frame_rate=rate)
    with ExitStack() as stack:
        writers = {}
        for name, folder in folders.items():
            folder.mkdir()
            writer = VideoWriter(folder / about.video, about.width, about.height, rate, about.start_time)
            writers[name] = stack.enter_context(writer)
        for number, index in enumerate(range(0, world.frames, EVERY)):
            image, frame, picture = world.frame(index)
            frames.append(replace(frame, index=number))
            time = index / world.frame_rate
            for name, writer in writers.items():
                strengths = active((*hard[name], *world.conditions), time)
                writer.write(apply(picture, strengths, time, world.seed) if hard[name] else image)
    for name, folder in folders.items():
        labels = replace(about, conditions=(*hard[name], *about.conditions))
        write_truth(labels, folder / f"{about.camera}.json", frames)


def _throughout(name: str) -> tuple[Condition, ...]:
    hard = () if name == CLEAR else parse_conditions([name])
    if any(one in ("shake", "low_bitrate") for one, _ in hard):
        raise ValueError(f"{name} is not put on single pictures; use `secondsight sim make`")
    return tuple(Condition(one, strength, 0.0, SECONDS) for one, strength in hard)


def _fingerprint(job: Job) -> str:
    """What decides the pictures: the job, and the code that draws the city."""
    import secondsight.sim

    code = hashlib.blake2b(repr((job.group, job.seed, SECONDS, EVERY)).encode(), digest_size=6)
    room = Path(secondsight.sim.__file__).parent
    for file in sorted(room.rglob("*.py")):
        if file.name not in ("demo.py", "site_file.py", "rtsp.py", "rtsp_server.py", "detections.py"):
            code.update(file.relative_to(room).as_posix().encode() + file.read_bytes())
    return code.hexdigest()


def site_of(labelled: Sequence[Labelled]) -> SiteConfig:
    """The site that watches recordings of one group: their pack's rules about the group's kinds, and their zones."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "site.yaml"
        file.write_text(site_file([one.recording for one in labelled]), encoding="utf-8")
        return load_site(file)


def true_observations(one: Labelled, without: Sequence[str] = ()) -> Iterator[Observation]:
    """What a good detector and tracker would make of a recording: true boxes with small faults, and the pixels.

    Args:
        without: classes that the detector does not know.
    """
    about = one.recording
    unknown = {thing.number for thing in about.objects if thing.label in without}
    detector, converter = SimulatedDetector(about), Converter()
    with closing(av.open(str(one.video))) as source:
        for frame, picture in zip(about.frames, source.decode(video=0), strict=True):
            time = about.start_time + frame.time
            seen = DecodedFrame(about.camera, 0, frame.index, time, picture, converter)
            found = [box for box in detector.found(frame) if box.object not in unknown]
            yield detector.observation(found, time, seen)


def default_cache() -> Path:
    """Where recordings are kept if nothing else is said."""
    import platformdirs

    return (
        Path(os.environ.get("SECONDSIGHT_BENCH_CACHE", platformdirs.user_cache_dir("secondsight")))
        / "behaviours"
    )
