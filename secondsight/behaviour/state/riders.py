"""Who sits on a bicycle or a motorcycle, for the rules about people on foot."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.spatial.geometry import areas, shared_areas
from secondsight.behaviour.state.object_state import LookContext
from secondsight.config import ObjectRule

S = TypeVar("S")

SEATED = 0.2
"""Share of a bicycle's box that its rider's box covers at least."""


def ridden(look: LookContext[S], rides: ObjectRule) -> NDArray[np.float64]:
    """The boxes (m, 4) of what can be ridden; none where a rule names no such classes."""
    boxes = look.seen.boxes
    return boxes[look.shown(rides).counts] if rides.classes else boxes[:0]


def riding(people: NDArray[np.float64], rides: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who sits on something ridden, by relative boxes (n, 4), (m, 4) -> bool (n,)."""
    if not len(rides):
        return np.zeros(len(people), dtype=bool)
    covered = shared_areas(people, rides) >= SEATED * np.maximum(areas(rides), 1e-9)
    return np.asarray(covered.any(axis=1))
