"""A bundle has all that a site needs and no secret, and tells when a byte of it has changed."""

import subprocess
from pathlib import Path

import pytest

from secondsight.errors import ConfigError
from secondsight.offline import make_bundle
from secondsight.sentinel import ModelStore
from tests.cli.conftest import Command

SITE = """
cameras:
  hall: {source: "rtsp://viewer:${PASSWORD}@10.0.0.5/live", tls_ca: hall.pem}
rules:
  in: {behaviour: intrusion, zone: frame}
sentinel: {model: mine}
brain: {backend: clip, model: ./clip}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    (folder / "clip").mkdir(parents=True)
    (folder / "clip" / "weights.onnx").write_bytes(b"weights")
    (folder / "hall.pem").write_text("certificate")
    (folder / ".env").write_text("PASSWORD=hunter2-of-the-hall")
    (folder / ".env.example").write_text("PASSWORD=")
    (folder / "site.yaml").write_text(SITE)
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "secondsight-0-py3-none-any.whl").write_bytes(b"wheel")
    return folder / "site.yaml"


@pytest.fixture
def models(tmp_path: Path, models_dir: Path) -> Path:
    store = ModelStore(tmp_path / "store")
    any_model = next(iter(ModelStore(models_dir).installed().values()))
    store.add(any_model.path, "mine", any_model.family, ",".join(any_model.labels))
    return store.root


def test_it_has_all_and_no_secret(site: Path, models: Path, tmp_path: Path, command: Command) -> None:
    done = command(
        "bundle", site, "--out", "stick", "--wheels", "wheels", "--extra", "console", models=models
    )
    assert done.returncode == 0, done.stderr
    out = tmp_path / "stick"
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert found >= {
        "SHA256SUMS",
        "install.sh",
        "models/mine.onnx",
        "models/models.lock",
        "site/.env.example",
        "site/clip/weights.onnx",
        "site/hall.pem",
        "site/site.yaml",
        "wheels/secondsight-0-py3-none-any.whl",
    }
    assert "site/.env" not in found
    assert not any(b"hunter2" in (out / name).read_bytes() for name in found)
    script = (out / "install.sh").read_text()
    assert "secondsight[clip,console]==" in script
    assert "@" not in script.replace('"$@"', "")
    assert [check.problem for check in ModelStore(out / "models").verify()] == [None] * len(
        ModelStore(out / "models").available()
    )
    again = command("bundle", site, "--out", "stick", "--wheels", "wheels", models=models)
    assert again.returncode == 2
    assert "is not empty" in again.stderr


def test_a_changed_byte_is_found_on_the_other_machine(
    site: Path, models: Path, tmp_path: Path, command: Command
) -> None:
    assert command("bundle", site, "--out", "stick", "--wheels", "wheels", models=models).returncode == 0
    verify = ["sh", str(tmp_path / "stick" / "install.sh"), "--verify"]
    assert subprocess.run(verify, capture_output=True, text=True, check=True).stdout.startswith(
        "all files are"
    )
    (tmp_path / "stick" / "models" / "mine.onnx").write_bytes(b"other")
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "this copy is damaged" in done.stderr


def test_what_would_be_missing_there_is_told_here(site: Path, tmp_path: Path, command: Command) -> None:
    missing = command("bundle", site, "--out", "a", "--wheels", "wheels", models=tmp_path / "none")
    assert missing.returncode == 1
    assert "mine" in missing.stderr
    (tmp_path / "far").mkdir()
    site.write_text(SITE.replace("./clip", "../far"))
    with pytest.raises(ConfigError, match="lies outside its folder"):
        make_bundle(site, tmp_path / "b")
    assert command("bundle", site, "--out", "c", "--wheels", "far").returncode == 2
