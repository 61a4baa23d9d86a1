"""Drift: do the cameras show, and does the model say, what they did when its bundle went live?

Only uniform samples count, since the others are chosen for being strange. One observation per camera-day and test:
what happens in one day on one camera is not independent.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from secondsight.brain import Embedder
from secondsight.certify import ChangeTest
from secondsight.errors import StoreError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.pictures import read_sample
from secondsight.learn.values import Sample, SampleReason

_PER_DAY = 8
"""Samples of a camera-day that are embedded."""
_LEAST = 3
"""Samples without which a camera-day tells nothing."""
_USUAL = 7
"""Camera-days that say what is usual; those after them are tested."""

Vector = NDArray[np.float32]


class DriftSign(StrEnum):
    """What may have changed."""

    PICTURES = "pictures"
    SCORES = "scores"


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What the camera-days so far say.

    Attributes:
        days: camera-days that were tested.
        evidence: starts at 1; that it ever reaches 1/alpha without drift has probability alpha at most.
        camera, sign: where most of it lies; empty while nothing was tested.
    """

    days: int
    evidence: float
    camera: str = ""
    sign: DriftSign | None = None


def chosen_samples(samples: Iterable[Sample], *, today: str) -> dict[str, list[Sample]]:
    """The uniform samples that stand for each camera-day that is over, by its name, evenly spread.

    Args:
        samples: by time. today: UTC day, such as `2026-01-31`.
    """
    by_day: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        if sample.reason is SampleReason.UNIFORM and not sample.day.endswith(f"/{today}"):
            by_day[sample.day].append(sample)
    return {
        day: [
            members[at]
            for at in np.linspace(0, len(members) - 1, min(_PER_DAY, len(members))).round().astype(int)
        ]
        for day, members in by_day.items()
        if len(members) >= _LEAST
    }


def embed_new(catalogue: LearnCatalogue, embedder: Embedder, days: Mapping[str, Sequence[Sample]]) -> None:
    """Embed the pictures of camera-days that have not been yet; those whose files are gone are left out.

    Raises:
        StoreError: the index cannot be written.
    """
    known = catalogue.embeddings(embedder.name)
    for members in days.values():
        found: dict[str, Vector] = {}
        for sample in members:
            if sample.id in known:
                continue
            try:
                (found[sample.id],) = embedder.parts(read_sample(catalogue.data, sample), [None])
            except (StoreError, ValueError):
                continue  # its row goes with the next tidying
        if found:
            catalogue.add_embeddings(embedder.name, found)


def measure_drift(days: Mapping[str, Sequence[Sample]], embeddings: Mapping[str, Vector]) -> DriftReport:
    """Test camera-days against the first ones of their camera, in the order of time.

    The mean over all tests counts, so that a site with many cameras raises no more false alarms than one with one.
    """
    cameras = {day.rpartition("/")[0] for day in days}
    tests = {(camera, sign): _DayTest() for camera in sorted(cameras) for sign in DriftSign}
    report = DriftReport(0, 1.0)
    for day in sorted(days, key=lambda name: name.rpartition("/")[::2][::-1]):
        camera = day.rpartition("/")[0]
        tested = [tests[camera, sign].add(values) for sign, values in _signs(days[day], embeddings).items()]
        evidence = float(np.mean([test.wealth for test in tests.values()]))
        strongest, sign = max(tests, key=lambda key: tests[key].wealth)
        count = report.days + any(tested)
        if evidence > report.evidence:
            report = DriftReport(count, evidence, strongest, sign)
        else:
            report = DriftReport(count, report.evidence, report.camera, report.sign)
    return report


class _DayTest:
    """One sign on one camera: the first days say what is usual, those after them are tested."""

    def __init__(self) -> None:
        self._usual: list[Vector] = []
        self._test = ChangeTest()

    @property
    def wealth(self) -> float:
        return self._test.wealth

    def add(self, values: Vector) -> bool:
        """Take a day; whether it was tested."""
        if len(self._usual) < _USUAL:
            self._usual.append(values)
            return False
        self._test.add(float(np.linalg.norm(values - np.mean(self._usual, axis=0))))
        return True


def _signs(members: Sequence[Sample], embeddings: Mapping[str, Vector]) -> dict[DriftSign, Vector]:
    """What a camera-day shows, by sign; a sign of which it tells nothing is left out."""
    found: dict[DriftSign, Vector] = {}
    vectors = [embeddings[sample.id] for sample in members if sample.id in embeddings]
    if len(vectors) >= _LEAST:
        found[DriftSign.PICTURES] = np.mean(vectors, axis=0)
    scores = [box.confidence for sample in members for box in sample.seen]
    if scores:
        found[DriftSign.SCORES] = np.array([np.mean(scores)], np.float32)
    return found
