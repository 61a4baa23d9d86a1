"""The gate on the reference set."""

from pathlib import Path

import pytest

from secondsight.learn import Dataset, DatasetCard, DatasetItem, LabelledBox, LabelSource, Split
from secondsight.learn.promote.gate import run_gate
from secondsight.records import Box

CAR = (LabelledBox("car", Box(0.1, 0.1, 0.3, 0.5)),)
JUNK = LabelledBox("car", Box(0.7, 0.7, 0.9, 0.9))
NOTHING: tuple[LabelledBox, ...] = ()


def item(number: int, camera: str, condition: str, split: Split = Split.REFERENCE) -> DatasetItem:
    return DatasetItem(
        f"{camera}-{condition}-{number}", "", split, f"{camera}/2026-01-01", condition, "uniform", 1.0, 100, 100,
        CAR, LabelSource.HUMAN, 1.0, True,
    )  # fmt: skip


def dataset() -> Dataset:
    """20 pictures by day of each of two cameras, and 12 of one by night."""
    items = [item(n, camera, "bright") for camera in ("hall", "gate") for n in range(20)]
    items += [item(n, "hall", "dark") for n in range(12)]
    items += [item(n, "hall", "bright", Split.TRAIN) for n in range(50)]
    return Dataset(Path(), DatasetCard(1, "", ("car",), {}, {}, {}, {}, {}, {}), tuple(items))


def sees(missed: set[str], junk: int = 0):
    """A model that misses some pictures' cars, and reports junk in the first pictures."""
    left = [junk]

    def see(one: DatasetItem):
        boxes = NOTHING if one.sample in missed else CAR
        left[0] -= 1
        return (*boxes, JUNK) if left[0] >= 0 else boxes

    return see


def names(camera: str, condition: str, count: int) -> set[str]:
    return {f"{camera}-{condition}-{n}" for n in range(count)}


@pytest.mark.parametrize(
    ("production", "candidate", "reason"),
    [
        (sees(set(), 5), sees(set(), 2), None),
        (sees(names("hall", "dark", 8)), sees(set()), None),
        (sees(set(), 5), sees(names("gate", "bright", 10), 0), "car (all): found 42 of 52"),
        (sees(names("gate", "bright", 9)), sees(names("hall", "dark", 5)), "car (dark): found 7 of 12"),
        (sees(set(), 5), sees(set(), 5), "better in nothing"),
        (sees(set()), sees(set()), "better in nothing"),
    ],
)
def test_a_candidate_passes_if_it_loses_nowhere_and_gains_somewhere(production, candidate, reason) -> None:
    result = run_gate(dataset(), production, candidate, margin=0.05, least=30)
    assert result.passed is (reason is None)
    assert reason is None or any(reason in one for one in result.reasons), result.reasons


def test_rows_are_by_class_camera_and_condition() -> None:
    result = run_gate(dataset(), sees(set()), sees(names("hall", "dark", 5)), margin=0.05, least=30)
    counts = {(row.label, row.part): (row.true, row.candidate) for row in result.rows}
    assert counts == {
        ("car", "all"): (52, 47),
        ("car", "hall"): (32, 27),
        ("car", "gate"): (20, 20),
        ("car", "bright"): (40, 40),
        ("car", "dark"): (12, 7),
    }


def test_a_small_reference_set_decides_nothing() -> None:
    result = run_gate(dataset(), sees(set()), sees(set()), margin=0.05, least=53)
    assert (result.passed, result.decided) == (False, False)
    assert "has 52 labelled things, and 53 are needed" in result.reasons[0]
