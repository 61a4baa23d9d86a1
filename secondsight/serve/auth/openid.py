"""Signs people in by an OpenID Connect provider: authorization code with PKCE (RFC 7636), state and nonce.

OpenID Connect Core 1.0, 3.1: the browser is sent to the provider and comes back with a code, which we exchange for an
ID token over our own connection. The token counts only if the provider has signed it, for us, for this very attempt.
"""

import base64
import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from secondsight.clock import Clock
from secondsight.config import OpenIdSettings
from secondsight.errors import ConfigError, SecondSightError

_PATIENCE = 10.0
_VALID = 600.0
"""Seconds within which a person must come back."""
_MOST = 1000
"""Attempts that are remembered."""
_LEEWAY = 60
"""Seconds by which clocks may differ."""
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


class OpenIdError(SecondSightError):
    """The provider did not sign the person in, or cannot be believed."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider has signed in. Attributes: next: where the person wanted to go."""

    name: str
    groups: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class _Attempt:
    nonce: str
    verifier: str
    redirect: str
    next: str
    until: float


class OpenIdProvider:
    """One provider. Thread-safe; asks it over the network, which takes up to seconds.

    Raises:
        ConfigError: the package that reads tokens is not installed.
    """

    def __init__(self, settings: OpenIdSettings, clock: Clock) -> None:
        try:
            import joserfc  # noqa: F401
        except ImportError:
            raise ConfigError(
                "needs a package: pip install 'secondsight[openid]'", key="serve.openid"
            ) from None
        self._settings, self._clock = settings, clock
        self._attempts: OrderedDict[str, _Attempt] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, redirect: str, next: str) -> tuple[str, str]:
        """Begin an attempt.

        Args:
            redirect: where the provider sends the browser back to.
            next: where the person wants to go.

        Returns:
            Where to send the browser, and the state, which the browser must bring back by itself, too.

        Raises:
            OpenIdError: the provider does not answer.
        """
        place = _text(self._discovered(), "authorization_endpoint")
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        with self._lock:
            self._attempts[state] = _Attempt(
                nonce, verifier, redirect, next, self._clock.monotonic() + _VALID
            )
            while len(self._attempts) > _MOST:
                self._attempts.popitem(last=False)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", state

    def finish(self, state: str, code: str) -> Identity:
        """Who came back with a code. A state counts once.

        Raises:
            OpenIdError: the state is unknown or too old, or the provider's answer cannot be believed.
        """
        with self._lock:
            attempt = self._attempts.pop(state, None)
        if attempt is None or attempt.until < self._clock.monotonic():
            raise OpenIdError("this attempt to sign in is unknown or too old; try again")
        discovered, settings = self._discovered(), self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect,
            "client_id": settings.client_id,
            "code_verifier": attempt.verifier,
        }
        secret = settings.client_secret
        auth = None if secret is None else (settings.client_id, secret.get_secret_value())
        answer = self._asked("POST", _text(discovered, "token_endpoint"), data=form, auth=auth)
        keys = self._asked("GET", _text(discovered, "jwks_uri"))
        claims = self._checked(_text(answer, "id_token"), keys, attempt.nonce)
        claims = self._completed(claims, discovered, answer)
        name, groups = claims.get(settings.name_claim), claims.get(settings.groups_claim, [])
        if not isinstance(name, str):
            raise OpenIdError(f"the provider says no `{settings.name_claim}`; see serve.openid.name_claim")
        listed = [groups] if isinstance(groups, str) else groups
        known = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()
        return Identity(name, known, attempt.next)

    def _completed(
        self, claims: Mapping[str, Any], discovered: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The claims with those that the provider gives by its UserInfo endpoint alone (Core 1.0, 5.3)."""
        wanted = {self._settings.name_claim, self._settings.groups_claim}
        place, token = discovered.get("userinfo_endpoint"), answer.get("access_token")
        if wanted <= claims.keys() or not isinstance(place, str) or not isinstance(token, str):
            return claims
        more = self._asked("GET", place, headers={"Authorization": f"Bearer {token}"})
        if more.get("sub") != claims.get("sub"):
            raise OpenIdError("the provider speaks of two people")
        return {**more, **claims}

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token (Core 1.0, 3.1.3.7)."""
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        essential = {"iss": self._settings.issuer, "nonce": nonce}
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            checks = jwt.JWTClaimsRegistry(
                now=round(self._clock.now()), leeway=_LEEWAY, exp={"essential": True}
            )
            checks.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OpenIdError(f"the provider's token cannot be believed ({type(error).__name__})") from None
        audience = claims.get("aud")
        ours = audience == self._settings.client_id or audience == [self._settings.client_id]
        if not ours or any(claims.get(name) != value for name, value in essential.items()):
            raise OpenIdError("the provider's token is not for this site or not for this attempt")
        return claims

    def _discovered(self) -> Mapping[str, Any]:
        """What the provider says of itself (Discovery 1.0, 4)."""
        issuer = self._settings.issuer
        found = self._asked("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != issuer:
            raise OpenIdError("the provider calls itself by another name than serve.openid.issuer")
        return found

    def _asked(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:
        try:
            answer = httpx.request(method, url, timeout=_PATIENCE, **more)
            found = answer.json() if answer.is_success else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise OpenIdError(f"the provider cannot be asked ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise OpenIdError(f"the provider refuses: it answers {answer.status_code}")
        return found


def _text(values: Mapping[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str):
        raise OpenIdError(f"the provider says no `{name}`")
    return found
