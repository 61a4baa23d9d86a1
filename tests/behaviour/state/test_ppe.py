"""Who is looked at, how often, and where: common to helmets and vests."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour import LookContext
from secondsight.behaviour.signals.views import ViewCache
from secondsight.behaviour.state import ppe as worn
from secondsight.behaviour.state.ppe import EVERY, REST, VOTES, Part
from secondsight.behaviour.work.no_helmet import NoHelmetRule
from secondsight.records import Attribute, Box
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, OUTSIDE, T0, Being, look, play, rule

CROWD = tuple(Being(number, 0.41 + 0.019 * number, 0.8, width=0.03) for number in range(20))


def looked_at(part: Box) -> int:
    """Number of the person of `CROWD` whose head this is."""
    return round(((part.x1 + part.x2) / 2 - 0.41) / 0.019)


@pytest.mark.parametrize(("count", "most"), [(3, 24), (20, 24), (20, 6)])
def test_everybody_has_their_turn_but_not_more_often_than_needed(
    count: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[list[int]] = []

    def pictures(look: object, parts: Sequence[Box], size: int) -> NDArray[np.uint8]:
        looks[-1] += [looked_at(part) for part in parts]
        return np.zeros((len(parts), size, size, 3), np.uint8)

    monkeypatch.setattr(worn, "MOST", most)
    monkeypatch.setattr(worn, "pictures", pictures)
    watch = rule("no_helmet")
    for step in range(20):
        looks.append([])
        frame = Painted(np.zeros((360, 640, 3), np.uint8), T0 + step / FPS)
        watch.update(look(frame.time, *CROWD[:count], frame=frame))
    assert max(map(len, looks)) == min(count, most)
    for number in range(count):
        times = [step / FPS for step, seen in enumerate(looks) if number in seen]
        assert len(times) >= min(20 * most // len(CROWD), 4 / (EVERY + 1 / FPS)) - 1, "nobody is forgotten"
        assert min(np.diff(times)) >= EVERY


def test_who_looks_alike_often_enough_is_looked_at_less_often_until_that_changes() -> None:
    part, time, times = Part(), 0.0, []
    for share in [0.0] * 12 + [0.9] * 12:
        part.see(time, share, 0.5)
        times.append(time)
        time = part.due
    steps = np.diff(times).tolist()
    assert steps[: VOTES - 1] == [EVERY] * (VOTES - 1)
    assert set(steps[VOTES - 1 : 12]) == {REST}
    assert set(steps[12 : 12 + VOTES - 1]) == {EVERY}, "the first other share"
    assert set(steps[12 + VOTES - 1 :]) == {REST}


def test_pictures_of_parts_are_those_of_the_frame() -> None:
    """Out of one picture for all comes what each part shows."""
    picture = np.full((360, 640, 3), 100, np.uint8)
    beings = [Being(1, 0.2, 0.9, 0.1, 0.5), Being(2, 0.7, 0.5, 0.05, 0.3)]
    parts = [Box(0.17, 0.41, 0.23, 0.51), Box(0.68, 0.21, 0.72, 0.29)]
    for part, colour in zip(parts, ((10, 20, 200), (200, 30, 10)), strict=True):
        picture[int(part.y1 * 360) : int(part.y2 * 360) + 1, int(part.x1 * 640) : int(part.x2 * 640) + 1] = (
            colour
        )
    shown = look(T0, *beings, frame=Painted(picture, T0))
    seen = ViewCache().view(shown, NoHelmetRule(behaviour="no_helmet", zone="frame"), T0)
    views = ViewCache()
    found = worn.pictures(LookContext(T0, seen, [], shown, views), parts, 8)
    assert found.shape == (2, 8, 8, 3)
    assert (found[0] == (10, 20, 200)).all()
    assert (found[1] == (200, 30, 10)).all()


def test_whoever_left_the_zone_is_no_longer_meant_whatever_the_model_said() -> None:
    bare = {1: {"hats": Attribute("bare", 0.9, 5)}}
    inside = [replace(look(T0 + step / FPS, Being(1, *INSIDE)), attributes=bare) for step in range(4)]
    outside = [
        replace(look(T0 + (4 + step) / FPS, Being(1, *OUTSIDE)), attributes=bare) for step in range(20)
    ]
    assert play(rule("no_helmet", attribute="hats"), inside + outside) == []
