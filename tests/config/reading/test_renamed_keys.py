"""Old keys of the site file work for one version, with a warning that names the new one."""

import logging
from pathlib import Path

import pytest

from secondsight.config import SiteConfig, load_site, make_site
from secondsight.errors import ConfigError

FILE = """\
cameras:
  hall:
    source: hall.mp4
    zones:
      yard: {coordinates: "0,0,1,0,1,1"}
rules:
  down:
    behaviour: man_down
    zone: frame
    machines: yard
  jam:
    behaviour: jam
    zone: yard
    least: 6
  stop: {behaviour: stopped, zone: yard, jam: 3}
  walk: {behaviour: pedestrian, zone: yard, rides: [bicycle]}
  run: {behaviour: running, zone: yard, rides: [scooter]}
  fall: {behaviour: fall, zone: yard, low: 0.5}
sentinel:
  steady_fps: 2
  second:
    pose: {model: movenet}
filters:
  life: 3d
budget:
  reuse: {times: 5}
"""

OLD = {
    "rules.down.machines": (10, "exclude_zone"),
    "rules.jam.least": (14, "min_vehicles"),
    "rules.stop.jam": (15, "max_queue"),
    "rules.walk.rides": (16, "ride_classes"),
    "rules.run.rides": (17, "ride_classes"),
    "rules.fall.low": (18, "low_height"),
    "sentinel.steady_fps": (20, "idle_fps"),
    "sentinel.second": (21, "second_stage"),
    "filters.life": (24, "lifetime"),
    "budget.reuse.times": (26, "max_uses"),
}


def load(text: str, folder: Path) -> SiteConfig:
    file = folder / "site.yaml"
    file.write_text(text, encoding="utf-8")
    return load_site(file, {})


def test_old_keys_are_read_as_the_new_ones(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old = load(FILE, tmp_path)
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    caplog.clear()
    text = FILE
    for key, (_, new) in OLD.items():
        before = key.rpartition(".")[2] + ":"
        text = (
            text.replace(f" {before}", f" {new}:")
            if before != "jam:"
            else text.replace("jam: 3", f"{new}: 3")
        )
        text = text.replace(f"{{{before}", f"{{{new}:")
    assert load(text, tmp_path) == old
    assert not caplog.records, "the new keys are no reason to warn"
    assert len(warned) == len(OLD)
    for key, (line, new) in OLD.items():
        (told,) = [text for text in warned if f" {key}: " in text]
        assert f"site.yaml:{line}: " in told
        assert f"is now called `{new}`" in told


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        (
            "  steady_fps: 2\n",
            "  steady_fps: 2\n  idle_fps: 3\n",
            20,
            ["sentinel.steady_fps", "remove `steady_fps`"],
        ),
        ("steady_fps: 2", "steady_fsp: 2", 20, ["sentinel.steady_fsp", "unknown key"]),
        ("steady_fps: 2", "steady_fps: often", 20, ["expected a number"]),
        ("model: movenet", "modle: movenet", 22, ["modle", "did you mean `model`?"]),
        ("least: 6", "least: 1", 14, ["rules.jam.min_vehicles", "greater than or equal to 2"]),
        (
            "machines: yard",
            "machines: nowhere",
            10,
            ["rules.down.exclude_zone", "no camera has a zone of this name"],
        ),
        ("zone: yard, low: 0.5", "zone: yard, least: 3", 18, ["rules.fall.least", "unknown key"]),
    ],
)
def test_mistakes_beside_old_keys_keep_their_line(
    before: str, after: str, line: int, words: list[str], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(FILE.replace(before, after, 1), tmp_path)
    assert f"site.yaml:{line}: " in str(caught.value)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_settings_from_a_command_line_are_updated_too(tmp_path: Path) -> None:
    values = {"cameras": {"hall": {"source": "a"}}, "filters": {"life": "1d"}}
    assert make_site(values, tmp_path).filters.lifetime == 86400
    assert values["filters"] == {"life": "1d"}, "the caller's values stay as they are"
