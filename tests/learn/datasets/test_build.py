"""Versions of the dataset: split by camera-day and track, never changed."""

import json
from pathlib import Path

import pytest

from secondsight.config import LearnSettings
from secondsight.errors import RefusedError
from secondsight.learn import LabelledBox, LabelSource, LearnCatalogue, Split, build_dataset, read_dataset
from secondsight.learn.datasets.splits import split_of
from secondsight.records import Box
from tests.learn.loops import clock_at, keep, say

SETTINGS = LearnSettings()
SEEN = Box(0.6, 0.6, 0.9, 0.9)


@pytest.fixture
def catalogue(tmp_path: Path):
    with LearnCatalogue(tmp_path, make=True) as opened:
        yield opened


def fill(catalogue: LearnCatalogue, days: int = 30, source: LabelSource = LabelSource.HUMAN) -> None:
    for seed in range(2 * days):
        say(catalogue, *keep(catalogue, seed, day=seed // 2), source)


def test_a_day_stands_on_one_side_for_ever(catalogue: LearnCatalogue) -> None:
    fill(catalogue)
    first = build_dataset(catalogue, SETTINGS, clock_at(30))
    fill(catalogue, 60)
    second = build_dataset(catalogue, SETTINGS, clock_at(60))
    sides = {item.day: item.split for item in second.items}
    assert all(sides[item.day] is item.split for item in (*first.items, *second.items))
    assert set(sides.values()) == set(Split)
    assert second.card.version == first.card.version + 1


def test_about_the_share_that_was_asked_for_is_held_back() -> None:
    days = [f"hall/{number}" for number in range(5000)]
    held = sum(split_of(day, 0.2) is Split.REFERENCE for day in days)
    assert 0.18 < held / len(days) < 0.22


def test_the_reference_set_has_peoples_labels_only(catalogue: LearnCatalogue) -> None:
    fill(catalogue, source=LabelSource.BRAIN)
    dataset = build_dataset(catalogue, SETTINGS, clock_at(30))
    assert dataset.of(Split.REFERENCE) == []
    assert dataset.of(Split.TRAIN)
    assert all(split_of(item.day, SETTINGS.reference) is not Split.REFERENCE for item in dataset.items)


def test_no_track_stands_on_both_sides(catalogue: LearnCatalogue) -> None:
    """A car that stands there for days is tracked across midnight."""
    parked = (LabelledBox("car", SEEN, 0.9, track=5),)
    for seed in range(60):
        seen = parked if seed % 3 == 0 else ()
        sample, truth = keep(catalogue, seed, day=seed, seen=seen)
        say(catalogue, sample, truth)
    dataset = build_dataset(catalogue, SETTINGS, clock_at(60))
    with_track = {sample.id for sample in catalogue.samples() if sample.seen}
    assert {item.split for item in dataset.items if item.sample in with_track} == {Split.REFERENCE}


def test_what_an_incomplete_label_does_not_name_is_ignored(catalogue: LearnCatalogue) -> None:
    seen = (LabelledBox("car", SEEN, 0.9, track=5), LabelledBox("person", Box(0, 0, 0.2, 0.5), 0.9, track=6))
    sample, _ = keep(catalogue, 1, seen=seen)
    say(catalogue, sample, seen[:1], LabelSource.TRACK, complete=False)
    other, _ = keep(catalogue, 2, seen=seen)
    say(catalogue, other, seen[:1], LabelSource.TEACHER)
    settings = LearnSettings(reference=1e-9)
    items = {item.sample: item for item in build_dataset(catalogue, settings, clock_at(1)).items}
    assert items[sample.id].ignored == (seen[1].box,)
    assert items[other.id].ignored == ()


def test_a_version_reads_back_as_it_was_made(catalogue: LearnCatalogue) -> None:
    fill(catalogue)
    made = build_dataset(catalogue, SETTINGS, clock_at(30))
    assert read_dataset(catalogue) == made
    assert sum(made.card.pictures.values()) == len(made.items) == 60
    assert made.card.sources == {"human": 60}
    assert made.card.classes == ("bicycle", "car", "person")


def test_removed_samples_stay_in_their_datasets(catalogue: LearnCatalogue) -> None:
    fill(catalogue, 10)
    build_dataset(catalogue, SETTINGS, clock_at(10))
    for sample in catalogue.samples():
        (catalogue.data / sample.path).unlink()
    assert len(read_dataset(catalogue).items) == 20


def change_label(folder: Path) -> str:
    items = json.loads((folder / "items.json").read_text())
    items[0]["boxes"] = []
    (folder / "items.json").write_text(json.dumps(items))
    return "items.json was changed"


def remove_picture(folder: Path) -> str:
    next((folder / "train").iterdir()).unlink()
    return "is missing"


def add_picture(folder: Path) -> str:
    (folder / "train" / "mine.jpg").write_bytes(b"picture")
    return "mine.jpg was added"


def change_card(folder: Path) -> str:
    (folder / "card.json").write_text("{}")
    return "card.json was changed"


@pytest.mark.parametrize("change", [change_label, remove_picture, add_picture, change_card])
def test_a_folder_edited_by_hand_is_refused_and_named(catalogue: LearnCatalogue, change) -> None:
    fill(catalogue, 10)
    said = change(build_dataset(catalogue, SETTINGS, clock_at(10)).folder)
    with pytest.raises(RefusedError, match=said) as error:
        read_dataset(catalogue)
    assert "versions never change" in str(error.value)


def test_a_killed_build_leaves_no_version(catalogue: LearnCatalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the folder was renamed and before the index knew: the next build makes the same version again."""
    fill(catalogue, 10)
    with monkeypatch.context() as patch:
        patch.setattr(catalogue, "add_dataset", lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            build_dataset(catalogue, SETTINGS, clock_at(10))
    with pytest.raises(RefusedError, match="there is no dataset"):
        read_dataset(catalogue)
    assert build_dataset(catalogue, SETTINGS, clock_at(10)).card.version == 1
    assert len(read_dataset(catalogue).items) == 20


def test_without_labels_there_is_no_dataset(catalogue: LearnCatalogue) -> None:
    keep(catalogue, 1)
    with pytest.raises(RefusedError, match="no sample has a label yet"):
        build_dataset(catalogue, SETTINGS, clock_at(1))
