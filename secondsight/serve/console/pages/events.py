"""One event: everything that is known of it, its life, and an archive of it to take away."""

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from secondsight.serve.access.incidents.inspection import inspect
from secondsight.serve.access.thumbnails import thumbnail as small_picture
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.auth.rights import UnknownError
from secondsight.serve.console.page import Asked, EventId, PageRoute
from secondsight.serve.console.pages.alarms import EventView
from secondsight.serve.console.templating import asset

router = APIRouter(prefix="/events", route_class=PageRoute)


@router.get("/{id}")
def show(site: Served, person: Viewer, page: Asked, id: EventId) -> Response:
    """The page of one event."""
    return page.show("event.html", EventView(inspect(site, person, id)), person)


@router.get("/{id}/thumbnail")
def thumbnail(site: Served, person: Viewer, id: EventId) -> Response:
    """A small picture for lists; a drawing of none where there is none, which is no error of the page."""
    try:
        content = small_picture(site, person, id)
    except UnknownError:
        return RedirectResponse(asset("no-picture.svg"), 302)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})
