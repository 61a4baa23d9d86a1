"""What a camera usually sees, and how the present picture differs from it: for suspicions that no detector has.

One model of the background serves all rules of a camera. It is a running mean that forgets in `FORGET` seconds; what
differs from it is learnt `SLOWER` times as slowly, so that a thing that lies there for a minute is still new. This is
the long-term half of the dual foregrounds of Porikli, Ivanov and Haga ("Robust abandoned-object detection using dual
foregrounds", EURASIP Journal on Advances in Signal Processing, 2008); the short-term half is the comparison with the
picture of a second ago. A change of light common to the picture is followed at once.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.pixels import Bytes, Mask, apart, blend, either, grey, rounded, strongest
from secondsight.records import Observation

LONG_SIDE = 320
"""Pixels of the longer side at which pictures are compared: a tyre 40 m away still covers some of them."""
FIRST_LOOKS = 10
"""Looks whose median, without what is tracked, is the first background: what passes by in fewer than half leaves no
ghost. What was covered in all of them is learnt once it is uncovered, such as the road under a parked car."""
FORGET = 30.0
SLOWER = 10.0
APART = 0.3
"""Least seconds between two looks that are compared: half of them at 5 a second. What these rules are about takes
seconds, and comparing is most of what they cost."""
SHORT = 1.0
"""Seconds between the two pictures whose difference tells what moves."""
LEAST = 16
"""Least difference, in grey levels of the strongest channel, that is a change; more where the camera is noisy."""
SIGMAS = 6.0
"""Noise beyond so many standard deviations is a change: of 57,600 pixels none is expected to."""
LINGER = 0.9
"""Seconds for which a place counts as covered after the last tracked box there: detectors miss a look or two."""
SUDDEN = 0.6
"""A larger share of the picture changing at once is a camera that was turned, or day and night: begin anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """One look compared with the background; all arrays (h, w), h and w as `LONG_SIDE` says.

    Attributes:
        time, gap: UTC seconds of the look, and seconds since the one before.
        now, usual: the picture and the background, uint8 BGR (h, w, 3).
        difference: largest difference of any channel, uint8.
        changed: where that is more than noise.
        moving: where the picture differs from that of a second ago.
        step: difference of brightness from the look before, uint8; noise: its mean where nothing happens.
        tracked: where tracked objects are or were a moment ago, with a margin.
    """

    time: float
    gap: float
    now: Bytes
    usual: Bytes
    difference: Bytes
    changed: Mask
    moving: Mask
    step: Bytes
    noise: float
    tracked: Mask

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.difference.shape[0], self.difference.shape[1]


