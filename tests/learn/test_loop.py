"""The loop as a whole, on one machine: samples, labels, dataset, training, gate, shadow, promotion, rollback."""

from pathlib import Path

import pytest

from secondsight.learn import (
    BundleState,
    JobState,
    LearnCatalogue,
    advance,
    build_dataset,
    model_of,
    new_job,
    production,
    rollback,
    trainings,
)
from secondsight.learn.jobs.lock import training_lock
from secondsight.learn.jobs.process import work
from secondsight.site.pipeline.production_model import sentinel_model
from tests.learn.loops import clock_at, keep, say, site

LEARNED, SHADOWED = 24, 45
"""Days of samples to learn from, and of the shadow."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.mark.slow
def test_from_samples_to_promotion_and_back(data: Path) -> None:
    config, clock = site(data), clock_at(LEARNED)
    with LearnCatalogue(data, make=True) as catalogue:
        first = production(catalogue, config, clock)
        for seed in range(3 * LEARNED):
            say(catalogue, *keep(catalogue, seed, day=seed // 3))
        dataset = build_dataset(catalogue, config.learn, clock)
        assert dataset.card.pictures["train"] > dataset.card.pictures["reference"] > 5

        spec = new_job(catalogue, config.learn, first, model_of(first, data, config).path, clock, steps=80)
        with training_lock(data):
            assert work(data, spec, clock) == 0
        assert [one.status.state for one in trainings(data)] == [JobState.FINISHED]
        candidate = catalogue.bundle(spec.name)
        assert (candidate.state, candidate.parent) == (BundleState.CANDIDATE, first.name)

        steps = advance(catalogue, config, clock)
        assert catalogue.bundle(spec.name).state is BundleState.SHADOW, steps
        truths = dict(keep(catalogue, 1000 + seed, day=LEARNED + seed // 2) for seed in range(2 * SHADOWED))
        by_id = {sample.id: (sample, truth) for sample, truth in truths.items()}
        clock.advance(SHADOWED * 86400.0)
        (step,) = advance(catalogue, config, clock)
        assert step.waiting
        assert catalogue.bundle(spec.name).state is BundleState.SHADOW
        for id in step.waiting:
            say(catalogue, *by_id[id])
        (step,) = advance(catalogue, config, clock)
        assert step.text.startswith("promoted"), step.text
        assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle(spec.name)
        assert sentinel_model(config, data)[0] == spec.name

        back = rollback(catalogue, clock, reason="a person wants it", by="ann")
        assert (back.name, back.state) == (first.name, BundleState.PRODUCTION)
        assert catalogue.bundle(spec.name).state is BundleState.ROLLED_BACK
        assert sentinel_model(config, data)[0] == first.name
        actions = [entry.action for entry in catalogue.history(spec.name)]
        assert actions == ["trained", "shadow", "promoted", "rolled back"]
