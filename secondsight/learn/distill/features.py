"""A candidate as numbers: what the sentinel knows of it when it is reported."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from secondsight.records import Candidate

_BINS = 6
"""Parts into which each number is cut: a linear model of them follows any curve."""
_FEW = 5
"""Occurrences below which a word is left out: it could only be learned by heart."""


@dataclass(frozen=True, slots=True)
class FeatureSpace:
    """How candidates of one kind become vectors.

    Attributes:
        edges: of each number, where one bin ends and the next begins.
        words: camera, rule, zone and label that were seen often enough.
    """

    edges: dict[str, tuple[float, ...]]
    words: tuple[str, ...]

    @classmethod
    def of(cls, candidates: Sequence[Candidate]) -> "FeatureSpace":
        """The space in which these candidates can be told apart."""
        values: dict[str, list[float]] = {}
        counts: dict[str, int] = {}
        for candidate in candidates:
            for name, value in _numbers(candidate).items():
                values.setdefault(name, []).append(value)
            for word in _words(candidate):
                counts[word] = counts.get(word, 0) + 1
        edges = {
            name: tuple(np.unique(np.quantile(some, np.linspace(0, 1, _BINS + 1)[1:-1])).tolist())
            for name, some in values.items()
        }
        words = tuple(sorted(word for word, count in counts.items() if count >= _FEW))
        return cls(dict(sorted(edges.items())), words)

    @property
    def size(self) -> int:
        """Length of a vector."""
        return sum(len(edges) + 2 for edges in self.edges.values()) + len(self.words)

    def vector(self, candidate: Candidate) -> NDArray[np.float64]:
        """One of 0 and 1: the bin of each number (one more where it is missing), and the words."""
        numbers, words = _numbers(candidate), set(_words(candidate))
        parts = []
        for name, edges in self.edges.items():
            part = np.zeros(len(edges) + 2)
            value = numbers.get(name)
            part[-1 if value is None else int(np.searchsorted(edges, value))] = 1.0
            parts.append(part)
        parts.append(np.array([float(word in words) for word in self.words]))
        return np.concatenate(parts)

    def matrix(self, candidates: Sequence[Candidate]) -> NDArray[np.float64]:
        """The vectors of several, float (n, size)."""
        return np.array([self.vector(one) for one in candidates]).reshape(-1, self.size)


def _numbers(candidate: Candidate) -> dict[str, float]:
    hour = datetime.fromtimestamp(candidate.start, UTC).hour
    numbers = {
        "score": candidate.score,
        "lasted": math.log1p(max(0.0, candidate.triggered - candidate.start)),
        "hour": float(hour),
        "suspects": float(len(candidate.tracks)),
        **{f"score.{name}": value for name, value in candidate.scores.items()},
    }
    if candidate.box is not None:
        x1, y1, x2, y2 = candidate.box
        numbers |= {"x": (x1 + x2) / 2, "y": y2, "width": x2 - x1, "height": y2 - y1}
    return {name: value for name, value in numbers.items() if math.isfinite(value)}


def _words(candidate: Candidate) -> list[str]:
    known = [("camera", candidate.camera), ("rule", candidate.rule), ("label", candidate.label)]
    known += [("zone", candidate.zone or "")]
    known += [(f"attribute.{name}", value) for name, value in candidate.attributes.items()]
    return [f"{name}={value}" for name, value in known if value]
