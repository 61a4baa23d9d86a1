"""Signing in and out, and the choice of language and colours."""

import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from secondsight.config import ServeSettings
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.serve.auth.authenticator import Asker, SignInError, TooManyAttemptsError, within
from secondsight.serve.auth.openid import OpenIdError
from secondsight.serve.auth.passwords import same
from secondsight.serve.auth.requests import Served, Viewer, asker_of, check_csrf, drop_session, give_session
from secondsight.serve.auth.rights import UnknownError
from secondsight.serve.console.navigation import entries_for
from secondsight.serve.console.page import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Asked,
    Page,
    PageRoute,
    local_path,
)
from secondsight.serve.console.texts import LANGUAGES
from secondsight.serve.site import ServedSite

_log = logging.getLogger(__name__)
router = APIRouter(route_class=PageRoute)
_ANSWER, _STATE = "/login/openid/answer", "openid"
_YEAR = 365 * 86400
_Short = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class SignInView:
    """Attributes: next: where to go then. problem: key of what is wrong; empty at first. wait: seconds. openid:
    whether a provider signs people in, too."""

    next: str
    problem: str = ""
    wait: int = 0
    openid: bool = False


def _has_openid(site: ServedSite) -> bool:
    return site.authenticator.openid is not None


@router.get("/")
def first(person: Viewer) -> Response:
    """The first page that the person may open."""
    return RedirectResponse(entries_for(person)[0].path, 303)


@router.get("/login")
def login(site: Served, request: Request, page: Asked, next: str = "/") -> Response:
    """The way in; nobody is kept here who needs none."""
    if site.authenticator.person(asker_of(request, site.settings)) is not None:
        return RedirectResponse(local_path(next), 303)
    return page.show("login.html", SignInView(local_path(next), openid=_has_openid(site)), None)


@router.post("/login")
def sign_in(
    site: Served,
    request: Request,
    page: Asked,
    name: Annotated[str, Form(max_length=128)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    next: _Short = "/",
) -> Response:
    """Sign in with name and password."""
    asker = asker_of(request, site.settings)
    onward = local_path(next)
    try:
        signed_in = site.authenticator.sign_in(name, password, asker)
    except TooManyAttemptsError as error:
        view = SignInView(onward, "shell.too_many", max(1, round(error.wait)), _has_openid(site))
        return page.show("login.html", view, None, 429)
    if signed_in is None:
        return page.show(
            "login.html", SignInView(onward, "shell.wrong_password", openid=_has_openid(site)), None, 401
        )
    response = RedirectResponse(onward, 303)
    give_session(response, signed_in, asker, site.settings)
    return response


@router.get("/login/openid")
def to_provider(site: Served, request: Request, page: Asked, next: str = "/") -> Response:
    """On to the OpenID provider."""
    provider, asker = site.authenticator.openid, asker_of(request, site.settings)
    if provider is None:
        raise UnknownError("there is no such page")
    try:
        place, state = provider.begin(f"{_origin(request, asker, site.settings)}{_ANSWER}", local_path(next))
    except OpenIdError as error:
        return _refused(page, site, local_path(next), error)
    response = RedirectResponse(place, 303)
    # Not strict: the browser comes back from another site.
    response.set_cookie(_STATE, state, 600, path=_ANSWER, secure=asker.secure, httponly=True, samesite="lax")
    return response


@router.get(_ANSWER)
def from_provider(
    site: Served,
    request: Request,
    page: Asked,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Back from the OpenID provider, with a code or without."""
    asker = asker_of(request, site.settings)
    try:
        if not code or not same(request.cookies.get(_STATE, ""), state):
            raise OpenIdError("the provider did not sign the person in, or another browser began")
        signed_in, onward = site.authenticator.sign_in_by_openid(state, code, asker)
    except OpenIdError as error:
        return _refused(page, site, "/", error)
    if signed_in is None:
        return page.show("login.html", SignInView(onward, "shell.openid_unknown", openid=True), None, 403)
    # A page, not a redirect: after one, the browser would keep the strict cookie back from the first request.
    response = page.show("signed-in.html", SignInView(onward), None)
    response.delete_cookie(_STATE, path=_ANSWER)
    give_session(response, signed_in, asker, site.settings)
    return response


def _refused(page: Page, site: ServedSite, next: str, error: OpenIdError) -> Response:
    _log.warning("sign-in failed", extra=fields(by="openid", error=redact(str(error))))
    return page.show("login.html", SignInView(next, "shell.openid_failed", openid=True), None, 401)


def _origin(request: Request, asker: Asker, settings: ServeSettings) -> str:
    """Where the browser finds this site."""
    host = request.headers.get("host", "")
    if request.client is not None and within(request.client.host, settings.proxies):
        host = request.headers.get("x-forwarded-host") or host
    return f"{'https' if asker.secure else 'http'}://{host}"


@router.post("/logout")
def sign_out(site: Served, request: Request, csrf: _Short = "") -> Response:
    """Sign out: the session ends at once."""
    asker = asker_of(request, site.settings)
    person = site.authenticator.person(asker)
    if person is None:
        raise SignInError("sign in first")
    check_csrf(person, csrf)
    site.authenticator.sign_out(person)
    response = RedirectResponse("/login", 303)
    drop_session(response, asker)
    return response


@router.post("/preferences")
def prefer(
    site: Served, request: Request, language: _Short = "", theme: _Short = "", next: _Short = "/"
) -> Response:
    """Choose language or colours; kept in this browser."""
    response = RedirectResponse(local_path(next), 303)
    secure = asker_of(request, site.settings).secure
    for name, wanted, allowed in (
        (LANGUAGE_COOKIE, language, LANGUAGES),
        (THEME_COOKIE, theme, THEMES),
    ):
        if wanted in allowed:
            response.set_cookie(name, wanted, _YEAR, secure=secure, httponly=True, samesite="strict")
    return response
