"""What a request says of its sender, and the check that stands before every route: who asks, and may they?"""

from typing import Annotated

from fastapi import Depends, Request, Response

from secondsight.config import ServeSettings
from secondsight.serve.auth import passwords
from secondsight.serve.auth.authenticator import Asker, SignedIn, SignInError, within
from secondsight.serve.auth.rights import ForbiddenError, Principal, Right
from secondsight.serve.site import ServedSite
from secondsight.store import PassKind

CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
_FORWARDED = "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via"


def cookie_name(secure: bool) -> str:
    """Name of the session's cookie. With `__Host-` a browser takes it from this very host alone, encrypted."""
    return "__Host-session" if secure else "session"


def give_session(response: Response, signed_in: SignedIn, asker: Asker, settings: ServeSettings) -> None:
    """Let a browser keep a session."""
    response.set_cookie(
        cookie_name(asker.secure),
        signed_in.secret,
        max_age=round(settings.session),
        path="/",
        secure=asker.secure,
        httponly=True,
        samesite="strict",
    )


def drop_session(response: Response, asker: Asker) -> None:
    """Let a browser forget its session."""
    name = cookie_name(asker.secure)
    response.delete_cookie(name, path="/", secure=asker.secure, httponly=True, samesite="strict")


def asker_of(request: Request, settings: ServeSettings) -> Asker:
    """What a request brings along; headers of proxies count only from addresses that `settings` trust."""
    headers = request.headers
    address = request.client.host if request.client else ""
    secure = request.url.scheme == "https"
    trusted = within(address, settings.proxies)
    proxy_user, groups = None, ""
    if trusted:
        address = _origin(headers.get("x-forwarded-for", ""), address, settings)
        secure = secure or headers.get("x-forwarded-proto", "").strip().lower() == "https"
        if settings.user_header is not None:
            proxy_user = headers.get(settings.user_header) or None
        if settings.groups_header is not None:
            groups = headers.get(settings.groups_header, "")
    kind, _, token = headers.get("authorization", "").partition(" ")
    return Asker(
        address=address,
        secure=secure,
        forwarded=any(name in headers for name in _FORWARDED),
        token=token.strip() if kind.lower() == "bearer" else None,
        session=request.cookies.get(cookie_name(secure)),
        proxy_user=proxy_user,
        proxy_groups=tuple(group.strip() for group in groups.split(",") if group.strip()),
    )


def _origin(listed: str, peer: str, settings: ServeSettings) -> str:
    """The last address of a chain that no trusted proxy has: what stands before it anybody may have written."""
    for address in reversed([part.strip() for part in listed.split(",") if part.strip()]):
        if not within(address, settings.proxies):
            return address
        peer = address
    return peer


def site_of(request: Request) -> ServedSite:
    """The site that an app serves."""
    site = request.app.state.site
    assert isinstance(site, ServedSite)
    return site


def still_there(site: ServedSite, request: Request, person: Principal) -> Principal | None:
    """The sender of a request that goes on, with the rights of this moment; None if they may not any more."""
    now = site.authenticator.person(asker_of(request, site.settings))
    return now if now is not None and now.name == person.name else None


class Allow:
    """A dependency of routes: the person who asks, if they have a right.

    Raises SignInError for strangers, ForbiddenError for people without the right or without the session's CSRF token.
    """

    def __init__(self, right: Right) -> None:
        self.right = right

    def __call__(self, request: Request) -> Principal:
        site = site_of(request)
        person = site.authenticator.person(asker_of(request, site.settings))
        if person is None:
            raise SignInError("sign in first, or send a token")
        if request.method not in SAFE and person.via is PassKind.SESSION:
            check_csrf(person, request.headers.get(CSRF_HEADER, ""))
        person.need(self.right)
        return person


def check_csrf(person: Principal, given: str) -> None:
    """Raises ForbiddenError unless the session's CSRF token was repeated."""
    if not passwords.same(given, person.csrf):
        raise ForbiddenError(f"a session's change needs the header {CSRF_HEADER}, as /api/v1/me gives it")


Served = Annotated[ServedSite, Depends(site_of)]
Viewer = Annotated[Principal, Depends(Allow(Right.VIEW))]
Judge = Annotated[Principal, Depends(Allow(Right.JUDGE))]
Manager = Annotated[Principal, Depends(Allow(Right.MANAGE))]
Admin = Annotated[Principal, Depends(Allow(Right.ADMINISTER))]
