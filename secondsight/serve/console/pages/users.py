"""Who may sign in, what they may do, and what lets them in now. Changes are requests to the API."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from secondsight.serve.access import cameras as camera_access
from secondsight.serve.access import people as access
from secondsight.serve.auth.passwords import SHORTEST
from secondsight.serve.auth.requests import Admin, Served
from secondsight.serve.console.page import Asked, PageRoute
from secondsight.store import AccessPass, PassKind, User, UserRole

router = APIRouter(prefix="/users", route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class UsersView:
    """Everybody, their sessions and tokens.

    Attributes:
        roles: that a user can have, the one with fewest rights first.
        cameras: names to choose from.
        shortest: characters of a password.
    """

    users: list[User]
    passes: list[AccessPass]
    roles: tuple[UserRole, ...]
    cameras: list[str]
    shortest: int = SHORTEST


@router.get("")
def users(site: Served, person: Admin, page: Asked) -> Response:
    """All users."""
    passes = [one for kind in PassKind for one in access.passes(site, person, kind)]
    names = [one.name for one in camera_access.cameras(site, person)]
    return page.show(
        "users.html", UsersView(access.users(site, person), passes, tuple(UserRole), names), person
    )
