"""Trains a YOLOX on a dataset, from the bundle in production. Needs the extra `train`."""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from secondsight.clock import Clock
from secondsight.errors import RefusedError
from secondsight.jpeg import open_jpeg
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.datasets.build import Dataset, DatasetItem, read_dataset
from secondsight.learn.datasets.splits import Split
from secondsight.learn.export.onnx import export_yolox
from secondsight.learn.export.published import read_published, thaw
from secondsight.learn.jobs.spec import START, JobSpec, JobState, JobStatus, job_folder
from secondsight.learn.promote.bundles import MODELS
from secondsight.learn.training.augment import Jitter, LabelledPicture, augment
from secondsight.learn.training.trainer import Progress, TrainingSchedule, to_tensors, train
from secondsight.learn.values import Bundle, BundleState, HistoryEntry
from secondsight.records import Box
from secondsight.sentinel import describe

_BATCH = 8
_THAWED = 64
"""Pictures that give the normalisations their first statistics."""
_LEAST_STEPS = 60
"""Batches after which the new normalisations have settled; a network of fewer is worse than what it came from."""
_UNLABELLED = 0.05
"""Weight of the background of incomplete labels, away from what they name."""
_EVERY = 20.0
"""Seconds between checkpoints: what a kill costs at most."""


def train_candidate(
    catalogue: LearnCatalogue, spec: JobSpec, clock: Clock, report: Callable[[JobStatus], None]
) -> Bundle:
    """Train, export, and add the bundle as a candidate. Goes on where a killed process stopped.

    Raises:
        RefusedError: the dataset was changed, or has nothing to learn from.
        ModelError: the network cannot be trained: another family, or a loss that is not a number any more.
    """
    folder = job_folder(catalogue.data, spec.name)
    known = [bundle for bundle in catalogue.bundles() if bundle.name == spec.name]
    if known:
        report(JobStatus(JobState.FINISHED, spec.steps, spec.steps))
        return known[0]
    dataset = read_dataset(catalogue, spec.dataset)
    items = dataset.of(Split.TRAIN)
    if not items:
        raise RefusedError(
            f"dataset {spec.dataset} has no pictures to train on; label samples of more camera-days"
        )
    start = folder / START
    size = describe(start).size
    last = JobStatus(JobState.RUNNING, steps=spec.steps)

    def tell(at: Progress) -> None:
        nonlocal last
        last = JobStatus(JobState.RUNNING, at.step, at.steps, at.seconds, at.loss)
        report(last)

    batches = _batches(dataset, items, spec, size)
    first, _ = to_tensors([picture for step in range(_THAWED // _BATCH) for picture in batches(-1 - step)])
    network = thaw(read_published(start), first)
    schedule = TrainingSchedule(spec.steps, spec.minutes * 60, rate=spec.rate, warmup=20, every=_EVERY)
    report(last)
    trained = train(
        network,
        batches,
        schedule,
        folder / "checkpoint.pt",
        report=tell,
        clock=clock,
        threads=spec.threads,
    )
    if last.step < min(_LEAST_STEPS, spec.steps):
        raise RefusedError(
            f"the time budget of {spec.minutes:g} minutes ended after {last.step} batches, too few to learn from; "
            "raise `learn.minutes`, or train when the machine has less to do"
        )
    exported = folder / "model.onnx"
    export_yolox(trained, exported, size, spec.labels, {"dataset": str(spec.dataset), "parent": spec.parent})
    bundle = _added(catalogue, spec, exported, clock)
    report(JobStatus(JobState.FINISHED, last.step, spec.steps, last.seconds, last.loss))
    return bundle


def _added(catalogue: LearnCatalogue, spec: JobSpec, exported: Path, clock: Clock) -> Bundle:
    path = f"{MODELS}/{spec.name}.onnx"
    target = catalogue.data / path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    shutil.copyfile(exported, part)
    part.replace(target)
    bundle = Bundle(
        name=spec.name,
        model=path,
        base=spec.base,
        sha256=hashlib.sha256(target.read_bytes()).hexdigest(),
        labels=spec.labels,
        family=spec.family,
        tracker=spec.tracker,
        threshold=spec.threshold,
        parent=spec.parent,
        dataset=spec.dataset,
        state=BundleState.CANDIDATE,
        # What it has learned from was there when the training began: all that came later may judge it.
        created=spec.created or clock.now(),
    )
    reason = f"trained from {spec.parent} on dataset {spec.dataset}" + (
        f": {spec.reason}" if spec.reason else ""
    )
    catalogue.add_bundle(bundle, HistoryEntry(clock.now(), bundle.name, "trained", reason))
    return bundle


def _batches(
    dataset: Dataset, items: Sequence[DatasetItem], spec: JobSpec, size: tuple[int, int]
) -> Callable[[int], list[LabelledPicture]]:
    """Batches by number: each depends on nothing else, so that a training can go on anywhere."""
    weights = np.array([item.confidence for item in items])
    weights /= weights.sum()

    def batch(step: int) -> list[LabelledPicture]:
        rng = np.random.default_rng((spec.seed, step % 2**32))
        chosen = rng.choice(len(items), _BATCH, p=weights)
        return [
            augment(labelled_picture(dataset, items[number], spec.labels), size, Jitter(), rng)
            for number in chosen
        ]

    return batch


def labelled_picture(dataset: Dataset, item: DatasetItem, labels: Sequence[str]) -> LabelledPicture:
    """A picture as training takes it. Where a label does not say all, what the sentinel saw beside it counts neither
    way, and what it did not see hardly counts as background: it may well have missed something. Classes that the
    network does not know are left out.
    """
    picture = np.asarray(open_jpeg((dataset.folder / item.picture).read_bytes()))[..., ::-1]
    known = [box for box in item.boxes if box.label in labels]
    classes = np.array([labels.index(box.label) for box in known], np.int64)
    return LabelledPicture(
        np.ascontiguousarray(picture),
        _corners([box.box for box in known], item),
        classes,
        _corners(item.ignored, item),
        1.0 if item.complete else _UNLABELLED,
    )


def _corners(boxes: Sequence[Box], item: DatasetItem) -> NDArray[np.float32]:
    scale = np.array((item.width, item.height, item.width, item.height), np.float32)
    return np.array(boxes, np.float32).reshape(-1, 4) * scale
