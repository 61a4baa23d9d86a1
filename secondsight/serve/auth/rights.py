"""What people may do: rights by role, and cameras by user."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from secondsight.errors import SecondSightError
from secondsight.store import PassKind, User, UserRole


class Right(StrEnum):
    """What a request needs.

    VIEW: see cameras, events, counts, costs. JUDGE: say whether events were true, acknowledge them. MANAGE: approve
    and revoke filters. ADMINISTER: users, their sessions and tokens, the audit log.
    """

    VIEW = "view"
    JUDGE = "judge"
    MANAGE = "manage"
    ADMINISTER = "administer"


RIGHTS: dict[UserRole, frozenset[Right]] = {
    UserRole.VIEWER: frozenset({Right.VIEW}),
    UserRole.OPERATOR: frozenset({Right.VIEW, Right.JUDGE}),
    UserRole.ADMIN: frozenset(Right),
}


class ForbiddenError(SecondSightError):
    """The person is known and may not do this."""


class UnknownError(SecondSightError):
    """There is no such thing, or none that the person may see: which of both is not told."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person who asks for something, with what they may do at this moment.

    Attributes:
        name: a user's name; `local` on a site without users.
        cameras: those that they may see; None for all.
        via: what let them in; None for a site without users or a proxy's header.
        pass_id: id of that session or token.
        csrf: what requests of this session that change something must repeat; empty where none is needed.
    """

    name: str
    role: UserRole
    cameras: frozenset[str] | None = None
    via: PassKind | None = None
    pass_id: str = ""
    csrf: str = ""

    def may(self, right: Right) -> bool:
        """Whether their role has this right. Users with some cameras only never administer."""
        if right is Right.ADMINISTER and self.cameras is not None:
            return False
        return right in RIGHTS[self.role]

    def need(self, right: Right) -> None:
        """Raises ForbiddenError unless they may."""
        if not self.may(right):
            raise ForbiddenError(f"this needs the right to {right}, which {self.name} has not")

    def sees(self, camera: str) -> bool:
        """Whether they may see a camera and what happens on it."""
        return self.cameras is None or camera in self.cameras

    @property
    def sees_all(self) -> bool:
        """Whether they may see every camera, and what belongs to none."""
        return self.cameras is None

    def only(self, wanted: Collection[str] = ()) -> tuple[str, ...] | None:
        """The cameras to search: those wanted that they may see; all they may see if none are; None for all."""
        if self.cameras is None:
            return tuple(wanted) or None
        return tuple(sorted(self.cameras & set(wanted) if wanted else self.cameras))

    def visible(self, cameras: Iterable[str]) -> list[str]:
        """Those of `cameras` that they may see, in the same order."""
        return [camera for camera in cameras if self.sees(camera)]


LOCAL = Principal("local", UserRole.ADMIN)
"""Who sits at the machine of a site without users."""


def person_of(user: User, via: PassKind | None = None, pass_id: str = "", csrf: str = "") -> Principal:
    """A user who has been recognised."""
    cameras = None if user.cameras is None else frozenset(user.cameras)
    return Principal(user.name, user.role, cameras, via, pass_id, csrf)
