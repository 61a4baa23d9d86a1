"""Cameras: what is known of each at this moment, its last picture, its heat map, what was counted and tracked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from secondsight.errors import RefusedError
from secondsight.records import Track, snapshot_path
from secondsight.serve.access.files import file_of
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.pictures import TakenPicture
from secondsight.serve.site import ServedSite
from secondsight.site import CameraStatus
from secondsight.store import Count, EventSearch, TimeGrouping, summed

_LOOK_BACK = 50
"""Newest events among which a picture of a camera is looked for."""
_MOST_COUNTERS = 500_000


@dataclass(frozen=True, slots=True)
class CameraState:
    """A camera as far as known.

    Attributes:
        title: what people call it; the name where it has none.
        status: of the run in this process; None where the site runs elsewhere.
        last_minute: beginning of the newest minute for which something was counted, UTC seconds.
        configured: whether the site file names it; None where that is not known.
    """

    name: str
    title: str
    description: str
    status: CameraStatus | None
    last_minute: float | None
    configured: bool | None


@dataclass(frozen=True, slots=True)
class PlaceOutline:
    """A zone or a line, as shares of the picture."""

    name: str
    sort: Literal["zone", "line"]
    points: Sequence[tuple[float, float]]


def cameras(site: ServedSite, person: Principal) -> list[CameraState]:
    """Every camera that the person may see, by name; those of earlier site files too."""
    person.need(Right.VIEW)
    known = dict(site.store.observations.cameras())
    if site.config is not None:
        known |= {name: settings.description for name, settings in site.config.cameras.items()}
    status = site.live.status()
    live = {camera.name: camera for camera in status.cameras} if status is not None else {}
    minutes = site.store.observations.last_minutes()
    configured = None if site.config is None else set(site.config.cameras)
    return [
        CameraState(
            name,
            site.title_of(name),
            known[name],
            live.get(name),
            minutes.get(name),
            None if configured is None else name in configured,
        )
        for name in person.visible(sorted(known))
    ]


def camera(site: ServedSite, person: Principal, name: str) -> CameraState:
    """One camera. Raises UnknownError."""
    for state in cameras(site, person):
        if state.name == name:
            return state
    raise UnknownError("there is no such camera")


def last_picture(site: ServedSite, person: Principal, name: str) -> Path:
    """The newest picture there is of a camera: of its newest events. Raises UnknownError."""
    camera(site, person, name)
    for event in site.store.search.page(EventSearch(cameras=(name,)), limit=_LOOK_BACK).events:
        for path in (snapshot_path(event), *(frame.path for frame in event.key_frames)):
            try:
                return file_of(site.data, path, "picture")
            except UnknownError:
                continue
    raise UnknownError("there is no picture of this camera yet")


def picture_now(site: ServedSite, person: Principal, name: str) -> TakenPicture:
    """A camera's picture as it is now, taken beside the run; where there is none, that of its newest event.

    Takes seconds. Raises UnknownError if there is neither.
    """
    camera(site, person, name)
    settings = site.config.cameras.get(name) if site.config is not None else None
    taken = None if settings is None else site.pictures.get(name, settings)
    if taken is not None and taken.jpeg is not None:
        return taken
    kept = last_picture(site, person, name)
    trouble = "the site file does not name this camera" if taken is None else taken.trouble
    return TakenPicture(kept.read_bytes(), kept.stat().st_mtime, trouble)


def outlines(site: ServedSite, person: Principal, name: str) -> list[PlaceOutline]:
    """Zones and lines of a camera as the run watches them; none where no site file is known. Raises UnknownError."""
    camera(site, person, name)
    settings = site.config.cameras.get(name) if site.config is not None else None
    if settings is None:
        return []
    zones = [PlaceOutline(zone, "zone", one.coordinates) for zone, one in settings.zones.items()]
    return [*zones, *(PlaceOutline(line, "line", one.coordinates) for line, one in settings.lines.items())]


def heat_map(
    site: ServedSite, person: Principal, name: str, since: float | None, until: float | None
) -> bytes:
    """Where people have been, drawn over the newest picture of a camera: a PNG.

    Raises:
        UnknownError: there is no such camera, or no picture of it.
        RefusedError: no heat was noted.
    """
    import cv2
    import numpy as np

    from secondsight.site import draw_heat, heat_of, png_bytes

    picture = last_picture(site, person, name)
    grid = heat_of(site.store.observations.counters(camera=name, since=since, until=until))
    if not grid.any():
        raise RefusedError(
            f"no heat has been noted of {name}; give a counting rule of this camera `zone` and `heat: true`",
            unknown=True,
        )
    decoded = cv2.imread(str(picture))
    if decoded is None:
        raise UnknownError("there is no picture of this camera that can be read")
    return png_bytes(draw_heat(np.asarray(decoded, dtype=np.uint8), grid))


def counts(
    site: ServedSite,
    person: Principal,
    *,
    cameras: tuple[str, ...],
    name: str | None,
    since: float | None,
    until: float | None,
    by: TimeGrouping,
) -> list[Count]:
    """What rules have counted, oldest first. Raises RefusedError if that is too much for one answer."""
    person.need(Right.VIEW)
    found = site.store.observations.summed(
        by.added_up, cameras=person.only(cameras), since=since, until=until, limit=_MOST_COUNTERS
    )
    if len(found) == _MOST_COUNTERS:
        raise RefusedError("too many counts for one answer; name cameras, or a shorter time")
    return [line for line in summed(found, by.seconds) if line.is_of(name)]


def tracks(
    site: ServedSite,
    person: Principal,
    *,
    cameras: tuple[str, ...],
    since: float | None,
    until: float | None,
    limit: int,
) -> list[Track]:
    """Finished tracks, oldest first."""
    person.need(Right.VIEW)
    return site.store.observations.tracks(cameras=person.only(cameras), since=since, until=until, limit=limit)
