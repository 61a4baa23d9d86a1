"""Chooses the few moments of a clip that the brain gets to see."""

from collections import defaultdict
from collections.abc import Sequence

from secondsight.records import Candidate, TrackPoint

_MARGIN = 1.0
"""Seconds shown before the candidate's start, so that the brain sees what led to it."""


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
    """At most `count` (>= 1) moments within [start, end], in order: the peak, and the others spread evenly.

    The spread begins a second before the candidate's start. Moments closer than a fifth of a second to each
    other show the same thing and are left out, the peak never.
    """
    begin = min(max(start, candidate.start - _MARGIN), end)
    peak = min(max(peak, start), end)
    chosen = [peak]
    if count > 1:
        step = (end - begin) / max(count - 2, 1)
        spread = [min(begin + i * step, end) for i in range(count - 1)]
        if count == 2:
            spread = [begin if peak - begin >= end - peak else end]
        for time in spread:
            if all(abs(time - other) >= 0.2 for other in chosen):
                chosen.append(time)
    return sorted(chosen)
