"""Users, sessions, tokens and the audit log, as the API shows them."""

from typing import Annotated, Any

from pydantic import Field, SecretStr

from secondsight.serve.api.forms.common import FormIn, FormOut, NameText, Time
from secondsight.serve.auth.rights import Right
from secondsight.store import PassKind, UserRole

UserName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}$")]
Password = Annotated[SecretStr, Field(max_length=1024)]
CameraNames = Annotated[list[NameText], Field(max_length=10_000)]


class SignInIn(FormIn):
    """Who signs in."""

    name: Annotated[str, Field(max_length=128)]
    password: Password


class MeOut(FormOut):
    """Who one is and what one may do. `cameras`: null for all. `csrf`: what changes in a session must repeat in the
    header `X-CSRF-Token`; empty where none is needed."""

    name: str
    role: UserRole
    rights: list[Right]
    cameras: list[str] | None
    via: PassKind | None
    csrf: str


class UserOut(FormOut):
    """A user. `cameras`: null for all."""

    name: str
    role: UserRole
    cameras: list[str] | None
    enabled: bool
    created_at: Time


class UserIn(FormIn):
    """A new user; without a password it can have tokens only, or be signed in by a proxy."""

    name: UserName
    role: UserRole
    cameras: CameraNames | None = None
    password: Password | None = None


class UserChangeIn(FormIn):
    """What changes; what is not given stays. `every_camera` lifts the bounds of `cameras`."""

    role: UserRole | None = None
    cameras: CameraNames | None = None
    every_camera: bool = False
    enabled: bool | None = None
    password: Password | None = None


class PassOut(FormOut):
    """A session or token that holds. `label`: what a token is for, or where a session comes from."""

    id: str
    user: str
    label: str
    created_at: Time
    expires_at: Time | None


class TokenIn(FormIn):
    """A new API token. `user`: oneself if not given; of others by who may administer."""

    label: NameText
    days: Annotated[float, Field(gt=0, le=3660)] | None = None
    user: UserName | None = None


class NewTokenOut(FormOut):
    """A new token. Its secret is shown this once."""

    token: PassOut
    secret: str


class AuditOut(FormOut):
    """A change that a person made."""

    number: int
    time: Time
    who: str
    what: str
    target: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditPageOut(FormOut):
    """Some changes, newest first. `next`: pass it as `before` for the following page; null on the last."""

    entries: list[AuditOut]
    next: int | None


class BrowserKeysIn(FormIn):
    """A browser's keys, in base64url, as its push subscription has them."""

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[SecretStr, Field(max_length=100)]


class SubscriptionIn(FormIn):
    """A browser that is to be told: its push subscription, and what one calls it."""

    endpoint: Annotated[str, Field(max_length=2048)]
    keys: BrowserKeysIn
    label: NameText


class SubscriptionOut(FormOut):
    """A browser that is told. `id`: SHA-256 of its endpoint, the first 32 hex digits. `service`: host of its push
    service."""

    id: str
    user: str
    label: str
    service: str
    created_at: Time


class PushOut(FormOut):
    """`key`: with which a browser subscribes; null where the site tells nobody in browsers."""

    key: str | None
    subscriptions: list[SubscriptionOut]
