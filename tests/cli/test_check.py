"""`secondsight init` and `secondsight check`: from nothing to a site that is known to work."""

import builtins
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.config import make_site
from secondsight.sentinel import ModelStore
from secondsight.site import check_site
from secondsight.site.check import Finding
from secondsight.site.rule_classes import ModelClasses
from tests.sentinel.graphs import constant_model
from tests.servers.brain import BrainServer
from tests.site.sites import brain_settings, secondsight, site_file
from tests.table import table


def test_init_writes_a_site_that_check_understands(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    done = secondsight("init", "site", cwd=tmp_path)
    assert done.returncode == 0
    assert "secondsight check site/site.yaml" in done.stdout
    check = secondsight("check", "site/site.yaml", "--json", models=models_dir, cwd=tmp_path)
    found = [json.loads(line) for line in check.stdout.splitlines()]
    assert check.returncode == 1
    wrong = {line["name"] for line in found if not line["fine"]}
    assert wrong == {"hall"}, "all is well but the camera, which is an example"

    # With a real camera everything is fine.
    (tmp_path / "site" / ".env").write_text(f"HALL_SOURCE={shorts / 'one.mp4'}\n")
    check = secondsight("check", "site/site.yaml", models=models_dir, cwd=tmp_path)
    assert check.returncode == 0, check.stdout
    assert "h264 768x432, 10 fps, 12 s" in check.stdout


def test_init_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    mine = tmp_path / "site" / "site.yaml"
    mine.write_text("mine")
    done = secondsight("init", "site", cwd=tmp_path)
    assert done.returncode == 2
    assert "site/site.yaml: exists already" in done.stderr
    assert mine.read_text() == "mine"
    assert not (tmp_path / "site" / ".env.example").exists()


def test_init_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = secondsight("init", "file/site", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_every_part_is_looked_at(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    with BrainServer() as brain:
        path = site_file(tmp_path / "good", {"hall": shorts / "one.mp4"}, brain=brain_settings(brain.url))
        done = secondsight("check", path, "--json", models=models_dir)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [line["part"] for line in found] == [
        "config", "data", "store", "tracker", "model", "rule", "camera", "sees", "brain",
    ]  # fmt: skip
    assert all(line["fine"] and line["schema"] == 1 and line["type"] == "check" for line in found)

    # The server is gone now; and nothing else is right either.
    path = site_file(
        tmp_path / "bad",
        {"hall": tmp_path / "none.mp4", "yard": shorts / "one.mp4"},
        brain=brain_settings(brain.url),
        rules={"cats": {"behaviour": "intrusion", "zone": "frame", "classes": ["catt"]}},
        retention={"min_free": "900000TB"},
    )
    done = secondsight("check", path, "--json", models=models_dir)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    wrong = {line["name"]: line["detail"] for line in found if not line["fine"]}
    assert set(wrong) == {str(tmp_path / "bad" / "data"), "cats", "hall", "openai"}
    assert "none.mp4" in wrong["hall"]
    assert "catt" in wrong["cats"]
    assert "min_free" in wrong[str(tmp_path / "bad" / "data")]


def test_check_beside_a_model_that_is_not_installed(shorts: Path, tmp_path: Path) -> None:
    path = site_file(tmp_path, {"hall": shorts / "one.mp4"}, models=str(tmp_path / "models"))
    done = secondsight("check", path)
    assert done.returncode == 1
    text = " ".join(done.stdout.split())
    assert "fastestdet" in text
    assert "secondsight models" in text, "says what to do"


CLIP_SITE: dict[str, Any] = {
    "cameras": {"hall": {"source": "none.mp4"}},
    "sentinel": {"model": "city-nano"},
    "brain": {"backend": "clip", "model": "none"},
}


def rules_found(rules: dict[str, Any], tmp_path: Path) -> list[Finding]:
    config = make_site({**CLIP_SITE, "rules": rules}, tmp_path)
    return [finding for finding in check_site(config) if finding.part == "rule"]


def test_a_rule_is_listed_once_and_what_is_never_reviewed_needs_no_question(tmp_path: Path) -> None:
    found = rules_found(
        {
            "visitors": {"behaviour": "counting", "zone": "frame"},
            "part": {"behaviour": "crowd", "zone": "frame", "report": False},
            "both": {"behaviour": "intrusion", "zone": "frame", "question": "Is it my aunt?"},
            "whole": {"behaviour": "combined", "all": ["part", "both"]},
        },
        tmp_path,
    )
    assert [finding.name for finding in found] == ["visitors", "part", "both", "whole"]
    assert {finding.name for finding in found if finding.fine} >= {"visitors", "part"}
    assert "cannot read questions" in next(finding.detail for finding in found if finding.name == "both")


def test_a_site_without_rules_is_not_fine(tmp_path: Path) -> None:
    (finding,) = rules_found({}, tmp_path)
    assert not finding.fine
    assert "nothing would ever be reported" in finding.detail


def test_a_server_without_libgl_is_told_before_the_run(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str, *args: Any, **options: Any) -> Any:
        if name == "trackers":
            raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
        return real(name, *args, **options)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    found = _tracker_finding(tmp_path)
    assert not found.fine
    assert "libGL" in found.detail
    assert "apt install libgl1" in found.detail


def _tracker_finding(folder: Path) -> Finding:
    values = {
        "cameras": {"hall": {"source": "x.mp4"}},
        "rules": {"in": {"behaviour": "intrusion", "zone": "frame"}},
    }
    return next(one for one in check_site(make_site(values, folder)) if one.part == "tracker")


VEHICLES = ModelClasses("crossroad", ("background", "person", "vehicle", "bike"), ())


@table(
    ("rule", "problems", "instead"),
    [
        ({"behaviour": "stopped", "zone": "frame"}, [], ["vehicle for car"]),
        ({"behaviour": "left_bag", "zone": "frame"}, ["`classes` waits for (backpack"], []),
        ({"behaviour": "intrusion", "zone": "frame", "classes": ["vehicles"]}, [], ["vehicle for vehicles"]),
        ({"behaviour": "intrusion", "zone": "frame", "classes": ["truck"]}, ["no class truck"], []),
        (
            {"behaviour": "intrusion", "zone": "frame", "classes": ["car", "kite"]},
            ["no class kite"],
            ["vehicle for car"],
        ),
        (
            {"behaviour": "vehicle_near_person", "zone": "frame", "vehicles": ["forklift"]},
            ["no class forklift"],
            [],
        ),
        ({"behaviour": "smoke", "zone": "frame"}, [], []),
    ],
)
def test_what_a_model_has_of_what_a_rule_waits_for(
    rule: dict[str, Any], problems: list[str], instead: list[str], tmp_path: Path
) -> None:
    made = make_site({**CLIP_SITE, "rules": {"one": rule}}, tmp_path).rules["one"]
    said = VEHICLES.problems(made)
    assert len(said) == len(problems)
    assert all(words in sentence for words, sentence in zip(problems, said, strict=True))
    assert VEHICLES.replacements(made) == instead


def test_check_says_what_a_model_of_the_city_sees_on_a_real_camera(shorts: Path, tmp_path: Path) -> None:
    rules = {
        "bag": {"behaviour": "left_bag", "zone": "frame"},
        "who": {"behaviour": "intrusion", "zone": "frame"},
    }
    config = make_site(
        {
            "cameras": {"hall": {"source": str(shorts / "one.mp4")}, "gone": {"source": "none.mp4"}},
            "models": str(tmp_path / "models"),
            "sentinel": {"model": "city-nano"},
            "rules": rules,
        },
        tmp_path,
    )
    found = list(check_site(config, look=0.4))
    (warning,) = (one for one in found if one.part == "model" and one.warning)
    assert warning.fine
    assert "knows only the simulated city, and hall may be real" in warning.detail
    (seen,) = (one for one in found if one.part == "sees")
    assert seen.name == "hall"
    assert seen.detail.startswith("city-nano sees in ")


def test_check_names_an_installed_model_that_sees_more(shorts: Path, tmp_path: Path) -> None:
    """One that finds a person everywhere stands for a model that knows real cameras."""
    rows = np.zeros((1, 1, 2, 7), np.float32)
    rows[0, 0] = ((0, 1, 0.9, 0.1, 0.1, 0.3, 0.9), (0, 1, 0.8, 0.6, 0.1, 0.8, 0.9))
    file = constant_model(tmp_path / "people.onnx", {"detection_out": rows}, shape=(1, 3, 64, 96))
    ModelStore(tmp_path / "models").add(file, "people", "ssd", "background,person")
    config = make_site(
        {
            "cameras": {"hall": {"source": str(shorts / "one.mp4")}},
            "models": str(tmp_path / "models"),
            "sentinel": {"model": "city-nano"},
            "rules": {"who": {"behaviour": "intrusion", "zone": "frame"}},
        },
        tmp_path,
    )
    (seen,) = (one for one in check_site(config, look=1.0) if one.part == "sees")
    assert "people sees in" in seen.detail
    assert "(up to 2 at once): more of what the rules wait for" in seen.detail
    assert seen.warning


def test_many_cameras_are_looked_at_a_few_at_a_time(
    shorts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.site.sights._AT_ONCE", 2)
    names = [f"hall-{number}" for number in range(3)]
    config = make_site(
        {
            "cameras": {name: {"source": str(shorts / "one.mp4")} for name in names},
            "models": str(tmp_path / "models"),
            "sentinel": {"model": "city-nano"},
            "rules": {"who": {"behaviour": "intrusion", "zone": "frame"}},
        },
        tmp_path,
    )
    assert [one.name for one in check_site(config, look=0.4) if one.part == "sees"] == names
