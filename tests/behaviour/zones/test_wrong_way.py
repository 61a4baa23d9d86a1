"""Wrong way: a way against a direction, by line or by angle."""

import pytest

from secondsight.behaviour.zones.wrong_way import WrongWayRule
from secondsight.config import SiteConfig
from tests.behaviour.scene import line, play, rule, times, walk
from tests.table import table

UP, DOWN = line((0.6, 0.85), (0.6, 0.3), 20), line((0.6, 0.3), (0.6, 0.85), 20)
LEFT, RIGHT = line((0.75, 0.6), (0.45, 0.6), 20), line((0.45, 0.6), (0.75, 0.6), 20)


@table(("angle", "wrong"), [(0, DOWN), (180, UP), (90, LEFT), (-90, RIGHT), (270, RIGHT)])
def test_by_angle(angle: float, wrong: list[tuple[float, float]]) -> None:
    for way in (UP, DOWN, LEFT, RIGHT):
        assert bool(play(rule("wrong_way", angle=angle), walk(way))) is (way is wrong)


def test_by_line() -> None:
    """The line `door` leads from left to right."""
    assert play(rule("wrong_way"), walk(LEFT))
    for way in (RIGHT, UP, DOWN):
        assert not play(rule("wrong_way"), walk(way))


@pytest.mark.parametrize(("end", "found"), [((0.5, 0.8), True), ((0.75, 0.65), False)])
def test_tolerance(end: tuple[float, float], found: bool) -> None:
    assert bool(play(rule("wrong_way", angle=0, tolerance=45), walk(line((0.6, 0.5), end, 15)))) is found


def test_short_ways_and_jitter_do_not_count() -> None:
    short = line((0.6, 0.5), (0.6, 0.58), 10) + line((0.6, 0.58), (0.6, 0.58), 30)
    assert not play(rule("wrong_way", angle=0), walk(short))
    assert not play(rule("wrong_way", angle=0), walk(line((0.6, 0.5), (0.6, 0.5), 100, jitter=(0.04, -0.04))))


def test_slow_drift_is_no_way() -> None:
    """Less than the distance within the seconds that are judged."""
    assert not play(rule("wrong_way", angle=0), walk(line((0.6, 0.3), (0.6, 0.85), 400)))


def test_only_in_the_zone() -> None:
    outside = [(x - 0.45, y) for x, y in DOWN]
    assert not play(rule("wrong_way", angle=0), walk(outside))


def test_once_and_for_how_long() -> None:
    reports = play(rule("wrong_way", angle=0), walk(DOWN + [(0.6, 0.85)] * 40))
    ((start, triggered, end),) = times(reports)
    assert start <= triggered
    assert end is not None
    assert end <= 20 + 26
    assert reports[-1].scores["against"] == pytest.approx(0.55, abs=0.02)


@pytest.mark.parametrize("settings", [{}, {"line": "door", "angle": 5}])
def test_either_line_or_angle(settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="either `line` or `angle`"):
        WrongWayRule.model_validate({"behaviour": "wrong_way", "zone": "yard", **settings})


def test_it_watches_cameras_that_have_both_zone_and_line() -> None:
    zone = {"zones": {"yard": {"coordinates": "0,0,1,0,1,1"}}}
    cameras = {
        "both": {"source": "a", **zone, "lines": {"door": {"coordinates": "0,0,1,1"}}},
        "one": {"source": "b", **zone},
    }
    rules = {"way": {"behaviour": "wrong_way", "zone": "yard", "line": "door"}}
    site = SiteConfig.model_validate({"cameras": cameras, "rules": rules})
    assert (list(site.rules_of("both")), list(site.rules_of("one"))) == (["way"], [])
