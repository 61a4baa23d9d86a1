"""Camera-days out of what two models saw and people said of the difference."""

from pathlib import Path

import pytest

from secondsight.certify import FoundCounts, PairedDay
from secondsight.learn import LabelledBox, LabelSource, LearnCatalogue, ShadowComparison
from secondsight.learn.promote.shadow import disputed_samples, shadow_days
from secondsight.records import Box
from tests.learn.loops import keep, say

CAR, BIKE = LabelledBox("car", Box(0.1, 0.1, 0.3, 0.5)), LabelledBox("bicycle", Box(0.5, 0.1, 0.7, 0.5))
JUNK = LabelledBox("car", Box(0.7, 0.7, 0.9, 0.9))
Boxes = tuple[LabelledBox, ...]


@pytest.fixture
def catalogue(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as opened:
        yield opened


def compared(catalogue: LearnCatalogue, seed: int, old: Boxes, new: Boxes, truth: Boxes | None, *, day: int = 0,
             source: LabelSource = LabelSource.HUMAN):  # fmt: skip
    sample, _ = keep(catalogue, seed, day=day)
    catalogue.add_comparison(ShadowComparison(sample.id, "b0000", "b0001", old, new))
    if truth is not None:
        say(catalogue, sample, truth, source)
    return sample


def days(catalogue: LearnCatalogue, today: str = "2026-02-01"):
    samples = {sample.id: sample for sample in catalogue.samples()}
    return shadow_days(catalogue.comparisons("b0000", "b0001"), samples, catalogue.labels(), today=today)


@pytest.mark.parametrize(
    ("old", "new", "truth", "day"),
    [
        ((CAR,), (CAR,), None, PairedDay({"car": FoundCounts(1, 1, 1)})),
        ((CAR,), (), (CAR,), PairedDay({"car": FoundCounts(1, 1, 0)})),
        ((CAR,), (), (), PairedDay({}, 1, 0)),
        ((), (CAR, JUNK), (CAR,), PairedDay({"car": FoundCounts(1, 0, 1)}, 0, 1)),
        (
            (CAR,),
            (CAR, JUNK),
            (CAR, BIKE),
            PairedDay({"car": FoundCounts(1, 1, 1), "bicycle": FoundCounts(1, 0, 0)}, 0, 1),
        ),
        ((), (), None, PairedDay({})),
    ],
)
def test_one_picture(
    catalogue: LearnCatalogue, old: Boxes, new: Boxes, truth: Boxes | None, day: PairedDay
) -> None:
    compared(catalogue, 1, old, new, truth)
    assert days(catalogue).days == (("hall/2026-01-01", day),)


def test_a_day_waits_for_its_last_dispute(catalogue: LearnCatalogue) -> None:
    compared(catalogue, 1, (CAR,), (CAR,), None)
    waiting = compared(catalogue, 2, (CAR,), (), None)
    compared(catalogue, 3, (CAR,), (CAR,), None, day=1)
    found = days(catalogue)
    assert [name for name, _ in found.days] == ["hall/2026-01-02"]
    assert found.waiting == (waiting.id,)
    assert disputed_samples(catalogue) == []


def test_the_label_of_a_brain_settles_nothing(catalogue: LearnCatalogue) -> None:
    compared(catalogue, 1, (), (JUNK,), (JUNK,), source=LabelSource.BRAIN)
    found = days(catalogue)
    assert found.days == ()
    assert len(found.waiting) == 1


def test_today_is_not_over(catalogue: LearnCatalogue) -> None:
    compared(catalogue, 1, (CAR,), (CAR,), None)
    assert days(catalogue, today="2026-01-01").days == ()
