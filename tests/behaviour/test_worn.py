"""Who is looked at, how often, and where: common to helmets and vests."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.worn import EVERY, MOST
from secondsight.records import Attribute, Box
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, OUTSIDE, T0, Being, look, play, rule

CROWD = tuple(Being(number, 0.41 + 0.019 * number, 0.8, width=0.03) for number in range(20))


@dataclass(frozen=True, slots=True)
class Counting(Painted):
    """A picture that remembers which parts of it were looked at."""

    parts: list[Box] = field(default_factory=list)

    def crop(self, box: Box, width: int, height: int) -> NDArray[np.uint8]:
        self.parts.append(box)
        return np.zeros((height, width, 3), np.uint8)


def looked_at(part: Box) -> int:
    """Number of the person of `CROWD` whose head this is."""
    return round(((part.x1 + part.x2) / 2 - 0.41) / 0.019)


@pytest.mark.parametrize("count", [3, 20])
def test_everybody_has_their_turn_but_not_more_often_than_needed(count: int) -> None:
    watch, most = rule("no_helmet"), 0
    times: dict[int, list[float]] = {being.number: [] for being in CROWD[:count]}
    for step in range(20):
        frame = Counting(np.zeros((360, 640, 3), np.uint8), T0 + step / FPS)
        watch.update(look(frame.time, *CROWD[:count], frame=frame))
        most = max(most, len(frame.parts))
        for part in frame.parts:
            times[looked_at(part)].append(frame.time)
    assert most == min(count, MOST)
    for seen in times.values():
        assert len(seen) >= 20 * MOST // len(CROWD) - 1, "nobody is forgotten in a crowd"
        assert min(np.diff(seen)) >= EVERY


def test_whoever_left_the_zone_is_no_longer_meant_whatever_the_model_said() -> None:
    bare = {1: {"hats": Attribute("bare", 0.9, 5)}}
    inside = [replace(look(T0 + step / FPS, Being(1, *INSIDE)), attributes=bare) for step in range(4)]
    outside = [
        replace(look(T0 + (4 + step) / FPS, Being(1, *OUTSIDE)), attributes=bare) for step in range(20)
    ]
    assert play(rule("no_helmet", attribute="hats"), inside + outside) == []
