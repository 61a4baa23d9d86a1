"""Signing in and out, and the choice of language and colours."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from secondsight.serve.auth.authenticator import SignInError, TooManyAttemptsError
from secondsight.serve.auth.requests import Served, Viewer, asker_of, check_csrf, drop_session, give_session
from secondsight.serve.console.navigation import entries_for
from secondsight.serve.console.page import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Asked,
    PageRoute,
    local_path,
)
from secondsight.serve.console.texts import LANGUAGES

router = APIRouter(route_class=PageRoute)
_YEAR = 365 * 86400
_Short = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class SignInView:
    """Attributes: next: where to go then. problem: key of what is wrong; empty at first. wait: seconds."""

    next: str
    problem: str = ""
    wait: int = 0


@router.get("/")
def first(person: Viewer) -> Response:
    """The first page that the person may open."""
    return RedirectResponse(entries_for(person)[0].path, 303)


@router.get("/login")
def login(site: Served, request: Request, page: Asked, next: str = "/") -> Response:
    """The way in; nobody is kept here who needs none."""
    if site.authenticator.person(asker_of(request, site.settings)) is not None:
        return RedirectResponse(local_path(next), 303)
    return page.show("login.html", SignInView(local_path(next)), None)


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
        view = SignInView(onward, "shell.too_many", max(1, round(error.wait)))
        return page.show("login.html", view, None, 429)
    if signed_in is None:
        return page.show("login.html", SignInView(onward, "shell.wrong_password"), None, 401)
    response = RedirectResponse(onward, 303)
    give_session(response, signed_in, asker, site.settings)
    return response


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
