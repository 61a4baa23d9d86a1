"""What is noted of everybody: who was in which zone for how long, and when the camera was watched at all."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour import inside_polygon
from secondsight.config import FRAME, CameraSettings
from secondsight.records import Coverage, CoverageState, TrackId, Visit

INERTIA = 2
"""Looks in a row that must agree before a stay begins, and before it ends (against jitter)."""
AT_ONCE = 2.0
"""Seconds between crossing a line and entering or leaving a zone that belong together."""
_EVERY = 60.0
"""Seconds after which a stretch that goes on is noted."""
_SLACK = 5.0

Foot = tuple[float, float]


@dataclass(slots=True)
class _Stay:
    """One track in one zone. `inside` and `outside`: looks in a row."""

    enter: float = 0.0
    leave: float = 0.0
    first: Foot = (0.0, 0.0)
    last: Foot = (0.0, 0.0)
    inside: int = 0
    outside: int = 0


@dataclass(slots=True)
class _Walk:
    """One track: its stays that go on, those that are over, its last foot, and the lines it crossed: time, which."""

    open: dict[str, _Stay] = field(default_factory=dict)
    over: list[tuple[str, _Stay]] = field(default_factory=list)
    foot: Foot | None = None
    crossed: list[tuple[float, str]] = field(default_factory=list)


class ZoneVisits:
    """The stays of a camera's tracks in its zones, from look to look; a visit is told when its track is over.

    Args:
        epoch: number of the uninterrupted stretch of its stream.
    """

    def __init__(self, camera: str, epoch: int, settings: CameraSettings) -> None:
        self._camera, self._epoch = camera, epoch
        self._zones = {name: np.array(zone.coordinates) for name, zone in settings.zones.items()}
        self._lines = {name: line.coordinates for name, line in settings.lines.items()}
        self._walks: dict[int, _Walk] = {}

    def look(self, time: float, numbers: Collection[int], feet: NDArray[np.float64]) -> None:
        """Take one look.

        Args:
            numbers: of the tracks that were seen.
            feet: where each stands, (n, 2), as shares of the picture.
        """
        inside = {name: inside_polygon(feet, polygon).tolist() for name, polygon in self._zones.items()}
        inside[FRAME] = [True] * len(feet)
        for row, (number, (x, y)) in enumerate(zip(numbers, feet.tolist(), strict=True)):
            walk = self._walks.setdefault(number, _Walk())
            if walk.foot is not None:
                walk.crossed += [
                    (time, crossing)
                    for name, line in self._lines.items()
                    if (crossing := _crossing(name, line, walk.foot, (x, y)))
                ]
            walk.foot = (x, y)
            for zone, rows in inside.items():
                _step(walk, zone, rows[row], time, (x, y))

    def over(self, number: int, label: str, attributes: Mapping[str, str]) -> list[Visit]:
        """The visits of a track of which nothing more will come, in the order of time."""
        walk = self._walks.pop(number, _Walk())
        stays = walk.over + [(zone, stay) for zone, stay in walk.open.items() if stay.inside >= INERTIA]
        return [
            Visit(
                TrackId(self._camera, self._epoch, number),
                zone,
                label,
                stay.enter,
                stay.leave,
                stay.first,
                stay.last,
                _near(walk.crossed, stay.enter),
                _last(walk.crossed) if zone == FRAME else _near(walk.crossed, stay.leave),
                dict(attributes),
            )
            for zone, stay in sorted(stays, key=lambda one: (one[1].enter, one[0]))
        ]


def _step(walk: _Walk, zone: str, inside: bool, time: float, foot: Foot) -> None:
    """One look at one track and zone. A stay begins where it was first seen inside, once enough looks agree."""
    stay = walk.open.get(zone)
    if inside:
        if stay is None:
            stay = walk.open[zone] = _Stay(enter=time, first=foot)
        stay.leave, stay.last, stay.outside = time, foot, 0
        stay.inside += 1
    elif stay is not None:
        stay.outside += 1
        if stay.inside < INERTIA:
            del walk.open[zone]
        elif stay.outside >= INERTIA:
            walk.over.append((zone, walk.open.pop(zone)))


def _crossing(name: str, line: tuple[Foot, Foot], before: Foot, now: Foot) -> str:
    """The line with the direction in which a step crosses it; empty if it does not. Left and right are those of a
    viewer who looks along the line."""
    start, end = line
    was, is_ = _side(start, end, before), _side(start, end, now)
    if (was > 0) == (is_ > 0) or (_side(before, now, start) > 0) == (_side(before, now, end) > 0):
        return ""
    return f"{name}:{'left_to_right' if is_ > 0 else 'right_to_left'}"


def _side(a: Foot, b: Foot, point: Foot) -> float:
    """> 0 for a point to the right of the way from a to b, in a picture whose y grows downwards."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


def _near(crossed: list[tuple[float, str]], time: float) -> str | None:
    """The line crossed nearest to a moment, if that was at once."""
    nearest = min(crossed, key=lambda one: abs(one[0] - time), default=None)
    return nearest[1] if nearest is not None and abs(nearest[0] - time) <= AT_ONCE else None


def _last(crossed: list[tuple[float, str]]) -> str | None:
    """The line crossed last: who has gone through a door may still be seen outside for a while."""
    return crossed[-1][1] if crossed else None


class WatchedSpans:
    """Notes the stretches in which a camera was watched, by the time of its looks.

    Args:
        refresh: seconds after which a camera is looked at even if nothing moves; a longer pause is none watched.
        note: gets each stretch, again and again while it grows.
    """

    def __init__(self, camera: str, refresh: float, note: Callable[[Coverage], None]) -> None:
        self._camera, self._note = camera, note
        self._pause = max(30.0, refresh) + _SLACK
        self._since = self._until = self._noted = float("-inf")

    def seen(self, time: float) -> None:
        """The camera was looked at, or nothing has moved until then."""
        if time - self._until > self._pause:
            self.close()
            self._since = self._noted = time
        self._until = max(self._until, time)
        if self._until - self._noted >= _EVERY:
            self.close()

    def close(self) -> None:
        """Note what is not noted yet."""
        if self._until > self._noted:
            self._noted = self._until
            self._note(Coverage(self._camera, CoverageState.WATCHED, self._since, self._until))


class BlindSpans:
    """Notes the stretches in which a live camera gave no pictures while the program ran.

    Args:
        note: gets each stretch, again and again while it grows.
    """

    def __init__(self, note: Callable[[Coverage], None]) -> None:
        self._note = note
        self._blind: dict[str, tuple[float, float]] = {}

    def look(self, states: Mapping[str, bool], now: float) -> None:
        """Take by camera whether it gives pictures now, UTC seconds."""
        for camera, gives in states.items():
            since, noted = self._blind.pop(camera, (now, now))
            if now > noted and (gives or now - noted >= _EVERY):
                self._note(Coverage(camera, CoverageState.BLIND, since, now))
                noted = now
            if not gives:
                self._blind[camera] = (since, noted)
