"""What has lately passed over a place without being tracked, such as a hand at a shelf."""

from collections import deque
from typing import NamedTuple

import numpy as np

from secondsight.behaviour.signals.change import RESTING, Change
from secondsight.behaviour.signals.image_ops import Bytes, Mask, apart, components
from secondsight.behaviour.state.region_state import ChangedPatch

LATELY = 8.0
"""Seconds for which it is remembered what moved."""
AROUND = 2
"""Sizes of a patch, on each side of it, in which an arm is looked for."""
OVER = 0.25
"""Minimum share of a patch that a hand hides in one look, on its way to it or back."""
BEYOND = 0.4
"""Minimum size of what reaches beyond the patch, in areas of the patch: an arm comes from somewhere. What only
changes its own look, as a lamp or a screen does, reaches nowhere."""

BACK = 0.8
"""Minimum share of what it hid beyond the patch that is seen again as it was: light and shadows change that too."""


class _Look(NamedTuple):
    time: float
    grey: Bytes
    changed: Mask


class Movements:
    """The last looks of one camera, and what was in them beside people."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque()

    def step(self, change: Change) -> None:
        """Take a look; what is tracked is left out."""
        if self._looks and self._looks[0].changed.shape != change.shape:
            self._looks.clear()
        self._looks.append(_Look(change.time, change.now.grey, change.changed > change.tracked))
        while change.time - self._looks[0].time > LATELY:
            self._looks.popleft()

    def reached(self, patch: ChangedPatch, change: Change, since: float) -> bool:
        """Whether something came over a patch from beyond it after `since`, and left all but the patch as it was."""
        rows, columns = patch.where
        tall, wide = AROUND * (rows.stop - rows.start), AROUND * (columns.stop - columns.start)
        top, left = max(rows.start - tall, 0), max(columns.start - wide, 0)
        around = slice(top, rows.stop + tall), slice(left, columns.stop + wide)
        mask = np.zeros(change.now.grey[around].shape, bool)
        mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = patch.mask
        now, size = change.now.grey[around], np.count_nonzero(patch.mask)
        back = ~change.changed[around]
        for look in self._looks:
            if look.time < since or change.time - look.time < RESTING:
                continue
            other = look.changed[around] & (apart(look.grey[around], now) > change.threshold)
            labels, table = components(other, 5)
            for number in range(1, len(table)):
                part = labels == number
                inside, outside = np.count_nonzero(part & mask), part & ~mask
                if inside < OVER * size or np.count_nonzero(outside) < BEYOND * size:
                    continue
                if back[outside].mean() >= BACK:
                    return True
        return False
