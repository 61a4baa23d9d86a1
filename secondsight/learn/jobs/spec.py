"""What a training is to do, and how far it is: two small files in its folder."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from secondsight.errors import RefusedError
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.media import write_atomic

JOBS = f"{FOLDER}/jobs"
START = "start.onnx"
"""The model that a training starts from, a copy: whatever happens to the original, the training can go on."""
_SPEC, _STATUS = "job.json", "status.json"


class JobState(StrEnum):
    """Life of a training. One that is `running` without a process was killed, and can go on."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A training.

    Attributes:
        name: of the job, and of the bundle that comes of it.
        dataset: version to learn from.
        parent: bundle to start from; labels, family, base, tracker, threshold: as of it.
        minutes: time budget over all runs.
        steps: most batches.
        threads: of torch.
        rate: highest learning rate.
        nice: by how much its process gives way to others.
        seed: of the batches.
        created: when it was begun, UTC seconds.
        cause, reason: why, as a word and as a sentence; empty in trainings of older versions.
    """

    name: str
    dataset: int
    parent: str
    base: str
    labels: tuple[str, ...]
    family: str
    tracker: str
    threshold: float
    minutes: float
    steps: int
    threads: int
    rate: float
    seed: int
    created: float = 0.0
    cause: str = ""
    reason: str = ""
    nice: int = 15


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How far a training is.

    Attributes:
        seconds: worked over all runs.
        problem: why it failed; empty otherwise.
    """

    state: JobState
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    loss: float = 0.0
    problem: str = ""


def job_folder(data: Path, name: str) -> Path:
    """The folder of a training."""
    return data / JOBS / name


def job_names(data: Path) -> list[str]:
    """All trainings, oldest first."""
    return sorted(path.parent.name for path in (data / JOBS).glob(f"*/{_SPEC}"))


def write_spec(folder: Path, spec: JobSpec) -> None:
    """Write what a training is to do. Raises StoreError."""
    write_atomic(folder / _SPEC, json.dumps(asdict(spec), indent=1).encode(), 0)


def read_spec(folder: Path) -> JobSpec:
    """What a training is to do. Raises RefusedError for a damaged file."""
    try:
        tree = json.loads((folder / _SPEC).read_bytes())
        return JobSpec(**{**tree, "labels": tuple(tree["labels"])})
    except (OSError, ValueError, TypeError, KeyError):
        raise RefusedError(f"{folder / _SPEC} is damaged; remove the folder and train again") from None


def write_status(folder: Path, status: JobStatus) -> None:
    """Write how far a training is. Raises StoreError."""
    write_atomic(folder / _STATUS, json.dumps(asdict(status)).encode(), 0)


def read_status(folder: Path) -> JobStatus:
    """How far a training is; one that wrote nothing yet has just begun."""
    try:
        tree = json.loads((folder / _STATUS).read_bytes())
        return JobStatus(**{**tree, "state": JobState(tree["state"])})
    except (OSError, ValueError, TypeError, KeyError):
        return JobStatus(JobState.RUNNING)
