"""Trainings that begin by themselves."""

from functools import partial
from pathlib import Path

import pytest

from secondsight.brain import make_embedder
from secondsight.config import SiteConfig
from secondsight.errors import RefusedError
from secondsight.learn import (
    EMBEDDER,
    BundleState,
    HistoryEntry,
    LearnCatalogue,
    outlook,
    production,
    propose,
    train_if_due,
    trainings,
)
from secondsight.learn.jobs import automatic, launch
from secondsight.learn.jobs.spec import JobSpec
from secondsight.sentinel import ModelStore
from tests.learn.loops import clock_at, keep, say, site

EMBED = partial(make_embedder, EMBEDDER)


@pytest.fixture
def catalogue(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as opened:
        for seed in range(12):
            say(opened, *keep(opened, seed, day=seed))
        yield opened


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Trainings whose process would have begun."""
    names: list[str] = []
    monkeypatch.setattr(automatic, "require_training", lambda: None)

    def start(data: Path, spec: JobSpec) -> int:
        names.append(spec.name)
        return 7

    monkeypatch.setattr(automatic, "start_process", start)
    return names


def learning(catalogue: LearnCatalogue, **train: object) -> SiteConfig:
    return site(catalogue.data, train=train)


def test_each_training_says_why_and_the_next_waits_for_new_labels(catalogue, started) -> None:
    config = learning(catalogue, labels=5, every="3d")
    begun = train_if_due(catalogue, config, clock_at(13), EMBED)
    assert begun is not None
    assert begun.text == "training b0001 started (process 7): 12 of 5 new labelled samples"
    (training,) = trainings(catalogue.data)
    assert (training.spec.cause, training.spec.reason) == ("labels", "12 of 5 new labelled samples")
    # It has been killed: it goes on, and no second one is made.
    again = train_if_due(catalogue, config, clock_at(14), EMBED)
    assert again is not None
    assert again.text == "training b0001 goes on (process 7)"
    assert started == ["b0001", "b0001"]
    ahead = outlook(catalogue, config, clock_at(17))
    assert ahead.reason is None
    assert ahead.waiting[0] == "0 of 5 new labelled samples"
    assert ahead.waiting[1].endswith("no sample was labelled since")
    say(catalogue, *keep(catalogue, 50, day=15))
    ahead = outlook(catalogue, config, clock_at(17))
    assert ahead.reason is not None
    assert ahead.reason.cause == "calendar"


def test_nothing_begins_where_nothing_is_set(catalogue, started) -> None:
    assert train_if_due(catalogue, learning(catalogue), clock_at(99), EMBED) is None
    assert outlook(catalogue, learning(catalogue), clock_at(99)).waiting == ()
    assert started == []


def test_without_the_extra_it_is_said_and_nothing_is_made(catalogue, monkeypatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda name: None)
    begun = train_if_due(catalogue, learning(catalogue, labels=1), clock_at(13), EMBED)
    assert begun is not None
    assert begun.spec is None
    assert "a training is due and cannot begin: training needs torch" in begun.text
    assert (trainings(catalogue.data), catalogue.datasets()) == ([], {})


def test_one_that_runs_is_left_alone(catalogue, started, monkeypatch) -> None:
    monkeypatch.setattr(automatic, "training_process", lambda data: 4711)
    assert train_if_due(catalogue, learning(catalogue, labels=1), clock_at(13), EMBED) is None
    assert started == []


def test_two_that_begin_at_once_give_one(catalogue, monkeypatch) -> None:
    """Another process was faster between the look and the start."""

    def refused(data: Path, spec: object) -> int:
        raise RefusedError("a training runs already")

    monkeypatch.setattr(automatic, "require_training", lambda: None)
    monkeypatch.setattr(automatic, "start_process", refused)
    begun = train_if_due(catalogue, learning(catalogue, labels=1), clock_at(13), EMBED)
    assert begun is not None
    assert "cannot begin: a training runs already" in begun.text


def test_drift_is_tested_with_pictures(catalogue, started) -> None:
    for day in range(12):
        for seed in range(3):
            keep(catalogue, 100 + 3 * day + seed, day=day)
    config = learning(catalogue, drift=0.05)
    ahead = outlook(catalogue, config, clock_at(13), EMBED)
    assert ahead.reason is None
    assert "20 asked for, on 5 camera-days" in ahead.waiting[0]
    assert len(catalogue.embeddings(EMBEDDER)) == 48


def test_no_training_begins_while_a_candidate_is_undecided(catalogue, started) -> None:
    config = learning(catalogue, labels=5)
    first = production(catalogue, config, clock_at(12))
    made = propose(catalogue, ModelStore(config.models).resolve("city-nano"), first, clock_at(12))
    assert train_if_due(catalogue, config, clock_at(13), EMBED) is None
    assert "first it is decided what becomes of b0001" in outlook(catalogue, config, clock_at(13)).waiting[0]
    refused = HistoryEntry(0.0, made.name, "refused", "by the test")
    catalogue.change_bundles({made.name: BundleState.REFUSED}, refused)
    assert train_if_due(catalogue, config, clock_at(13), EMBED) is not None
