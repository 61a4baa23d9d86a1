"""Drift is shown when cameras change, and seldom when they do not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.brain import make_embedder
from secondsight.learn import EMBEDDER, LabelledBox, LearnCatalogue, Sample, SampleReason
from secondsight.learn.samples.drawing import Draw
from secondsight.learn.triggers.drift import DriftSign, chosen_samples, embed_new, measure_drift
from secondsight.records import Box
from tests.learn.loops import DAY, START, keep

ALPHA = 0.05
BOX = Box(0.1, 0.1, 0.2, 0.3)


def sample(camera: str, day: int, number: int, score: float = 0.5, reason=SampleReason.UNIFORM) -> Sample:
    id, time = f"{camera}-{day}-{number}", START + day * DAY + 100 * number
    seen = (LabelledBox("person", BOX, score),)
    return Sample(id, camera, 0, time, reason, 0.1, f"{id}.jpg", 64, 36, "b0000", seen, 0.5, "")


def drifting(
    rng: np.random.Generator, cameras: int, days: int, change: int | None, sign: DriftSign
) -> tuple[Any, Any]:
    """Days of samples with their embeddings; the first camera changes on a day."""
    found: dict[Any, Any] = {}
    vectors: dict[Any, Any] = {}
    for day in range(days):
        for number in range(cameras):
            changed = change is not None and day >= change and number == 0
            moved = {one: changed and one is sign for one in DriftSign}
            mood = rng.normal(0, 0.04)
            score = 0.7 + mood - 0.3 * moved[DriftSign.SCORES]
            members = [sample(f"c{number}", day, n, score) for n in range(4)]
            look = rng.normal(0, 0.2, 16) + 1.0 * moved[DriftSign.PICTURES]
            vectors |= {one.id: (look + rng.normal(0, 0.2, 16)).astype(np.float32) for one in members}
            found[members[0].day] = members
    return found, vectors


def test_false_alarms_are_rarer_than_stated() -> None:
    """40 simulated sites of 3 cameras, 60 days without change, read after every day."""
    alarms = 0
    for seed in range(40):
        days, vectors = drifting(np.random.default_rng(seed), 3, 60, None, DriftSign.SCORES)
        alarms += measure_drift(days, vectors).evidence >= 1 / ALPHA
    assert alarms <= 5


@pytest.mark.parametrize("sign", list(DriftSign))
def test_a_change_on_one_camera_is_shown_and_named(sign: DriftSign) -> None:
    for seed in range(5):
        days, vectors = drifting(np.random.default_rng(100 + seed), 3, 60, 35, sign)
        report = measure_drift(days, vectors)
        assert report.evidence >= 1 / ALPHA
        assert (report.camera, report.sign) == ("c0", sign)
        assert report.days == 3 * (60 - 7)


def test_the_same_days_give_the_same_evidence_in_any_order() -> None:
    days, vectors = drifting(np.random.default_rng(7), 2, 30, 20, DriftSign.SCORES)
    assert measure_drift(days, vectors) == measure_drift(dict(reversed(days.items())), vectors)


def test_no_days_and_few_days_are_no_evidence() -> None:
    assert measure_drift({}, {}).evidence == 1.0
    days, vectors = drifting(np.random.default_rng(7), 2, 7, 1, DriftSign.SCORES)
    assert (measure_drift(days, vectors).days, measure_drift(days, vectors).evidence) == (0, 1.0)


def test_uniform_samples_of_days_that_are_over_stand_for_them() -> None:
    samples = [sample("hall", 0, n) for n in range(20)]
    samples += [sample("hall", 1, n) for n in range(2)]
    samples += [sample("hall", 2, n, reason=SampleReason.UNCERTAIN) for n in range(9)]
    samples += [sample("hall", 3, n) for n in range(9)]
    chosen = chosen_samples(samples, today="2026-01-04")
    assert list(chosen) == ["hall/2026-01-01"]
    numbers = [int(one.id.rpartition("-")[2]) for one in chosen["hall/2026-01-01"]]
    assert (len(numbers), numbers[0], numbers[-1]) == (8, 0, 19)


def test_pictures_are_embedded_once_and_a_lost_one_is_left_out(tmp_path: Path) -> None:
    with LearnCatalogue(tmp_path, make=True) as catalogue:
        members = [keep(catalogue, seed, draw=Draw(SampleReason.UNIFORM, 0.1, 0.0))[0] for seed in range(3)]
        (tmp_path / members[0].path).unlink()
        embedder = make_embedder(EMBEDDER)
        embed_new(catalogue, embedder, {"hall/2026-01-01": members})
        known = catalogue.embeddings(embedder.name)
        assert set(known) == {members[1].id, members[2].id}
        assert all(abs(np.linalg.norm(vector) - 1) < 1e-3 for vector in known.values())
        catalogue.add_embeddings(embedder.name, {members[1].id: np.zeros(3, np.float32)})
        assert len(catalogue.embeddings(embedder.name)[members[1].id]) > 3
        catalogue.remove_samples([members[1].id])
        assert set(catalogue.embeddings(embedder.name)) == {members[2].id}
