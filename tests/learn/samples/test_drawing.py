"""Which looks are kept, and with which probability."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from secondsight.config import LearnSettings
from secondsight.learn import SampleReason
from secondsight.learn.samples.drawing import Draw, SampleDrawer
from secondsight.learn.samples.looks import COLUMNS, ROWS, LookSummary, same_look, unexplained
from secondsight.records import Box

DAY = 86400.0
GREY = np.full((ROWS, COLUMNS), 100.0, np.float32)
BOX = Box(0.4, 0.4, 0.5, 0.6)


def look(time: float, *scores: float, tracks: tuple[int, ...] = (), classes: tuple[int, ...] = (), grid=GREY):
    count = len(scores)
    boxes = tuple(Box(0.1 * n, 0.4, 0.1 * n + 0.05, 0.6) for n in range(count))
    numbers = tracks or tuple(range(count))
    return LookSummary(time, boxes, scores, classes or (0,) * count, numbers, grid)


def drawn(looks: list[LookSummary], settings: LearnSettings, seed: int = 0) -> list[Draw]:
    drawer = SampleDrawer(settings, seed)
    return [draw for one in looks if (draw := drawer.draw(one)) is not None]


def other_grid(rng: np.random.Generator) -> np.ndarray:
    return rng.uniform(0, 255, (ROWS, COLUMNS)).astype(np.float32)


def test_uniform_samples_are_as_many_as_their_share_and_estimate_time() -> None:
    """Two rates of looks alternate; each drawn sample weighs 1 / probability, and the sum is the time watched."""
    settings = LearnSettings(per_day=1000, uniform=1.0)
    times, time = [], 0.0
    while time < DAY:
        time += 1.0 if int(time // 3600) % 2 else 10.0
        times.append(time)
    counts, estimates = [], []
    for seed in range(4):
        drawer = SampleDrawer(settings, seed)
        draws = [(one, draw) for one in times if (draw := drawer.draw(look(one))) is not None]
        counts.append(len(draws))
        estimates.append(sum(1 / draw.probability for _, draw in draws) / len(times))
        assert {draw.reason for _, draw in draws} == {SampleReason.UNIFORM}
    # A Poisson count of 1000, cut at 1000.
    assert 940 < np.mean(counts) <= 1000
    assert np.mean(estimates) == pytest.approx(1.0, abs=0.06)


def test_no_day_gives_more_than_its_bound() -> None:
    settings = LearnSettings(per_day=50)
    rng = np.random.default_rng(1)
    looks = [look(10.0 * n, 0.4, tracks=(n,), grid=other_grid(rng)) for n in range(3 * 8640)]
    drawer = SampleDrawer(settings, 1)
    per_day = Counter(int(one.time // DAY) for one in looks if drawer.draw(one) is not None)
    assert len(per_day) == 3
    assert max(per_day.values()) <= 50
    assert min(per_day.values()) > 20


def test_what_is_frequent_is_thinned_with_the_probability_that_is_noted() -> None:
    settings = LearnSettings(per_day=300, uniform=0.1)
    rng = np.random.default_rng(2)
    looks = [look(5.0 * n, 0.4, tracks=(n,), grid=other_grid(rng)) for n in range(8640)]
    draws = [one for one in drawn(looks, settings) if one.reason is SampleReason.UNCERTAIN]
    assert draws[0].probability == 1.0
    assert draws[-1].probability < 0.1
    assert sum(1 / one.probability for one in draws) == pytest.approx(len(looks), rel=0.5)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (look(20.0, 0.45), SampleReason.UNCERTAIN),
        (look(20.0, 0.9), None),
        (look(20.0, 0.1), None),
        (look(20.0, 0.9, tracks=(7,), classes=(2,)), SampleReason.DISPUTED),
    ],
)
def test_reasons(one: LookSummary, reason: SampleReason | None) -> None:
    drawer = SampleDrawer(LearnSettings(uniform=1e-9), 0)
    drawer.draw(look(1.0))
    drawer.draw(look(10.0, 0.9, tracks=(7,), classes=(1,)))
    draw = drawer.draw(one)
    assert (draw.reason if draw else None) == reason


def test_motion_that_no_box_explains_is_unknown() -> None:
    drawer = SampleDrawer(LearnSettings(uniform=1e-9), 0)
    drawer.draw(look(1.0))
    changed = GREY.copy()
    changed[4:6, 3:5] += 80
    draw = drawer.draw(look(2.0, grid=changed))
    assert draw is not None
    assert draw.reason is SampleReason.UNKNOWN


@pytest.mark.parametrize(
    ("rows", "columns", "boxes", "found"),
    [
        (slice(4, 6), slice(3, 5), (), True),
        (slice(4, 5), slice(3, 4), (), False),
        (slice(4, 6), slice(3, 5), (Box(0.15, 0.4, 0.35, 0.7),), False),
        (slice(0, 9), slice(0, 16), (), False),
    ],
)
def test_unexplained(rows: slice, columns: slice, boxes: tuple[Box, ...], found: bool) -> None:
    """One cell is noise; a box explains its surroundings; when all changes, it is the light."""
    grid = GREY.copy()
    grid[rows, columns] += 60
    one = replace(look(0.0), grid=grid, boxes=boxes)
    assert (unexplained(one, GREY) > 0) is found


def test_near_duplicates_are_kept_once_and_a_track_gives_few() -> None:
    settings = LearnSettings(uniform=1e-9)
    same = [look(float(n), 0.4, tracks=(n,)) for n in range(1, 50)]
    assert len(drawn(same, settings)) == 1
    rng = np.random.default_rng(3)
    one_track = [look(float(n), 0.4, tracks=(5,), grid=other_grid(rng)) for n in range(1, 50)]
    assert sum(draw.reason is SampleReason.UNCERTAIN for draw in drawn(one_track, settings)) == 3


def test_alike_means_the_same_classes_in_the_same_places_of_the_same_picture() -> None:
    one = look(0.0, 0.9, 0.9)
    assert same_look(one, look(5.0, 0.8, 0.3))
    assert not same_look(one, look(5.0, 0.9, 0.9, classes=(0, 1)))
    assert not same_look(one, look(5.0, 0.9))
    assert not same_look(one, replace(one, boxes=(one.boxes[0], BOX)))
    assert not same_look(one, replace(one, grid=GREY + 10))


def test_the_same_seed_draws_the_same_looks() -> None:
    rng = np.random.default_rng(4)
    looks = [look(5.0 * n, 0.4, tracks=(n,), grid=other_grid(rng)) for n in range(500)]
    assert drawn(looks, LearnSettings(), 1) == drawn(looks, LearnSettings(), 1)
    assert drawn(looks, LearnSettings(), 1) != drawn(looks, LearnSettings(), 2)
