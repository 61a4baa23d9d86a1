"""Real videos, counted; what is expected was counted by eye, in frames sampled from them."""

from collections import Counter as Sums
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from secondsight.config import make_site
from secondsight.records import Event
from secondsight.site import Site
from secondsight.store import Store

START = datetime(2026, 1, 1, 8, tzinfo=UTC)


def watched(
    video: Path,
    models: Path,
    folder: Path,
    *,
    model: str,
    lines: dict[str, Any],
    rules: dict[str, Any],
    fps: float = 20,
    runs: int = 2,
) -> tuple[Sums[str], list[Event]]:
    """What the rules count and report on a video; to watch it again must not count it again."""
    config = make_site(
        {
            "models": models,
            "cameras": {
                "road": {
                    "source": str(video),
                    "start_time": START.isoformat(),
                    "gate": {"enabled": False},
                    "lines": {name: {"coordinates": points} for name, points in lines.items()},
                }
            },
            "rules": rules,
            "sentinel": {"model": model, "fps": fps},
            "retention": {"min_free": 0},
        },
        folder,
    )
    for _ in range(runs):
        with Site(config) as site:
            list(site.events(once=True))
            site.raise_for_cameras()
    with Store.open(config.data, read_only=True) as store:
        counters, events = store.observations.counters(camera="road"), store.events.find()
    sums: Sums[str] = Sums()
    for one in counters:
        if ":" in one.name:
            assert one.minute == START.timestamp()
            sums[one.name] += one.value  # type: ignore[assignment]
    return sums, events


@pytest.mark.slow
def test_cars_that_come_and_go(data_dir: Path, models_dir: Path, tmp_path: Path) -> None:
    """A white and a red car drive up, a pale blue and a white one down. From above, the small model takes cars for
    many things, so whatever is large counts.
    """
    large = {"behaviour": "counting", "classes": [], "min_area": 0.02, "min_score": 0.2}
    sums, _ = watched(
        data_dir / "videos" / "car-detection.mp4",
        models_dir,
        tmp_path,
        model="yolox-nano",
        fps=12,
        runs=1,
        lines={"middle": [[0.05, 0.5], [0.95, 0.5]]},
        rules={"cars": {**large, "line": "middle"}, "park": {**large, "zone": "frame", "heat": True}},
    )
    assert (sums["in:cars"], sums["out:cars"]) == (2, 2)
    assert sums["visits:park"] == 4
    assert 8 < sums["dwell:park"] < 14


def test_somebody_leaves_a_room(data_dir: Path, models_dir: Path, tmp_path: Path) -> None:
    """Of two people at the left edge one has already left the room; the other one leaves."""
    door = {"behaviour": "counting", "line": "door", "inward": "right_to_left", "min_score": 0.2}
    sums, _ = watched(
        data_dir / "videos" / "people-detection.gif",
        models_dir,
        tmp_path,
        model="fastestdet",
        lines={"door": [[0.04, 0.3], [0.04, 0.9]]},
        rules={"door": door},
    )
    assert sums == {"out:door": 1}


def test_a_car_against_the_direction(data_dir: Path, models_dir: Path, tmp_path: Path) -> None:
    """One car drives up and turns left; a cyclist and a pedestrian are far away from the line."""
    cars = ["car", "bus", "truck"]
    wrong = {"behaviour": "wrong_way", "zone": "frame", "classes": cars, "policy": {"verify": "never"}}
    sums, events = watched(
        data_dir / "videos" / "person-bicycle-car-detection.gif",
        models_dir,
        tmp_path,
        model="fastestdet",
        lines={"entrance": [[0.05, 0.75], [0.6, 0.75]]},
        rules={
            "cars": {"behaviour": "counting", "line": "entrance", "classes": cars, "min_score": 0.2},
            "against": {**wrong, "angle": 180, "kind": "wrong_way_vehicle"},
            "along": {**wrong, "angle": 0},
        },
    )
    assert sums == {"out:cars": 1}
    assert {event.kind for event in events} == {"wrong_way_vehicle"}
