"""The yardstick of real clips: its labels, and how it counts."""

from pathlib import Path

import numpy as np
import pytest

from bench.accuracy import counting, real, real_clips
from secondsight.ground_truth import Recording, TrueEvent, read_truth
from secondsight.measure.metrics.evaluation import CameraResult
from secondsight.measure.metrics.events import Found
from secondsight.records import Box


def test_every_label_can_be_read_and_names_rules_that_are_measured() -> None:
    recordings = [read_truth(file) for file in sorted(real_clips.LABELS.glob("*.json"))]
    assert len({one.camera for one in recordings}) == len(recordings) > 40
    assert {kind for one in recordings for kind in one.labelled} == {*real.RULES, *real.MORE, counting.KIND}
    assert not any(one.simulated for one in recordings)


def found(number: int, kind: str, start: float, end: float) -> Found:
    return Found(str(number), kind, start, end, triggered=start, score=1.0, told=start, alert=True)


def test_false_alarms_are_counted_apart_from_what_happens_and_by_time() -> None:
    fire = TrueEvent("1", "fire", 100.0, 200.0)
    about = Recording("yard", "yard.mp4", 64, 36, 5.0, 600.0, 0.0, labelled=("fire", "smoke"), events=(fire,))
    seen = (
        found(1, "fire", 10, 20),
        found(2, "fire", 110, 150),
        found(3, "fire", 160, 190),
        found(4, "fire", 400, 410),
        found(5, "smoke", 110, 150),
    )
    tally = real.tally("fire", [CameraResult(about, seen)])
    assert tally == real.Tally("fire", (300.0, 300.0), (1, 1), events=1, found=1, suspicions=2)
    assert real.tally("smoke", [CameraResult(about, seen)]).false == (1, 0)
    assert real.tally("debris", [CameraResult(about, seen)]).seconds == (0.0, 0.0)


@pytest.mark.parametrize(
    ("box", "right"),
    [
        ((0.1, 0.6, 0.5, 0.9), True),
        ((0.0, 0.0, 1.0, 1.0), True),
        ((0.7, 0.1, 0.9, 0.4), False),
        ((0.25, 0.74, 0.28, 0.77), False),
    ],
    ids=["person", "whole picture", "elsewhere", "a speck"],
)
def test_a_mark_is_right_where_it_lies_on_what_happened(
    box: tuple[float, float, float, float], right: bool
) -> None:
    place = Box(0.1, 0.5, 0.6, 1.0)
    assert real.is_marked(place, [Box(0.9, 0.9, 1.0, 1.0), Box(*box)]) is right
    fall = TrueEvent("1", "fall", 2.0, 9.0, box=place)
    about = Recording("hall", "hall.mp4", 64, 36, 5.0, 20.0, 0.0, labelled=("fall",), events=(fall,))
    tally = real.tally("fall", [CameraResult(about, (found(1, "fall", 3, 8),))], {"1": [Box(*box)]})
    assert (tally.found, tally.boxed, tally.placed) == (1, 1, int(right))


def test_a_rate_says_how_little_was_watched() -> None:
    assert real.rate(0, 3600) == "0 (0 to 4)"
    assert real.rate(0, 360) == "0 (0 to 37)"
    assert real.rate(2, 0) == "-"


def test_without_clips_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECONDSIGHT_TEST_DATA", str(tmp_path))
    assert real.main([]) == 1
    assert "SECONDSIGHT_TEST_DATA" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(real_clips.CHANGES))
def test_a_change_alters_the_pictures_and_not_their_size(name: str) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (36, 64, 3)).astype(np.uint8)
    other = real_clips.CHANGES[name](picture, 11.0, np.random.default_rng(2))
    assert other.shape == picture.shape
    assert other.dtype == np.uint8
    assert not np.array_equal(other, picture)
