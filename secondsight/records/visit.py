"""What is noted of everybody, suspected or not: who was where for how long; and when a camera really saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from secondsight.records.seen import TrackId


@dataclass(frozen=True, slots=True)
class Visit:
    """One track's stay in one zone. The zone `frame` is the whole picture.

    Attributes:
        track: who it was, as far as one camera can tell.
        zone: name of the zone.
        label: class name of the track.
        enter, leave: first and last moment in the zone, UTC seconds.
        first, last: where the feet were then, as shares of the picture's width and height.
        entered_by, left_by: the line crossed at that moment with its direction, such as `door:left_to_right`; the
            whole picture is left by the line that was crossed last.
        attributes: what second-stage models say of the track, by the model's name.

    Examples:
        >>> from secondsight.records import TrackId, Visit
        >>> visit = Visit(TrackId("hall", 0, 7), "reactor", "person", 10.0, 25.0, (0.1, 0.9), (0.4, 0.9))
        >>> visit.dwell
        15.0
    """

    track: TrackId
    zone: str
    label: str
    enter: float
    leave: float
    first: tuple[float, float]
    last: tuple[float, float]
    entered_by: str | None = None
    left_by: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def dwell(self) -> float:
        """Seconds in the zone."""
        return self.leave - self.enter


@dataclass(frozen=True, slots=True)
class ShopLayout:
    """Where goods are taken, paid and carried out.

    Attributes:
        takes, put_backs: names of rules.
        tills: cameras with zones.
        exits: cameras with crossings, as `Visit.left_by` has them: `door:right_to_left`.
    """

    takes: tuple[str, ...]
    put_backs: tuple[str, ...]
    tills: tuple[tuple[str, str], ...]
    exits: tuple[tuple[str, str], ...]


class CoverageState(StrEnum):
    """What can be said of a camera at some time; where nothing is noted, nothing was running.

    WATCHED: its pictures were looked at, or the gate saw that nothing moved. BLIND: the program ran and got no
    pictures of it.
    """

    WATCHED = "watched"
    BLIND = "blind"


class Coverage(NamedTuple):
    """A stretch of time of one camera, UTC seconds. It grows: the same beginning may come again with a later end."""

    camera: str
    state: CoverageState
    start: float
    end: float
