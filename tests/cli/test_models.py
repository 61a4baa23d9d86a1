"""`secondsight models` end to end, with the real models and a folder as mirror."""

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.table import table


@pytest.fixture
def mirror(data_dir: Path, tmp_path: Path) -> Path:
    """A folder that stands in for the publishers, as at a site without internet."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    shutil.copy(data_dir / "models" / "yolox_nano.onnx", folder / "yolox-nano.onnx")
    return folder


def test_every_family_is_listed(command: Command) -> None:
    listed = command("models", "families").stdout
    for word in ("yolov8-seg", "simcc", "movenet", "classifier-tf", "reid", "deeplab", "regions", "rtmpose"):
        assert word in listed


def test_from_an_empty_folder_to_a_verified_model(data_dir: Path, command: Command, tmp_path: Path) -> None:
    models = tmp_path / "models"
    listed = command("models", "list", models=models)
    assert listed.returncode == 0
    assert "yolox-nano" in listed.stdout
    assert str(models) in listed.stdout.replace("\n", "")
    assert command("models", "verify", models=models).returncode == 0

    file = data_dir / "models" / "fastestdet.onnx"
    added = command(
        "models", "add", file, "--name", "mine", "--labels", "coco", "--licence", "BSD", models=models
    )
    assert added.returncode == 0
    assert "mine: family fastestdet, 80 classes" in added.stdout
    assert "a person on a photograph gets 0.8" in added.stdout
    assert "try it on pictures of yours" not in added.stderr
    shown = command("models", "show", "mine", models=models).stdout
    for word in ("fastestdet", "BSD", "sha256", "(1, 3, 352, 352)", "80: person, bicycle"):
        assert word in shown
    assert "mine: as installed" in command("models", "verify", models=models).stdout

    # One flipped byte is found, and the model is not run.
    installed = models / "mine.onnx"
    data = bytearray(installed.read_bytes())
    data[len(data) // 2] ^= 1
    installed.write_bytes(data)
    verified = command("models", "verify", models=models)
    assert verified.returncode == 1
    assert "mine: " in verified.stdout
    assert "mine: as installed" not in verified.stdout
    run = command("run", "--video", "a.mp4", "--model", "mine", models=models)
    assert run.returncode == 1
    assert "mine" in run.stderr


def test_pull_from_a_mirror(mirror: Path, command: Command, tmp_path: Path) -> None:
    models = tmp_path / "models"
    pulled = command("models", "pull", "yolox-nano", "--mirror", mirror, models=models)
    assert (models / "yolox-nano.onnx").exists() == (pulled.returncode == 0)
    if pulled.returncode:  # another export of the model than the one pinned in the catalogue
        assert pulled.returncode == 1
        assert "sha256" in pulled.stderr or "hash" in pulled.stderr
    else:
        assert "sha256" in pulled.stdout
        assert command("models", "verify", models=models).returncode == 0


@table(
    ("arguments", "code", "words"),
    [
        (["pull", "yolox-nanu"], 1, ["yolox-nano"]),
        (["show", "nothing"], 1, ["nothing"]),
        (["add", "none.onnx", "--name", "x"], 1, ["none.onnx"]),
        (["add", "text.onnx", "--name", "x"], 1, ["text.onnx"]),
        (["add", "text.onnx", "--name", "../x"], 1, ["name"]),
        (["add", "text.onnx"], 2, ["--name"]),
        (["pull", "yolox-nano", "--mirror", "empty"], 1, ["yolox-nano"]),
        (["ad"], 2, ["No such command", "add"]),
    ],
)
def test_mistakes(
    arguments: list[str], code: int, words: list[str], command: Command, tmp_path: Path
) -> None:
    (tmp_path / "text.onnx").write_text("not a model")
    (tmp_path / "empty").mkdir()
    done = command("models", *arguments, models=tmp_path / "models")
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr


def test_an_installed_model_can_be_removed(data_dir: Path, command: Command, tmp_path: Path) -> None:
    models, file = tmp_path / "models", data_dir / "models" / "fastestdet.onnx"
    command("models", "add", file, "--name", "mine", "--labels", "coco", models=models)
    removed = command("models", "remove", "mine", models=models)
    assert removed.returncode == 0
    assert "mine" in removed.stdout
    assert not (models / "mine.onnx").exists()
    assert "mine" not in command("models", "verify", models=models).stdout
    again = command("models", "remove", "mine", models=models)
    assert again.returncode == 1
    assert "no model `mine` is installed" in again.stderr
    assert "comes with the package" in command("models", "remove", "city-nano", models=models).stderr


@pytest.mark.parametrize("size", ["320", "0x320", "320x320x3", "wide"])
def test_a_size_that_is_none_says_how_to_state_one(
    data_dir: Path, command: Command, tmp_path: Path, size: str
) -> None:
    file = data_dir / "models" / "fastestdet.onnx"
    added = command("models", "add", file, "--name", "m", "--size", size, models=tmp_path / "models")
    assert added.returncode == 2
    assert "WIDTHxHEIGHT" in added.stderr
