"""One event: everything that is known of it, its life, and an archive of it to take away."""

from fastapi import APIRouter, Response

from secondsight.serve.access.inspection import inspect
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, EventId, PageRoute
from secondsight.serve.console.pages.alarms import EventView

router = APIRouter(prefix="/events", route_class=PageRoute)


@router.get("/{id}")
def show(site: Served, person: Viewer, page: Asked, id: EventId) -> Response:
    """The page of one event."""
    return page.show("event.html", EventView(inspect(site, person, id)), person)
