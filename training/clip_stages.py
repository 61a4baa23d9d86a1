"""What a `city-clip` has learned from, stage by stage: a file beside the model, so that its card can tell."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from secondsight.sim.city import labelled

FILE = "training.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """One training.

    Attributes:
        samples, scenes: how many.
        first, last: seeds of the scenes.
        further: with kinds that a pack does not show by itself.
    """

    samples: int
    scenes: int
    first: int
    last: int
    further: bool
    steps: int
    seed: int

    @classmethod
    def of(cls, folder: Path, steps: int, seed: int) -> "Stage":
        """A training on the samples of a folder."""
        paths = sorted(folder.glob("*.npz"))
        facts = [fact for path in paths for fact in facts_of(path)]
        seeds = sorted(map(seed_of, paths))
        kinds = any(fact["kind"] not in labelled(str(fact["pack"])) for fact in facts)
        return cls(len(facts), len(paths), seeds[0], seeds[-1], kinds, steps, seed)


def stages(model: Path) -> tuple[Stage, ...]:
    """Those of a model, in their order."""
    return tuple(Stage(**one) for one in json.loads((model / FILE).read_text(encoding="utf-8")))


def write_stages(model: Path, these: Sequence[Stage]) -> None:
    """Keep them beside a model."""
    (model / FILE).write_text(json.dumps([asdict(one) for one in these], indent=2) + "\n", encoding="utf-8")


def facts_of(path: Path) -> list[dict[str, object]]:
    """All of a file of samples but the pictures."""
    with np.load(path) as data:
        return list(json.loads(str(data["facts"])))


def seed_of(path: Path) -> int:
    """Seed of the scene whose samples a file holds."""
    return int(path.stem.rpartition("-")[2])
