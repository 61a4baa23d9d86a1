"""Rules of the packs on real videos: what docs/behaviours.md says of them; seen by eye, in frames sampled."""

from pathlib import Path

import pytest

from bench.pictures.real_pictures import ALL, watch


def test_a_worker_with_helmet_and_vest(data_dir: Path, tmp_path: Path) -> None:
    """He wears a yellow helmet and an orange vest, walks over the stripe, and stands there."""
    seen = watch(ALL["worker"], tmp_path)
    suspected = {one.rule for one in seen.candidates}
    assert suspected == {"white-helmets", "yellow-vests", "behind-the-stripe"}
    (intrusion,) = (one for one in seen.candidates if one.rule == "behind-the-stripe")
    assert 0.5 < intrusion.start - 1_767_254_400 < 3
    assert intrusion.label == "person"


@pytest.mark.slow
def test_a_car_that_passes(data_dir: Path, tmp_path: Path) -> None:
    """It drives up the street."""
    seen = watch(ALL["street"], tmp_path)
    assert dict(seen.counts) == {"out:cars": 1}
    assert {one.rule for one in seen.candidates} == {"against"}


@pytest.mark.slow
def test_guests_one_by_one(data_dir: Path, tmp_path: Path) -> None:
    """Six people come to a table, one after the other, and stay for a while."""
    seen = watch(ALL["room"], tmp_path)
    assert seen.counts["visits:guests"] == 6
    assert [one.rule for one in seen.candidates] == ["stays"] * 6


@pytest.mark.slow
def test_cars_that_come_and_go(data_dir: Path, tmp_path: Path) -> None:
    """Two cars drive up, two down; all of them are in the park for ten seconds together."""
    seen = watch(ALL["cars"], tmp_path)
    assert (seen.counts["in:cars"], seen.counts["out:cars"], seen.counts["visits:park"]) == (2, 2, 4)
    assert 8 < seen.counts["dwell:park"] < 14
    assert not seen.candidates, "none of them stands"
