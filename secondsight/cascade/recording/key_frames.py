"""Chooses the few moments of a clip that the brain gets to see."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from secondsight.records import Candidate, TrackPoint

_MARGIN = 1.0
"""Seconds shown before the candidate's start, so that the brain sees what led to it."""
_APART = 0.2
"""Seconds between two moments that show the same."""


def best_view(candidate: Candidate, paths: Sequence[Sequence[TrackPoint]], start: float, end: float) -> float:
    """Moment within [start, end] at which the suspects are seen largest and surest; the candidate's peak if unknown.

    Args:
        paths: the points of each of the candidate's tracks; several tracks count together.
    """
    quality: defaultdict[float, float] = defaultdict(float)
    for point in (point for points in paths for point in points if start <= point.time <= end):
        x1, y1, x2, y2 = point.box
        quality[point.time] += point.score * max(x2 - x1, 0.0) * max(y2 - y1, 0.0)
    if not quality:
        return min(max(candidate.peak, start), end)
    return max(quality, key=quality.__getitem__)


def choose_times(candidate: Candidate, peak: float, start: float, end: float, count: int) -> list[float]:
    """At most `count` (>= 1) moments within [start, end], in order.

    First the peak; then, as there is room, a second before the candidate's start and the end: what was before and
    after; then the start itself, when a bag is put down or a thing was seen last, unless it is reported within a
    second of it; and of what is left each in the middle of the longest time without a picture. Moments closer than a
    fifth of a second to each other show the same thing and are left out, the peak never.
    """
    begin = min(max(start, candidate.start - _MARGIN), end)
    peak = min(max(peak, start), end)
    chosen = [peak]
    outer = sorted((begin, end), key=lambda time: -abs(time - peak))
    if candidate.triggered - candidate.start >= _MARGIN:
        outer.append(min(max(start, candidate.start), end))
    for time in outer:
        if len(chosen) < count and all(abs(time - other) >= _APART for other in chosen):
            chosen.append(time)
    while len(chosen) < count:
        chosen.sort()
        gap, middle = max(((b - a, (a + b) / 2) for a, b in pairwise(chosen)), default=(0.0, peak))
        if gap < 2 * _APART:
            break
        chosen.append(middle)
    return sorted(chosen)
