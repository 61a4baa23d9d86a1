"""What a `city-clip` has learned from, stage by stage: a file beside the model, so that its card can tell."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from secondsight.sim.world import labelled

FILE = "training.json"
CASES = "-cases-"
"""In the name of a file of samples of what the sentinel suspects."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Samples of what the sentinel suspects: how many, of how many scenes, and the seeds of these."""

    samples: int
    scenes: int
    first: int
    last: int

    @classmethod
    def of(cls, paths: Sequence[Path]) -> "Cases":
        """Those of some files, at least one."""
        seeds = sorted(map(seed_of, paths))
        return cls(sum(len(facts_of(path)) for path in paths), len(paths), seeds[0], seeds[-1])


@dataclass(frozen=True, slots=True)
class Stage:
    """One training.

    Attributes:
        samples, scenes: how many there are around what is labelled.
        first, last: seeds of the scenes.
        further: with kinds that a pack does not show by itself.
        cases: what was learned from besides.
    """

    samples: int
    scenes: int
    first: int
    last: int
    further: bool
    steps: int
    seed: int
    cases: Cases | None = None

    @classmethod
    def of(cls, folder: Path, steps: int, seed: int) -> "Stage":
        """A training on the samples of a folder."""
        found = sorted(folder.glob("*.npz"))
        cases = [path for path in found if CASES in path.stem]
        paths = [path for path in found if path not in cases]
        facts = [fact for path in paths for fact in facts_of(path)]
        seeds = sorted(map(seed_of, paths))
        kinds = any(fact["kind"] not in labelled(str(fact["pack"])) for fact in facts)
        more = Cases.of(cases) if cases else None
        return cls(len(facts), len(paths), seeds[0], seeds[-1], kinds, steps, seed, more)


def stages(model: Path) -> tuple[Stage, ...]:
    """Those of a model, in their order."""
    kept = json.loads((model / FILE).read_text(encoding="utf-8"))
    return tuple(
        Stage(**{**one, "cases": Cases(**one["cases"]) if one.get("cases") else None}) for one in kept
    )


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
