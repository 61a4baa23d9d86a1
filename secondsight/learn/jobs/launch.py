"""Starts, resumes, shows and stops trainings."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import LearnSettings
from secondsight.errors import RefusedError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.datasets.build import read_dataset
from secondsight.learn.datasets.splits import Split
from secondsight.learn.jobs.lock import training_lock, training_process
from secondsight.learn.jobs.spec import (
    START,
    JobSpec,
    JobState,
    JobStatus,
    job_folder,
    job_names,
    read_spec,
    read_status,
    write_spec,
)
from secondsight.learn.triggers.due import TrainingCause, TrainingReason
from secondsight.learn.values import Bundle
from secondsight.media import make_folder

BY_HAND = TrainingReason(TrainingCause.PERSON, "begun by hand")
_NEEDED = ("torch", "onnx")
_STEPS = 2000
_RATE = 5e-4
"""Learning rate of a model that knows much already."""


@dataclass(frozen=True, slots=True)
class Training:
    """A training as it stands.

    Attributes:
        alive: whether a process works on it.
    """

    spec: JobSpec
    status: JobStatus
    alive: bool


def require_training() -> None:
    """Raise RefusedError where the extra `train` is not installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise RefusedError(
            f"training needs {' and '.join(missing)}, which are not installed: pip install 'secondsight[train]'; all "
            "else works without"
        )


def new_job(
    catalogue: LearnCatalogue,
    settings: LearnSettings,
    production: Bundle,
    model: Path,
    clock: Clock,
    *,
    reason: TrainingReason = BY_HAND,
    dataset: int | None = None,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
) -> JobSpec:
    """Write down a training of what is in production, on a dataset (the newest by default).

    Args:
        model: the file of the production bundle.
        reason: why it is trained now.

    Raises:
        RefusedError: there is no such dataset, it was changed, it has nothing to learn from, or the model is of a
            family that is not trained here.
    """
    if production.family != "yolox":
        raise RefusedError(
            f"{production.base} is of the family {production.family}; YOLOX alone is trained here. Export the "
            "dataset (`secondsight learn dataset --export`), train with that model's own tools, and hand it in with "
            "`secondsight models propose`"
        )
    found = read_dataset(catalogue, dataset)
    if not found.of(Split.TRAIN):
        raise RefusedError(
            f"dataset {found.card.version} has no pictures to train on; label samples of more camera-days"
        )
    names = {bundle.name for bundle in catalogue.bundles()} | set(job_names(catalogue.data))
    number = max((int(name[1:]) for name in names if name[1:].isdigit()), default=0) + 1
    spec = JobSpec(
        name=f"b{number:04}",
        dataset=found.card.version,
        parent=production.name,
        base=production.base,
        labels=production.labels,
        family=production.family,
        tracker=production.tracker,
        threshold=production.threshold,
        minutes=minutes if minutes is not None else settings.minutes,
        steps=steps if steps is not None else _STEPS,
        threads=settings.threads,
        rate=_RATE,
        seed=seed,
        created=clock.now(),
        cause=reason.cause,
        reason=reason.text,
        nice=settings.nice,
    )
    folder = job_folder(catalogue.data, spec.name)
    make_folder(folder)
    shutil.copyfile(model, folder / START)
    write_spec(folder, spec)
    return spec


def unfinished(data: Path) -> JobSpec | None:
    """The training that was killed before it was done, if there is one."""
    for name in reversed(job_names(data)):
        folder = job_folder(data, name)
        if read_status(folder).state is JobState.RUNNING:
            return read_spec(folder)
    return None


def start_process(data: Path, spec: JobSpec) -> int:
    """Start the process of a training, which outlives this one; returns its number.

    Raises:
        RefusedError: a training runs already.
    """
    require_training()
    with training_lock(data):
        pass
    with (job_folder(data, spec.name) / "log.txt").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "secondsight.learn.jobs.process", str(data), spec.name],
            # The libraries read it when they are loaded.
            env={**os.environ, "OMP_NUM_THREADS": str(spec.threads)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return process.pid


def trainings(data: Path) -> list[Training]:
    """All trainings, oldest first."""
    alive = training_process(data) is not None
    found = []
    for name in job_names(data):
        folder = job_folder(data, name)
        status = read_status(folder)
        found.append(Training(read_spec(folder), status, alive and status.state is JobState.RUNNING))
    return found


def stop_process(data: Path) -> bool:
    """Ask the running training to end; it goes on from its last checkpoint when started again. False if none runs."""
    number = training_process(data)
    if number is None:
        return False
    os.kill(number, signal.SIGTERM)
    return True
