"""Code that never returns, prints or would end the program costs its own rule or model, is said, and the run ends."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.sentinel import ModelStore
from tests.scenarios.test_their_behaviour import install
from tests.sentinel.graphs import constant_model, endless_model
from tests.servers.rtsp import RtspServer
from tests.site.sites import Running, assert_sound, in_time, run_apart, site_file

RULE = """
import sys
import time
from typing import Literal
from secondsight.config import Name, RuleBase

print("imported: {kind}")

class {name}Rule(RuleBase):
    behaviour: Literal["{kind}"]
    zone: Name

    def make(self, scene):
        return Odd(scene)

class Odd:
    def __init__(self, scene):
        self.rule = scene.writer.rule

    def update(self, observation):
        print("\\x1b[31mlooking", file=sys.stderr)
        {what}
        return []

    def close(self, time):
        return []
"""
KINDS = {
    "spins": "while True: pass",
    "sleeps": "time.sleep(1e6)",
    "exits": "sys.exit(7)",
    "interrupts": "raise KeyboardInterrupt",
}


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "packages"
    for kind, what in KINDS.items():
        text = RULE.format(name=kind.title(), kind=kind, what=what)
        install(folder, kind, text, f"{kind} = {kind}:{kind.title()}Rule")
    monkeypatch.setattr("tests.site.sites.ROOT", f"{folder}{os.pathsep}{Path.cwd()}")
    return folder


RUNTIMES = ["openvino", pytest.param("onnxruntime", marks=pytest.mark.slow)]


def rules(*kinds: str) -> dict[str, Any]:
    ours = {"behaviour": "intrusion", "zone": "frame"}
    return {"ours": ours, **{kind: {"behaviour": kind, "zone": "frame"} for kind in kinds}}


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_rules_that_never_return_are_off_and_all_others_go_on(
    processes: int, packages: Path, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(
        tmp_path / "site",
        {"hall": shorts / "one.mp4", "yard": shorts / "two.mp4"},
        rules=rules(*KINDS),
        sentinel={"model": "fastestdet", "fps": 5, "look_timeout": "1s", "processes": processes},
    )
    done = run_apart("run", path, "--once", "--json", "--log-format", "json", models=models_dir)
    assert done.returncode == 0, done.stderr
    events = assert_sound(path.parent / "data")
    assert sorted((event.camera, event.rule) for event in events) == [("hall", "ours"), ("yard", "ours")]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["type"] for line in lines} == {"event", "progress"}, "nothing else on standard output"
    for camera in lines[-1]["cameras"]:
        for kind in ("spins", "sleeps"):
            assert f"rule {kind} is off: its behaviour took longer than 1 s" in camera["error"]
        assert "rule exits is off: its behaviour failed 3 times in a row" in camera["error"]
        assert "SystemExit, which would end the program" in camera["error"]
        assert "rule interrupts is off" in camera["error"]
    logged = [json.loads(line) for line in done.stderr.splitlines()]
    printed = [line for line in logged if line["event"] == "printed"]
    assert {line["text"] for line in printed} >= {"imported: spins", "\x1b[31mlooking"}
    assert {(line.get("camera"), line.get("rule")) for line in printed} >= {
        ("hall", "spins"),
        ("yard", "exits"),
    }


@pytest.mark.usefixtures("packages")
def test_ctrl_c_ends_a_run_whose_rule_never_returns(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """While it is waited for: the limit is that of a slow machine."""
    with RtspServer(file=shorts / "one.mp4") as camera:
        path = site_file(
            tmp_path / "site",
            {"gate": camera.url},
            rules=rules("sleeps", "spins"),
            sentinel={"model": "fastestdet", "fps": 5, "look_timeout": "1h"},
        )
        with Running(tmp_path, "run", path, "--json", models=models_dir, apart=True) as run:
            run.until(lambda: "looking" in run.err, "the rule's look")
            code, seconds = run.interrupt()
    assert (code, in_time(seconds, 15)) == (0, True), (seconds, run.err)
    assert "Traceback" not in run.err


def models(folder: Path, models_dir: Path) -> Path:
    """A model folder with a detector and a classifier that never return, beside the usual detector."""
    store, usual = ModelStore(folder), ModelStore(models_dir).resolve("fastestdet")
    store.add(usual.path, "fastestdet", "fastestdet", "coco")
    store.add(endless_model(usual.path, folder / "e.onnx"), "endless", "fastestdet", "coco")
    answer = {"out": np.array([[0.9, 0.1]], np.float32)}
    constant_model(folder / "c.onnx", answer, shape=(1, 3, 64, 64))
    endless = endless_model(folder / "c.onnx", folder / "ec.onnx")
    store.add(endless, "endless-colour", "classifier-plain", ("red", "green"))
    return folder


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_detector_that_never_returns_ends_the_run_with_words(
    runtime: str, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    path = site_file(
        tmp_path / "site",
        {"hall": shorts / "one.mp4", "yard": shorts / "two.mp4"},
        sentinel={"model": "endless", "fps": 5, "look_timeout": "1s", "runtime": runtime},
    )
    done = run_apart("run", path, "--once", "--json", models=models(tmp_path / "m", models_dir))
    assert done.returncode == 1, done.stderr
    for name in ("hall", "yard"):
        assert f"camera {name} is not watched: the model is off: 3 looks took longer than 1 s" in done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert {camera["state"] for camera in last["cameras"]} == {"failed"}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_second_stage_model_that_never_returns_costs_its_answers_alone(
    runtime: str, shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    colour = {"behaviour": "forbidden_operation", "zone": "frame", "attribute": "colour", "answers": ["red"]}
    path = site_file(
        tmp_path / "site",
        {"hall": shorts / "one.mp4"},
        rules={**rules(), "red": colour},
        sentinel={
            "model": "fastestdet",
            "fps": 5,
            "look_timeout": "1s",
            "runtime": runtime,
            "second_stage": {"colour": {"model": "endless-colour", "every": "0.2s"}},
        },
    )
    done = run_apart("run", path, "--once", "--json", models=models(tmp_path / "m", models_dir))
    assert done.returncode == 0, done.stderr
    assert [event.rule for event in assert_sound(path.parent / "data")] == ["ours"]
    last = json.loads(done.stdout.splitlines()[-1])
    assert "model `endless-colour`: the model is off" in last["cameras"][0]["error"]


def test_ctrl_c_ends_a_run_whose_detector_never_returns(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    with RtspServer(file=shorts / "one.mp4") as camera:
        path = site_file(
            tmp_path / "site", {"gate": camera.url}, sentinel={"model": "endless", "look_timeout": "1h"}
        )
        where = models(tmp_path / "m", models_dir)
        with Running(tmp_path, "run", path, "--json", models=where) as run:
            run.until(lambda: run.progress("gate").get("frames", 0) > 25, "frames")
            code, seconds = run.interrupt()
    assert (code, in_time(seconds, 15)) == (0, True), (seconds, run.err)
    assert "Traceback" not in run.err
