"""`label`, `learn` and `models history`: the loop from the command line."""

import json
from pathlib import Path

import pytest

from secondsight.learn import LabelSource, LearnCatalogue
from secondsight.store import Store
from tests.cli.conftest import Command
from tests.learn.loops import keep, say


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site whose cameras have kept samples of twenty days; all but the last five are labelled."""
    file = tmp_path / "site.yaml"
    learn = {"enabled": True, "min_reference": 2}
    cameras = {"hall": {"source": "hall.mp4"}}
    sentinel = {"model": "city-nano"}
    file.write_text(json.dumps({"cameras": cameras, "sentinel": sentinel, "learn": learn, "data": "data"}))
    with LearnCatalogue(tmp_path / "data", make=True) as catalogue:
        for seed in range(20):
            sample, truth = keep(catalogue, seed, day=seed, size=(96, 64))
            if seed < 15:
                say(catalogue, sample, truth)
    return file


def test_samples_are_counted(site: Path, command: Command) -> None:
    shown = command("learn", "samples").stdout
    assert "hall" in shown
    assert "15 samples with a label" in shown
    assert json.loads(command("learn", "samples", "--json").stdout) == {
        "type": "samples",
        "camera": "hall",
        "reason": "uniform",
        "count": 20,
    }


def test_labels_go_out_and_come_back(site: Path, command: Command) -> None:
    assert "5 samples without a person's label" in command("label", "next").stdout
    done = command("label", "export", "todo", "--format", "yolo")
    assert done.returncode == 0, done.stderr
    assert len(list((site.parent / "todo" / "images").iterdir())) == 5
    done = command("label", "import", "todo/data.yaml", "--format", "yolo", "--author", "ann")
    assert "5 labels added" in done.stdout
    assert "0 samples without a person's label" in command("label", "next").stdout


def test_a_person_confirms_what_is_known(site: Path, command: Command) -> None:
    with LearnCatalogue(site.parent / "data") as catalogue:
        id = catalogue.samples()[-1].id
        assert command("label", "confirm", id).returncode == 0
        (label,) = catalogue.labels(id)[id]
    assert (label.source, label.boxes) == (LabelSource.HUMAN, ())
    done = command("label", "confirm", "other")
    assert done.returncode == 2
    assert "no sample is called other" in done.stderr


def test_a_missed_thing_comes_first(site: Path, command: Command) -> None:
    with LearnCatalogue(site.parent / "data") as catalogue:
        picture = site.parent / "data" / catalogue.samples()[0].path
    done = command("label", "missed", picture, "--camera", "hall", "--time", "2026-01-31T08:00:00Z")
    assert "kept as hall-1769846400.000-missed" in done.stdout, done.stderr
    shown = command("label", "next", "--limit", "1").stdout
    assert "missed" in shown
    assert "no camera is called gate" in command("label", "missed", picture, "--camera", "gate").stderr


def test_a_teacher_labels(site: Path, command: Command) -> None:
    done = command("label", "auto", "--teacher", "city-nano", "--limit", "3")
    assert "3 labels added" in done.stdout, done.stderr
    assert "say who labels" in command("label", "auto").stderr


def test_a_dataset_is_made_shown_and_exported(site: Path, command: Command) -> None:
    shown = command("learn", "dataset").stdout
    assert "Dataset 1" in shown
    assert "labels by human 15" in shown
    assert "Dataset 1" in command("learn", "dataset", "--show").stdout
    done = command("learn", "dataset", "--export", "out", "--format", "coco")
    assert "out/train/annotations.json" in done.stdout
    assert "Dataset 2" in command("learn", "dataset").stdout


def test_bundles_come_and_go(site: Path, command: Command) -> None:
    assert "no candidate waits" in command("learn", "step").stdout
    assert command("models", "propose", "city-nano").returncode == 0
    command("learn", "dataset")
    assert "better in nothing" in command("learn", "step").stdout
    assert command("models", "promote", "b0001", "--reason", "a test").returncode == 0
    shown = command("models", "history").stdout
    assert "refused" in shown
    assert "a test" in shown
    assert "would not pass" in command("models", "diff", "b0000", "b0001").stdout
    assert "b0000 is in production again" in command("models", "rollback", "--reason", "no").stdout
    assert command("models", "rollback", "--reason", "no").returncode == 2


def test_no_training_yet(site: Path, command: Command) -> None:
    assert "no training yet" in command("learn", "status").stdout
    assert "no training runs" in command("learn", "stop").stdout


def test_a_site_that_kept_nothing_says_what_to_do(tmp_path: Path, command: Command) -> None:
    (tmp_path / "site.yaml").write_text(json.dumps({"cameras": {"hall": {"source": "a.mp4"}}}))
    done = command("learn", "samples")
    assert done.returncode == 1
    assert "switch `learn.enabled` on" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["helmet", "--answer", "helmet"], "write an answer as --answer"),
        (["helmet", "--answer", "helmet=a hard hat"], "at least two answers"),
        (
            ["helmet", "--answer", "a=x", "--answer", "a=y"],
            "at least two answers, each with a label of its own",
        ),
        (["../x", "--answer", "a=x", "--answer", "b=y"], "cannot name an attribute"),
        (["helmet", "--answer", "a=x", "--answer", "b=y", "--region", "foot"], "choose of head, torso"),
        (["helmet", "--answer", "a=x", "--answer", "b=y"], "no sample shows a person that is tall enough"),
        (["intrusion"], "0 reviewed candidates to learn from"),
    ],
)
def test_what_cannot_be_distilled_is_told(site: Path, command: Command, arguments, message: str) -> None:
    with Store.open(site.parent / "data"):
        pass
    done = command("distill", *arguments)
    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())
