"""Plans the looks of one camera: whether a frame is worth one, how often, and at which part of it.

Gate, adaptive rate and region of interest meet here. What is tracked comes in as one immutable `AttentionView`, which
the analysis publishes after each look. Most frames are decided without it; `compare` says which are not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondsight.records import Frame
    from secondsight.sentinel.attention.adaptive_rate import Forecast
    from secondsight.sentinel.attention.contrast import Contrast
    from secondsight.sentinel.attention.gate import Comparison, Gate, Reason
    from secondsight.sentinel.attention.roi import RoiSelector
    from secondsight.sentinel.inference.letterbox import Letterbox
    from secondsight.sentinel.tracking.tracker import TrackerView

STATIC_EVERY = 0.5
"""Seconds of stream between two static frames that are reported to the analysis while something is tracked."""


class AttentionView(NamedTuple):
    """What is tracked, as of one look. Immutable: written by the analysis, read by the camera's thread.

    Attributes:
        tracker: the tracks and what the next look should show.
        forecast: where they will be; None if any may do what is not expected.
    """

    tracker: TrackerView
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True)
class LookPlan:
    """A look to be made.

    Attributes:
        reason: why; see `GateDecision`.
        still: nothing has moved since the frame compared before.
        letterbox: what of the frame it shows.
        curve: what becomes of each grey level for the detector, uint8 (256,); None: it sees the frame as it is.
    """

    reason: Reason
    still: bool
    letterbox: Letterbox
    curve: NDArray[np.uint8] | None = None


@dataclass(frozen=True, slots=True)
class StaticFrame:
    """Nothing has moved until `time`, and something is tracked."""

    time: float


class Attention:
    """Plans the looks of one camera; not thread-safe. Call `compare` and then `plan` for each frame.

    Args:
        adaptive: whether there may be forecasts; see `AdaptiveRate`.
        contrast: gives dark pictures contrast; None: the detector sees all pictures as they are.
    """

    def __init__(
        self, gate: Gate, roi: RoiSelector, *, adaptive: bool, contrast: Contrast | None = None
    ) -> None:
        self._gate, self._roi, self._adaptive, self._contrast = gate, roi, adaptive, contrast
        self._comparison: Comparison | None = None
        self._static_at = -math.inf

    @property
    def moving(self) -> bool:
        """Whether something moved in the frame that was compared last; without a gate nobody can tell that not."""
        return self._comparison is not None and self._comparison.reason in ("motion", "off")

    def wants(self, time: float, interval: float) -> bool:
        """Whether a frame need be decoded; see `Gate.wants`."""
        return self._gate.wants(time, interval)

    def compare(self, frame: Frame) -> bool:
        """Compare the camera's next frame with its background.

        Returns:
            Whether `plan` depends on what is tracked.
        """
        self._comparison = comparison = self._gate.compare(frame)
        if comparison.reason == "first":
            self._static_at = -math.inf
        if comparison.reason == "motion":
            return comparison.where is not None and (self._adaptive or self._roi.may_narrow(frame))
        if comparison.reason == "still":
            return self._static_due(frame.time)
        return comparison.reason == "recheck"

    def plan(self, frame: Frame, view: AttentionView | None) -> LookPlan | StaticFrame | None:
        """Decide about the frame that was compared last.

        Args:
            view: as of the last look; None if nothing is known yet, or if `compare` returned False.

        Returns:
            A look to be made, a static frame to report to the analysis, or None: nothing to do.
        """
        comparison = self._comparison
        assert comparison is not None, "compare comes first"
        assert comparison.time == frame.time, "compare comes first"
        tracked = view is not None and view.tracker.alive > 0
        expected = None
        if view is not None and view.forecast is not None and comparison.reason == "motion":
            expected = view.forecast.at(frame.time)
        decision = self._gate.decide(comparison, tracked=tracked, expected=expected)
        if decision.infer:
            letterbox = self._roi.choose(frame, decision, view.tracker if view is not None else None)
            curve = self._contrast.curve(frame) if self._contrast is not None else None
            return LookPlan(decision.reason, decision.still, letterbox, curve)
        if decision.reason == "still" and self._static_due(frame.time):
            self._static_at = frame.time
            return StaticFrame(frame.time) if tracked else None
        return None

    def _static_due(self, time: float) -> bool:
        return time - self._static_at >= STATIC_EVERY
