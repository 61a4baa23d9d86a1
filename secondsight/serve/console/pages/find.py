"""Find: words, and the events whose pictures look like them. The address is the permalink."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from secondsight.find import FoundEvent
from secondsight.serve.access import cameras as camera_access
from secondsight.serve.access.asking import ask as access
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, PageRoute

router = APIRouter(prefix="/find", route_class=PageRoute)
_MOST = 24
_Word = Annotated[str, Query(max_length=300)]


@dataclass(frozen=True, slots=True)
class FindView:
    """What was asked, and what was found.

    Attributes:
        found: None before the first search.
        since: date and time in the site's zone.
    """

    text: str
    camera: str
    since: str
    cameras: list[str]
    found: tuple[FoundEvent, ...] | None = None
    note: str = ""


@router.get("")
def find(
    site: Served, person: Viewer, page: Asked, text: _Word = "", camera: _Word = "", since: _Word = ""
) -> Response:
    """The box, with what was found."""
    names = [one.name for one in camera_access.cameras(site, person)]
    if not text.strip():
        return page.show("find.html", FindView("", camera, since, names), person)
    finds = access.find(
        site,
        person,
        text,
        since=page.time.seconds(since),
        cameras=(camera,) if camera else (),
        limit=_MOST,
    )
    view = FindView(text, camera, since, names, finds.found, finds.note)
    return page.show("find.html", view, person)
