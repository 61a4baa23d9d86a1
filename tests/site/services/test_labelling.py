"""Samples labelled by the site's brain: paid from the budget, booked in the ledger."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.clock import SystemClock
from secondsight.config import SiteConfig, load_site
from secondsight.errors import RefusedError
from secondsight.learn import AttributeTask, LabelledBox, LearnCatalogue, Sample
from secondsight.records import Box, Purpose
from secondsight.site import judge_with_brain, label_with_brain
from secondsight.store import Store
from tests.learn.drawn import drawn
from tests.learn.loops import SIZE, keep
from tests.servers.brain import BrainServer, ok
from tests.site.sites import brain_settings


def configured(folder: Path, **sections: Any) -> SiteConfig:
    values = {
        "cameras": {"hall": {"source": "hall.mp4"}},
        "data": "data",
        "learn": {"enabled": True},
        **sections,
    }
    (folder / "site.yaml").write_text(json.dumps(values))
    return load_site(folder / "site.yaml")


def first_shape(seed: int) -> LabelledBox:
    """What the sentinel saw: a brain is not asked about empty places."""
    picture = drawn(seed, *SIZE)
    return LabelledBox("car", Box(*(picture.boxes[0] / np.array((*SIZE, *SIZE))).tolist()), 0.4, 3)


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    with LearnCatalogue(tmp_path / "data", make=True) as catalogue:
        return [keep(catalogue, seed, seen=(first_shape(seed),))[0] for seed in range(3)]


def ask(config: SiteConfig, samples: list[Sample]):
    clock = SystemClock()
    with Store.open(config.data, clock) as store:
        done = label_with_brain(config, store, samples, clock)
        costs = store.ledger.costs(("purpose",))
    return done, {cost.key[0]: cost.calls for cost in costs}


def test_what_the_brain_says_both_ways_is_a_label_and_costs(tmp_path: Path, samples) -> None:
    with BrainServer() as server:
        # The second sample: yes to both.
        server.script(ok("yes"), ok("no"), ok("yes"), ok("yes"), ok("yes"), ok("no"))
        done, calls = ask(configured(tmp_path, brain=brain_settings(server.url)), samples)
    assert [label.sample for label in done.found] == [samples[0].id, samples[2].id]
    assert (done.asked, done.stopped) == (3, None)
    assert calls == {Purpose.LABEL.value: 6}


def test_the_budget_ends_a_round(tmp_path: Path, samples) -> None:
    with BrainServer() as server:
        server.script(*[ok("yes"), ok("no")] * 3)
        config = configured(tmp_path, brain=brain_settings(server.url), budget={"calls_per_day": 4})
        done, calls = ask(config, samples)
    assert done.asked == 2
    assert done.stopped
    assert calls == {Purpose.LABEL.value: 4}


def test_an_attribute_is_taught_where_exactly_one_answer_holds(tmp_path: Path, samples) -> None:
    task = AttributeTask("colour", (("red", "a red car"), ("blue", "a blue car")), ("car",))
    clock = SystemClock()
    with BrainServer() as server:
        # The second sample: yes to both.
        server.script(ok("yes"), ok("no"), ok("yes"), ok("yes"), ok("no"), ok("yes"))
        config = configured(tmp_path, brain=brain_settings(server.url))
        with Store.open(config.data, clock) as store:
            done = judge_with_brain(config, store, samples, task, clock)
            calls = {cost.key[0]: cost.calls for cost in store.ledger.costs(("purpose",))}
    assert [int(one.answer.probabilities.argmax()) for one in done.found] == [0, 1]
    assert [one.answer.embedding for one in done.found] == [None, None]
    assert (done.asked, done.stopped) == (3, None)
    assert calls == {Purpose.LABEL.value: 6}


def test_a_brain_that_is_away_ends_a_round_and_loses_nothing(tmp_path: Path, samples) -> None:
    with BrainServer() as server:
        url = server.url
    done, _ = ask(configured(tmp_path, brain=brain_settings(url, timeout=5)), samples)
    assert (done.found, done.asked) == ((), 0)
    assert done.stopped


def test_a_site_without_a_brain_says_what_to_do(tmp_path: Path, samples) -> None:
    with pytest.raises(RefusedError, match="name a stronger model with --teacher"):
        ask(configured(tmp_path), samples)
