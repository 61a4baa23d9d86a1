"""What moves in a camera's picture: a background, and the comparison of each picture with it.

The background is a sigma-delta estimate (Manzanera and Richefeu, "A robust and computationally efficient
motion detection algorithm based on sigma-delta background estimation", ICVGIP 2004): every pixel steps by one
grey level towards the picture. It tracks the median rather than the mean, so that something passing by leaves
no trail, and everything stays in uint8, where one pass over a 768x432 picture at every fourth pixel takes
about a microsecond.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Box

if TYPE_CHECKING:
    from secondsight.config import GateSettings

Points = Sequence[tuple[float, float]]
Gray = NDArray[np.uint8]

UPDATE = 0.2
"""Seconds of stream between two steps of the background: 5 grey levels per second, faster than daylight
changes."""
STILL_AFTER = 2.0
"""Seconds: a sample that differs from the background but not from what was there this long ago belongs to
something that has stopped. If it were shorter, and the plain roof of a passing car would be learnt as a trail."""
STILL_STEP = 40
"""Grey levels by which the background then approaches it: a parked car of contrast 100 is background after 6
s."""
NOISE_EVERY = 10
"""Background steps between two estimates of the sensor's noise (every other second)."""
NOISE_SIGMAS = 5.0
"""Standard deviations of noise beyond which a sample counts as changed: of 20,000 samples 0.01 is expected to."""
NOISE_CEILING = 3.0
"""Maximum of the adapted threshold, as a multiple of the configured one: noise must not blind the gate."""
LIGHT_SHIFT = 3
"""Grey levels by which the median sample must have changed before a common gain and offset is tried: an
object moves the median only where it covers half of the picture, the camera's exposure always does."""
LIGHT_GAIN = 5.0
"""Largest gain, up or down, that is taken for light."""
LIGHT_REST = 0.5
"""Gain and offset are believed if they leave at most this share of the changed samples unexplained."""


