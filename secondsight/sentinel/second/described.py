"""Rules in words: how much tracks, or the scene, look like a text, by a model of pictures and words in one space.

The score of a picture is its cosine to the text less its largest cosine to ordinary things: how near a picture is to
all texts depends on light and size, and the difference depends less on them. The mean of the last looks decides. What
is usual on the camera sets the limit (`usual`).

A look costs ten times what a small model's does, so it is made in a thread of its own. A live camera never waits for
it: what is due while the thread is busy stays due. A recording waits, and gives the same scores on every machine.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from secondsight.records import SCENE, Box, Group, Likeness, classes_named, label_of
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT, RequestPool
from secondsight.sentinel.second.usual import UsualScores

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.records import Frame
    from secondsight.sentinel.second.second_stage import TrackFilter

ORDINARY = (
    "a person",
    "a person walks",
    "a car on the road",
    "nobody is there",
    "an empty place",
    "a thing on the ground",
)
"""What every camera shows; a text must be nearer than these."""
MOST = 8
"""Tracks of one look, those that waited longest first."""
LEAST_HEIGHT = 24
"""Pixels of a track's box below which nothing is to be seen in it."""
_VIEWS = (1.4, 3.0)
"""Sides of the views of a track in sides of its box: the thing alone, and with what is around it."""
_MOST_TILES = 8
"""In a row: a narrow strip is not cut into very many."""
_MINUTE = 60.0
_EARLY = 1e-3
"""Seconds by which a look may come early: frame times are rounded."""


class WordModel(Protocol):
    """A model of pictures and words in one space; `brain.Embedder` is one."""

    @property
    def side(self) -> int: ...
    def words(self, text: str) -> NDArray[np.float32]: ...
    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Description:
    """What one rule looks for on one camera.

    Attributes:
        words: embedding of its text, float32 (d,).
        scene: the part of the picture that is looked at, in tiles, of which the likest counts; None: tracks are.
        classes: of the detector; none means all.
        every: seconds between two looks at one track, or at the scene.
        votes: latest looks that decide together.
        wanted: which tracks the rule could count.
        usual: what is usual, and where what it learns goes.
    """

    rule: str
    words: NDArray[np.float32]
    scene: Box | None
    classes: tuple[str, ...]
    every: float
    votes: int
    wanted: TrackFilter
    usual: UsualScores


class WordScorer:
    """One thread that compares pictures with words, for all cameras of a process.

    Args:
        timeout: seconds after which a look counts as one that never returns.
    """

    def __init__(self, model: WordModel, timeout: float = LOOK_TIMEOUT) -> None:
        self.side = model.side
        self._ordinary = np.stack([model.words(text) for text in ORDINARY])
        self._pool = RequestPool("words", lambda: model.pictures, 1, timeout)

    @property
    def trouble(self) -> str | None:
        """Why it is off; None while it is on."""
        return self._pool.trouble

    def embed(self, pictures: Sequence[NDArray[np.uint8]], views: int) -> Future[NDArray[np.float32]]:
        """Embeddings of things of which there are `views` pictures each, one after the other: float32 (n, d)."""

        def mean(found: NDArray[np.float32]) -> NDArray[np.float32]:
            whole: NDArray[np.float32] = found.reshape(-1, views, found.shape[-1]).mean(axis=1)
            whole /= np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), np.float32(1e-12))
            return whole

        return self._pool.submit(list(pictures), mean)

    def scores(self, seen: NDArray[np.float32], words: NDArray[np.float32]) -> NDArray[np.float32]:
        """How much things (n, d) look like words (d,) more than like what is ordinary: (n,)."""
        found: NDArray[np.float32] = seen @ words - (seen @ self._ordinary.T).max(axis=1)
        return found

    def close(self) -> None:
        """End the thread."""
        self._pool.close()


