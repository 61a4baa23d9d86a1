"""Smoke, steam, dust, fire and sliding earth: many small parts, each a function of its own age.

Part number i is born at a fixed time with fixed random numbers, so that any moment can be drawn on its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, floor, inf, pi
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from secondsight.sim.shapes.shapes import Colour, ObjectShape, Puff, Vector

SmokeColour = Literal["dark", "steam", "dust"]
_TABLE = 127
"""Random numbers of parts repeat after this number; parts live too short to meet their doubles."""


@dataclass(frozen=True, slots=True)
class _Nature:
    """How one kind of cloud behaves: seconds of life, rise and spread in m/s, radius at birth in m."""

    label: str
    word: str
    colour: Colour
    life: float
    rise: float
    spread: float
    radius: float
    swelling: float
    opacity: float


_NATURES: dict[SmokeColour, _Nature] = {
    "dark": _Nature("smoke", "dark smoke", (62.0, 60.0, 58.0), 5.0, 1.1, 0.25, 0.35, 0.26, 0.42),
    "steam": _Nature("steam", "white steam", (238.0, 236.0, 234.0), 2.3, 1.6, 0.3, 0.2, 0.32, 0.46),
    "dust": _Nature("dust", "a cloud of dust", (120.0, 155.0, 180.0), 3.2, 0.22, 0.5, 0.4, 0.34, 0.26),
}


def _random(seed: int, columns: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((_TABLE, columns))


@dataclass(frozen=True, slots=True)
class Smoke:
    """A plume of smoke, steam or dust.

    Attributes:
        source: where it comes from, metres.
        growth: by how many times per second the plume becomes wider and taller, up to `largest` times.
        wind: metres per second along x and y.
        rate: puffs per second.
        end: seconds at which the source stops; what hangs in the air fades.
    """

    number: int
    source: Vector
    start: float = 0.0
    growth: float = 0.15
    colour: SmokeColour = "dark"
    wind: tuple[float, float] = (0.3, 0.0)
    seed: int = 0
    end: float = inf
    rate: float = 7.0
    largest: float = 3.0
    _draws: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_draws", _random(self.seed, 5))

    @property
    def label(self) -> str:
        return _NATURES[self.colour].label

    @property
    def caption(self) -> str:
        return _NATURES[self.colour].word

    def present(self, t: float) -> bool:
        return self.start < t < self.end + _NATURES[self.colour].life

    def place(self, t: float) -> Vector:
        return self.source[0], self.source[1], 0.0

    def attributes(self, t: float) -> Mapping[str, str]:
        return {}

    def body(self, t: float) -> ObjectShape:
        nature = _NATURES[self.colour]
        born = _born(t, self.start, min(t, self.end), self.rate, nature.life)
        age = t - (self.start + born / self.rate)
        size = np.minimum(1.0 + self.growth * born / self.rate, self.largest)
        draw = self._draws[born % _TABLE]
        share = age / nature.life
        sway = (draw[:, :2] - 0.5) * 2 * nature.spread * size[:, None]
        sway += 0.12 * np.sin(2 * pi * (draw[:, 2:4] + 0.4 * age[:, None])) * share[:, None]
        centre = np.empty((len(born), 3))
        centre[:, :2] = self.source[:2] + np.outer(age, self.wind) + sway * (0.3 + age[:, None])
        radius = (nature.radius + nature.swelling * age) * size * (0.75 + 0.5 * draw[:, 4])
        climb = nature.rise * age**0.85 * size**0.6 * (0.8 + 0.4 * draw[:, 4])
        centre[:, 2] = self.source[2] + np.maximum(climb, 0.6 * radius)
        opacity = nature.opacity * np.minimum(share / 0.12, 1.0) * (1.0 - share) ** 0.8
        shade = 0.88 + 0.24 * draw[:, 3]
        return ObjectShape(self.number, _puffs(centre, radius, opacity, nature.colour, shade), self.place(t))


@dataclass(frozen=True, slots=True)
class Fire:
    """Flames on the ground; put a `Smoke` above them for what burns.

    Attributes:
        source: where it burns, metres.
        size: metres across at first; it grows by `growth` metres per second up to `largest`.
    """

    number: int
    source: Vector
    start: float = 0.0
    size: float = 0.6
    growth: float = 0.05
    largest: float = 2.5
    seed: int = 0
    end: float = inf
    label: str = field(default="fire", init=False)
    caption: str = field(default="an open fire", init=False)
    _draws: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_draws", _random(self.seed, 4))

    def present(self, t: float) -> bool:
        return self.start < t < self.end + 1.0

    def place(self, t: float) -> Vector:
        return self.source[0], self.source[1], 0.0

    def attributes(self, t: float) -> Mapping[str, str]:
        return {}

    def body(self, t: float) -> ObjectShape:
        rate, life = 34.0, 0.8
        born = _born(t, self.start, min(t, self.end), rate, life)
        age = t - (self.start + born / rate)
        size = np.minimum(self.size + self.growth * born / rate, self.largest)
        draw = self._draws[born % _TABLE]
        share = age / life
        flicker = 0.85 + 0.15 * np.sin(2 * pi * (3.1 * t + draw[:, 3]))
        centre = np.empty((len(born), 3))
        narrow = (1.0 - 0.75 * share)[:, None]
        centre[:, :2] = self.source[:2] + (draw[:, :2] - 0.5) * 0.9 * size[:, None] * narrow
        centre[:, 2] = self.source[2] + size * (0.1 + (1.3 + 0.5 * draw[:, 2]) * share)
        radius = size * 0.42 * (1.0 - 0.75 * share) * flicker
        opacity = 0.75 * np.minimum(share / 0.1, 1.0) * (1.0 - share**2)
        shapes = [
            Puff((x, y, z), r, (30.0 + 110.0 * (1 - s) ** 2, 90.0 + 150.0 * (1 - s), 255.0), o, 1.0)
            for (x, y, z), r, o, s in zip(
                centre.tolist(), radius.tolist(), opacity.tolist(), share.tolist(), strict=True
            )
        ]
        return ObjectShape(self.number, shapes, self.place(t))


def _born(t: float, start: float, last: float, rate: float, life: float) -> NDArray[np.int64]:
    """Numbers of the parts that are alive at `t`: born by `last`, younger than `life`."""
    first = max(ceil((t - life - start) * rate + 1e-9), 0)
    return np.arange(first, max(floor((last - start) * rate), -1) + 1, dtype=np.int64)


def _puffs(
    centre: NDArray[np.float64],
    radius: NDArray[np.float64],
    opacity: NDArray[np.float64],
    colour: Colour,
    shade: NDArray[np.float64],
) -> list[Puff]:
    b, g, r = colour
    return [
        Puff((x, y, z), size, (min(b * s, 255.0), min(g * s, 255.0), min(r * s, 255.0)), o)
        for (x, y, z), size, o, s in zip(
            centre.tolist(), radius.tolist(), opacity.tolist(), shade.tolist(), strict=True
        )
    ]
