"""`secondsight init --pack`: from nothing to a site of one kind of place that lacks nothing but its cameras."""

import json
import re
from pathlib import Path

import pytest

from secondsight.behaviour import make_behaviours
from secondsight.brain.prompts.questions import load_sheets
from secondsight.cli.init import Pack
from secondsight.config import CombinedRule, SiteConfig, load_site, read_environment
from secondsight.sim.world import labelled
from tests.cli.conftest import Command


def written(command: Command, folder: Path, pack: str) -> Path:
    done = command("init", "site", "--pack", pack)
    assert done.returncode == 0, done.stderr
    assert "secondsight check site/site.yaml" in done.stdout
    return folder / "site" / "site.yaml"


@pytest.fixture(params=list(Pack))
def pack(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_check_misses_only_the_cameras(pack: str, command: Command, models_dir: Path, tmp_path: Path) -> None:
    path = written(command, tmp_path, pack)
    done = command("check", path, "--json", models=models_dir)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    config = load_site(path, {})
    assert {line["name"] for line in found if not line["fine"]} == set(config.cameras)
    for line in found:
        assert line["fine"] or "PUT-YOUR-CAMERA-HERE.mp4" in line["detail"]
    assert {line["name"] for line in found if line["part"] == "rule"} == set(config.rules)


def test_it_shows_what_a_pack_is_for(pack: str, command: Command, tmp_path: Path) -> None:
    path = written(command, tmp_path, pack)
    text, config = path.read_text(encoding="utf-8"), load_site(path, {})
    assert any(rule.when for rule in config.rules.values()), "a schedule"
    assert any(isinstance(rule, CombinedRule) and rule.report for rule in config.rules.values())
    assert "#ground:" in text
    assert "device: CUDA" in text
    assert "ADJUST" in text
    kinds = {rule.kind or rule.behaviour for rule in config.rules.values()}
    assert set(labelled(pack)) - kinds <= {"put_back"}, "what the simulated pack shows is looked for"
    for camera in config.cameras:
        assert make_behaviours(camera, config, "live")


def test_every_rule_names_the_sheet_it_is_asked_with(pack: str, command: Command, tmp_path: Path) -> None:
    path = written(command, tmp_path, pack)
    config, sheets = load_site(path, {}), load_sheets("en").sheets
    blocks = re.split(r"(?m)^  (?=[a-z][\w-]*:)", path.read_text(encoding="utf-8").split("\nrules:\n")[1])
    said = {block.split(":")[0]: re.findall(r"asked with sheet `(\w+)`", block) for block in blocks if block}
    for name, rule in config.rules.items():
        kind = rule.kind or rule.behaviour
        if rule.only_counts:
            assert not said[name], "what makes no events is not asked about"
        elif kind == "combined":
            assert not rule.report, "a combination that makes events has a kind"
        else:
            assert said[name] == [kind]
            assert kind in sheets


def test_the_commented_parts_are_right_too(pack: str, command: Command, tmp_path: Path) -> None:
    """Uncommented, the ground, the models for a GPU and the large models load."""
    path = written(command, tmp_path, pack)
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^    #( *)(ground:|points:|- \{picture)", r"    \1\2", text)
    text = re.sub(r"(?m)^  (model: yolox-nano|device: CPU|backend: none)", r"  #\1", text)
    text = re.sub(
        r"(?m)^  #(model: rf-detr|runtime:|device: CUDA|backend: openai|base_url|model: Qwen)", r"  \1", text
    )
    path.write_text(text, encoding="utf-8")
    config = load_site(path, {})
    assert any(camera.ground.calibrated for camera in config.cameras.values())
    assert (config.sentinel.model, config.sentinel.device) == ("rf-detr-small", "CUDA")
    assert config.brain.backend == "openai"


def test_the_environment_holds_its_cameras(pack: str, command: Command, tmp_path: Path) -> None:
    path = written(command, tmp_path, pack)
    example = (path.parent / ".env.example").read_text(encoding="utf-8")
    (path.parent / ".env").write_text(re.sub(r"(?m)^#(?=[A-Z0-9_]+=)", "", example), encoding="utf-8")
    config: SiteConfig = load_site(path, read_environment(path.parent, {}))
    assert len({camera.source.get_secret_value() for camera in config.cameras.values()}) == len(
        config.cameras
    )
    for camera in config.cameras.values():
        assert camera.source.get_secret_value().startswith("rtsp://")


def test_an_unknown_pack(command: Command, tmp_path: Path) -> None:
    done = command("init", "site", "--pack", "airport")
    assert done.returncode == 2
    assert "metro" in done.stderr
    assert not (tmp_path / "site").exists()
