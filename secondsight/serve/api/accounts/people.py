"""/users, /sessions, /tokens, /audit: who may do what, what lets them in, and what they changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from secondsight.serve.access import people as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.people import (
    AuditOut,
    AuditPageOut,
    NewTokenOut,
    PassOut,
    TokenIn,
    UserChangeIn,
    UserIn,
    UserOut,
)
from secondsight.serve.auth.requests import Admin, Served, Viewer
from secondsight.store import PassKind, User

router = APIRouter(tags=["people"])
UserPath = Annotated[str, Path(max_length=128)]
PassId = Annotated[str, Path(max_length=64)]


@router.get("/users")
def users(site: Served, person: Admin) -> list[UserOut]:
    """All users."""
    return [UserOut.model_validate(user) for user in access.users(site, person)]


@router.post("/users", status_code=201)
def add_user(site: Served, person: Admin, new: UserIn) -> UserOut:
    """Add a user."""
    cameras = None if new.cameras is None else tuple(new.cameras)
    password = None if new.password is None else new.password.get_secret_value()
    return UserOut.model_validate(access.add_user(site, person, User(new.name, new.role, cameras), password))


@router.patch("/users/{name}")
def change_user(site: Served, person: Admin, name: UserPath, change: UserChangeIn) -> UserOut:
    """Change role, cameras, password, or whether the user may sign in; holds at once."""
    changed = access.change_user(
        site,
        person,
        name,
        role=change.role,
        cameras=None if change.cameras is None else tuple(change.cameras),
        every_camera=change.every_camera,
        enabled=change.enabled,
        password=None if change.password is None else change.password.get_secret_value(),
    )
    return UserOut.model_validate(changed)


@router.delete("/users/{name}", status_code=204)
def remove_user(site: Served, person: Admin, name: UserPath) -> None:
    """Remove a user with all sessions and tokens."""
    access.remove_user(site, person, name)


@router.get("/sessions")
def sessions(site: Served, person: Viewer) -> list[PassOut]:
    """Sessions that hold: one's own, or all for who may administer."""
    return [PassOut.model_validate(one) for one in access.passes(site, person, PassKind.SESSION)]


@router.delete("/sessions/{id}", status_code=204)
def end_session(site: Served, person: Viewer, id: PassId) -> None:
    """End a session at once."""
    access.revoke_pass(site, person, PassKind.SESSION, id)


@router.get("/tokens")
def tokens(site: Served, person: Viewer) -> list[PassOut]:
    """API tokens that hold: one's own, or all for who may administer."""
    return [PassOut.model_validate(one) for one in access.passes(site, person, PassKind.TOKEN)]


@router.post("/tokens", status_code=201)
def add_token(site: Served, person: Viewer, new: TokenIn) -> NewTokenOut:
    """An API token; its secret is shown this once."""
    token, secret = access.add_token(site, person, new.label, new.days, new.user)
    return NewTokenOut(token=PassOut.model_validate(token), secret=secret)


@router.delete("/tokens/{id}", status_code=204)
def revoke_token(site: Served, person: Viewer, id: PassId) -> None:
    """End a token at once."""
    access.revoke_pass(site, person, PassKind.TOKEN, id)


@router.get("/audit")
def audit(
    site: Served,
    person: Admin,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: common.Limit = 100,
) -> AuditPageOut:
    """What people changed, newest first."""
    found = access.audit_log(site, person, before, limit)
    shown = [AuditOut.model_validate(entry) for entry in found]
    return AuditPageOut(entries=shown, next=found[-1].number if len(found) == limit else None)
