"""People whom somebody else has signed in: which user they are, by name and groups."""

import re
from collections.abc import Collection

from secondsight.config import ServeSettings
from secondsight.store import Store, User, UserRole

_BY = "groups"
"""Who makes and changes such users, in the audit log."""
_RANK = (UserRole.VIEWER, UserRole.OPERATOR, UserRole.ADMIN)
_NAME = re.compile(r"[\w.@-]{1,64}")


class Directory:
    """Finds and makes the users of a trusted proxy's header or an OpenID provider."""

    def __init__(self, store: Store, settings: ServeSettings) -> None:
        self._accounts, self._groups = store.accounts, settings.groups

    def user(self, name: str, groups: Collection[str]) -> User | None:
        """The user that may come in; None for who may not.

        Without `serve.groups` only users who are known here. With it, people of these groups: a user is made, or
        changed to the highest role of theirs. A user with a password is never taken for one of the same name.

        Raises:
            StoreError: the database cannot answer now.
        """
        known = self._accounts.user(name)
        if known is not None and not known.enabled:
            return None
        if not self._groups:
            return known
        wanted = self._wanted(name, groups)
        if wanted is None or self._accounts.password_of(name) is not None:
            return None
        if known is None:
            self._accounts.add(wanted, None, _BY)
        elif (known.role, known.cameras) != (wanted.role, wanted.cameras):
            self._accounts.change(wanted, _BY)
        return self._accounts.user(name)

    def _wanted(self, name: str, groups: Collection[str]) -> User | None:
        found = [settings for group, settings in self._groups.items() if group in groups]
        if not found or not _NAME.fullmatch(name):
            return None
        role = max((UserRole(one.role) for one in found), key=_RANK.index)
        best = [one.cameras for one in found if UserRole(one.role) is role]
        cameras = (
            None
            if any(one is None for one in best)
            else tuple(sorted({c for one in best for c in one or ()}))
        )
        return User(name, role, cameras)
