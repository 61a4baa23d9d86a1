"""The inbox: events that people were alerted to and that nobody has taken or judged."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from secondsight.records import Event
from secondsight.serve.access.events import find_events
from secondsight.serve.access.incidents.inspection import Inspection, inspect
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.console.page import Asked, EventId, PageRoute
from secondsight.serve.site import ServedSite
from secondsight.store import EventSearch

router = APIRouter(prefix="/alarms", route_class=PageRoute)
_MOST = 200


@dataclass(frozen=True, slots=True)
class InboxView:
    """What waits.

    Attributes:
        events: newest first.
        more: whether there are further ones behind the last.
        yours: what the person has taken or was given, and nobody has judged.
        shown: the one beside the list; None where nothing waits.
    """

    events: tuple[Event, ...]
    more: bool
    shown: Inspection | None = None
    yours: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class EventView:
    """One event."""

    shown: Inspection


@router.get("")
def alarms(site: Served, person: Viewer, page: Asked, event: str | None = None) -> Response:
    """The inbox with one event beside it: the named one, else the newest."""
    events, more = _waiting(site, person)
    yours = find_events(site, person, EventSearch(taken_by=person.name), None, _MOST).events
    wanted = event or (events[0].id if events else None)
    try:
        shown = None if wanted is None else inspect(site, person, wanted)
    except UnknownError:
        shown = None
    return page.show("alarms.html", InboxView(events, more, shown, yours), person)


@router.get("/list")
def inbox(site: Served, person: Viewer, page: Asked) -> Response:
    """The list alone, to be renewed."""
    return page.show("parts/inbox.html", InboxView(*_waiting(site, person)), person)


@router.get("/{id}/panel")
def panel(site: Served, person: Viewer, page: Asked, id: EventId) -> Response:
    """One event, for the place beside the list."""
    return page.show("parts/panel.html", EventView(inspect(site, person, id)), person)


def _waiting(site: ServedSite, person: Principal) -> tuple[tuple[Event, ...], bool]:
    found = find_events(site, person, EventSearch(waiting=True), None, _MOST)
    return found.events, found.next is not None
