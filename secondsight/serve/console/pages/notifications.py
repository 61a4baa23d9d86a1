"""In which browsers one is told. Changes are requests to the API."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from secondsight.serve.access import push as access
from secondsight.serve.alerts.push import PushSubscription
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, PageRoute

router = APIRouter(prefix="/notifications", route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class NotificationsView:
    """Attributes: key: with which this browser subscribes; None where the site tells nobody in browsers."""

    key: str | None
    subscriptions: list[PushSubscription]


@router.get("")
def notifications(site: Served, person: Viewer, page: Asked) -> Response:
    """This browser, and the others."""
    view = NotificationsView(access.push_key(site, person), access.subscriptions(site, person))
    return page.show("notifications.html", view, person)
