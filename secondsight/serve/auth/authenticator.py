"""Recognises who asks: by session, token or a trusted proxy's word; and signs people in and out."""

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from secondsight.clock import Clock
from secondsight.config import ServeSettings
from secondsight.errors import SecondSightError
from secondsight.log import fields
from secondsight.serve.auth import passwords
from secondsight.serve.auth.directory import Directory
from secondsight.serve.auth.openid import OpenIdError, OpenIdProvider
from secondsight.serve.auth.rate_limit import AttemptLimit
from secondsight.serve.auth.rights import LOCAL, Principal, person_of
from secondsight.store import AccessPass, PassKind, Store

_log = logging.getLogger(__name__)

_PER_NAME = 4
"""Failed attempts of one user name count this much less than those of one address: a stranger should not be able to
keep a user out easily."""
TOKEN_START = "sst_"
"""How API tokens begin, so that scanners of leaked secrets find them."""


class SignInError(SecondSightError):
    """Nobody is signed in, or the session or token does not hold any more."""


class TooManyAttemptsError(SecondSightError):
    """Too many attempts to sign in have failed; `wait` is how many seconds to wait."""

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"too many failed attempts; try again in {wait:.0f} s")


@dataclass(frozen=True, slots=True)
class Asker:
    """What a request brings along to be recognised by.

    Attributes:
        address: where it comes from, behind trusted proxies.
        secure: whether it came encrypted, to us or to a trusted proxy.
        forwarded: whether some proxy, trusted or not, says that it forwards the request.
        token: of an `Authorization: Bearer` header.
        session: of the cookie.
        proxy_user: whom a trusted proxy has signed in.
        proxy_groups: of that person, as the proxy says.
    """

    address: str
    secure: bool = False
    forwarded: bool = False
    token: str | None = None
    session: str | None = None
    proxy_user: str | None = None
    proxy_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its secret, for the cookie alone; and who it is."""

    secret: str
    person: Principal


class Authenticator:
    """Recognises people. Thread-safe.

    Args:
        local: whether the site can be reached from this machine alone; only then it may have no users.
    """

    def __init__(self, store: Store, clock: Clock, settings: ServeSettings, *, local: bool) -> None:
        self._accounts, self._clock, self._settings = store.accounts, clock, settings
        self._local = local
        attempts, window = settings.login_attempts, settings.login_window
        self._by_address = AttemptLimit(clock, attempts, window)
        self._by_name = AttemptLimit(clock, _PER_NAME * attempts, window)
        self._has_users = False
        self._directory = Directory(store, settings)
        self.openid = None if settings.openid is None else OpenIdProvider(settings.openid, clock)

    def without_users(self) -> bool:
        """Whether nobody needs to sign in. Raises StoreError."""
        # Users do not go away again: the last admin cannot be removed.
        self._has_users = self._has_users or self._accounts.any()
        return self._local and not self._has_users

    def person(self, asker: Asker) -> Principal | None:
        """Who asks; None for a stranger. Looked up each time: what is revoked does not hold any more.

        Raises:
            StoreError: the database cannot answer now.
        """
        if self.without_users():
            return LOCAL if _from_here(asker) else None
        if asker.token is not None:
            return self._holder(asker.token, PassKind.TOKEN)
        if asker.session is not None:
            return self._holder(asker.session, PassKind.SESSION)
        if asker.proxy_user is not None:
            user = self._directory.user(asker.proxy_user, asker.proxy_groups)
            return person_of(user) if user is not None else None
        return None

    def sign_in(self, name: str, password: str, asker: Asker) -> SignedIn | None:
        """Start a session; None where name and password do not fit.

        Raises:
            TooManyAttemptsError: of this address or for this name; nothing was compared.
            StoreError: the database cannot answer now.
        """
        wait = self._by_address.begin(asker.address) or self._by_name.begin(name)
        if wait:
            raise TooManyAttemptsError(wait)
        if not passwords.matches(password, self._accounts.password_of(name)):
            _log.warning("sign-in failed", extra=fields(address=asker.address))
            return None
        self._by_address.succeeded(asker.address)
        self._by_name.succeeded(name)
        return self._start_session(name, asker)

    def sign_in_by_openid(self, state: str, code: str, asker: Asker) -> tuple[SignedIn | None, str]:
        """Start a session of whom the provider has signed in, None for who may not come in; and where they go.

        Raises:
            OpenIdError: the provider's answer cannot be believed, or there is no provider.
            StoreError: the database cannot answer now.
        """
        if self.openid is None:
            raise OpenIdError("there is no provider")
        identity = self.openid.finish(state, code)
        user = self._directory.user(identity.name, identity.groups)
        if user is None or self._accounts.password_of(user.name) is not None:
            _log.warning("sign-in refused", extra=fields(address=asker.address, by="openid"))
            return None, identity.next
        return self._start_session(user.name, asker), identity.next

    def sign_out(self, person: Principal) -> None:
        """End the person's session, if that is what let them in."""
        if person.via is PassKind.SESSION:
            self._accounts.revoke(PassKind.SESSION, person.pass_id, person.name)

    def new_token(self, user: str, label: str, days: float | None, by: str) -> tuple[AccessPass, str]:
        """An API token of a user, and its secret, which cannot be shown again."""
        secret = TOKEN_START + passwords.new_secret()
        expires = None if days is None else self._clock.now() + days * 86400.0
        token = AccessPass(passwords.new_id(), PassKind.TOKEN, user, label, self._clock.now(), expires)
        self._accounts.admit(token, passwords.digest(secret), by)
        return token, secret

    def _start_session(self, name: str, asker: Asker) -> SignedIn | None:
        secret, now = passwords.new_secret(), self._clock.now()
        session = AccessPass(
            passwords.new_id(), PassKind.SESSION, name, asker.address, now, now + self._settings.session
        )
        self._accounts.admit(session, passwords.digest(secret), name)
        person = self._holder(secret, PassKind.SESSION)
        return None if person is None else SignedIn(secret, person)

    def _holder(self, secret: str, kind: PassKind) -> Principal | None:
        found = self._accounts.holder(passwords.digest(secret))
        if found is None or found[0].kind is not kind:
            return None
        csrf = passwords.csrf_of(secret) if kind is PassKind.SESSION else ""
        return person_of(found[1], kind, found[0].id, csrf)


def _from_here(asker: Asker) -> bool:
    return is_loopback(asker.address) and not asker.forwarded


def is_loopback(address: str) -> bool:
    """Whether an address or `localhost` is of this machine alone."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def within(address: str, networks: Sequence[str]) -> bool:
    """Whether an address lies in one of the networks."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in networks)
