"""`secondsight demo`: removes nothing but an earlier demo, says first what is missing, and ends well."""

import importlib.util
import socket
from pathlib import Path

import pytest

import secondsight.sim
from secondsight.sim import make_world
from tests.cli.conftest import Command


def test_a_folder_that_is_no_demo_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("mine")
    done = command("demo", "--no-serve", "--out", tmp_path / "mine")
    assert (done.returncode, "something else" in done.stderr) == (2, True)
    assert (tmp_path / "mine" / "letter").read_text() == "mine"
    done = command("demo", "--no-serve", "--out", tmp_path / "mine" / "letter")
    assert (done.returncode, "is a file" in done.stderr) == (2, True)


def test_a_missing_extra_is_named_first(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    for missing, extra in (("tokenizers", "secondsight[clip,console]"), ("uvicorn", "secondsight[console]")):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, gone=missing: None if name == gone else real(name)
        )
        done = command("demo")
        assert (done.returncode, extra in done.stderr) == (2, True)
    assert not (tmp_path / "demo-out").exists()


def test_a_port_that_is_taken_is_named_first(command: Command, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = command("demo", "--port", taken.getsockname()[1])
    assert (done.returncode, "--port" in done.stderr) == (2, True)
    assert not (tmp_path / "demo-out").exists()


@pytest.mark.slow
def test_it_films_watches_and_says_how_to_open_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a scene of seconds, and over an earlier demo."""
    monkeypatch.setattr(secondsight.sim, "demo_world", lambda seed: make_world("metro", seed, 0, 4.0))
    (tmp_path / "demo-out" / "city").mkdir(parents=True)
    (tmp_path / "demo-out" / "city" / "site.yaml").write_text("old")
    done = command("demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    assert f"serve {tmp_path / 'demo-out' / 'city' / 'site.yaml'}" in done.stdout
    assert (tmp_path / "demo-out" / "page" / "index.html").is_file()
    assert list((tmp_path / "demo-out" / "annotated").glob("*.mp4"))
    assert (tmp_path / "demo-out" / "city" / "data" / "secondsight.db").is_file()
