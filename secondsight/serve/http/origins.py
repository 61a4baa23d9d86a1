"""Which names a site answers to, and which pages may change something.

A page of another site that a person visits can make their browser send requests here. It cannot read the answers, and
here it cannot change anything either: its origin is refused. Without users there is no session that could be missing,
so a name that was pointed at this machine (DNS rebinding) is refused for reading, too.
"""

from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from secondsight.config import ServeSettings
from secondsight.errors import StoreError
from secondsight.serve.auth.authenticator import Authenticator, is_loopback, within
from secondsight.serve.http.problems import of_error, problem

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS_ANSWERED = frozenset({"/healthz"})
"""What a health check asks by whatever address it has."""


class OriginGuard:
    """Refuses requests for foreign names, and changes that pages of other sites ask for."""

    def __init__(self, app: ASGIApp, *, authenticator: Authenticator, settings: ServeSettings) -> None:
        self._app, self._authenticator, self._settings = app, authenticator, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = self._asked_host(scope, headers)
        try:
            guarded = bool(self._settings.hosts) or await run_in_threadpool(self._authenticator.without_users)
        except StoreError as error:
            await of_error(error)(scope, receive, send)
            return
        if guarded and not self._is_ours(host):
            about = "this name is not one of this site; name it under `serve.hosts`"
            await problem(421, about)(scope, receive, send)
            return
        if scope["method"] not in _SAFE and _foreign(headers, host):
            await problem(403, "a page of another site asked for this")(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _asked_host(self, scope: Scope, headers: Headers) -> str:
        client = scope.get("client")
        if client and within(client[0], self._settings.proxies):
            return headers.get("x-forwarded-host") or headers.get("host", "")
        return headers.get("host", "")

    def _is_ours(self, host: str) -> bool:
        name = _name(host)
        return is_loopback(name) or name in self._settings.hosts or name == self._settings.host.lower()


class LoopbackGuard:
    """For a page on one's own machine: refuses foreign names, and changes that pages of other sites ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not is_loopback(_name(host)):
            await problem(421, "this page answers to names of this machine only")(scope, receive, send)
            return
        if scope["method"] not in _SAFE and _foreign(headers, host):
            await problem(403, "a page of another site asked for this")(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _name(host: str) -> str:
    """A host without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def _foreign(headers: Headers, host: str) -> bool:
    """Whether a browser says that a page of another origin sends this; programs say nothing."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
        return not parts.netloc or _with_port(parts.netloc, parts.scheme) != _with_port(host, parts.scheme)
    except ValueError:
        return True


def _with_port(host: str, scheme: str) -> str:
    host = host.lower()
    given = host.rpartition("]")[2] if host.startswith("[") else host
    return host if ":" in given else f"{host}:{443 if scheme == 'https' else 80}"
