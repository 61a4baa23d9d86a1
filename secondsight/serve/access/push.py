"""The browsers in which people are told: one's own; all of them for who may administer."""

import base64
import binascii
from urllib.parse import urlsplit

from secondsight.config import PushSettings
from secondsight.errors import ConfigError, RefusedError
from secondsight.serve.alerts.push import PushSubscription, PushSubscriptions, VapidKeys
from secondsight.serve.alerts.receivers import leads_here
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import AuditEntry

_MOST = 20
"""Browsers of one user."""


def push_key(site: ServedSite, person: Principal) -> str | None:
    """The public key with which a browser subscribes; None where the site tells nobody in browsers.

    Raises:
        ConfigError: the extra `push` is missing.
        StoreError: the data folder cannot be written.
    """
    person.need(Right.VIEW)
    return VapidKeys(site.data).public if _channels(site) else None


def subscriptions(site: ServedSite, person: Principal) -> list[PushSubscription]:
    """One's own, or all for who may administer, the oldest first."""
    person.need(Right.VIEW)
    known = PushSubscriptions(site.data).all()
    return known if person.may(Right.ADMINISTER) else [one for one in known if one.user == person.name]


def subscribe(
    site: ServedSite, person: Principal, *, endpoint: str, p256dh: str, auth: str, label: str
) -> PushSubscription:
    """Let a browser be told of what the person may see, until it is revoked.

    Args:
        endpoint: address that the browser's push service gave it; p256dh, auth: the browser's keys, in base64url.
        label: what the person calls the browser.

    Raises:
        RefusedError: the site tells nobody in browsers, or the person has too many.
        ConfigError: the address is of no push service that the site file names, or the keys are none.
    """
    person.need(Right.VIEW)
    if not _channels(site):
        raise RefusedError("this site has no channel of type `push`", unknown=True)
    _check(site, endpoint, p256dh, auth)
    now = site.clock.now()
    made = PushSubscription(person.name, endpoint, p256dh, auth, label, now)
    kept = PushSubscriptions(site.data)
    others = [one for one in kept.all() if one.user == person.name and one.id != made.id]
    if len(others) >= _MOST:
        raise RefusedError(f"{_MOST} browsers are the most; revoke one first")
    kept.add(made)
    about = {"user": made.user, "label": label, "service": made.service}
    site.store.audit.add(AuditEntry(person.name, "push.add", made.id, None, about))
    return made


def unsubscribe(site: ServedSite, person: Principal, id: str) -> None:
    """Tell a browser no more, at once: any for who may administer, else one's own. Raises UnknownError."""
    found = next((one for one in subscriptions(site, person) if one.id == id), None)
    if found is None or not PushSubscriptions(site.data).remove(id):
        raise UnknownError("there is no such subscription")
    about = {"user": found.user, "label": found.label, "service": found.service}
    site.store.audit.add(AuditEntry(person.name, "push.revoke", id, about, None))


def _channels(site: ServedSite) -> list[PushSettings]:
    """The channels of the site that tell people in browsers."""
    alerts = site.config.alerts.values() if site.config is not None else ()
    return [one for one in alerts if isinstance(one, PushSettings)]


def _check(site: ServedSite, endpoint: str, p256dh: str, auth: str) -> None:
    """Where messages go is for the site file to say, not for who subscribes."""
    try:
        parts = urlsplit(endpoint)
        host, login = parts.hostname or "", "@" in parts.netloc
        parts.port  # noqa: B018 - raises for what is none
    except ValueError:
        raise ConfigError("the address of the push service is none", key="endpoint") from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and leads_here(host))
    if not safe or login or not endpoint.isascii() or not any(one.takes(host) for one in _channels(site)):
        raise ConfigError(
            "this browser's push service is none that the site file names; add its host to `services` of the channel",
            key="endpoint",
        )
    point, secret = _decoded(p256dh), _decoded(auth)
    if len(point) != 65 or point[0] != 4 or len(secret) != 16:
        raise ConfigError("these are no keys of a browser", key="keys")


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
