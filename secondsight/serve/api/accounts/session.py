"""/session, /me, /version: signing in and out, and who one is."""

from fastapi import APIRouter, Request, Response

from secondsight import __version__
from secondsight.errors import RefusedError
from secondsight.records import SCHEMA_VERSION
from secondsight.serve.api.forms.people import MeOut, SignInIn
from secondsight.serve.api.forms.site import VersionOut
from secondsight.serve.auth.authenticator import SignInError
from secondsight.serve.auth.requests import Served, Viewer, asker_of, drop_session, give_session
from secondsight.serve.auth.rights import RIGHTS, Principal

router = APIRouter(tags=["session"])


@router.post("/session")
def sign_in(site: Served, request: Request, response: Response, who: SignInIn) -> MeOut:
    """Sign in with name and password: sets the session's cookie."""
    asker = asker_of(request, site.settings)
    if site.authenticator.without_users():
        raise RefusedError("this site has no users; nobody needs to sign in")
    signed_in = site.authenticator.sign_in(who.name, who.password.get_secret_value(), asker)
    if signed_in is None:
        raise SignInError("name and password do not fit")
    give_session(response, signed_in, asker, site.settings)
    return _me(signed_in.person)


@router.delete("/session", status_code=204)
def sign_out(site: Served, person: Viewer, request: Request, response: Response) -> None:
    """Sign out: the session ends at once."""
    site.authenticator.sign_out(person)
    drop_session(response, asker_of(request, site.settings))


@router.get("/me")
def me(person: Viewer) -> MeOut:
    """Who one is and what one may do."""
    return _me(person)


@router.get("/version")
def version(site: Served, person: Viewer) -> VersionOut:
    """What answers."""
    return VersionOut(version=__version__, api="v1", schema_version=SCHEMA_VERSION, site=site.name)


def _me(person: Principal) -> MeOut:
    return MeOut(
        name=person.name,
        role=person.role,
        rights=[right for right in sorted(RIGHTS[person.role]) if person.may(right)],
        cameras=None if person.cameras is None else sorted(person.cameras),
        via=person.via,
        csrf=person.csrf,
    )
