"""The suites: names, seeds, and when they are made anew."""

import os
import re
import time
from pathlib import Path

import pytest

from secondsight.errors import ConfigError, StoreError
from secondsight.measure.running.recordings import read_folder
from secondsight.measure.running.suites import SUITES, Suite, find_suite, fingerprint, prepare_suite
from secondsight.sim.world import FIRST_TEST_SEED
from tests.conftest import ROOT


def test_four_packs_in_two_sizes() -> None:
    assert set(SUITES) == {
        f"{pack}-{size}"
        for pack in ("metro", "industrial", "retail", "motorway")
        for size in ("quick", "full")
    }
    for name, suite in SUITES.items():
        quick = name.endswith("quick")
        assert (len(suite.conditions), suite.seconds) == ((3, 120.0) if quick else (8, 180.0))
        assert suite.conditions[0] == ()
        assert any(suite.conditions)


def test_no_two_suites_share_a_seed_and_none_is_a_training_seed() -> None:
    seeds = [suite.seed for suite in SUITES.values()]
    assert len(set(seeds)) == len(seeds)
    assert min(seeds) >= FIRST_TEST_SEED == 1_000_000


def test_training_draws_below_the_seeds_of_tests() -> None:
    from training import attributes
    from training.detector import train as detector

    assert detector.SEED + 100_000 < FIRST_TEST_SEED, "it counts on from there, one seed for each place"
    assert max(attributes.SEEDS) < FIRST_TEST_SEED <= min(attributes.HELD_OUT)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    drawn = re.findall(r"clip draw --out (\S+) --seeds (\d+):(\d+)", makefile)
    assert {folder.endswith("held-out") for folder, _, _ in drawn} == {True, False}
    for folder, first, end in drawn:
        assert folder.endswith("held-out") == (int(first) >= FIRST_TEST_SEED) == (int(end) > FIRST_TEST_SEED)


@pytest.mark.parametrize(
    ("wrong", "hint"), [("metro-fulll", "metro-full"), ("motorway_quick", "motorway-quick")]
)
def test_a_wrong_name_gets_the_nearest_spelling(wrong: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"did you mean `{hint}`"):
        find_suite(wrong)
    assert find_suite(hint) is SUITES[hint]


def test_a_suite_is_known_by_what_it_is_made_of() -> None:
    first, second = SUITES["metro-quick"], SUITES["metro-full"]
    assert fingerprint(first) == fingerprint(first) != fingerprint(second)


def test_a_suite_is_made_once_and_kept(tmp_path: Path) -> None:
    short = Suite("metro-short", "metro", FIRST_TEST_SEED, 1.0, ((), ("night:0.6",)))
    shares: list[float] = []
    folder = prepare_suite(short, tmp_path, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == [folder.name], "nothing half made is left"
    first, second = read_folder(folder)
    assert first.recording.seed != second.recording.seed
    assert [one.name for one in second.recording.conditions] == ["night"]
    assert first.recording.simulated
    marked = folder / "mark"
    marked.touch()
    rules = (folder / "site.yaml").read_text()
    (folder / "site.yaml").write_text("of an older version")
    assert prepare_suite(short, tmp_path) == folder
    assert marked.exists()
    assert (folder / "site.yaml").read_text() == rules, "the site file is always that of this version"


def test_what_a_killed_program_left_half_made_goes_after_a_day(tmp_path: Path) -> None:
    for name, age in (("metro-full.old.part", 2 * 86_400), ("metro-full.new.part", 60)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, times=(time.time() - age,) * 2)
    prepare_suite(Suite("metro-short", "metro", FIRST_TEST_SEED, 0.3, ((),)), tmp_path)
    assert [path.name for path in tmp_path.glob("*.part")] == ["metro-full.new.part"]


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="name another --cache"):
        prepare_suite(SUITES["metro-quick"], tmp_path / "file")
