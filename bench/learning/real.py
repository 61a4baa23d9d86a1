"""`python -m bench learn_real`: a published YOLOX-Nano learns two real cameras from stronger detectors.

Samples, labels by a teacher, dataset, training and bundle are the product's. The model learns from the first part of
each film; what it finds in the rest, before and after, is counted against the same teacher, which is no ground truth.
A run that was stopped goes on where it was.
"""

import argparse
import itertools
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np

from bench.common import fixtures
from secondsight import log
from secondsight.clock import SystemClock
from secondsight.config import SiteConfig, make_site
from secondsight.learn import (
    Bundle,
    JobStatus,
    LabelledBox,
    LearnCatalogue,
    SampleReason,
    Split,
    TeacherLabeller,
    build_dataset,
    new_job,
    production,
    unfinished,
)
from secondsight.learn.datasets.splits import split_of
from secondsight.learn.jobs.spec import job_folder, write_status
from secondsight.learn.jobs.train_detector import train_candidate
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.promote.bundles import opened
from secondsight.learn.promote.scoring import score_picture
from secondsight.learn.samples.drawing import Draw
from secondsight.learn.samples.sampler import keep_sample
from secondsight.media import encode_jpeg
from secondsight.sentinel import Detector, ModelStore

DAY = 86400.0
THRESHOLD = 0.25
VEHICLES = {"truck": "car", "bus": "car"}
"""A car from above is often called one of these: it counts as found all the same."""


@dataclass(frozen=True, slots=True)
class Film:
    """A real film and its teacher.

    Attributes:
        teacher: name of its file. labels: its classes in the sentinel's words.
        sure: confidence from which its boxes are taken.
        fps: pictures a second that are learned from. judged: that are looked at in the rest.
        share: of the film, from its beginning, that is learned from.
        gap: seconds after that part that nobody looks at, so that no picture has its twin on the other side.
    """

    camera: str
    video: str
    teacher: str
    labels: str
    sure: float
    fps: float = 2.0
    judged: float = 8.0
    share: float = 0.6
    gap: float = 1.0


FILMS = (
    Film(
        camera="cars",
        video="car-detection.mp4",
        teacher="person-vehicle-bike-detection-crossroad-0078",
        labels="background,person,car,bicycle",
        sure=0.8,
    ),
    Film(
        camera="room",
        video="one-by-one-person-detection.mp4",
        teacher="person-detection-retail-0013",
        labels="background,person",
        sure=0.5,
    ),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One look at a film: seconds from its beginning, and whether it may be learned from."""

    time: float
    jpeg: bytes
    size: tuple[int, int]
    learned: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a model finds of what the teacher does.

    Attributes:
        true: boxes of the teacher. found: of them. false: boxes that the teacher has not.
        pictures: in which the teacher saw something; seen: of them, those in which the model did.
        others: boxes of classes that the teacher does not know.
    """

    true: int
    found: int
    false: int
    pictures: int
    seen: int
    others: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Learn, and print a table. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench learn_real", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/learn-real"))
    parser.add_argument("--steps", type=int, default=240, help="batches of eight pictures")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    log.configure("error", "text")
    os.nice(15)
    config = _site(options.out.resolve())
    with LearnCatalogue(config.data, make=True) as catalogue:
        first = production(catalogue, config, SystemClock())
        if not catalogue.datasets():
            _keep(catalogue, config, first)
            build_dataset(catalogue, config.learn, SystemClock())
        trained = _train(catalogue, config, first, options.steps, options.threads)
        print(_table(config, (first, trained)), flush=True)
    return 0


def _site(folder: Path) -> SiteConfig:
    """A site whose sentinel is the published YOLOX-Nano, with the teachers in its model store."""
    store = ModelStore(folder / "models")
    source = fixtures.folder() / "models"
    if fixtures.MODEL not in store.installed():
        store.add(fixtures.model_file(), name=fixtures.MODEL, family="yolox", labels="coco")
        for film in FILMS:
            store.add(source / f"{film.teacher}.onnx", film.teacher, "ssd", film.labels)
    values = {
        "cameras": {
            film.camera: {"source": str(fixtures.folder() / "videos" / film.video)} for film in FILMS
        },
        "rules": {},
        "sentinel": {"model": fixtures.MODEL, "threshold": THRESHOLD},
        "learn": {"enabled": True},
        "retention": {"min_free": 0},
        "data": str(folder / "data"),
        "models": str(folder / "models"),
    }
    return make_site(values, folder)


def _pictures(film: Film) -> Iterator[Picture]:
    with closing(av.open(str(fixtures.folder() / "videos" / film.video))) as source:
        stream = source.streams.video[0]
        length = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        end, due = film.share * length, 0.0
        for frame in source.decode(stream):
            time = frame.time or 0.0
            if time + 1e-6 < due:
                continue
            due += 1 / (film.fps if time < end else film.judged)
            if end <= time < end + film.gap:
                continue
            jpeg = encode_jpeg(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8), 92)
            yield Picture(time, jpeg, (frame.width, frame.height), time < end)


