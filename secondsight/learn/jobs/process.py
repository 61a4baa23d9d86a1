"""The process of a training: `python -m secondsight.learn.jobs.process DATA JOB`. Low priority, few threads.

Whatever goes wrong, production does not change: all that comes of a training is one more candidate.
"""

import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from secondsight import log
from secondsight.clock import Clock, SystemClock
from secondsight.errors import SecondSightError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.jobs.lock import training_lock
from secondsight.learn.jobs.spec import (
    JobSpec,
    JobState,
    JobStatus,
    job_folder,
    read_spec,
    read_status,
    write_status,
)

_log = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    """Work on one training until it is finished; returns the exit code."""
    data, name = Path(arguments[0]), arguments[1]
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    log.configure("info")
    with training_lock(data):
        spec = read_spec(job_folder(data, name))
        give_way(spec.nice)
        return work(data, spec, SystemClock())


def give_way(nice: int) -> None:
    """Lower this process's priority, and that of its session: where Linux groups processes by session (`autogroup`),
    niceness counts within one alone, and a training has its own."""
    os.nice(nice)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(nice), encoding="ascii")


def work(data: Path, spec: JobSpec, clock: Clock) -> int:
    """Train, and add the candidate. The caller holds the lock."""
    from secondsight.learn.jobs.train_detector import train_candidate

    folder = job_folder(data, spec.name)
    try:
        with LearnCatalogue(data) as catalogue:
            train_candidate(catalogue, spec, clock, lambda status: write_status(folder, status))
    except SecondSightError as error:
        before = read_status(folder)
        write_status(
            folder, JobStatus(JobState.FAILED, before.step, spec.steps, before.seconds, problem=str(error))
        )
        _log.error(
            "training failed; production is unchanged", extra=log.fields(job=spec.name, error=str(error))
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
