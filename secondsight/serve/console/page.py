"""A page as a request asked for it: in which language and colours, for which person, and how errors look on it."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import Depends, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute

from secondsight.errors import SecondSightError
from secondsight.event_words import kind_in_words
from secondsight.foreign import visible
from secondsight.masking import redact
from secondsight.serve.auth.authenticator import SignInError
from secondsight.serve.auth.requests import asker_of, site_of
from secondsight.serve.auth.rights import Principal
from secondsight.serve.console.navigation import entries_for
from secondsight.serve.console.templating import SiteTime, environment
from secondsight.serve.console.texts import LANGUAGES, Language, translator
from secondsight.serve.http.problems import of_error
from secondsight.serve.site import ServedSite
from secondsight.store import PassKind

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE_COOKIE, THEME_COOKIE = "language", "theme"


@dataclass(frozen=True, slots=True)
class Page:
    """What every template can use, beside the values of its own page.

    Attributes:
        here: path and query of the page, to come back to.
        part: whether a script of the page asks for a part of it.
        time: times in the site's zone.
    """

    site: ServedSite
    language: Language
    theme: Theme
    here: str
    part: bool
    time: SiteTime

    def show(self, template: str, view: object, person: Principal | None, status: int = 200) -> HTMLResponse:
        """Fill a template.

        Args:
            view: its own values, a frozen dataclass; the template calls it `view`.
            person: who looks; None for strangers.
        """
        translate = translator(self.language)
        text = environment().get_template(template).render(
            view=view,
            page=self,
            person=person,
            csrf=person.csrf if person is not None else "",
            signed_in=person is not None and person.via is PassKind.SESSION,
            navigation=entries_for(person),
            t=translate,
            titled=self.site.title_of,
            titles=lambda names: ", ".join(map(self.site.title_of, names)),
            kind=lambda name: kind_in_words(name, self.language),
            time=self.time,
        )  # fmt: skip
        return HTMLResponse(text, status, headers={"Vary": "Cookie, Accept-Language, HX-Request"})

    def is_at(self, path: str) -> bool:
        """Whether this is the page of a navigation entry, or one below it."""
        here = self.here.partition("?")[0]
        return here == path or here.startswith(f"{path}/")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a page says that cannot be shown.

    Attributes:
        detail: the error's own words.
    """

    status: int
    detail: str


def page_of(request: Request) -> Page:
    """The page that a request asks for."""
    site = site_of(request)
    timezone = site.config.site.timezone if site.config is not None else "UTC"
    query = f"?{request.url.query}" if request.url.query else ""
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return Page(
        site=site,
        language=_language(request, site),
        theme=theme if theme in THEMES else "auto",
        here=f"{request.url.path}{query}",
        part="hx-request" in request.headers,
        time=SiteTime(timezone),
    )


def local_path(wanted: str) -> str:
    """Where to go on, if that is a path of this site; else the first page."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if good else "/"


class PageRoute(APIRoute):
    """A route whose errors people read: a page that says what is wrong, or the way to sign in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInError as error:
                if request.method != "GET" or "hx-request" in request.headers:
                    return of_error(error)
                return RedirectResponse(f"/login?next={quote(page_of(request).here)}", 303)
            except SecondSightError as error:
                return _failure(request, of_error(error).status_code, str(error))
            except RequestValidationError:
                return _failure(request, 422, "")

        return handled


def _failure(request: Request, status: int, detail: str) -> Response:
    shown = Failure(status, visible(redact(detail)))
    try:
        site = site_of(request)
        person = site.authenticator.person(asker_of(request, site.settings))
    except SecondSightError:  # the store that could say so is what has failed
        person = None
    return page_of(request).show("error.html", shown, person, status)


def _language(request: Request, site: ServedSite) -> Language:
    """What was chosen, else what the browser prefers, else the site's."""
    accepted = [part.partition(";")[0] for part in request.headers.get("accept-language", "").split(",")]
    for wanted in (request.cookies.get(LANGUAGE_COOKIE, ""), *accepted):
        short = wanted.strip().lower().partition("-")[0]
        if short in LANGUAGES:
            return short
    return site.config.site.language if site.config is not None else "en"


Asked = Annotated[Page, Depends(page_of)]
EventId = Annotated[str, Path(max_length=200)]
