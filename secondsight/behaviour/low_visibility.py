"""Low visibility: the camera sees less than usual, all over the picture: fog, dirt, a covered lens, darkness.

In fog the contrast of everything falls with its distance (Koschmieder's law), and what falls below some 5% is seen no
more (Hautiere, Tarel, Lavenant and Aubert, "Automatic fog detection and estimation of visibility distance through use
of an onboard camera", Machine Vision and Applications 17, 2006). Distances are not known here, so each place of the
picture is compared with what it usually shows: the standard deviation of brightness in blocks, which fog and dirt
lessen and passers-by only add to. Darkness lowers brightness and contrast alike; a covered lens shows nothing at all;
dirt blurs some places and leaves the others as they were.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.gathering import Gathering
from secondsight.behaviour.geometry import inside_polygon
from secondsight.behaviour.pixels import shrunk
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.view import Sighting
from secondsight.config import LowVisibilityRule
from secondsight.records import Box, Candidate, Frame, Observation

Blocks = NDArray[np.float64]

GRID = (9, 16)
"""Rows and columns of blocks."""
ROWS = 180
EVERY = 0.5
"""Least seconds between two looks at the pixels, once the usual ones are known: what hides the view takes many."""
INERTIA = 3
FIRST_LOOKS = 10
LEAST = 5.0
"""Grey levels of standard deviation that a block usually has if there is something to see in it."""
FEW = 8
"""With fewer blocks with something to see nothing can be said."""
RISE, FORGET = 20.0, 3600.0
"""Seconds in which more contrast, and less contrast, becomes usual: a picture clears up and stays so, fog lifts."""
DARK = 0.5
"""Share of the usual brightness below which it has become dark."""
NOTHING = 0.15
"""Share of the usual contrast below which nothing is seen."""
CLEAR = 0.85
"""Share of the usual contrast that a clean part of a dirty lens keeps."""


@dataclass(frozen=True, slots=True)
class Sharpness:
    """One look: standard deviation and mean of brightness of each block, float64 (9, 16), grey levels."""

    contrast: Blocks
    light: Blocks


class LowVisibility:
    """Reports one suspicion while too little is seen, and again when it has cleared up."""

    def __init__(self, rule: LowVisibilityRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        self._gathering = Gathering(scene, inertia=INERTIA, duration=rule.duration, cooldown=rule.cooldown)
        self._first: list[Sharpness] = []
        self._usual: Sharpness | None = None
        self._now = self._looked = float("-inf")
        self._epoch = 0
        self._zone = _centres_inside(scene.polygon)
        self.rule = scene.reporter.rule

    def update(self, observation: Observation) -> list[Candidate]:
        self._now, self._epoch = max(self._now, observation.time), observation.epoch
        if observation.held or observation.frame is None:
            self._gathering.holds_still(self._now)
        elif self._usual is None or self._now - self._looked >= EVERY:
            gap, self._looked = min(self._now - self._looked, 5.0), self._now
            self._look(sharpness(observation.frame), gap)
        return self._gathering.due(self._now, self._epoch)

    def close(self, time: float) -> list[Candidate]:
        self._gathering.end()
        return self._gathering.due(self._now, self._epoch)

    def _look(self, now: Sharpness, gap: float) -> None:
        usual = self._usual
        if usual is None:
            self._first.append(now)
            if len(self._first) == FIRST_LOOKS:
                self._usual = Sharpness(
                    np.median([one.contrast for one in self._first], axis=0),
                    np.median([one.light for one in self._first], axis=0),
                )
                self._first.clear()
            return
        judged = self._zone & (usual.contrast >= LEAST)
        if np.count_nonzero(judged) >= FEW:
            self._judge(now, usual, judged)
        _learn(usual.contrast, now.contrast, gap)
        _learn(usual.light, now.light, gap)

    def _judge(self, now: Sharpness, usual: Sharpness, judged: NDArray[np.bool_]) -> None:
        kept = np.minimum(now.contrast[judged] / usual.contrast[judged], 1.0)
        lost = float((kept < self._rule.keep).mean())
        why = ""
        if lost >= self._rule.lost:
            light = float(now.light[judged].mean() / max(usual.light[judged].mean(), 1.0))
            why = cause(kept, light, self._rule.keep)
        if why in self._rule.causes:
            box = Box(*self._scene.polygon.min(axis=0).tolist(), *self._scene.polygon.max(axis=0).tolist())
            sighting = Sighting(self._now, min(lost, 1.0), 1.0, True, why)
            self._gathering.holds(sighting, {"lost": lost, "kept": float(np.median(kept))}, box=box)
        else:
            self._gathering.fails()


def sharpness(frame: Frame) -> Sharpness:
    """Contrast and brightness of each block of a picture; noise is averaged away over four pixels."""
    luma = frame.luma(max(1, frame.height // (2 * ROWS)))
    rows, columns = (size // (2 * part) * part for size, part in zip(luma.shape, GRID, strict=True))
    small = shrunk(luma[: 2 * rows, : 2 * columns], (rows, columns)).astype(np.float32)
    light, squares = shrunk(small, GRID).astype(np.float64), shrunk(small * small, GRID)
    return Sharpness(np.sqrt(np.maximum(squares - light * light, 0.0)), light)


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