@dataclass(slots=True)
class _Scored:
    """One rule and one track, or the scene."""

    votes: deque[float]
    looked: float = -np.inf
    best: float = -np.inf

    @property
    def score(self) -> float:
        return sum(self.votes) / len(self.votes)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A look under way: for each rule the tracks that it is about, by their rows of the answer."""

    answer: Future[NDArray[np.float32]]
    rows: dict[str, list[int]]


@dataclass(slots=True)
class _Memory:
    tracks: dict[int, _Scored] = field(default_factory=dict)
    minute: float = -np.inf


class WordMatcher:
    """The descriptions of one camera and epoch; used by one thread at a time.

    Args:
        labels: class names of the detector. groups: of each.
        block: whether looks are waited for, as recordings need.
    """

    def __init__(
        self,
        scorer: WordScorer,
        descriptions: Sequence[Description],
        labels: Sequence[str],
        groups: tuple[Group, ...],
        *,
        block: bool,
    ) -> None:
        self._scorer, self._descriptions, self._block = scorer, descriptions, block
        self._labels, self._groups = tuple(labels), groups
        self._memories = {one.rule: _Memory() for one in descriptions}
        self._tracks = [one for one in descriptions if one.scene is None]
        self._asked: list[tuple[_Asked, list[int]]] = []

    @property
    def trouble(self) -> str | None:
        """Why it is off; None while it is on."""
        return self._scorer.trouble

    def look(self, frame: Frame, detections: Detections) -> None:
        """Take the tracked detections of one look; times must not run backwards.

        Raises:
            ModelError: the model failed on a look, this one or one before.
        """
        self._collect()
        if self._asked:
            return
        self._ask_tracks(frame, detections)
        self._ask_scene(frame)
        if self._block:
            self._collect(wait=True)

    def known(self) -> dict[str, dict[int, Likeness]]:
        """What is known now, as `records.Observation.likeness`."""
        return {
            one.rule: {
                number: Likeness(scored.score, one.usual.limit, len(scored.votes))
                for number, scored in self._memories[one.rule].tracks.items()
                if scored.votes
            }
            for one in self._descriptions
        }

    def over(self, numbers: Collection[int]) -> None:
        """These tracks are gone: what they looked like was usual."""
        for one in self._tracks:
            for number in numbers:
                self._learn(one, self._memories[one.rule].tracks.pop(number, None))

    def close(self) -> None:
        """The epoch is over."""
        for one in self._descriptions:
            memory = self._memories[one.rule]
            for scored in memory.tracks.values():
                self._learn(one, scored)
            memory.tracks.clear()

    def _learn(self, one: Description, scored: _Scored | None) -> None:
        if scored is not None and np.isfinite(scored.best):
            one.usual.add(scored.best)

    def _ask_tracks(self, frame: Frame, detections: Detections) -> None:
        numbers = [] if detections.tracker_id is None else detections.tracker_id.tolist()
        due: dict[int, list[str]] = {}
        waited: dict[int, float] = {}
        for one in self._tracks:
            memory = self._memories[one.rule].tracks
            for row in self._eligible(one, frame, detections):
                scored = memory.setdefault(numbers[row], _Scored(deque(maxlen=one.votes)))
                if frame.time - scored.looked >= one.every - _EARLY:
                    due.setdefault(row, []).append(one.rule)
                    waited[row] = min(waited.get(row, np.inf), scored.looked)
        rows = sorted(due, key=lambda row: waited[row])[:MOST]
        if not rows:
            return
        side, size = self._scorer.side, (frame.width, frame.height)
        boxes = detections.xyxy[rows].astype(np.float64)
        pictures = [
            frame.crop(square(box, factor, size), side, side) for box in boxes.tolist() for factor in _VIEWS
        ]
        named = [numbers[row] for row in rows]
        rules = {
            one.rule: [place for place, row in enumerate(rows) if one.rule in due[row]]
            for one in self._tracks
        }
        self._submit(pictures, len(_VIEWS), named, rules, frame.time)

    def _ask_scene(self, frame: Frame) -> None:
        for one in self._descriptions:
            if one.scene is None:
                continue
            memory = self._memories[one.rule]
            scored = memory.tracks.setdefault(SCENE, _Scored(deque(maxlen=one.votes)))
            if frame.time - scored.looked < one.every - _EARLY:
                continue
            if frame.time - memory.minute >= _MINUTE:
                self._learn(one, scored)
                memory.minute, scored.best = frame.time, -np.inf
            side = self._scorer.side
            pictures = [
                frame.crop(part, side, side) for part in tiles(one.scene, (frame.width, frame.height))
            ]
            self._submit(
                pictures, 1, [SCENE] * len(pictures), {one.rule: list(range(len(pictures)))}, frame.time
            )

    def _submit(
        self,
        pictures: Sequence[NDArray[np.uint8]],
        views: int,
        numbers: list[int],
        rules: dict[str, list[int]],
        time: float,
    ) -> None:
        for rule, rows in rules.items():
            for row in rows:
                self._memories[rule].tracks[numbers[row]].looked = time
        self._asked.append((_Asked(self._scorer.embed(pictures, views), rules), numbers))

    def _collect(self, *, wait: bool = False) -> None:
        """Take the answers that are there. Raises what the model raised."""
        while self._asked and (wait or self._asked[0][0].answer.done()):
            asked, numbers = self._asked.pop(0)
            seen = asked.answer.result()
            for one in self._descriptions:
                rows = asked.rows.get(one.rule, [])
                best: dict[int, float] = {}
                for row, score in zip(rows, self._scorer.scores(seen[rows], one.words).tolist(), strict=True):
                    best[numbers[row]] = max(best.get(numbers[row], -np.inf), score)
                for number, score in best.items():
                    scored = self._memories[one.rule].tracks.get(number)
                    if scored is not None:
                        scored.votes.append(score)
                        if len(scored.votes) == one.votes:
                            scored.best = max(scored.best, scored.score)

    def _eligible(self, one: Description, frame: Frame, detections: Detections) -> list[int]:
        """Rows of tracks that are large enough, of the right class, and that the rule could count."""
        if not len(detections):
            return []
        xyxy = detections.xyxy.astype(np.float64)
        good = xyxy[:, 3] - xyxy[:, 1] >= LEAST_HEIGHT
        if one.classes and detections.class_id is not None:
            named = classes_named(one.classes, self._labels, self._groups)
            good &= np.array(
                [label_of(self._labels, number) in named for number in detections.class_id.tolist()]
            )
        if good.any():
            good &= one.wanted(xyxy / (frame.width, frame.height, frame.width, frame.height))
        return [int(row) for row in np.flatnonzero(good)]


def tiles(scene: Box, size: tuple[int, int]) -> list[Box]:
    """Square parts that cover a scene in a picture of (width, height): as large as it is high (or wide), and half as
    large, for what is far away."""
    width, height = (scene.x2 - scene.x1) * size[0], (scene.y2 - scene.y1) * size[1]
    found = []
    for side in (max(min(width, height), 2.0), max(min(width, height) / 2, 2.0)):
        for top in _steps(scene.y1 * size[1], height, side):
            for left in _steps(scene.x1 * size[0], width, side):
                found.append(square((left, top, left + side, top + side), 1.0, size))
    return found


def _steps(begin: float, length: float, side: float) -> NDArray[np.float64]:
    """Where tiles of a side begin that cover a length, evenly."""
    count = max(1, min(math.ceil(length / side - 1e-6), _MOST_TILES))
    return np.linspace(begin, max(begin + length - side, begin), count)


def square(box: Sequence[float], factor: float, size: tuple[int, int]) -> Box:
    """The square around a box, moved into the picture as far as it fits; relative to the picture.

    Args:
        box: corners in pixels.
        factor: its side in longer sides of the box.
        size: width and height of the picture, pixels.
    """
    x1, y1, x2, y2 = box
    width, height = size
    side = factor * max(x2 - x1, y2 - y1, 2.0)
    across, down = min(side, width), min(side, height)
    left = min(max((x1 + x2 - across) / 2, 0.0), width - across)
    top = min(max((y1 + y2 - down) / 2, 0.0), height - down)
    return Box(left / width, top / height, (left + across) / width, (top + down) / height)