def _keep(catalogue: LearnCatalogue, config: SiteConfig, first: Bundle) -> None:
    """Keep the pictures that may be learned from, with what the sentinel sees, and let the teachers label them."""
    with opened(first, config.data, config) as sentinel:
        for film in FILMS:
            morning = _training_day(film.camera, config.learn.reference)
            with closing(_teacher(config, film)) as teacher:
                labeller = TeacherLabeller(teacher, first.labels, SystemClock(), film.sure)
                for picture in _pictures(film):
                    if not picture.learned:
                        continue
                    sample = keep_sample(
                        catalogue,
                        picture.jpeg,
                        0,
                        camera=film.camera,
                        epoch=0,
                        time=morning + picture.time,
                        draw=Draw(SampleReason.UNIFORM, 1.0, 0.0),
                        size=picture.size,
                        bundle=first.name,
                        seen=tuple(detect(sentinel, frame_of(picture.jpeg), THRESHOLD)),
                        brightness=0.5,
                    )
                    said = labeller.label(sample, picture.jpeg)
                    catalogue.add_labels([said] if said is not None else [])


def _training_day(camera: str, reference: float) -> float:
    """The first midnight whose camera-day is trained on: what is held back here are later minutes, not other days."""
    for day in itertools.count(20_000):
        if split_of(f"{camera}/{datetime.fromtimestamp(day * DAY, UTC):%Y-%m-%d}", reference) is Split.TRAIN:
            return day * DAY
    raise AssertionError


def _teacher(config: SiteConfig, film: Film) -> Detector:
    model = ModelStore(config.models).resolve(film.teacher)
    return Detector.open(model, config.sentinel.runtime, config.sentinel.device)


def _train(catalogue: LearnCatalogue, config: SiteConfig, first: Bundle, steps: int, threads: int) -> Bundle:
    done = [bundle for bundle in catalogue.bundles() if bundle.parent]
    if done:
        return done[-1]
    model = ModelStore(config.models).resolve(first.base).path
    settings = config.learn.model_copy(update={"threads": threads})
    spec = unfinished(config.data) or new_job(
        catalogue, settings, first, model, SystemClock(), minutes=10_000.0, steps=steps
    )
    folder = job_folder(config.data, spec.name)

    def report(status: JobStatus) -> None:
        write_status(folder, status)
        print(
            f"{status.step}/{status.steps} steps, {status.seconds:.0f} s, loss {status.loss:.2f}", flush=True
        )

    return train_candidate(catalogue, spec, SystemClock(), report)


def _table(config: SiteConfig, bundles: Sequence[Bundle]) -> str:
    lines = [
        "| film | teacher's boxes | model | found | false | pictures with something seen | boxes of other classes |",
        "|---|---|---|---|---|---|---|",
    ]
    for film in FILMS:
        pictures = [one for one in _pictures(film) if not one.learned]
        with closing(_teacher(config, film)) as teacher:
            known = set(teacher.labels)
            truth = [_counted(detect(teacher, frame_of(one.jpeg), film.sure), known)[0] for one in pictures]
        for bundle in bundles:
            with opened(bundle, config.data, config) as model:
                seen = [_counted(detect(model, frame_of(one.jpeg), THRESHOLD), known) for one in pictures]
            lines.append(_row(film, bundle, agreement(seen, truth)))
    return "\n".join(lines)


def _counted(boxes: Sequence[LabelledBox], known: set[str]) -> tuple[list[LabelledBox], int]:
    """Boxes of the teacher's classes, and how many others there are."""
    named = [replace(box, label=VEHICLES.get(box.label, box.label)) for box in boxes]
    kept = [box for box in named if box.label in known]
    return kept, len(named) - len(kept)


def agreement(
    seen: Sequence[tuple[Sequence[LabelledBox], int]], truth: Sequence[Sequence[LabelledBox]]
) -> Agreement:
    """Compare what a model saw in pictures, with its count of other boxes, to what the teacher saw in them."""
    sums: Counter[str] = Counter()
    for (boxes, others), true in zip(seen, truth, strict=True):
        score = score_picture(boxes, true)
        found = score.found.total()
        sums.update(true=len(true), found=found, false=score.false.total(), others=others)
        sums.update(pictures=int(bool(true)), seen=int(bool(true) and found > 0))
    return Agreement(*(sums[name] for name in Agreement.__dataclass_fields__))


def _row(film: Film, bundle: Bundle, one: Agreement) -> str:
    name = f"{bundle.name}, trained" if bundle.parent else "as published"
    share = f"{one.found} ({one.found / max(one.true, 1):.0%})"
    seen = f"{one.seen} of {one.pictures}"
    return f"| {film.video} | {one.true} | {name} | {share} | {one.false} | {seen} | {one.others} |"
