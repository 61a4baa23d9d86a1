"""Decides cheaply that a frame needs no inference.

Most frames of most cameras show nothing new, and a look of the model costs some twenty milliseconds of a core
where this decision costs about twenty microseconds: what a machine can watch is mostly decided here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from secondsight.records import Box, hull
from secondsight.sentinel.attention.motion import MotionModel, Points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondsight.config import GateSettings
    from secondsight.records import Frame

Reason = Literal["first", "off", "motion", "light", "refresh", "recheck", "still", "foreseen", "rate"]

STEP = 4
"""Every fourth pixel in both directions: a person of 15% of the picture's height still covers some 80
samples."""
TAIL = 1.0
"""Seconds for which looking goes on after the last motion, so that the end of a track is seen where it happens. A
single look with motion, such as a gust or a jolt, has no tail."""
LEARNING = 6.0
"""Seconds at the beginning of an epoch in which rules about the scene itself get every look: from the first ten,
0.5 s apart at most, they learn what is usual. At a quiet camera these would take minutes, and a landslide would
become usual."""
RECHECK = 1.0
"""Seconds until a motionless object is looked at again; doubled by every recheck, up to the refresh time."""


class Comparison(NamedTuple):
    """The result of one comparison, before it is known what is tracked.

    Attributes:
        time: of the frame, in seconds.
        reason: as in `GateDecision`; a `recheck` is due only if something is tracked.
        where: what moved; see `GateDecision`.
    """

    time: float
    reason: Reason
    where: Box | None


class GateDecision(NamedTuple):
    """The gate's answer for one frame.

    Attributes:
        infer: whether the model should look at this frame.
        reason: `first` frame of an epoch, gate `off`, `motion` (or the second after it), a sudden change of
            `light`, `refresh` due, `recheck` of motionless tracks due; without a look: `still`; `foreseen`: what
            moves are objects that go on as they went; or `rate`: the frame lies between two looks of the allowed
            rate and was not even compared.
        motion: share 0..1 of the picture that moved, as last measured.
        where: all that moved in the last two comparisons that found motion, and since the last look, lies within it;
            None if nothing did, or the light changed.
    """

    infer: bool
    reason: Reason
    motion: float
    where: Box | None = None

    @property
    def still(self) -> bool:
        """True when this frame was compared and nothing has moved since the frame compared before it."""
        return self.reason in ("still", "refresh", "recheck")


class Gate:
    """Motion gate of one camera; not thread-safe. It keeps its background across epochs of one picture size.

    Args:
        settings: thresholds; see `GateSettings`.
        masks: polygons in relative coordinates whose inside is not watched (clocks, trees, monitors).
        fps: maximum number of looks per second of stream time; None for no limit. Frames between two looks are not
            even compared, so motion is noticed up to 1/fps later and a quiet camera costs fps comparisons per second.
        steady_fps: looks per second while all motion is expected; None for no fewer than otherwise.
        settles: for rules about the scene itself: look at the beginning of an epoch although nothing moves, and
            recheck after motion although nothing is tracked. What has come to rest has to be seen at rest.
    """

    def __init__(
        self,
        settings: GateSettings,
        masks: Sequence[Points] = (),
        fps: float | None = None,
        steady_fps: float | None = None,
        *,
        settles: bool = False,
    ) -> None:
        self._settings, self._masks, self._settles = settings, tuple(masks), settles
        self._cadence, self._seldom = FrameRateLimiter(fps), FrameRateLimiter(steady_fps)
        self._scene: MotionModel | None = None
        self._epoch: int | None = None
        self._time = self._looked = self._tail = -math.inf
        self._recheck = RECHECK
        self._motion = 0.0
        self._moved: Box | None = None
        self._where: Box | None = None
        self._unseen: Box | None = None

    def wants(self, time: float, interval: float) -> bool:
        """Whether a frame need be decoded: it may be compared or looked at. Frames may be asked for out of order.

        Args:
            interval: seconds from one frame to the next.
        """
        return self._cadence.wants(time, interval)

    def compare(self, frame: Frame) -> Comparison:
        """Compare the camera's next frame with its background. `decide` follows, with the same comparison."""
        time = frame.time
        first = frame.epoch != self._epoch or time < self._time
        if first:
            self._epoch = frame.epoch
            self._looked = -math.inf
            self._tail = time + LEARNING if self._settles else -math.inf
            self._cadence.restart()
        self._time = time
        reason: Reason = "rate"
        if self._cadence.due(time):
            reason = self._reason(frame) if self._settings.enabled else "off"
            if first and reason != "off":
                reason = "first"
        return Comparison(time, reason, self._where)

    def decide(
        self, comparison: Comparison, *, tracked: bool = False, expected: Sequence[Box] | None = None
    ) -> GateDecision:
        """Decide about the frame that was compared last.

        Args:
            tracked: whether the tracker knows any object, confirmed or not. Such objects are looked at again although
                nothing moves, after RECHECK seconds and then at doubling intervals up to the refresh time.
            expected: relative boxes within which motion is expected; None if none is.
        """
        time, reason, _ = comparison
        if reason == "recheck":
            if tracked or self._settles:
                self._recheck *= 2
            else:
                reason = "still"
        if reason == "still":
            self._moved = self._where = None
        if reason in ("still", "rate"):
            return GateDecision(False, reason, self._motion)
        if reason == "motion" and self._where is not None and self._is_expected(expected):
            if not self._seldom.due(time):
                self._unseen = hull(self._unseen or self._where, self._where)
                return GateDecision(False, "foreseen", self._motion)
        else:
            self._seldom.begin(time)
        self._looked = time
        if self._scene is not None:
            self._scene.remember()
        where = self._where and hull(self._unseen or self._where, self._where)
        self._unseen = None
        return GateDecision(True, reason, self._motion, where)

    def _is_expected(self, boxes: Sequence[Box] | None) -> bool:
        """Whether all motion of the last comparison lies within relative boxes."""
        if boxes is None or self._scene is None:
            return False
        return self._motion == 0 or self._scene.unexpected(boxes) < self._settings.min_area

    def _reason(self, frame: Frame) -> Reason:
        moved_before, time = self._motion > 0, frame.time
        light = self._measure(frame.luma(STEP), time)
        if self._motion > 0:
            if moved_before:
                self._tail = time + TAIL
            self._recheck = RECHECK
            return "motion"
        if light:
            return "light"
        if time <= self._tail or self._unseen is not None:
            return "motion"
        since = time - self._looked
        if since >= self._settings.refresh:
            return "refresh"
        return "recheck" if since >= self._recheck else "still"

    def _measure(self, luma: NDArray[np.uint8], time: float) -> bool:
        """Update `motion`; True when what changed is light."""
        if self._scene is None or self._scene.shape != luma.shape:
            self._scene = MotionModel(self._settings, self._masks, luma, time)
            self._motion, self._moved, self._where = 0.0, None, None
            return False
        self._motion, light = self._scene.compare(luma, time)
        if self._motion > 0:
            before, self._moved = self._moved, self._scene.moved
            self._where = None if light else hull(before or self._moved, self._moved)
        return light


