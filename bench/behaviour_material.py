"""What behaviours are measured on: for each kind of event, recordings of the simulated city that show it and its
look-alikes; and what a perfect detector would make of them.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from supervision import Detections

from secondsight.measure.labelled import Labelled, read_folder
from secondsight.media.frame import Converter, DecodedFrame
from secondsight.records import Attribute, Observation
from secondsight.sim.city import FIRST_TEST_SEED, make_world
from secondsight.sim.make import write_city
from secondsight.truth import TrueBox, TrueFrame

KINDS: Mapping[str, tuple[str, ...]] = {
    "metro": (
        *("fall", "fight", "loitering", "wrong_way", "left_bag"),
        *("running", "crowd", "climbing", "removed_object", "tailgating"),
    ),
    "industrial": (
        *("no_helmet", "intrusion", "man_down", "no_vest", "forbidden_operation"),
        *("lone_worker", "vehicle_near_person"),
    ),
    "retail": ("take", "linger", "queue", "put_back"),
    "motorway": (
        *("fire", "smoke", "debris", "landslide", "stopped_vehicle"),
        *("wrong_way_vehicle", "jam", "pedestrian_on_road", "low_visibility"),
    ),
}
"""What is measured, by pack."""

SECONDS = 75.0
DENSITY = 4.0
SEEDS = FIRST_TEST_SEED + 700
"""The first seed of the recordings; the suites' lie below."""
TRAINING_SEEDS = 500
EVERY = 2
"""A true box is shown of every so many frames: 5 looks a second, as of the sentinel."""
LABELS = ("person", "bicycle", "car", "motorcycle", "truck", "suitcase")
"""Classes that a true box can have: those of `city-nano`."""
JITTER, MISSES, VISIBLE = 0.02, 0.05, 0.3
"""Standard deviation of each edge in sizes of the box; share of boxes not found; least share that is seen."""
WRONG = 0.1
"""Share of a true person's attributes that are wrong, before they are voted."""
HANDS = {"phoning": "phone", "smoking": "smoking"}
"""What `city-hands` calls what people do; `city-vest` and `city-helmet` say whether one is worn."""
VOTES = 5


@dataclass(frozen=True, slots=True)
class Job:
    """Recordings of one kind.

    Attributes:
        first: seed of the first; the others follow.
    """

    pack: str
    kind: str
    first: int
    count: int
    conditions: tuple[str, ...] = ()


def pack_of(kind: str) -> str:
    """The pack that shows a kind. Raises KeyError with the kinds there are."""
    for pack, kinds in KINDS.items():
        if kind in kinds:
            return pack
    raise KeyError(f"no kind is called {kind}; there are {', '.join(sum(KINDS.values(), ()))}")


def prepare(jobs: Sequence[Job], cache: Path, workers: int) -> Iterator[Path]:
    """The folder of each job, made where it is missing; one after the other, while others are being made."""
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_prepare, jobs, [cache] * len(jobs))


def _prepare(job: Job, cache: Path) -> Path:
    folder = cache / f"{job.kind}-{_fingerprint(job)}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f"{job.kind}.", suffix=".part", dir=cache))
    try:
        worlds = []
        for number in range(job.count):
            world = make_world(
                job.pack, job.first + number, 0, SECONDS, job.conditions, density=DENSITY, kinds=(job.kind,)
            )
            world.camera = f"{job.kind}-{number}"
            worlds.append(world)
        write_city(worlds, part / "city")
        (part / "city").replace(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _fingerprint(job: Job) -> str:
    """What decides the pictures: the job, and the code that draws the city."""
    import secondsight.sim

    code = hashlib.blake2b(repr((job, SECONDS, DENSITY)).encode(), digest_size=6)
    room = Path(secondsight.sim.__file__).parent
    for file in sorted(room.rglob("*.py")):
        if file.name not in ("demo.py", "site_file.py", "serve.py", "rtsp_main.py"):
            code.update(file.relative_to(room).as_posix().encode() + file.read_bytes())
    return code.hexdigest()


def recordings(folder: Path) -> list[Labelled]:
    """The recordings of a job."""
    return read_folder(folder)


def true_observations(one: Labelled) -> Iterator[Observation]:
    """What a good detector and tracker would make of a recording: true boxes with small faults, and the pixels."""
    about = one.recording
    rng, converter = np.random.default_rng(about.seed), Converter()
    labels = {thing.number: thing.label for thing in about.objects}
    votes: dict[tuple[int, str], list[str]] = {}
    with closing(av.open(str(one.video))) as source:
        for frame, picture in zip(about.frames, source.decode(video=0), strict=False):
            if frame.index % EVERY:
                continue
            shown = _found(frame, labels, rng)
            time = about.start_time + frame.time
            yield Observation(
                about.camera,
                0,
                time,
                about.width,
                about.height,
                _detections(shown, labels, rng, (about.width, about.height)),
                LABELS,
                frame=DecodedFrame(about.camera, 0, frame.index, time, picture, converter),
                attributes=_attributes(shown, labels, votes, rng),
            )


def _found(frame: TrueFrame, labels: Mapping[int, str], rng: np.random.Generator) -> list[TrueBox]:
    return [
        box
        for box in frame.boxes
        if labels[box.object] in LABELS and box.visible >= VISIBLE and rng.random() >= MISSES
    ]


def _detections(
    shown: Sequence[TrueBox], labels: Mapping[int, str], rng: np.random.Generator, size: tuple[int, int]
) -> Detections:
    boxes = np.array([one.box for one in shown], dtype=np.float64).reshape(-1, 4)
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    boxes = (boxes + rng.normal(0, JITTER, boxes.shape) * sides) * (*size, *size)
    return Detections(
        xyxy=boxes.astype(np.float32),
        confidence=np.full(len(shown), 0.8, dtype=np.float32),
        class_id=np.array([LABELS.index(labels[one.object]) for one in shown], dtype=int),
        tracker_id=np.array([one.object for one in shown], dtype=int),
    )


def _attributes(
    shown: Sequence[TrueBox],
    labels: Mapping[int, str],
    votes: dict[tuple[int, str], list[str]],
    rng: np.random.Generator,
) -> dict[int, dict[str, Attribute]]:
    """What good second-stage models would say of people, voted."""
    said = {}
    for one in shown:
        if labels[one.object] != "person":
            continue
        said[one.object] = {
            name: _voted(true, choices, votes.setdefault((one.object, name), []), rng)
            for name, true, choices in (
                ("hands", HANDS.get(one.attributes.get("action", ""), "none"), ("none", "phone", "smoking")),
                ("vest", "vest" if one.attributes.get("vest") == "yes" else "none", ("vest", "none")),
                ("helmet", "helmet" if one.attributes.get("helmet") == "yes" else "bare", ("helmet", "bare")),
            )
        }
    return said


def _voted(true: str, choices: Sequence[str], mine: list[str], rng: np.random.Generator) -> Attribute:
    """One more look's answer, now and then a wrong one, and what the last ones say together; changes `mine`."""
    mine.append(str(rng.choice(choices)) if rng.random() < WRONG else true)
    del mine[:-VOTES]
    best = max(sorted(set(mine)), key=mine.count)
    return Attribute(best, mine.count(best) / len(mine), len(mine))


def default_cache() -> Path:
    """Where recordings are kept if nothing else is said."""
    import platformdirs

    return (
        Path(os.environ.get("SECONDSIGHT_BENCH_CACHE", platformdirs.user_cache_dir("secondsight")))
        / "behaviours"
    )
