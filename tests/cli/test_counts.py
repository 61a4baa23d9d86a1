"""`secondsight counts` and `secondsight heatmap`, from a store that rules have counted into."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from secondsight.records import Counter
from secondsight.site.drawing.heatmap import draw_heat, heat_of
from secondsight.store import AddCounters, Store
from secondsight.store.counting import summed
from tests.cli.conftest import Command

T0 = 1_767_254_400
COUNTERS = [
    Counter("hall", T0, "in:door", 2),
    Counter("hall", T0 + 60, "in:door", 3),
    Counter("hall", T0, "watched:shop", 60),
    Counter("hall", T0, "dwell:shop", 120),
    Counter("hall", T0 + 60, "watched:shop", 30),
    Counter("hall", T0, "heat.3.4:shop", 90),
    Counter("hall", T0, "frames", 600),
    Counter("hall", T0, "queue_watched:till", 60),
    Counter("hall", T0, "waiting:till", 90),
    Counter("hall", T0, "waited:till", 60),
    Counter("hall", T0, "left:till", 2),
]


def test_means_are_quotients_of_sums() -> None:
    hour = {one.name: one.value for one in summed(COUNTERS, 3600)}
    assert hour["in:door"] == 5
    assert hour["occupancy:shop"] == pytest.approx(120 / 90)
    assert hour["queue:till"] == 1.5
    assert hour["wait:till"] == 30
    assert not any(name.startswith("heat") or name == "frames" for name in hour)
    empty = [one for one in summed(COUNTERS, 60) if one.time == T0 + 60 and one.name == "occupancy:shop"]
    assert [one.value for one in empty] == [0.0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    with Store.open(folder) as store:
        store.apply([AddCounters(tuple(COUNTERS))])
    return folder


def test_lines(command: Command, data: Path) -> None:
    done = command("counts", "--data", data, "--name", "door", "--by", "hour", "--json")
    assert done.returncode == 0, done.stderr
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["type"], line["camera"], line["name"], line["value"]) == ("count", "hall", "in:door", 5)
    assert line["time"].startswith("2026-01-01T08:00")
    shown = command("counts", "--data", data)
    assert "occupancy:shop" in shown.stdout
    assert "no counts" in command("counts", "--data", data, "--camera", "yard").stdout


def test_a_table_shows_the_newest_lines_and_says_so(command: Command, data: Path) -> None:
    with Store.open(data) as store:
        store.apply([AddCounters(tuple(Counter("yard", T0 + 60 * n, "in:gate", 1) for n in range(1200)))])
    table = command("counts", "--data", data, "--name", "gate")
    assert table.stdout.count("in:gate") == 1000
    assert "the newest 1000 of 1200 lines" in table.stderr
    few = command("counts", "--data", data, "--name", "gate", "--limit", "3", "--json")
    assert [json.loads(line)["time"][11:16] for line in few.stdout.splitlines()] == [
        "03:57",
        "03:58",
        "03:59",
    ]
    assert len(command("counts", "--data", data, "--name", "gate", "--json").stdout.splitlines()) == 1200


def test_heat_needs_a_picture_and_heat(command: Command, data: Path) -> None:
    none = command("heatmap", "yard", "--data", data)
    assert none.returncode != 0
    assert "heat: true" in none.stderr
    missing = command("heatmap", "hall", "--data", data)
    assert missing.returncode != 0
    assert "--site" in missing.stderr


def test_heat_is_where_they_were() -> None:
    grid = heat_of(COUNTERS)
    assert (grid.shape, grid[4, 3], grid.sum()) == ((9, 16), 90, 90)
    picture = np.full((180, 320, 3), 128, dtype=np.uint8)
    drawn = draw_heat(picture, grid)
    changed = np.abs(drawn.astype(int) - 128).max(axis=2)
    assert changed[90, 70] > 60
    assert changed[20, 300] == 0
    assert cv2.minMaxLoc(changed.astype(np.uint8))[1] > 60
