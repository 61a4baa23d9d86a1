"""A slope that gives way: clods and a tongue of earth that slide down a bank and run out on the road."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import cos, inf, radians, sin

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.shapes.rigid import Placement, frustum, placed
from secondsight.sim.shapes.shapes import Capsule, Colour, ObjectShape, Shape, Vector

_EARTH: Colour = (52.0, 78.0, 104.0)


@dataclass(frozen=True, slots=True)
class Slope:
    """Earth that slides from a bank onto the ground before it.

    Attributes:
        foot: middle of the bank's lower edge, metres.
        heading: the way down, degrees clockwise from +y.
        width: of the slide, metres; `height`, `depth`: of the bank, up and back from its foot.
        runout: how far the earth comes to lie beyond the foot, metres.
        start: when it gives way; `seconds`: how long it slides.
        clods: how many lumps.
    """

    number: int
    foot: tuple[float, float]
    heading: float = 180.0
    width: float = 6.0
    height: float = 4.0
    depth: float = 5.0
    runout: float = 4.0
    start: float = 0.0
    seconds: float = 4.0
    seed: int = 0
    clods: int = 26
    until: float = inf
    label: str = field(default="slope", init=False)
    caption: str = field(default="earth sliding onto the road", init=False)
    _draws: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_draws", np.random.default_rng(self.seed).random((self.clods, 6)))

    def present(self, t: float) -> bool:
        return self.start < t < self.until

    def place(self, t: float) -> Vector:
        return self.foot[0], self.foot[1], 0.0

    def attributes(self, t: float) -> Mapping[str, str]:
        """`motion`: moving while it slides, then stopped."""
        return {"motion": "moving" if t < self.start + self.seconds else "stopped"}

    def body(self, t: float) -> ObjectShape:
        draw = self._draws
        begin = 0.35 * self.seconds * draw[:, 0]
        share = np.clip((t - self.start - begin) / (self.seconds - begin), 0.0, 1.0)
        slid = 1.0 - (1.0 - share) ** 2 * (1.0 + 2.0 * share)
        back = -self.depth * (0.35 + 0.65 * draw[:, 1])
        ahead = back + (self.runout * draw[:, 2] ** 0.8 - back) * slid
        across = (draw[:, 3] - 0.5) * self.width * (0.7 + 0.5 * slid)
        radius = 0.22 + 0.38 * draw[:, 4]
        level = np.maximum(-ahead, 0.0) * self.height / self.depth + radius * 0.5
        shapes: list[Shape] = []
        for x, y, z, r, s in np.stack((ahead, across, level, radius, draw[:, 5]), axis=1).tolist():
            tint = 0.8 + 0.4 * s
            colour = (_EARTH[0] * tint, _EARTH[1] * tint, _EARTH[2] * tint)
            shapes.append(Capsule((x, y - 0.3 * r, z), (x, y + 0.3 * r, z), r, r * 0.8, colour))
        moved = placed([*self._tongue(t), *shapes], Placement(self.place(t), self.heading))
        return ObjectShape(self.number, moved, self._middle(t))

    def _progress(self, t: float) -> float:
        share = min(max((t - self.start) / self.seconds, 0.0), 1.0)
        return share * share * (3 - 2 * share)

    def _tongue(self, t: float) -> list[Shape]:
        """The mass itself, which comes out of the foot of the bank and grows as it comes."""
        grown = self._progress(t)
        if grown <= 0:
            return []
        length = self.runout * grown
        size = (length * 0.9 + 0.4, self.width * (0.6 + 0.4 * grown))
        height = 0.3 * self.height * grown + 0.05
        top = (length * 0.35, size[1] * 0.6, -length * 0.25)
        return [frustum((length * 0.4, 0.0, 0.0), size, top, height, _EARTH, (58.0, 86.0, 114.0))]

    def _middle(self, t: float) -> Vector:
        ahead = self.runout * 0.4 * self._progress(t)
        angle = radians(self.heading)
        return self.foot[0] + sin(angle) * ahead, self.foot[1] + cos(angle) * ahead, 0.0
