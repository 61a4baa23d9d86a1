"""Removes samples that are too old, and files that a killed process left without a row."""

from pathlib import Path

from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.samples.sampler import SAMPLES

_SETTLING = 3600.0
"""Seconds after which a file without a row is a leftover; younger ones are perhaps being written."""


def remove_old(catalogue: LearnCatalogue, data: Path, *, older_than: float, now: float) -> int:
    """Remove samples taken before `older_than`, and leftovers; returns how many files went.

    Datasets are not touched: their pictures are links of their own.
    """
    old = [sample for sample in catalogue.samples() if sample.time < older_than]
    # The rows first: a row never names a file that is gone.
    catalogue.remove_samples([sample.id for sample in old])
    known = {sample.path for sample in catalogue.samples()}
    removed = 0
    for path in (data / SAMPLES).glob("*/*"):
        name = path.relative_to(data).as_posix()
        gone = any(name == sample.path for sample in old)
        if gone or (name not in known and path.stat().st_mtime < now - _SETTLING):
            path.unlink(missing_ok=True)
            removed += 1
    return removed
