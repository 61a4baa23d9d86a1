"""Tracks to persons: by time and place within a camera, and by what a re-id model says of them on all.

Each track, in order of time, is the person that it follows at the same spot; else the one who looks most alike, if
alike enough and not in the same camera at the same moment; else a new one (the leader algorithm: Hartigan,
"Clustering Algorithms", 1975, chapter 3).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.records import TrackId

ALIKE = 0.7
"""Least cosine of a track and the mean of a person's tracks: what trackers with a re-id model ask for, too."""


@dataclass(frozen=True, slots=True)
class SeenTrack:
    """Attributes: embedding: of length one, as far as half precision goes; None where nothing describes it."""

    id: TrackId
    start: float
    end: float
    embedding: tuple[float, ...] | None = None


class _Persons:
    """The persons so far.

    Args:
        most: there can be.
        size: of embeddings.
    """

    def __init__(self, most: int, size: int) -> None:
        self.seen: list[dict[str, float]] = []
        self._sums = np.zeros((most, size), np.float32)

    def add(self, number: int | None, track: SeenTrack, look: NDArray[np.float32] | None) -> int:
        """Note a track as of a person; None for a new one. Returns the person's number."""
        if number is None:
            number = len(self.seen)
            self.seen.append({})
        until = self.seen[number]
        until[track.id.camera] = max(track.end, until.get(track.id.camera, track.end))
        if look is not None:
            self._sums[number] += look
        return number

    def alike(self, track: SeenTrack, look: NDArray[np.float32] | None) -> int | None:
        """The person who looks most like a track and may be it."""
        if look is None or not self.seen:
            return None
        sums = self._sums[: len(self.seen)]
        cosines = sums @ look / np.maximum(np.linalg.norm(sums, axis=1) * np.linalg.norm(look), 1e-9)
        there = [until.get(track.id.camera, float("-inf")) > track.start for until in self.seen]
        cosines[np.array(there)] = -1.0
        best = int(cosines.argmax())
        return best if cosines[best] >= ALIKE else None


def persons(tracks: Sequence[SeenTrack], follows: Mapping[TrackId, TrackId]) -> int:
    """How many persons these tracks are.

    Args:
        tracks: embeddings of another size than most have, as of a model that was replaced, do not count.
        follows: the track that each begins just behind, at the same spot, where there is one.
    """
    sizes = Counter(len(one.embedding) for one in tracks if one.embedding is not None)
    size = sizes.most_common(1)[0][0] if sizes else 0
    known = _Persons(len(tracks), size)
    number_of: dict[TrackId, int] = {}
    for track in sorted(tracks, key=lambda one: (one.start, one.id)):
        described = track.embedding is not None and len(track.embedding) == size
        look = np.asarray(track.embedding, np.float32) if described else None
        before = follows.get(track.id)
        number = None if before is None else number_of.get(before)
        if number is None:
            number = known.alike(track, look)
        number_of[track.id] = known.add(number, track, look)
    return len(known.seen)
