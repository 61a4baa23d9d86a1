"""Chaos runs of a few minutes: the seeds that once failed, and a fresh one."""

import time
from pathlib import Path

import pytest

from tests.scenarios.chaos.drive import SEEDS, chaos

FRESH = "fresh"


def once_failed() -> list[int]:
    lines = (line.partition("#")[0].strip() for line in SEEDS.read_text().splitlines())
    return [int(line) for line in lines if line]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [*once_failed()[-2:], FRESH])
def test_nothing_is_lost_whatever_happens(
    seed: int | str, shorts: Path, models_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = int(time.time()) if seed == FRESH else int(seed)

    def say(line: str) -> None:
        with capsys.disabled():
            print(f"chaos {number}: {line}", flush=True)

    say(f"python -m tests.scenarios.chaos --seed {number}")
    assert chaos(number, 200.0, tmp_path / "run", shorts, models_dir, say) == [], f"seed {number}"


def test_the_list_of_seeds_can_be_read() -> None:
    assert len(once_failed()) == len(set(once_failed()))
