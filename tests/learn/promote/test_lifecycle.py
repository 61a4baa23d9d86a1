"""What goes live, and what comes back: the states of bundles, whatever the labels and the models."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.config import SiteConfig
from secondsight.errors import ModelError, RefusedError, StoreError
from secondsight.learn import (
    Bundle,
    BundleState,
    HistoryEntry,
    LabelledBox,
    LabelSource,
    LearnCatalogue,
    ShadowComparison,
    advance,
    build_dataset,
    compare_bundles,
    model_of,
    predecessor,
    production,
    promote,
    propose,
    rollback,
)
from secondsight.learn.promote import lifecycle
from secondsight.records import Box
from secondsight.sentinel import ModelStore
from secondsight.site.pipeline.production_model import sentinel_model
from tests.learn.loops import clock_at, keep, say, site

CAR = LabelledBox("car", Box(0.1, 0.1, 0.3, 0.5))
JUNK = LabelledBox("car", Box(0.7, 0.7, 0.9, 0.9))


@pytest.fixture
def config(tmp_path: Path) -> SiteConfig:
    return site(tmp_path)


@pytest.fixture
def catalogue(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as opened:
        yield opened


def candidate(
    catalogue: LearnCatalogue, config: SiteConfig, state=BundleState.CANDIDATE, **changes
) -> Bundle:
    """A copy of production as a candidate: what it sees is up to the test."""
    clock = clock_at(0)
    first = production(catalogue, config, clock)
    made = propose(catalogue, ModelStore(config.models).resolve("city-nano"), first, clock)
    if state is not made.state:
        catalogue.change_bundles(
            {made.name: state}, HistoryEntry(clock.now(), made.name, state.value, "by the test")
        )
    return catalogue.bundle(made.name)


@pytest.fixture
def seen_by_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparisons are the test's, not the models'."""
    monkeypatch.setattr(lifecycle, "compare_new", lambda *given: 0)


def shadowed(catalogue: LearnCatalogue, pair: tuple[str, str], days: int, old, new, truth, source=LabelSource.HUMAN,
             first: int = 1) -> None:  # fmt: skip
    """Days on which production sees `old`, the candidate `new`, and a person `truth`."""
    for day in range(first, first + days):
        sample, _ = keep(catalogue, day, day=day, size=(96, 64))
        catalogue.add_comparison(ShadowComparison(sample.id, *pair, old, new))
        say(catalogue, sample, truth, source)


@pytest.mark.usefixtures("seen_by_test")
class TestTrial:
    def test_one_that_finds_more_is_promoted(self, catalogue, config) -> None:
        made = candidate(catalogue, config, BundleState.SHADOW)
        shadowed(catalogue, ("b0000", made.name), 50, (), (CAR,), (CAR,))
        (step,) = advance(catalogue, config, clock_at(60))
        assert step.text.startswith("promoted: no worse in car")
        assert sentinel_model(config, catalogue.data)[0] == made.name
        entry = catalogue.history(made.name)[-1]
        assert (entry.action, entry.by) == ("promoted", "loop")
        assert entry.evidence["car"] >= 20

    def test_a_clock_that_was_set_back_is_said_and_changes_nothing(self, catalogue, config) -> None:
        made = candidate(catalogue, config, BundleState.SHADOW)
        shadowed(catalogue, ("b0000", made.name), 50, (), (CAR,), (CAR,))
        (step,) = advance(catalogue, config, clock_at(-1))
        assert "ahead of the clock; set the clock right" in step.text
        assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle("b0000")
        (step,) = advance(catalogue, config, clock_at(60))
        assert step.text.startswith("promoted"), "nothing was lost"

    def test_one_that_finds_less_is_refused(self, catalogue, config) -> None:
        made = candidate(catalogue, config, BundleState.SHADOW)
        shadowed(catalogue, ("b0000", made.name), 50, (CAR,), (), (CAR,))
        (step,) = advance(catalogue, config, clock_at(60))
        assert step.text.startswith("refused: it finds less of car")
        assert catalogue.bundle(made.name).state is BundleState.REFUSED
        assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle("b0000")

    @pytest.mark.parametrize("says", ["always yes", "at random"])
    def test_a_brain_that_labels_anything_gets_nothing_promoted(self, catalogue, config, says: str) -> None:
        """The candidate reports junk, and the brain confirms it."""
        made = candidate(catalogue, config, BundleState.SHADOW)
        rng = random.Random(1)
        for day in range(1, 60):
            truth = (JUNK,) if says == "always yes" or rng.random() < 0.5 else ()
            shadowed(catalogue, ("b0000", made.name), 1, (), (JUNK,), truth, LabelSource.BRAIN, first=day)
        (step,) = advance(catalogue, config, clock_at(70))
        assert len(step.waiting) == 59
        assert catalogue.bundle(made.name).state is BundleState.SHADOW
        # A person looks at them: it is refuted.
        for sample in catalogue.samples():
            say(catalogue, sample, ())
        advance(catalogue, config, clock_at(71))
        assert catalogue.bundle(made.name).state is not BundleState.PRODUCTION

    def test_classes_of_rules_must_have_been_seen(self, tmp_path, catalogue) -> None:
        rule = {"behaviour": "intrusion", "zone": "frame", "classes": ["person"]}
        config = site(tmp_path, {"no-entry": rule})
        made = candidate(catalogue, config, BundleState.SHADOW)
        shadowed(catalogue, ("b0000", made.name), 60, (), (CAR,), (CAR,))
        (step,) = advance(catalogue, config, clock_at(61))
        assert "not shown yet to be no worse in person" in step.text


