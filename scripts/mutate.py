"""`make mutate`: breaks the code in small ways, one at a time, and tells which breakages no test notices.

All mutants of a room take hours, so a sample of them is drawn; the same seed draws the same ones. It works in a copy
of the tree.
"""

import argparse
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).parents[1]
COPIED = (
    "secondsight",
    "tests",
    "bench",
    "training",
    "docs",
    "pyproject.toml",
    "README.md",
    "Makefile",
)


@dataclass(frozen=True, slots=True)
class Room:
    """What is mutated, and the tests that have to notice: files or folders, relative to the root."""

    code: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "behaviour": Room(("secondsight/behaviour",), ("tests/behaviour",)),
    "cascade": Room(("secondsight/cascade",), ("tests/cascade",)),
    "store": Room(("secondsight/store",), ("tests/store",)),
    "brain/prompts": Room(("secondsight/brain/prompts",), ("tests/brain/prompts",)),
}
TRIVIAL = ("BitOr", "BitAnd", "BitXor", "LShift", "RShift")
"""Operators on bits: in a type such as `int | None` and on decimal numbers they raise at once: any test notices."""


def main() -> int:
    """Mutate the rooms that are asked for, and print the score of each."""
    parser = argparse.ArgumentParser(prog="python scripts/mutate.py", description=__doc__)
    parser.add_argument("rooms", nargs="*", default=list(ROOMS), metavar="room", help=", ".join(ROOMS))
    parser.add_argument("--count", type=int, default=20, help="mutants of each room; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="which of them; default: %(default)s")
    options = parser.parse_args()
    unknown = [room for room in options.rooms if room not in ROOMS]
    if unknown:
        parser.error(f"no room {unknown[0]}; there are {', '.join(ROOMS)}")
    os.nice(19)
    with tempfile.TemporaryDirectory() as folder:
        _copy(Path(folder))
        scores = [_score(name, ROOMS[name], options.count, options.seed) for name in options.rooms]
    print("\n| room | mutants | drawn | noticed |\n|---|---|---|---|")
    print("\n".join(scores))
    return 0


def _copy(folder: Path) -> None:
    """Go to a copy of the tree; tests there find code, models and videos."""
    os.environ.setdefault("SECONDSIGHT_TEST_DATA", str(ROOT.parent / "shared" / "data"))
    os.environ["PYTHONPATH"] = str(folder)
    for name in COPIED:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy2
        copy(source, folder / name)
    os.chdir(folder)


def _score(name: str, room: Room, count: int, seed: int) -> str:
    """Draw mutants of a room, run its tests over each; the room's line of the table."""
    mutants = _mutants(room)
    drawn = random.Random(f"{seed} {name}").sample(mutants, min(count, len(mutants)))
    began = time.monotonic()
    if subprocess.run(shlex.split(_command(room, "")), stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"tests of {name} fail already without a mutant")
    patience = 60 + 3 * (time.monotonic() - began)
    noticed = 0
    for mutant in drawn:
        result = mutate_and_test([mutant], _command(room, Path(mutant.module_path).stem), patience)
        noticed += result.test_outcome is TestOutcome.KILLED
        what = "noticed" if result.test_outcome is TestOutcome.KILLED else "NOT NOTICED"
        print(f"{what}: {mutant.module_path}:{mutant.start_pos[0]} {mutant.operator_name}", flush=True)
        if result.test_outcome is not TestOutcome.KILLED:
            print(result.diff or result.output, flush=True)
    return f"| {name} | {len(mutants)} | {len(drawn)} | {noticed / len(drawn):.0%} |"


def _mutants(room: Room) -> list[MutationSpec]:
    files = {
        file
        for place in map(Path, room.code)
        for file in ([place] if place.is_file() else place.rglob("*.py"))
    }
    with tempfile.TemporaryDirectory() as folder, use_db(f"{folder}/mutants", WorkDB.Mode.create) as database:
        init(sorted(files), database, {})
        made = [one for item in database.work_items for one in item.mutations]
    kept = [one for one in made if not any(word in one.operator_name for word in TRIVIAL)]
    return sorted(kept, key=lambda one: (str(one.module_path), one.operator_name, one.occurrence))


def _command(room: Room, module: str) -> str:
    """Tests of the module come first: they notice soonest."""
    own = [str(file) for place in room.tests for file in Path(place).rglob(f"test_{module}.py") if module]
    places = " ".join([*own, *room.tests])
    return f"{sys.executable} -m pytest -x -p no:cacheprovider -p no:randomly -m 'not slow' {places}"


if __name__ == "__main__":
    sys.exit(main())
