"""An arm that reaches over a place and goes again, told from light, and from what came too early or too late."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from secondsight.behaviour.state.movements import Movements
from secondsight.behaviour.state.region_state import ChangedPatch
from secondsight.records import Box

SHAPE = (60, 80)
PATCH = ChangedPatch(Box(0.5, 0.5, 0.6, 0.6), 0.01, (slice(30, 36), slice(40, 48)), np.ones((6, 8), bool))
"""What is gone: 6 rows of 8 pixels."""
ARM = slice(20, 36), slice(42, 48)
"""From above into the patch."""


def change(
    time: float, *others: tuple[slice, slice], shape: tuple[int, int] = SHAPE, brightness: int = 200
) -> Any:
    """A look in which the patch is another than usual, and so are further places, of some brightness."""
    grey, changed = np.full(shape, 90, np.uint8), np.zeros(shape, bool)
    changed[PATCH.where] = True
    for other in others:
        grey[other], changed[other] = brightness, True
    now = SimpleNamespace(grey=grey)
    return SimpleNamespace(
        time=time, shape=shape, now=now, changed=changed, tracked=np.zeros(shape, bool), threshold=20
    )


@pytest.mark.parametrize(
    ("looks", "since", "reached"),
    [
        ([change(0), change(1, ARM), change(2)], 0.0, True),
        ([change(0), change(1), change(2)], 0.0, False),
        ([change(0), change(1, ARM), change(2)], 1.5, False),
        ([change(0), change(1, (slice(29, 36), slice(40, 48))), change(2)], 0.0, False),
        ([change(0), change(1, (slice(18, 28), slice(42, 48))), change(2)], 0.0, False),
    ],
    ids=["an arm", "nothing", "an arm before", "a lamp", "passing beside it"],
)
def test_what_reaches_over_a_place(looks: list[Any], since: float, reached: bool) -> None:
    movements = Movements()
    for look in looks:
        movements.step(look)
    assert movements.reached(PATCH, change(7), since) is reached


def test_what_does_not_go_back_is_no_arm() -> None:
    """Light that changes around the thing stays."""
    movements = Movements()
    movements.step(change(1, ARM))
    assert not movements.reached(PATCH, change(7, (slice(20, 30), slice(42, 48)), brightness=150), 0.0)


def test_a_picture_of_another_shape_begins_anew() -> None:
    movements = Movements()
    movements.step(change(1, ARM))
    movements.step(change(2, shape=(90, 120)))
    assert not movements.reached(PATCH, change(7, shape=(90, 120)), 0.0)
