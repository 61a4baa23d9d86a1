"""Draws samples: for each look of one camera a reason, a probability, and a throw of the dice.

Uniform samples are a Poisson process in the camera's time: a look that stands for `dt` seconds is drawn with
probability 1 - exp(-rate * dt), whatever it shows. The others are thinned: where more looks have a reason than its
share of the day allows, each is drawn with the share that fits. Either way the probability is known before the draw
and stored with the sample, so that rates can be estimated (Horvitz and Thompson 1952) from the uniform ones, and
weights are known for the others.
"""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.config import LearnSettings
from secondsight.learn.samples.looks import Grid, LookSummary, same_look, unexplained
from secondsight.learn.values import SampleReason

_DAY = 86400.0
_GAP = 60.0
"""Seconds that one look can stand for: beyond that nobody looked."""
_MEMORY = 3600.0
"""Seconds over which the rate of looks with a reason is estimated."""
_RECENT = 48
"""Kept samples of a reason that a new one must differ from."""
_PER_TRACK = 3
"""Samples that one track may give per reason."""
_TRACKS = 4096
_BACKGROUND = 60.0
"""Seconds in which the mean picture follows."""
_TARGETED = (SampleReason.DISPUTED, SampleReason.UNCERTAIN, SampleReason.UNKNOWN)
"""In the order in which they are tried: a look is kept for one of them."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A look that is to be kept.

    Attributes:
        probability: with which it was drawn.
        score: the number behind the reason.
    """

    reason: SampleReason
    probability: float
    score: float


class SampleDrawer:
    """Decides for the looks of one camera, in order; not thread-safe.

    Args:
        seed: of the draws.
    """

    def __init__(self, settings: LearnSettings, seed: int) -> None:
        self._settings = settings
        self._rng = np.random.default_rng(seed)
        self._uniform_rate = settings.per_day * settings.uniform / _DAY
        each = settings.per_day * (1 - settings.uniform) / len(_TARGETED)
        self._thinning = {reason: _Thinning(each) for reason in _TARGETED}
        self._kept: dict[SampleReason, deque[LookSummary]] = {one: deque(maxlen=_RECENT) for one in _TARGETED}
        self._of_track: OrderedDict[tuple[SampleReason, int], int] = OrderedDict()
        self._class_of: OrderedDict[int, int] = OrderedDict()
        self._background: NDArray[np.float32] | None = None
        self._last: float | None = None
        self._day = _Day(settings.per_day)

    def draw(self, look: LookSummary) -> Draw | None:
        """What to keep this look for; None for most."""
        dt = min(_GAP, max(0.0, look.time - self._last)) if self._last is not None else 0.0
        self._last = look.time
        reasons = self._reasons(look, dt)
        probability = 1 - math.exp(-self._uniform_rate * dt)
        if self._rng.random() < probability and self._day.take(look.time):
            return Draw(SampleReason.UNIFORM, probability, 0.0)
        for reason, (score, tracks) in reasons.items():
            if self._exhausted(reason, tracks) or any(same_look(look, kept) for kept in self._kept[reason]):
                continue
            probability = self._thinning[reason].probability(look.time)
            if self._rng.random() < probability and self._day.take(look.time):
                self._thinning[reason].taken += 1
                self._kept[reason].append(look)
                for track in tracks:
                    _bump(self._of_track, (reason, track))
                return Draw(reason, probability, score)
        return None

    def _reasons(self, look: LookSummary, dt: float) -> dict[SampleReason, tuple[float, tuple[int, ...]]]:
        """Score and tracks of each reason that this look has."""
        found: dict[SampleReason, tuple[float, tuple[int, ...]]] = {}
        changed = [
            track for track, kind in zip(look.tracks, look.classes, strict=True) if self._changed(track, kind)
        ]
        if changed:
            found[SampleReason.DISPUTED] = (1.0, tuple(changed))
        low, high = self._settings.low, self._settings.high
        doubtful = [
            (score, track)
            for score, track in zip(look.scores, look.tracks, strict=True)
            if low <= score < high
        ]
        if doubtful:
            found[SampleReason.UNCERTAIN] = (min(doubtful)[0], tuple(track for _, track in doubtful))
        if self._background is not None and (share := unexplained(look, self._background)) > 0:
            found[SampleReason.UNKNOWN] = (share, ())
        self._follow(look.grid, dt)
        return found

    def _changed(self, track: int, kind: int) -> bool:
        """Whether two looks of one track have seen different classes."""
        known = self._class_of.get(track)
        self._class_of[track] = kind
        if len(self._class_of) > _TRACKS:
            self._class_of.popitem(last=False)
        return known is not None and known != kind

    def _follow(self, grid: Grid, dt: float) -> None:
        if self._background is None:
            self._background = grid.astype(np.float32)
        else:
            self._background += (grid - self._background) * (1 - math.exp(-dt / _BACKGROUND))

    def _exhausted(self, reason: SampleReason, tracks: tuple[int, ...]) -> bool:
        """Whether all tracks that are the reason have given their samples."""
        return bool(tracks) and all(self._of_track.get((reason, one), 0) >= _PER_TRACK for one in tracks)


class _Thinning:
    """The probability that keeps one reason within its share of the day."""

    def __init__(self, per_day: float) -> None:
        self._rate = per_day / _DAY
        self._offers, self._at = 0.0, 0.0
        self.taken = 0

    def probability(self, time: float) -> float:
        """For the look at `time`, which is counted as one with the reason."""
        self._offers = self._offers * math.exp(-max(0.0, time - self._at) / _MEMORY) + 1
        self._at = time
        return min(1.0, self._rate * _MEMORY / self._offers)


class _Day:
    """The bound that holds whatever the estimates are."""

    def __init__(self, most: int) -> None:
        self._most, self._left, self._day = most, most, -1

    def take(self, time: float) -> bool:
        """Use one of the day's samples; False if there is none left."""
        day = int(time // _DAY)
        if day != self._day:
            self._day, self._left = day, self._most
        self._left -= 1
        return self._left >= 0


def _bump(counts: OrderedDict[tuple[SampleReason, int], int], key: tuple[SampleReason, int]) -> None:
    counts[key] = counts.get(key, 0) + 1
    if len(counts) > _TRACKS:
        counts.popitem(last=False)