@pytest.mark.usefixtures("seen_by_test")
class TestWatch:
    def promoted(self, catalogue, config) -> Bundle:
        made = candidate(catalogue, config)
        promote(catalogue, made.name, clock_at(1), reason="a person trusts it", by="ann")
        return catalogue.bundle(made.name)

    def test_what_proves_worse_is_rolled_back(self, catalogue, config) -> None:
        made = self.promoted(catalogue, config)
        shadowed(catalogue, ("b0000", made.name), 12, (CAR,), (), (CAR,), first=2)
        steps = advance(catalogue, config, clock_at(14))
        assert steps[0].text.startswith("rolled back to b0000: worse than its predecessor: car")
        assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle("b0000")
        assert catalogue.bundle(made.name).state is BundleState.ROLLED_BACK
        # It is not tried again, and nothing else is watched.
        assert advance(catalogue, config, clock_at(15)) == []

    def test_what_holds_stays(self, catalogue, config) -> None:
        made = self.promoted(catalogue, config)
        shadowed(catalogue, ("b0000", made.name), 6, (CAR,), (CAR,), (CAR,), first=2)
        (step,) = advance(catalogue, config, clock_at(8))
        assert step.text == f"{made.name} is watched beside b0000: 6 camera-days"
        assert advance(catalogue, config, clock_at(16)) == []


def test_the_gate_passes_on_what_people_labelled(tmp_path: Path, catalogue) -> None:
    """City-nano sees nothing in drawn shapes, and neither does its copy: better in nothing."""
    config = site(tmp_path)
    made = candidate(catalogue, config)
    for seed in range(30):
        say(catalogue, *keep(catalogue, seed, day=seed, size=(96, 64)))
    (step,) = advance(catalogue, config, clock_at(30))
    assert step.text == "waits: there is no dataset 0; make one with `secondsight learn dataset`"
    build_dataset(catalogue, config.learn, clock_at(30))
    (step,) = advance(catalogue, config, clock_at(31))
    assert "better in nothing" in step.text
    assert catalogue.bundle(made.name).state is BundleState.REFUSED
    assert not compare_bundles(catalogue, config, ("b0000", made.name)).passed


def test_a_damaged_candidate_is_refused(tmp_path: Path, catalogue, config) -> None:
    made = candidate(catalogue, config)
    for seed in range(30):
        say(catalogue, *keep(catalogue, seed, day=seed, size=(96, 64)))
    build_dataset(catalogue, config.learn, clock_at(30))
    (tmp_path / made.model).write_bytes(b"half")
    (step,) = advance(catalogue, config, clock_at(31))
    assert "was changed after its training" in step.text
    assert catalogue.bundle(made.name).state is BundleState.REFUSED


