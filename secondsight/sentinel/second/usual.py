"""What scores are usual on a camera: the limit above which a rule speaks, learned without labels.

The limit is that of split conformal prediction (Lei et al. 2018, "Distribution-free predictive inference for
regression", section 2.2): of n usual scores the k-th largest, with k = floor(share (n + 1)). If the next usual score
is drawn like the ones before, it lies above the limit with a probability of at most `share`, whatever the
distribution. Every track counts as usual, the few that are what was looked for too: they make the limit higher.
"""

from collections import deque
from collections.abc import Iterable
from math import ceil, floor

KEPT = 2000
"""The latest scores that count: a camera that is turned, or another season, is learned anew."""


class UsualScores:
    """The scores of what a camera usually shows, and the limit that follows from them. Used by one thread at a time.

    Args:
        share: of usual things that may lie above the limit, 0..1.
        scores: known from before, oldest first.
    """

    def __init__(self, share: float, scores: Iterable[float] = ()) -> None:
        self.share = share
        self._scores = deque(scores, KEPT)
        self._limit: float | None = None
        self._renew()

    @property
    def needed(self) -> int:
        """Scores without which there is no limit."""
        return ceil(1 / self.share - 1e-9) - 1

    @property
    def scores(self) -> tuple[float, ...]:
        """Oldest first."""
        return tuple(self._scores)

    @property
    def limit(self) -> float | None:
        """What usual things stay below, but for `share` of them; None while too few are known."""
        return self._limit

    def add(self, score: float) -> None:
        """Take one more usual thing into account."""
        self._scores.append(score)
        self._renew()

    def _renew(self) -> None:
        rank = floor(self.share * (len(self._scores) + 1) + 1e-9)
        self._limit = sorted(self._scores, reverse=True)[rank - 1] if rank >= 1 else None
