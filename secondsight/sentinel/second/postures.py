"""What people do, told by their key points over the last seconds: a small network that ships with the package.

A person's key points of each look go into a window of `LOOKS` looks, `STEP` seconds apart; it is moved and scaled
so that distance and place do not matter; the network tells who goes about as usual, falls, lies or gets up. It was
trained on computed skeletons (`training/postures`); its card lies beside it in `embedded`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from secondsight.records import Posture
from secondsight.sentinel.runtime.opening import open_runtime

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(str(files("secondsight.sentinel") / "embedded" / "postures.onnx"))
LOOKS, STEP = 16, 0.2
"""A window's looks, and seconds between two of them: 3 s, a fall with what was before and after."""
NEAR = 0.11
"""Seconds from a moment of the window within which a look stands for it."""
SEEN = 0.1
"""Least score of a key point that counts as seen."""
LEAST, ENOUGH = 4, 5
"""Key points that must be seen in a look for it to count, and looks that must count to tell anything: a second."""

LOST, ASIDE = 1.5, 0.8
"""Seconds for which a track that has ended may go on under another number, and how far away, in extents of a body."""


def window(times: NDArray[np.float64], points: NDArray[np.float32], now: float) -> NDArray[np.float32]:
    """The last looks at a person, evenly spaced and normalised, float32 (LOOKS, 51).

    Args:
        times: of the looks, seconds, ascending (n,).
        points: of each look (n, 17, 3): x and y in picture heights, score.
        now: the last moment of the window.
    """
    wanted = now - STEP * np.arange(LOOKS - 1, -1, -1)
    nearest = np.abs(times[None, :] - wanted[:, None]).argmin(axis=1)
    missing = np.abs(times[nearest] - wanted) > NEAR
    chosen = points[nearest].copy()
    chosen[missing] = 0
    return normalised(chosen)


def normalised(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Looks (..., LOOKS, 17, 3) with the middle of all that is seen at 0 and the largest look's extent 1; what is not
    seen is 0: float32 (..., LOOKS, 51)."""
    seen = points[..., 2] >= SEEN
    seen &= seen.sum(axis=-1, keepdims=True) >= LEAST
    xy, mask = points[..., :2], seen[..., None]
    count = np.maximum(mask.sum(axis=(-3, -2), keepdims=True), 1)
    middle = np.where(mask, xy, 0).sum(axis=(-3, -2), keepdims=True) / count
    low = np.where(mask, xy, np.inf).min(axis=-2)
    high = np.where(mask, xy, -np.inf).max(axis=-2)
    extent = np.where(np.isfinite(high), high - low, 0).max(axis=(-2, -1))[..., None, None, None]
    placed = np.where(mask, (xy - middle) / np.maximum(extent, 1e-6), 0)
    result = np.concatenate((placed, np.where(mask, points[..., 2:], 0)), axis=-1)
    return result.reshape(*points.shape[:-2], -1).astype(np.float32)


@dataclass(slots=True)
class _Seen:
    """One person: times and key points of the last looks, and where it was last, all in picture heights.

    Attributes:
        given: the key points as they came last.
    """

    times: deque[float] = field(default_factory=deque)
    points: deque[NDArray[np.float32]] = field(default_factory=deque)
    given: NDArray[np.float32] | None = None
    middle: tuple[float, float] = (0.0, 0.0)
    extent: float = 0.0

    def add(self, time: float, points: NDArray[np.float32]) -> None:
        """Take the next look."""
        while self.times and time - self.times[0] > LOOKS * STEP:
            self.times.popleft()
            self.points.popleft()
        self.times.append(time)
        self.points.append(points)
        seen = points[points[:, 2] >= SEEN, :2]
        if len(seen) >= LEAST:
            self.middle = float(seen[:, 0].mean()), float(seen[:, 1].mean())
            self.extent = float(np.ptp(seen, axis=0).max())

    @property
    def enough(self) -> bool:
        """Whether so much was seen that anything can be told."""
        return sum(int((each[:, 2] >= SEEN).sum()) >= LEAST for each in self.points) >= ENOUGH


class PostureMemory:
    """What the people of one camera and epoch have done lately; used by one thread at a time."""

    def __init__(self, model: PostureModel) -> None:
        self._model = model
        self._people: dict[int, _Seen] = {}

    def look(
        self, time: float, poses: Mapping[int, NDArray[np.float32]], aspect: float
    ) -> dict[int, Posture]:
        """Take the key points of a look, by track; times must not run backwards.

        Args:
            poses: (17, 3) each: x and y relative to the picture, and score.
            aspect: the picture's width in heights.

        Returns:
            What the people present do, of whom enough was seen.
        """
        scale = np.array((aspect, 1.0, 1.0), np.float32)
        for number, points in poses.items():
            known = self._people.get(number)
            if known is not None and known.given is points:
                continue  # of an earlier look: second-stage models do not look at every track each time
            scaled = points * scale
            if known is None:
                known = self._people[number] = self._lost(time, scaled, poses) or _Seen()
            known.given = points
            known.add(time, scaled)
        for number in [n for n, one in self._people.items() if time - one.times[-1] > LOOKS * STEP]:
            del self._people[number]
        present = [number for number in poses if number in self._people and self._people[number].enough]
        windows = [
            window(np.array(one.times), np.stack(one.points), time)
            for one in (self._people[number] for number in present)
        ]
        return dict(zip(present, self._model.judge(windows), strict=True))

    def _lost(self, time: float, points: NDArray[np.float32], present: Mapping[int, object]) -> _Seen | None:
        """The memory of a person whose track ended here a moment ago: trackers lose who goes down."""
        found = _Seen()
        found.add(time, points)
        for number, one in self._people.items():
            if number in present or time - one.times[-1] > LOST:
                continue
            if math.dist(one.middle, found.middle) <= ASIDE * max(one.extent, found.extent):
                return self._people.pop(number)
        return None


class PostureModel:
    """The network, open. Thread-safe.

    Args:
        file: the network; the one that ships by default.

    Raises:
        ModelError: the runtime cannot open it.
    """

    def __init__(self, file: Path = FILE) -> None:
        self._runtime = open_runtime(file)

    def judge(self, windows: Sequence[NDArray[np.float32]]) -> list[Posture]:
        """What the person of each window does in its last moment."""
        waiting = [self._runtime.submit(each[None]) for each in windows]
        return [Posture(*future.result()[0][0].tolist()) for future in waiting]

    def close(self) -> None:
        """Release it."""
        self._runtime.close()