class MotionModel:
    """The background of one camera at one picture size, and the comparison of a picture with it.

    All pictures are uint8 or bool arrays of the sampled picture's shape, allocated once.
    """

    def __init__(self, settings: GateSettings, masks: Sequence[Points], luma: Gray, time: float) -> None:
        self.shape: tuple[int, ...] = luma.shape
        self._settings = settings
        self._now, self._background = luma.copy(), luma.copy()
        self._earlier, self._looked = luma.copy(), luma.copy()
        self._difference, self._spare = np.empty_like(self._now), np.empty_like(self._now)
        self._low, self._high = np.empty_like(self._now), np.empty_like(self._now)
        self._changed, self._mask = np.empty(self.shape, bool), np.empty(self.shape, bool)
        self._pairs = np.empty(self.shape, bool)
        seen = watched(masks, self.shape)
        self._watched = seen if masks else None
        self._sudden = settings.light_change * int(seen.sum())
        grid = np.zeros(self.shape, bool)
        grid[::4, ::4] = True
        self._sparse = np.flatnonzero(grid & seen if seen.sum() > luma.size // 16 else grid)
        self._minimum = max(1, math.ceil(settings.min_area * luma.size))
        self._noise = 0.0
        self._rows = self._columns = (0, 0)
        self._threshold = np.uint8(min(255, round(settings.threshold)))
        self._updated, self._earlier_time = time, time
        self._steps = 0

    def compare(self, luma: Gray, time: float) -> tuple[float, bool]:
        """Share 0..1 of the picture that moved, light discounted, and whether the light changed."""
        np.copyto(self._now, luma)
        light, moved = False, 0
        count = self._count_changes(self._background)
        if count >= self._minimum:
            moved = self._count_moved()
            if moved and self._may_be_light(count):
                light = self._relight_scene(count)
                self._count_changes(self._background)
                moved = self._count_moved()
        if time - self._earlier_time >= STILL_AFTER:
            self._earlier_time = time
            if moved:
                self._learn_still()
            np.copyto(self._earlier, self._now)
        if time - self._updated >= UPDATE * 0.99:
            self._updated = time
            self._learn()
        return moved / luma.size, light

    @property
    def moved(self) -> Box:
        """What the last comparison that found motion found lies within; relative."""
        (top, bottom), (left, right), (height, width) = self._rows, self._columns, self.shape
        return Box(left / width, top / height, min(1.0, (right + 2) / width), min(1.0, (bottom + 2) / height))

    def unexpected(self, boxes: Sequence[Box]) -> float:
        """Share 0..1 of the picture that moved in the last comparison, lies in none of some relative boxes, and has
        changed since `remember`: where a person stood for long, the place goes on differing from the background."""
        self._apart(self._looked, self._low)
        rest = np.greater(self._low, self._threshold // 2, out=self._mask)
        rest &= self._changed
        height, width = self.shape
        for x1, y1, x2, y2 in boxes:
            columns = slice(max(0, int(x1 * width)), max(0, math.ceil(x2 * width)))
            rest[max(0, int(y1 * height)) : max(0, math.ceil(y2 * height)), columns] = False
        return self._count_pairs(rest) / rest.size

    def remember(self) -> None:
        """Note that the picture compared last gets a look."""
        np.copyto(self._looked, self._now)

    def _count_changes(self, background: Gray) -> int:
        """Fill `difference` and `changed`; the number of changed samples."""
        self._apart(background, self._difference)
        np.greater(self._difference, self._threshold, out=self._changed)
        if self._watched is not None:
            np.logical_and(self._changed, self._watched, out=self._changed)
        return int(np.count_nonzero(self._changed))

    def _apart(self, other: Gray, out: Gray) -> None:
        """Fill `out` with how far the picture is from another."""
        np.maximum(self._now, other, out=out)
        np.minimum(self._now, other, out=self._spare)
        np.subtract(out, self._spare, out=out)

    def _count_moved(self) -> int:
        """Number of changed samples that neither a shaking camera nor sparks explain; 0 if they are too few to count.

        Things are larger than sparks: only samples whose right or lower neighbour changed too are counted.
        """
        if self._count_pairs(self._changed) < self._minimum:
            return 0
        self._leave_swaying()
        count = self._count_pairs(self._changed)
        if count < self._minimum:
            return 0
        self._rows, self._columns = _ends(self._pairs, axis=1), _ends(self._pairs, axis=0)
        return count

    def _leave_swaying(self) -> None:
        """Take out of `changed` what a camera that sways by one sample (4 pixels) explains.

        It shows every sample what one of its neighbours had: what lies within the range of the 3x3 neighbourhood,
        widened by three quarters of the threshold, has not moved.
        """
        now, low, high = self._now, self._low, self._high
        self._spread(np.minimum, low)
        self._spread(np.maximum, high)
        np.subtract(now, np.minimum(now, high, out=high), out=high)
        np.subtract(np.maximum(now, low, out=low), now, out=low)
        np.maximum(low, high, out=low)
        np.greater(low, int(self._threshold) * 3 // 4, out=self._mask)
        np.logical_and(self._changed, self._mask, out=self._changed)

    def _spread(self, extreme: np.ufunc, out: Gray) -> None:
        """Fill `out` with the extreme of the background around each sample, 3x3. Beyond a border lies what comes next
        in memory, and beyond the last the corner, which does no harm and saves a frame around all."""
        width, flat, across, down = self.shape[1], self._background.ravel(), self._spare.ravel(), out.ravel()
        across[0] = flat[0]
        extreme(flat[1:], flat[:-1], out=across[1:])
        extreme(across[:-1], flat[1:], out=across[:-1])
        extreme(across[:width], flat[0], out=down[:width])
        extreme(across[width:], across[:-width], out=down[width:])
        extreme(down[:-width], across[width:], out=down[:-width])
        extreme(down[-width:], flat[-1], out=down[-width:])

    def _count_pairs(self, changed: NDArray[np.bool_]) -> int:
        """Fill `pairs` with the changed samples whose right or lower neighbour has changed too; how many they are.
        Borders are as in `_spread`."""
        flat, pairs, above = changed.ravel(), self._pairs.ravel(), changed.size - self.shape[1]
        np.logical_or(flat[1 : above + 1], flat[self.shape[1] :], out=pairs[:above])
        np.logical_or(flat[above + 1 :], flat[-1], out=pairs[above:-1])
        pairs[-1] = flat[-1]
        np.logical_and(pairs, flat, out=pairs)
        return int(np.count_nonzero(pairs))

    def _learn(self) -> None:
        """One step of the background towards the picture."""
        background, now, mask = self._background, self._now, self._mask
        step = mask.view(np.uint8)
        np.greater(now, background, out=mask)
        np.add(background, step, out=background)
        np.less(now, background, out=mask)
        np.subtract(background, step, out=background)
        self._steps += 1
        if self._steps % NOISE_EVERY == 1:
            self._estimate_noise()

    def _learn_still(self) -> None:
        """A long step of the background where something new stands still; see STILL_AFTER."""
        now, background = self._now, self._background
        apart = np.maximum(now, self._earlier) - np.minimum(now, self._earlier)
        still = self._changed & (apart <= self._threshold // 2)
        step = np.minimum(self._difference, np.uint8(STILL_STEP))
        np.add(background, step, out=background, where=still & (now > background))
        np.subtract(background, step, out=background, where=still & (now < background))

    def _estimate_noise(self) -> None:
        """Adapt the threshold to the camera: 1.4826 times the median absolute deviation of 1 in 16 samples.

        Medians ignore whatever moves in less than half of the picture, and a common brightening of it.
        """
        apart = self._shifts()
        apart = np.abs(apart - _median(apart))
        sigma = 1.4826 * float(_median(apart))
        weight = 1.0 if self._steps == 1 else 0.3
        self._noise += weight * (sigma - self._noise)
        wanted = self._settings.threshold
        adapted = max(wanted, min(NOISE_SIGMAS * self._noise, NOISE_CEILING * wanted))
        self._threshold = np.uint8(min(255, round(adapted)))

    def _shifts(self) -> NDArray[np.int16]:
        """Change of 1 in 16 of the watched samples, in grey levels."""
        return self._now.ravel()[self._sparse].astype(np.int16) - self._background.ravel()[self._sparse]

    def _may_be_light(self, count: int) -> bool:
        """Whether light may explain the change of `count` samples."""
        return count > self._sudden or bool(abs(_median(self._shifts())) >= LIGHT_SHIFT)

    def _relight_scene(self, count: int) -> bool:
        """Whether light explains the change of `count` samples; the background is then put into the new
        light.

        A gain and an offset common to the picture (lamp, cloud, exposure) keep the background, relit: a
        person in it is still seen. More change than `light_change` that no common gain explains (day/night
        switch, a jolt of the camera) makes the picture itself the new background.
        """
        sudden = self._sudden
        if abs(_median(self._shifts())) >= LIGHT_SHIFT:
            relit = self._relight()
            rest = count if relit is None else self._count_changes(relit)
            if relit is not None and (rest <= LIGHT_REST * count or rest <= sudden < count):
                np.copyto(self._background, relit)
                return True
        if count > sudden:
            np.copyto(self._background, self._now)
            return True
        return False

    def _relight(self) -> Gray | None:
        """The background under the gain and offset that map it best onto the picture; None if none is likely.

        The line through the medians of the background's darker and brighter half: right as long as objects
        cover less than half of either.
        """
        old, new = self._background.ravel()[self._sparse], self._now.ravel()[self._sparse]
        bright = old > np.median(old)
        if not bright.any() or bright.all():
            gain, offset = 1.0, float(np.median(new)) - float(np.median(old))
        else:
            low, high = float(np.median(old[~bright])), float(np.median(old[bright]))
            low_now, high_now = float(np.median(new[~bright])), float(np.median(new[bright]))
            gain = (high_now - low_now) / (high - low)
            if not 1 / LIGHT_GAIN <= gain <= LIGHT_GAIN:
                return None
            offset = high_now - gain * high
        table = np.clip(np.arange(256) * gain + offset + 0.5, 0, 255).astype(np.uint8)
        relit: Gray = table[self._background]
        return relit


def watched(masks: Sequence[Points], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Bool array (height, width): False where a sample's centre lies in any of the relative polygons
    (even-odd)."""
    height, width = shape
    x = ((np.arange(width) + 0.5) / width)[None, :]
    y = ((np.arange(height) + 0.5) / height)[:, None]
    covered = np.zeros((height, width), bool)
    for polygon in masks:
        inside = np.zeros((height, width), bool)
        for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
            if y1 != y2:
                inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        covered |= inside
    return ~covered


def _ends(flags: NDArray[np.bool_], axis: int) -> tuple[int, int]:
    """Where, looking along an axis, the first and the last is True."""
    where = np.flatnonzero(flags.any(axis=axis))
    return int(where[0]), int(where[-1])


def _median(samples: NDArray[np.int16]) -> np.int16:
    """The upper median, several times faster than `np.median`."""
    middle = samples.size // 2
    return np.int16(np.partition(samples, middle, axis=None)[middle])