class FrameRateLimiter:
    """Picks the frames nearest to a regular beat in stream time: at 12.5 frames/s and 5 looks/s every 2nd or
    3rd."""

    def __init__(self, fps: float | None) -> None:
        self._period = 0.0 if fps is None else 1.0 / fps
        self._served: deque[float] = deque(maxlen=8)
        self._interval = math.inf
        self.restart()

    def restart(self) -> None:
        """The next frame starts a new beat."""
        self._due = self._last = -math.inf

    def begin(self, time: float) -> None:
        """The frame of this time starts a new beat, and is the first of it."""
        self._due, self._last = time + self._period, time

    def due(self, time: float) -> bool:
        """Whether the frame of this time is one to look at."""
        interval, self._last = time - self._last, time
        # Just under half of the frames' interval: the frame nearest to the beat is taken, early or late, and
        # jittering timestamps neither skip nor double a look.
        tolerance = 0.49 * min(interval, self._interval, self._period)
        if time + tolerance < self._due:
            return False
        late = time - self._due
        self._due = (self._due if late < self._period else time) + self._period
        return True

    def wants(self, time: float, interval: float) -> bool:
        """Whether `due` may say yes to the frame of this time; asked before it, maybe out of order.

        Yes to all frames that may be the nearest to a beat, and to at least one for every beat, whatever `interval`,
        the time to the next frame, is taken to be.
        """
        self._interval = interval  # what is passed over must not look like a slower camera
        if interval >= self._period or self._due == -math.inf:
            return True
        beats = math.ceil((time - self._due) / self._period - 0.5)
        beat = self._due + beats * self._period
        if abs(time - beat) <= 0.51 * interval or all(abs(beat - t) > self._period / 2 for t in self._served):
            self._served.append(beat)
            return True
        return False
