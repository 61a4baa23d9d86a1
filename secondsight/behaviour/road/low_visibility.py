"""Low visibility: the camera sees less than usual, all over the picture: fog, dirt, a covered lens, darkness.

In fog the contrast of everything falls with its distance (Koschmieder's law), and what falls below some 5% is seen no
more (Hautiere, Tarel, Lavenant and Aubert, "Automatic fog detection and estimation of visibility distance through use
of an onboard camera", Machine Vision and Applications 17, 2006). Distances are not known here, so each place of the
picture is compared with what it usually shows: the standard deviation of brightness in blocks, which fog and dirt
lessen and passers-by only add to. Darkness lowers brightness and contrast alike; a covered lens shows nothing at all.
Dirt blurs some places and leaves the others as they were: what it takes is their fine detail, of which rain and night
leave more. (By contrast alone no dirty lens of the simulated city was found: they keep most of it.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.image_ops import shrunk
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.spatial.geometry import inside_polygon
from secondsight.behaviour.state.zone_state import ZoneMonitor
from secondsight.config import FRAME, Fraction, Name, RuleBase, Timespan
from secondsight.records import Box, Candidate, Frame, Observation, Severity


class LowVisibilityRule(RuleBase):
    """The camera sees less than usual, all over the picture.

    Attributes:
        lost: minimum share of the places with contrast that have lost it.
        keep: share of the usual contrast below which contrast is lost.
        blurred: minimum share of the places with fine detail that have lost most of it: dirt, which leaves contrast.
        causes: causes that are reported.
        duration: minimum seconds that it lasts.
    """

    judges_scene: ClassVar[bool] = True

    behaviour: Literal["low_visibility"]
    severity: Severity = Severity.LOW
    zone: Name = FRAME
    lost: Annotated[Fraction, Field(gt=0)] = 0.5
    keep: Annotated[Fraction, Field(gt=0)] = 0.5
    blurred: Annotated[Fraction, Field(gt=0)] = 0.12
    causes: Annotated[tuple[Literal["fog", "darkness", "covered", "dirt"], ...], Field(min_length=1)] = (
        "fog",
        "covered",
        "dirt",
    )
    duration: Timespan = 10.0

    def make(self, scene: Scene) -> Behaviour:
        return LowVisibility(self, scene)


Blocks = NDArray[np.float64]

GRID = (9, 16)
"""Rows and columns of blocks."""
ROWS = 180
EVERY = 0.9
"""Minimum seconds between two looks at the pixels, once the usual ones are known: what hides the view takes many."""
INERTIA = 2
FIRST_LOOKS = 4
"""Looks whose median is the first usual one. Few, as fog that comes up meanwhile would become usual; who passes by
only adds contrast."""
LEAST = 5.0
"""Grey levels of standard deviation that a block usually has if there is something to see in it."""
FEW = 8
"""With fewer blocks with something to see nothing can be told."""
RISE, FORGET = 300.0, 3600.0
"""Seconds in which more contrast, and less contrast, becomes usual: a picture clears up and stays so, fog lifts. A
shower, whose streaks add contrast, or a passing truck must not become usual."""
DARK = 0.5
"""Share of the usual brightness below which it has become dark."""
NOTHING = 0.15
"""Share of the usual contrast below which nothing is seen."""
CLEAR = 0.85
"""Share of the usual contrast that a clean part of a dirty lens keeps."""
BLURRED = 0.4
"""Share of its usual fine detail below which a place is blurred."""
FLAT = 0.08
"""Share of the blurred places that keep their contrast behind dirt: hardly any in fog."""
LASTS = 0.75
"""Share of what must be lost, or blurred, for bad sight to begin that is enough for it to last: it lifts slowly."""
FINE = 1.0
"""Grey levels of fine detail that a place usually has if it can be told whether it is blurred."""


@dataclass(frozen=True, slots=True)
class Sharpness:
    """One look at each block, float64 (9, 16), grey levels: standard deviation and mean of brightness, and fine
    detail, the mean distance of a pixel from the mean of the 5 x 5 around it."""

    contrast: Blocks
    light: Blocks
    detail: Blocks

    @staticmethod
    def median(of: "Sequence[Sharpness]") -> "Sharpness":
        """The usual one of several looks."""
        return Sharpness(
            np.median([one.contrast for one in of], axis=0),
            np.median([one.light for one in of], axis=0),
            np.median([one.detail for one in of], axis=0),
        )


class LowVisibility:
    """Reports one candidate while too little is seen, and again when it has cleared up. Dirt is another one than what
    lies in the air: what begins when fog lifts is reported by itself."""

    def __init__(self, rule: LowVisibilityRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._monitor = ZoneMonitor(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        self._first: list[Sharpness] = []
        self._usual: Sharpness | None = None
        self._dirt = False
        self._now = self._looked = float("-inf")
        self._epoch = 0
        self._zone = _centres_inside(scene.polygon)
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        self._now, self._epoch = max(self._now, observation.time), observation.epoch
        if observation.held or observation.frame is None:
            self._monitor.holds_still(self._now)
        elif self._usual is None or self._now - self._looked >= EVERY:
            gap, self._looked = min(self._now - self._looked, 5.0), self._now
            self._look(sharpness(observation.frame), gap)
        return self._monitor.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        self._monitor.end()
        return self._monitor.due(self._now, self._epoch)

    def _look(self, now: Sharpness, gap: float) -> None:
        usual = self._usual
        if usual is None:
            self._first.append(now)
            if len(self._first) == FIRST_LOOKS:
                self._usual = Sharpness.median(self._first)
                self._first.clear()
            return
        judged = self._zone & (usual.contrast >= LEAST)
        if np.count_nonzero(judged) >= FEW:
            self._judge(now, usual, judged)
        _learn(usual.contrast, now.contrast, gap)
        _learn(usual.light, now.light, gap)
        _learn(usual.detail, now.detail, gap)

    def _judge(self, now: Sharpness, usual: Sharpness, judged: NDArray[np.bool_]) -> None:
        kept = np.minimum(now.contrast[judged] / usual.contrast[judged], 1.0)
        lost = float((kept < self._rule.keep).mean())
        light = float(now.light[judged].mean() / max(usual.light[judged].mean(), 1.0))
        why, share = "", LASTS if self._monitor.begun else 1.0
        if lost >= share * self._rule.lost:
            why = cause(kept, light, self._rule.keep)
        elif light >= DARK:
            blurred = self._blurred(now, usual)
            if blurred >= share * self._rule.blurred:
                why, lost = "dirt", max(lost, blurred)
        other = self._monitor.open and (why == "dirt") is not self._dirt
        if why in self._rule.causes and not other:
            self._dirt = why == "dirt"
            box = Box(*self._scene.polygon.min(axis=0).tolist(), *self._scene.polygon.max(axis=0).tolist())
            sample = TrackSample(self._now, min(lost, 1.0), 1.0, True, why)
            self._monitor.holds(sample, {"lost": lost, "kept": float(np.median(kept))}, box=box)
        else:
            self._monitor.fails()

    def _blurred(self, now: Sharpness, usual: Sharpness) -> float:
        """Share of the places with fine detail that have lost it; 0 where contrast went with it, as in far fog."""
        fine = self._zone & (usual.detail >= FINE)
        blurred = fine & (now.detail < BLURRED * usual.detail)
        kept = blurred & (now.contrast >= self._rule.keep * usual.contrast)
        whole, lost = np.count_nonzero(fine), np.count_nonzero(blurred)
        return lost / whole if whole >= FEW and np.count_nonzero(kept) >= FLAT * lost else 0.0


def sharpness(frame: Frame) -> Sharpness:
    """Contrast, brightness and fine detail of each block of a picture; noise is averaged away over four pixels, but
    not from the detail."""
    luma = frame.luma(max(1, frame.height // (2 * ROWS)))
    rows, columns = (size // (2 * part) * part for size, part in zip(luma.shape, GRID, strict=True))
    whole = luma[: 2 * rows, : 2 * columns]
    small = shrunk(whole, (rows, columns)).astype(np.float32)
    light, squares = shrunk(small, GRID).astype(np.float64), shrunk(small * small, GRID)
    return Sharpness(np.sqrt(np.maximum(squares - light * light, 0.0)), light, _detail(whole))


def _detail(luma: NDArray[np.uint8]) -> Blocks:
    import cv2

    away = cv2.absdiff(luma, cv2.blur(luma, (5, 5)))
    # A quarter of the pixels tells the mean of a block as well.
    return shrunk(away[::2, ::2].astype(np.float32), GRID).astype(np.float64)


def cause(kept: Blocks, light: float, keep: float) -> str:
    """Why contrast is lost.

    Args:
        kept: share of the usual contrast that each place keeps, (n,), 0..1.
        light: brightness as a share of the usual one.
        keep: below which contrast is lost.
    """
    if float(np.quantile(kept, 0.9)) < NOTHING:
        return "covered"
    if light < DARK:
        return "darkness"
    clear = kept[kept >= keep]
    return "dirt" if len(clear) and float(np.median(clear)) >= CLEAR else "fog"


def _learn(usual: Blocks, now: Blocks, gap: float) -> None:
    """More is soon usual, less is not."""
    weight = np.where(now > usual, min(gap / RISE, 1.0), min(gap / FORGET, 1.0))
    usual += weight * (now - usual)


def _centres_inside(polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    rows, columns = GRID
    y, x = np.meshgrid((np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij")
    points = np.column_stack((x.ravel(), y.ravel()))
    return inside_polygon(points, polygon).reshape(rows, columns)
