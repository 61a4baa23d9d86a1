"""A data folder with something learned: the first bundle, one that passed the gate, and one that was promoted."""

from pathlib import Path

from secondsight.clock import ManualClock
from secondsight.config import SiteConfig, make_site
from secondsight.learn import BundleState, HistoryEntry, LearnCatalogue, production, promote, propose
from secondsight.sentinel import ModelStore

GATE = {"recall person": 0.8, "recall before person": 0.5, "recall car": 0.9, "lost person yard": -0.3}


def learning_config(folder: Path) -> SiteConfig:
    """Two cameras, watched by the model that comes with the package."""
    return make_site(
        {
            "cameras": {name: {"source": f"{name}.mp4"} for name in ("hall", "yard")},
            "sentinel": {"model": "city-nano"},
            "learn": {"enabled": True, "train": {"labels": 200}},
        },
        folder,
    )


def learn_something(data: Path, now: float) -> None:
    """`b0000` was first, `b0001` is live by the trial, `b0002` waits in the shadow."""
    config, clock = learning_config(data), ManualClock(now - 86400.0)
    with LearnCatalogue(data, make=True) as catalogue:
        first = production(catalogue, config, clock)
        model = ModelStore(config.models).resolve("city-nano")
        made = [propose(catalogue, model, first, clock) for _ in range(2)]
        for one, recall in zip(made, (0.8, 0.85), strict=True):
            entry = HistoryEntry(
                clock.now(), one.name, "shadow", "passed the gate", {**GATE, "recall person": recall}
            )
            catalogue.change_bundles({one.name: BundleState.SHADOW}, entry)
            if one is made[0]:
                reason = "no worse in person, and better, on 31 camera-days"
                promote(catalogue, one.name, clock, reason=reason, by="loop", evidence={"person": 44.0})
