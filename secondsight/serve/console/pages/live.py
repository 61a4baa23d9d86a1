"""The wall of cameras, and the page of one: its picture with zones, what happened, what was counted, gaps."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from secondsight.media import LiveForm
from secondsight.records import Event
from secondsight.serve.access import cameras as access
from secondsight.serve.access.cameras import CameraState, PlaceOutline
from secondsight.serve.access.events import find_events
from secondsight.serve.access.footage import footage_since, live_form
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.console.page import Asked, PageRoute
from secondsight.serve.console.templating import SiteTime
from secondsight.serve.site import ServedSite
from secondsight.store import Count, EventSearch, TimeGrouping

router = APIRouter(route_class=PageRoute)
_DAY, _HOUR = 86400.0, 3600.0
_MOST_EVENTS = 100
_LAST = 60.0
"""Seconds before now at which footage is shown first."""


@dataclass(frozen=True, slots=True)
class LiveTile:
    """A camera on the wall. Attributes: picture: whether there is any yet. last: its newest event."""

    state: CameraState
    outlines: list[PlaceOutline]
    picture: bool
    last: Event | None


@dataclass(frozen=True, slots=True)
class WatchedHour:
    """One hour of a camera. Attributes: events: triggered in it. counted: whether anything was counted in it."""

    start: float
    events: int
    counted: bool


@dataclass(frozen=True, slots=True)
class FootageDay:
    """One day of a camera's footage, in the site's time zone.

    Attributes:
        since: from when on there is footage at all, UTC seconds.
        begin, end: of the day, UTC seconds.
        at: the moment to begin with.
        events: of the day, the oldest first.
    """

    since: float
    begin: float
    end: float
    at: float
    events: list[Event]


@dataclass(frozen=True, slots=True)
class LiveCameraView:
    """Attributes: hours: of the last day, the oldest first. counts: of the last day, by name. footage: None where
    none was recorded. live: how it can be seen now; None: a picture now and then."""

    tile: LiveTile
    hours: list[WatchedHour]
    events: list[Event]
    counts: dict[str, float]
    footage: FootageDay | None
    live: LiveForm | None


@router.get("/live")
def wall(site: Served, person: Viewer, page: Asked) -> Response:
    """Every camera that one may see."""
    return page.show("live.html", [_tile(site, person, one) for one in access.cameras(site, person)], person)


@router.get("/live/{camera}")
def one(
    site: Served,
    person: Viewer,
    page: Asked,
    camera: Annotated[str, Path(max_length=128)],
    day: Annotated[str, Query(max_length=40)] = "",
    at: Annotated[float | None, Query(ge=0, le=7e9)] = None,
) -> Response:
    """One camera; of its footage the day, or the moment in UTC seconds, that was asked for."""
    state = access.camera(site, person, camera)
    now = site.clock.now()
    wanted = EventSearch(cameras=(camera,), since=now - _DAY)
    events = list(find_events(site, person, wanted, None, _MOST_EVENTS).events)
    counts = access.counts(
        site, person, cameras=(camera,), name=None, since=now - _DAY, until=None, by=TimeGrouping.HOUR
    )
    sums: dict[str, float] = {}
    for count in counts:
        if not count.name.startswith("heat."):
            sums[count.name] = sums.get(count.name, 0.0) + count.value
    shown = page.time.seconds(day) if at is None else at
    footage = _footage(site, person, page.time, camera, shown)
    live = live_form(site, person, camera)
    tile, hours = _tile(site, person, state), _hours(now, events, counts)
    view = LiveCameraView(tile, hours, events, sums, footage, live)
    return page.show("live-camera.html", view, person)


def _footage(
    site: ServedSite, person: Principal, time: SiteTime, camera: str, at: float | None
) -> FootageDay | None:
    since = footage_since(site, person, camera)
    if since is None:
        return None
    now = site.clock.now()
    begin, end = time.day_of(now if at is None else at)
    events = list(
        find_events(
            site, person, EventSearch(cameras=(camera,), since=begin, until=end), None, _MOST_EVENTS
        ).events
    )
    start = min(now, end) - _LAST if at is None else at
    return FootageDay(since, begin, end, max(begin, start), events[::-1])


def _tile(site: ServedSite, person: Principal, state: CameraState) -> LiveTile:
    found = find_events(site, person, EventSearch(cameras=(state.name,)), None, 1).events
    try:
        picture = access.last_picture(site, person, state.name).exists()
    except UnknownError:
        picture = False
    return LiveTile(state, access.outlines(site, person, state.name), picture, found[0] if found else None)


def _hours(now: float, events: list[Event], counts: list[Count]) -> list[WatchedHour]:
    first = now // _HOUR * _HOUR - 23 * _HOUR
    counted = {count.time // _HOUR * _HOUR for count in counts}
    return [
        WatchedHour(
            start, sum(start <= event.triggered < start + _HOUR for event in events), start in counted
        )
        for start in (first + number * _HOUR for number in range(24))
    ]
