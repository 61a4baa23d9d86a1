"""Debris: something lies on the ground that was not there.

A pixel that differs from the usual picture but not from that of a second ago belongs to something that has come to
rest (Porikli, Ivanov and Haga, 2008, see `background`); it must do so for as long as the rule says. Shadows that
stay, puddles and new patches of road look the same, and are for the second look.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.background import SHORT, Change
from secondsight.behaviour.pixels import Mask
from secondsight.behaviour.regions import Patch, RegionWatch, patches
from secondsight.behaviour.scene import Scene
from secondsight.config import DebrisRule

RESTING = 1.0
"""Seconds for which a pixel must rest before it belongs to a region."""
FADE = 3.0
"""A pixel that stops resting loses its time so many times as fast as it gained it: noise takes a little only."""
STRONG = 64.0
"""Mean difference, in grey levels, from which on a thing is as clear as can be."""


class Resting:
    """For how long each pixel has been changed and at rest.

    Args:
        ignore_tracks: nothing is learnt of a pixel while a tracked object is over it.
    """

    def __init__(self, ignore_tracks: bool) -> None:
        self._ignore_tracks = ignore_tracks
        self._age: NDArray[np.float32] | None = None

    def step(self, change: Change) -> NDArray[np.float32]:
        """Seconds at rest, up to twice RESTING; float32 (h, w)."""
        if self._age is None or self._age.shape != change.shape:
            self._age = np.zeros(change.shape, np.float32)
        gap = min(change.gap, 1.0)
        resting = change.changed & ~change.moving
        pace = np.where(resting, np.float32(gap), np.float32(-FADE * gap))
        if self._ignore_tracks:
            pace[change.tracked] = 0.0
        np.clip(self._age + pace, 0, 2 * RESTING, out=self._age)
        return self._age


def debris(rule: DebrisRule, scene: Scene) -> RegionWatch:
    """Reports everything that has come to rest in the zone and lies there for `duration`, and when it is gone."""
    resting = Resting(rule.ignore_tracks)

    def find(change: Change, inside: Mask) -> Iterator[tuple[Patch, float]]:
        lying = resting.step(change) >= RESTING
        for patch in patches(lying & inside, rule):
            yield patch, min(float(change.difference[patch.where][patch.mask].mean()) / STRONG, 1.0)

    return RegionWatch(rule, scene, max(rule.duration - RESTING - SHORT, 0.0), "object", find)
