"""The brain that ships: its card tells the truth about its files and about how well it does."""

import asyncio
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from secondsight.brain import make_reviewer
from secondsight.brain.backends.clip.sentences import prompts_version
from secondsight.clock import SystemClock
from secondsight.config import ClipBrainSettings
from tests.conftest import require

FOLDER = Path(str(files("secondsight.brain").joinpath("embedded", "city-clip")))


def card() -> str:
    return (FOLDER / "card.md").read_text(encoding="utf-8")


def test_the_card_names_every_file_by_its_hash() -> None:
    from hashlib import sha256

    stated = dict(re.findall(r"- `([a-z_.]+)` sha256:([0-9a-f]{64})", card()))
    present = {path.name: sha256(path.read_bytes()).hexdigest() for path in FOLDER.iterdir()}
    del present["card.md"]
    assert stated == present
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 25e6


def test_the_card_says_what_it_was_asked_and_that_it_knows_only_the_city() -> None:
    assert prompts_version() in card()
    assert "knows only the simulated city" in card()


def test_it_runs_by_its_name() -> None:
    brain = make_reviewer(ClipBrainSettings(model="city-clip"), SystemClock())
    assert brain is not None
    assert "city-clip" in asyncio.run(brain.check())


@pytest.mark.slow
def test_the_quick_measure_of_the_card_is_repeated(tmp_path: Path) -> None:
    """On seeds no training saw; the last digits may differ from machine to machine."""
    require(find_spec("torch"), "torch; install the extra `train`")
    from training.clip.card import QUICK
    from training.clip.draw import draw_all
    from training.clip.measure import cases, row

    draw_all(tmp_path, range(QUICK, QUICK + 1))
    measured = row("quick", cases(sorted(tmp_path.glob("*.npz")), "city-clip"))
    (stated,) = re.findall(r"^\| quick \|.*$", card(), re.MULTILINE)
    pairs = zip(_numbers(measured), _numbers(stated), strict=True)
    assert all(abs(one - other) <= (0.03 if other <= 1 else 2) for one, other in pairs), (measured, stated)


def _numbers(text: str) -> list[float]:
    return [float(cell) for cell in text.strip("| ").split("|")[1:]]
