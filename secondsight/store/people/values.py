"""What the store knows of people; free of SQLAlchemy, so that importing it costs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class UserRole(StrEnum):
    """What a user may do: see, judge events as well, or manage the site as well."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in.

    Attributes:
        cameras: those that the user may see; None for all, also those to come.
        created_at: UTC seconds.
        enabled: whether the user may sign in, and sessions and tokens hold.
    """

    name: str
    role: UserRole
    cameras: tuple[str, ...] | None = None
    created_at: float = 0.0
    enabled: bool = True


class PassKind(StrEnum):
    """What lets a user in without a password: a session of a browser, or a token of a program."""

    SESSION = "session"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class AccessPass:
    """A session or an API token. Its secret is not stored, only a digest.

    Attributes:
        id: public; names the pass when it is revoked.
        label: what the token is for, or where the session comes from.
        expires_at: UTC seconds; None for a token without an end.
        ended_at: when it was revoked or signed out.
    """

    id: str
    kind: PassKind
    user: str
    label: str
    created_at: float
    expires_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A change that a person made.

    Attributes:
        who: a user's name, `local` on a site without users, or `command line`.
        what: such as `user.add`, `filter.approve`.
        target: what was changed, such as a user's name or an id.
        before, after: as far as they changed; never a secret.
        time: UTC seconds; set by the store.
        number: 1, 2, 3 ... in the order in which they were noted; set by the store.
    """

    who: str
    what: str
    target: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    time: float = 0.0
    number: int = 0