def test_a_promoted_model_that_is_gone_costs_its_gain_and_not_the_site(
    tmp_path: Path, catalogue, config
) -> None:
    made = candidate(catalogue, config)
    promote(catalogue, made.name, clock_at(1), reason="test", by="ann")
    (tmp_path / made.model).unlink()
    with pytest.raises(ModelError, match="roll back with"):
        model_of(catalogue.bundle(made.name), tmp_path, config)
    assert sentinel_model(config, tmp_path)[1].name == "city-nano"


def test_a_process_that_dies_within_a_promotion_changes_nothing(catalogue, config, monkeypatch) -> None:
    made = candidate(catalogue, config)
    with monkeypatch.context() as patch:
        from secondsight.learn.catalogue import catalogue as module

        patch.setattr(module, "_write_history", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            promote(catalogue, made.name, clock_at(1), reason="test", by="ann")
    assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle("b0000")
    assert catalogue.bundle(made.name).state is BundleState.CANDIDATE


def test_there_is_never_a_second_production(catalogue, config) -> None:
    made = candidate(catalogue, config)
    with pytest.raises(StoreError, match="UNIQUE"):
        catalogue.change_bundles(
            {made.name: BundleState.PRODUCTION}, HistoryEntry(0.0, made.name, "promoted", "")
        )
    assert catalogue.in_state(BundleState.PRODUCTION) == catalogue.bundle("b0000")


def test_promotion_and_rollback_by_hand(catalogue, config) -> None:
    first, second = candidate(catalogue, config), candidate(catalogue, config)
    with pytest.raises(RefusedError, match="nothing to roll back to"):
        rollback(catalogue, clock_at(1), reason="no", by="ann")
    for number, made in enumerate((first, second)):
        promote(catalogue, made.name, clock_at(1 + number), reason="test", by="ann")
    assert predecessor(catalogue) == catalogue.bundle(first.name)
    assert rollback(catalogue, clock_at(4), reason="worse", by="ann").name == first.name
    assert rollback(catalogue, clock_at(5), reason="worse", by="ann").name == "b0000"
    with pytest.raises(RefusedError, match="nothing to roll back to"):
        rollback(catalogue, clock_at(6), reason="worse", by="ann")
    with pytest.raises(RefusedError, match="in production already"):
        promote(catalogue, "b0000", clock_at(7), reason="again", by="ann")


def test_another_model_in_the_site_file_starts_afresh(tmp_path: Path, catalogue, config) -> None:
    made = candidate(catalogue, config)
    promote(catalogue, made.name, clock_at(1), reason="test", by="ann")
    store = ModelStore(config.models)
    store.add(store.resolve("city-nano").path, "other", "yolox", store.resolve("city-nano").labels)
    changed = config.model_copy(update={"sentinel": config.sentinel.model_copy(update={"model": "other"})})
    assert production(catalogue, changed, clock_at(2)).base == "other"
    assert sentinel_model(changed, tmp_path)[1].name == "other"
    assert catalogue.bundle(made.name).state is BundleState.RETIRED


def test_a_model_with_other_classes_is_no_candidate(tmp_path: Path, catalogue, config) -> None:
    first = production(catalogue, config, clock_at(0))
    model = ModelStore(config.models).resolve("city-nano")
    with pytest.raises(RefusedError, match="has other classes"):
        propose(catalogue, replace(model, labels=("cat",)), first, clock_at(0))


def test_without_learning_the_site_file_decides(tmp_path: Path, config) -> None:
    off = config.model_copy(update={"learn": config.learn.model_copy(update={"enabled": False})})
    assert sentinel_model(off, tmp_path)[0] == "city-nano"
    shutil.rmtree(tmp_path / "learn", ignore_errors=True)
    assert sentinel_model(config, tmp_path)[0] == "city-nano"