class Background:
    """The usual picture of one camera; not thread-safe. Every rule may ask about the same look, it is learnt once.

    Attributes:
        early: whether the last look that was asked about came too soon after the one before to be compared.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: another shape of picture, a clock that went back, or hours in which nobody asked."""
        self._asked: Observation | None = None
        self.early = False
        self._answer: Change | None = None
        self._first: list[tuple[Bytes, Mask]] = []
        self._unknown: Mask | None = None
        self._covers: deque[tuple[float, Mask]] = deque()
        self._mean: NDArray[np.float32] | None = None
        self._past: deque[tuple[float, Bytes]] = deque()

    def compare(self, observation: Observation) -> Change | None:
        """Compare a look and learn from it. None without pixels, too soon after the last one, and until enough was
        seen to know what is usual.
        """
        if observation is not self._asked:
            self._asked, self.early = observation, self._too_early(observation.time)
            self._answer = None if self.early else self._look(observation)
        return self._answer

    def _too_early(self, time: float) -> bool:
        return self._mean is not None and 0 < time - self._past[-1][0] < APART

    def _look(self, observation: Observation) -> Change | None:
        frame = observation.frame
        if frame is None or min(observation.width, observation.height) < 8:
            return None
        scale = min(1.0, LONG_SIDE / max(frame.width, frame.height))
        now = frame.resized(max(8, round(frame.width * scale)), max(8, round(frame.height * scale)))
        time = observation.time
        if self._past and (self._past[-1][1].shape != now.shape or time <= self._past[-1][0]):
            self.forget()
        before, earlier = self._remember(time, now)
        tracked = self._tracked(observation, now.shape[:2])
        if self._mean is None:
            self._begin(now, tracked)
            return None
        return self._compare(time, now, before, earlier, tracked)

    def _tracked(self, observation: Observation, shape: tuple[int, ...]) -> Mask:
        """Where tracked objects are; one that a look misses is still there."""
        self._covers.append((observation.time, covered(observation, shape)))
        while observation.time - self._covers[0][0] >= LINGER:
            self._covers.popleft()
        return either([cover for _, cover in self._covers])

    def _begin(self, now: Bytes, tracked: Mask) -> None:
        """Gather the first looks; with the last of them there is a background."""
        self._first.append((now, tracked))
        if len(self._first) < FIRST_LOOKS:
            return
        looks = np.stack([picture for picture, _ in self._first]).astype(np.float32)
        covers = np.stack([cover for _, cover in self._first])
        unknown: Mask = np.logical_and.reduce(covers)
        self._unknown = unknown
        looks[covers & ~unknown] = np.nan
        self._mean = np.nanmedian(looks, axis=0)
        self._first.clear()

    def _remember(self, time: float, now: Bytes) -> tuple[tuple[float, Bytes], Bytes]:
        """Keep the picture; returns the one before with its time, and that of a second ago, or the oldest since."""
        before = self._past[-1] if self._past else (time, now)
        self._past.append((time, now))
        while len(self._past) > 2 and time - self._past[1][0] >= SHORT:
            self._past.popleft()
        return before, self._past[0][1]

    def _compare(
        self, time: float, now: Bytes, before: tuple[float, Bytes], earlier: Bytes, tracked: Mask
    ) -> Change | None:
        assert self._mean is not None
        self._relight(now)
        if self._unknown is not None:
            bare = self._unknown & ~tracked
            if bare.any():
                self._mean[bare] = now[bare]
                self._unknown = self._unknown & tracked
            if not self._unknown.any():
                self._unknown = None
        usual = rounded(self._mean)
        difference = strongest(apart(now, usual))
        # A whole number: bytes are compared with it without becoming floats, which takes ten times as long.
        threshold = int(max(LEAST, SIGMAS * _noise(now, before[1])))
        changed = difference > threshold
        gap = time - before[0]
        if np.count_nonzero(changed) > SUDDEN * changed.size:
            self._mean = now.astype(np.float32)
            return None
        step = apart(grey(now), grey(before[1]))
        still = step[::4, ::4][~(changed[::4, ::4] | tracked[::4, ::4])]
        change = Change(
            time=time,
            gap=gap,
            now=now,
            usual=usual,
            difference=difference,
            changed=changed,
            moving=strongest(apart(now, earlier)) > threshold,
            step=step,
            noise=float(still.mean()) if still.size else 0.0,
            tracked=tracked,
        )
        self._learn(now, changed, tracked, gap)
        return change

    def _relight(self, now: Bytes) -> None:
        """Follow a change of light: the median difference of each channel, which things do not move."""
        assert self._mean is not None
        off = now[::4, ::4].astype(np.int16) - self._mean[::4, ::4].astype(np.int16)
        shift = np.array([_median(off[..., channel]) for channel in range(3)], dtype=np.float32)
        if np.abs(shift).max() >= 2:
            np.clip(self._mean + shift, 0, 255, out=self._mean)

    def _learn(self, now: Bytes, changed: Mask, tracked: Mask, gap: float) -> None:
        assert self._mean is not None
        weight = min(gap / FORGET, 0.2)
        new = changed & ~tracked
        blend(self._mean, now, weight, ~(changed | tracked))
        if new.any():
            blend(self._mean, now, weight / SLOWER, new)


def covered(observation: Observation, shape: tuple[int, ...], margin: float = 0.15) -> Mask:
    """Where tracked boxes are, each grown by `margin` of its size on every side: bool (h, w)."""
    mask = np.zeros(shape[:2], dtype=bool)
    rows, columns = shape[:2]
    size = np.array((observation.width, observation.height) * 2, dtype=np.float64)
    boxes = np.nan_to_num(observation.detections.xyxy.astype(np.float64) / size, posinf=1.0, neginf=0.0)
    for x1, y1, x2, y2 in np.clip(boxes, -1.0, 2.0).tolist():
        dx, dy = margin * (x2 - x1), margin * (y2 - y1)
        left, top = max(0, int((x1 - dx) * columns)), max(0, int((y1 - dy) * rows))
        mask[top : max(0, int((y2 + dy) * rows) + 1), left : max(0, int((x2 + dx) * columns) + 1)] = True
    return mask


def _noise(now: Bytes, before: Bytes) -> float:
    """Standard deviation of the sensor's noise: from the median difference of two looks, which things do not move."""
    apart = np.abs(now[::4, ::4].astype(np.int16) - before[::4, ::4])
    return 1.4826 / math.sqrt(2) * _median(apart)


def _median(differences: NDArray[np.int16]) -> float:
    """The median of differences of bytes, -255..255: by counting them, a tenth of the time of sorting."""
    counts = np.cumsum(np.bincount(differences.ravel() + 255, minlength=511))
    low, high = (counts[-1] - 1) // 2, counts[-1] // 2
    middle = np.searchsorted(counts, (low, high), side="right")
    return float(middle.mean()) - 255
