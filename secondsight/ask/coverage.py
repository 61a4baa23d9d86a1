"""When a camera was not watched, from the stretches in which it was."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from secondsight.records import Coverage, CoverageState

SHORT = 60.0
"""Seconds; shorter gaps are not told."""


class Unseen(StrEnum):
    """Why a camera saw nothing, or little. DOWN: nothing was running."""

    DOWN = "down"
    BLIND = "blind"
    LOW_VISIBILITY = "low_visibility"


class Gap(NamedTuple):
    """A stretch in which a camera saw nothing, or little, UTC seconds."""

    camera: str
    why: Unseen
    since: float
    until: float


Stretch = tuple[float, float]


def gaps_of(spans: Iterable[Coverage], cameras: Sequence[str], since: float, until: float) -> tuple[Gap, ...]:
    """What lies in [since, until) outside of the watched stretches, the longest first.

    Where the program ran without pictures, the camera was blind; elsewhere nothing was running.
    """
    of_camera: dict[tuple[str, CoverageState], list[Stretch]] = {}
    for camera, state, start, end in spans:
        of_camera.setdefault((camera, state), []).append((max(start, since), min(end, until)))
    gaps: list[Gap] = []
    for camera in cameras:
        watched = _joined(of_camera.get((camera, CoverageState.WATCHED), ()))
        blind = _joined(of_camera.get((camera, CoverageState.BLIND), ()))
        away = [one for one in _between(watched, since, until) if one[1] - one[0] >= SHORT]
        for begin, end in away:
            in_it = [(max(a, begin), min(b, end)) for a, b in blind if a < end and b > begin]
            gaps += [Gap(camera, Unseen.BLIND, *one) for one in in_it]
            gaps += [Gap(camera, Unseen.DOWN, *one) for one in _between(in_it, begin, end)]
    return tuple(
        sorted((gap for gap in gaps if gap.until - gap.since >= 1.0), key=lambda gap: gap.since - gap.until)
    )


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Overlapping stretches as one."""
    joined: list[Stretch] = []
    for begin, end in sorted(stretches):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _between(stretches: Sequence[Stretch], since: float, until: float) -> list[Stretch]:
    """What is left of [since, until) outside of stretches that are in order and apart."""
    left, at = [], since
    for begin, end in stretches:
        if begin > at:
            left.append((at, begin))
        at = max(at, end)
    if at < until:
        left.append((at, until))
    return left
