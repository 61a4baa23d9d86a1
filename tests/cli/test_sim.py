"""`secondsight sim` on the command line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from secondsight.sim.output.recording import VideoWriter
from tests.cli.conftest import Command
from tests.conftest import require
from tests.servers.rtsp import available
from tests.servers.videos import numbered
from tests.table import table


def test_make_writes_a_city(command: Command, tmp_path: Path) -> None:
    done = command(
        "sim",
        "make",
        "metro",
        "--out",
        "city",
        "--seed",
        3,
        "--minutes",
        0.05,
        "--conditions",
        "night,fog:0.3",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("city/metro-0.mp4: 3 s, ")
    labels = json.loads((tmp_path / "city" / "metro-0.json").read_text())
    assert [(one["name"], one["strength"]) for one in labels["conditions"]] == [("night", 0.7), ("fog", 0.3)]
    assert len(labels["frames"]) == 30
    assert "mask" not in json.dumps(labels["frames"]) or labels["frames"][0]["boxes"][0]["mask"] is None


@table(
    ("arguments", "expected"),
    [
        (["metr"], "did you mean `metro`?"),
        (["metro", "--conditions", "night,rian"], "no condition is called `rian`; did you mean `rain`?"),
        (["metro", "--conditions", "rain:3"], "write a strength from 0 to 1"),
        (["metro", "--events", "runing"], "did you mean `running`?"),
        (["metro", "--minutes", "0"], "--minutes"),
        (["metro", "--minutes", "inf"], "--minutes"),
        (["metro", "--cameras", "0"], "--cameras"),
        (["metro", "--seed", "-1"], "--seed"),
    ],
)
def test_a_wrong_command_line_is_explained(
    command: Command, tmp_path: Path, arguments: list[str], expected: str
) -> None:
    done = command("sim", "make", *arguments, "--out", "city")
    assert done.returncode == 2
    assert expected in done.stderr
    assert not (tmp_path / "city").exists()


def test_the_root_of_all_folders_is_none(command: Command) -> None:
    done = command("sim", "make", "metro", "--out", "/", "--minutes", 0.05)
    assert done.returncode == 2
    assert "--out: name a folder that is new or empty" in done.stderr


def test_a_full_folder_is_left_alone(command: Command, tmp_path: Path) -> None:
    (tmp_path / "city").mkdir()
    (tmp_path / "city" / "mine").touch()
    done = command("sim", "make", "metro", "--out", "city", "--minutes", 0.05)
    assert done.returncode == 2
    assert "not an empty folder" in done.stderr


def test_serving_an_empty_folder(command: Command, tmp_path: Path) -> None:
    done = command("sim", "serve", tmp_path)
    assert done.returncode == 2
    assert "no MP4 file here" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_serving(tmp_path: Path, number: signal.Signals) -> None:
    require(available(), "no GStreamer RTSP server: apt install gir1.2-gst-rtsp-server-1.0 and python3-gi")
    with VideoWriter(tmp_path / "hall.mp4", 192, 96, 10.0, 0.0) as writer:
        for frame in range(5):
            writer.write(numbered(frame))
    command = [sys.executable, "-m", "secondsight", "sim", "serve", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(
        ["sh", "-c", f"trap '' INT; exec {' '.join(command)}"],  # as a shell starts a background job
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().endswith("/hall\n")
    os.killpg(process.pid, number)  # as a terminal does with SIGINT: to the server, too
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert errors.splitlines() == ["Ctrl-C ends it", "stopped"]
