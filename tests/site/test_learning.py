"""A site that learns: it keeps samples while it runs, and goes over to what is promoted without dropping a frame."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.clock import SystemClock
from secondsight.config import load_site
from secondsight.learn import LearnCatalogue, SampleReason, production, promote, propose
from secondsight.sentinel import ModelStore
from secondsight.site import Site
from secondsight.site.pipeline import production_model
from tests.media.helpers import wait_for
from tests.site.sites import PATIENCE, site_file

LEARN = {"enabled": True, "per_day": 100_000, "uniform": 1.0}


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_samples_are_kept_while_a_site_runs(
    shorts: Path, models_dir: Path, tmp_path: Path, processes: int
) -> None:
    cameras = {name: str(shorts / "one.mp4") for name in ("hall", "gate")}
    sentinel = {"model": "fastestdet", "fps": 5, "processes": processes}
    file = site_file(tmp_path, cameras, models=models_dir, learn=LEARN, sentinel=sentinel)
    with Site.load(file) as site:
        events = list(site.events(once=True))
    assert events
    assert {event.bundle for event in events} == {"b0000"}
    with LearnCatalogue(tmp_path / "data") as catalogue:
        samples = catalogue.samples()
        assert {bundle.base for bundle in catalogue.bundles()} == {"fastestdet"}
    assert {sample.camera for sample in samples} == {"hall", "gate"}
    assert {sample.reason for sample in samples} == {SampleReason.UNIFORM}
    assert {sample.bundle for sample in samples} == {"b0000"}
    assert any(box.label == "person" and box.track is not None for one in samples for box in one.seen)
    assert all((tmp_path / "data" / sample.path).is_file() for sample in samples)


def test_a_promoted_bundle_looks_without_a_dropped_frame(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(production_model, "_EVERY", 0.1)
    # As fast as it goes: a recording waits where a live camera would drop what a busy machine is late for.
    source: dict[str, Any] = {"source": str(shorts / "one.mp4"), "pace": "fast", "loop": True}
    sentinel = {"model": "fastestdet", "fps": 5, "processes": 1, "isolate": False}
    file = site_file(tmp_path, {"hall": source}, models=models_dir, learn=LEARN, sentinel=sentinel)
    config, clock = load_site(file), SystemClock()
    with Site(config) as site, LearnCatalogue(tmp_path / "data") as catalogue:
        site.start()
        made = propose(
            catalogue,
            ModelStore(models_dir).resolve("fastestdet"),
            production(catalogue, config, clock),
            clock,
        )
        wait_for(lambda: catalogue.samples(), PATIENCE)
        promote(catalogue, made.name, clock, reason="a test", by="ann")
        wait_for(lambda: any(one.bundle == made.name for one in catalogue.samples()), PATIENCE)
        (camera,) = site.status().cameras
        assert camera.error is None
        assert not camera.drops
