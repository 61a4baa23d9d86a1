"""`secondsight run`: what it says, where it says it, and how it ends."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from secondsight.event_json import EVENT_SCHEMA, STEP_SCHEMA
from tests.cli.conftest import Command
from tests.site.sites import Running, assert_sound, environment, in_time, secondsight, site_file
from tests.table import table


@table(
    ("arguments", "words"),
    [
        ([], ["site file", "--video", "not both"]),
        (["site.yaml", "--video", "a.mp4"], ["not both"]),
        (["none.yaml"], ["none.yaml", "no such file", "secondsight init"]),
        (["."], ["folder"]),
        (["--video", "a.mp4", "--rule", "intrusoin"], ["--rule", "did you mean `intrusion`?"]),
        (["--video", "a.mp4", "--zone", "0,0,1"], ["--zone", "odd count"]),
        (["--video", "a.mp4", "--zone", "0,0,1,1"], ["--zone", "at least 3"]),
        (["--video", "a.mp4", "--zone", "0,0,1,0,1,7"], ["--zone", "outside the picture"]),
        (["--video", "a.mp4", "--rule", "line_crossing", "--line", "0,0"], ["--line", "exactly 2"]),
        (["--video", "a.mp4", "--log-level", "loud"], ["--log-level", "debug, info, warning or error"]),
        (["--video", "a.mp4", "--log-format", "xml"], ["--log-format", "text", "json"]),
        (["--vidoe", "a.mp4"], ["--vidoe", "--video"]),
    ],
)
def test_mistakes_of_the_command_line(
    arguments: list[str], words: list[str], command: Command, tmp_path: Path
) -> None:
    done = command("run", *arguments)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "secondsight-data").exists(), "nothing is made before the arguments are known good"


@pytest.mark.parametrize(
    ("model", "words"),
    [("yolox-nanu", ["yolox-nanu", "did you mean", "yolox-nano"]), ("nothing-like-it", ["nothing-like-it"])],
)
def test_a_model_that_is_not_there(
    model: str, words: list[str], models_dir: Path, shorts: Path, command: Command
) -> None:
    done = command("run", "--video", shorts / "one.mp4", "--model", model, models=models_dir)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    for word in words:
        assert word in done.stderr


def test_a_class_that_the_model_does_not_know_is_warned_of(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    arguments = ("--model", "fastestdet", "--class", "persn", "--class", "person", "--data", "data")
    done = secondsight("run", "--video", shorts / "one.mp4", *arguments, models=models_dir, cwd=tmp_path)
    (warned,) = [line for line in done.stderr.splitlines() if "the model has no such class" in line]
    assert "rule=intrusion model=fastestdet" in warned
    assert "has no class persn; it knows person" in warned
    assert len(assert_sound(tmp_path / "data")) == 1, "it watches for the others"


def test_json_lines_match_their_schema(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    done = secondsight(
        "run",
        *("--video", shorts / "one.mp4", "--video", shorts / "two.mp4"),
        *("--model", "fastestdet", "--data", "data", "--json", "--log-format", "json"),
        models=models_dir,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    events = assert_sound(tmp_path / "data")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(line["type"], line["schema"]) for line in lines} == {("event", 2), ("progress", 1)}
    written = [line for line in lines if line["type"] == "event"]
    for line in written:
        jsonschema.validate(line, STEP_SCHEMA)
    assert [line["step"]["position"] for line in written] == list(range(1, len(written) + 1))
    for event in events:
        life = [line["step"]["kind"] for line in written if line["id"] == event.id]
        assert sorted(life) == ["ended", "raised", "recorded", "verified"], "each step once"
        assert life[0] == "raised"
    last = lines[-1]
    assert last["type"] == "progress", "the last line has the final figures"
    assert last["position"] == 1.0
    assert last["open_cases"] == 0
    assert last["verdicts"] == {"unverified": 2}
    assert {camera["name"]: (camera["state"], camera["frames"]) for camera in last["cameras"]} == {
        "one": ("ended", 120),
        "two": ("ended", 120),
    }
    # With --log-format json what is logged is JSON too, and on the other stream.
    for line in done.stderr.splitlines():
        assert {"time", "level", "event"} <= set(json.loads(line))


def test_json_lines_of_the_first_version_are_settled_events(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    arguments = ("--model", "fastestdet", "--data", "data", "--json", "--schema", "1")
    done = secondsight("run", "--video", shorts / "one.mp4", *arguments, models=models_dir, cwd=tmp_path)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (written,) = [line for line in lines if line["type"] != "progress"]
    jsonschema.validate(written, EVENT_SCHEMA)
    assert [written["id"]] == [event.id for event in assert_sound(tmp_path / "data")]


def test_without_a_terminal_progress_is_plain_log_lines(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"})
    done = secondsight("run", path, "--once", models=models_dir)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    event = next(line for line in done.stderr.splitlines() if re.search(r" info +event ", line))
    assert "camera=hall" in event
    assert "verification=unverified" in event
    camera = [line for line in done.stderr.splitlines() if re.search(r" info +camera name=hall", line)][-1]
    assert "state=ended" in camera
    assert "done=100%" in camera


def test_a_second_run_says_that_all_is_known_and_readers_find_the_first(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    words = ("run", "--video", shorts / "one.mp4", "--model", "fastestdet")
    first, second = (secondsight(*words, models=models_dir, cwd=tmp_path) for _ in range(2))
    assert "nothing new" not in first.stderr
    assert "nothing new: the one suspicion is known from an earlier run" in second.stderr
    assert "intrusion" in secondsight("events", cwd=tmp_path).stdout, "without --data"


def test_on_a_terminal_a_live_table_appears(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"})
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "secondsight", "run", str(path), "--once"],
        env=environment(models_dir, TERM="xterm-256color"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = read_terminal(ours, 60.0)
    assert run.wait(60) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    for word in ("camera", "fps", "gated", "drops", "hall", "ended", "open cases 0", "unverified 1"):
        assert word in text
    assert re.search(r"2026-01-02 03:04:0\d +hall +intrusion +score 0\.\d\d +unverified", text)
    assert "\x1b[?25l" in shown, "drawn in place: the cursor is hidden"
    assert shown.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in shown, "and comes back"
    assert "Traceback" not in text


def read_terminal(terminal: int, seconds: float) -> str:
    """What a process writes to its terminal until it has closed it."""
    end = time.monotonic() + seconds
    shown = b""
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.5)[0]:
            continue
        try:
            some = os.read(terminal, 65536)
        except OSError:
            break
        if not some:
            break
        shown += some
    os.close(terminal)
    return shown.decode(errors="replace")


def test_ctrl_c_ends_a_run_of_files_and_the_next_goes_on(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(tmp_path, {"hall": {"source": str(shorts / "one.mp4"), "loop": True}})
    with Running(tmp_path, "run", path, "--json", models=models_dir) as run:
        run.until(lambda: [line for line in run.lines if line["type"] == "event"], "step")
        code, seconds = run.interrupt()
    assert code == 0
    assert in_time(seconds, 10)
    assert "Traceback" not in run.err
    events = assert_sound(tmp_path / "data")
    assert len({event.tracks for event in events}) == len(events) >= 1


def test_a_reader_that_goes_away_ends_the_run_without_fuss(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"})
    run = subprocess.Popen(
        [sys.executable, "-m", "secondsight", "run", str(path), "--once", "--json"],
        env=environment(models_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.readline()
    run.stdout.close()
    errors = run.stderr.read()
    run.stderr.close()
    assert run.wait(60) == 1
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
