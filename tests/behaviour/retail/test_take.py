"""Take: a reach into a shelf, by the box alone."""

import numpy as np
import pytest

from secondsight.behaviour.retail.take import RASTER, hands_inside
from secondsight.behaviour.signals.image_ops import sums
from secondsight.behaviour.state.region_state import zone_mask
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, ZONE, Being, look, play, rule, times

NARROW, REACHING = 0.05, 0.1
HEIGHT = 0.4


def visit(*parts: tuple[float, float, float], left: float = 0.42) -> list[Observation]:
    """Parts of (seconds, width, speed): the left side stays or moves at `speed`, the right one goes out and in."""
    shown: list[Observation] = []
    for seconds, width, speed in parts:
        for _ in range(round(seconds * FPS)):
            left += speed / FPS
            being = Being(1, left + width / 2, 0.8, width, HEIGHT)
            shown.append(look(T0 + len(shown) / FPS, being))
    return shown


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ([(3, NARROW, 0), (1, REACHING, 0), (2, NARROW, 0)], True),
        ([(6, NARROW, 0)], False),
        ([(3, NARROW, 0), (0.2, REACHING, 0), (2, NARROW, 0)], False),
        ([(3, 0.07, 0.1)], False),
        ([(3, 0.15, 0)], True),
    ],
    ids=["reaches", "stands", "too short", "walks by", "reaches at once"],
)
def test_who_reaches(parts: list[tuple[float, float, float]], found: bool) -> None:
    assert bool(play(rule("take"), visit(*parts))) is found


def test_only_at_the_shelf() -> None:
    parts = [(3, NARROW, 0.0), (1, REACHING, 0.0), (2, NARROW, 0.0)]
    assert not play(rule("take"), visit(*parts, left=0.1))


def test_it_lasts_until_the_shelf_is_left_and_is_told_once() -> None:
    parts = [(3, NARROW, 0.0), (1, REACHING, 0.0), (1, NARROW, 0.0), (1, REACHING, 0.0), (1, NARROW, 0.0)]
    ((start, triggered, end),) = times(play(rule("take"), visit(*parts, (2, NARROW, -0.3))))
    assert 15 <= start <= triggered <= 20
    assert end is not None
    assert 34 <= end <= 38


def test_hands_inside() -> None:
    zone = sums(zone_mask(np.array(ZONE), RASTER))
    boxes = np.array(
        [[0.5, 0.3, 0.6, 0.8], [0.1, 0.3, 0.2, 0.8], [0.35, 0.3, 0.45, 0.8], [0.5, 0.05, 0.6, 0.15]]
    )
    assert hands_inside(boxes, zone) == pytest.approx([1, 0, 0.5, 0], abs=0.01)
    assert hands_inside(np.zeros((0, 4)), zone).shape == (0,)


def swinging(seconds: float, *, share: float, speed: float = 0.0, side: int = 1) -> list[Observation]:
    """Somebody whose box stays narrow while, from the second second on, pixels beside it change in each look."""
    rng = np.random.default_rng(2)
    shown, left = [], 0.46
    for step in range(round(seconds * FPS)):
        left += speed / FPS
        picture = np.full((360, 640, 3), 90, np.uint8)
        being = Being(1, left + NARROW / 2, 0.8, NARROW, HEIGHT)
        if step >= 2 * FPS:
            edge = int((left + NARROW if side > 0 else left - 0.06) * 640)
            strip = picture[160:230, edge : edge + 38]
            strip[rng.random(strip.shape[:2]) < share] = 230
        time = T0 + step / FPS
        shown.append(look(time, being, frame=Painted(picture, time)))
    return shown


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(
    ("share", "speed", "found"),
    [(0.1, 0.0, True), (0.0, 0.0, False), (0.1, 0.08, False)],
    ids=["an arm the box leaves out", "stands", "walks by"],
)
def test_movement_beside_the_box(share: float, speed: float, found: bool, side: int) -> None:
    assert bool(play(rule("take"), swinging(5, share=share, speed=speed, side=side))) is found


def test_movement_away_from_the_shelf_or_of_others_is_no_reach() -> None:
    """The same movement, with the zone on the other side only, and with somebody else walking there."""
    shown = swinging(5, share=0.1)
    other = [Being(2, 0.56, 0.8, 0.1, HEIGHT)]
    hidden = [
        look(one.time, Being(1, 0.46 + NARROW / 2, 0.8, NARROW, HEIGHT), *other, frame=one.frame)
        for one in shown
    ]
    assert play(rule("take"), shown)
    assert 1 not in {track.number for report in play(rule("take"), hidden) for track in report.tracks}
