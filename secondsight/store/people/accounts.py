"""Users, their sessions and their API tokens. Each change is one transaction with its line in the audit log."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from secondsight.clock import Clock
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import passes, users
from secondsight.store.people.audit import note
from secondsight.store.people.values import AccessPass, AuditEntry, PassKind, User, UserRole


class Accounts:
    """Users, sessions, tokens. Every method raises StoreError; what changes something takes who does it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    # -- users

    def any(self) -> bool:
        """Whether there are users at all."""
        return self._database.read(lambda c: c.execute(select(users.c.name).limit(1)).first() is not None)

    def users(self) -> list[User]:
        """All users by name, the disabled too."""
        wanted = select(users).order_by(users.c.name)
        return self._database.read(lambda c: [_user(row) for row in c.execute(wanted)])

    def user(self, name: str) -> User | None:
        """One user by name."""
        return self._database.read(lambda c: _get(c, name))

    def password_of(self, name: str) -> str | None:
        """The stored form of an enabled user's password; None where there is none to sign in with."""
        wanted = select(users.c.password).where(users.c.name == name, users.c.enabled.is_(True))
        return self._database.read(lambda c: c.execute(wanted).scalar())

    def add(self, user: User, password: str | None, by: str) -> bool:
        """Add a user; False if the name is taken.

        Args:
            password: its stored form; None for a user of tokens or of a proxy's header.
        """
        now = self._clock.now()

        def add(connection: Connection) -> bool:
            values = {**_values(user), "name": user.name, "password": password, "created_at": now}
            new = connection.execute(
                mapping.insert(connection, users).values(values).on_conflict_do_nothing(),
                execution_options={"preserve_rowcount": True},
            )
            if new.rowcount:
                note(connection, now, AuditEntry(by, "user.add", user.name, None, _shown(user)))
            return bool(new.rowcount)

        return self._database.write(add)

    def change(self, user: User, by: str) -> bool:
        """Give a user another role, other cameras, or enable or disable it.

        Returns:
            False if there is no such user, or no enabled admin would be left.
        """
        now = self._clock.now()

        def change(connection: Connection) -> bool:
            before = _get(connection, user.name)
            if before is None or (_leads(before) and not _leads(user) and not _others_lead(connection, user)):
                return False
            if before != replace(user, created_at=before.created_at):
                connection.execute(update(users).where(users.c.name == user.name).values(_values(user)))
                note(connection, now, AuditEntry(by, "user.change", user.name, _shown(before), _shown(user)))
            return True

        return self._database.write(change)

    def set_password(self, name: str, password: str, by: str) -> bool:
        """Store another password and end all sessions of the user; False if there is no such user."""
        now = self._clock.now()

        def set_password(connection: Connection) -> bool:
            done = connection.execute(update(users).where(users.c.name == name).values(password=password))
            if done.rowcount:
                mine = passes.c.user == name, passes.c.kind == PassKind.SESSION
                _end(connection, now, *mine)
                note(connection, now, AuditEntry(by, "user.password", name))
            return bool(done.rowcount)

        return self._database.write(set_password)

    def remove(self, name: str, by: str) -> bool:
        """Remove a user with all sessions and tokens; False if there is no such user, or no admin would be left."""
        now = self._clock.now()

        def remove(connection: Connection) -> bool:
            before = _get(connection, name)
            if before is None or (_leads(before) and not _others_lead(connection, before)):
                return False
            connection.execute(passes.delete().where(passes.c.user == name))
            connection.execute(users.delete().where(users.c.name == name))
            note(connection, now, AuditEntry(by, "user.remove", name, _shown(before)))
            return True

        return self._database.write(remove)

    # -- sessions and tokens

    def admit(self, new: AccessPass, digest: str, by: str) -> None:
        """Store a session or token of a user; `digest` of its secret."""
        now = self._clock.now()

        def admit(connection: Connection) -> None:
            connection.execute(
                passes.insert().values(
                    id=new.id,
                    kind=new.kind,
                    user=new.user,
                    label=new.label,
                    digest=digest,
                    created_at=now,
                    expires_at=new.expires_at,
                )
            )
            if new.kind is PassKind.TOKEN:
                after = {"user": new.user, "label": new.label, "expires_at": new.expires_at}
                note(connection, now, AuditEntry(by, "token.add", new.id, None, after))
            else:  # those that ended long ago need not be kept
                old = passes.c.kind == PassKind.SESSION, passes.c.expires_at < now - 86400.0
                connection.execute(passes.delete().where(*old))

        self._database.write(admit)

    def holder(self, digest: str) -> tuple[AccessPass, User] | None:
        """The session or token whose secret has this digest, and its user, if both hold now."""
        now = self._clock.now()
        wanted = (
            select(passes, users.c.role, users.c.cameras, users.c.created_at.label("since"), users.c.enabled)
            .join_from(passes, users, users.c.name == passes.c.user)
            .where(passes.c.digest == digest, users.c.enabled.is_(True), *_valid(now))
        )

        def holder(connection: Connection) -> tuple[AccessPass, User] | None:
            row = connection.execute(wanted).one_or_none()
            if row is None:
                return None
            user = User(row.user, UserRole(row.role), _cameras(row.cameras), row.since, row.enabled)
            return _pass(row), user

        return self._database.read(holder)

    def passes(self, kind: PassKind, user: str | None = None) -> list[AccessPass]:
        """Sessions or tokens that hold now, of one user or of all, oldest first."""
        now = self._clock.now()
        wanted = select(passes).where(passes.c.kind == kind, *_valid(now))
        if user is not None:
            wanted = wanted.where(passes.c.user == user)
        ordered = wanted.order_by(passes.c.created_at, passes.c.id)
        return self._database.read(lambda c: [_pass(row) for row in c.execute(ordered)])

    def revoke(self, kind: PassKind, id: str, by: str, *, user: str | None = None) -> bool:
        """End a session or token at once; False if none such holds, or not one of `user`."""
        now = self._clock.now()
        mine = [passes.c.id == id, passes.c.kind == kind]
        if user is not None:
            mine.append(passes.c.user == user)

        def revoke(connection: Connection) -> bool:
            owner = connection.execute(select(passes.c.user, passes.c.label).where(*mine)).first()
            ended = _end(connection, now, *mine)
            if ended and owner is not None:
                before = {"user": owner.user, "label": owner.label}
                note(connection, now, AuditEntry(by, f"{kind}.revoke", id, before))
            return ended

        return self._database.write(revoke)


def _get(connection: Connection, name: str) -> User | None:
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else _user(row)


def _leads(user: User) -> bool:
    return user.enabled and user.role is UserRole.ADMIN and user.cameras is None


def _others_lead(connection: Connection, user: User) -> bool:
    """Whether another user can still manage everything. Locks those rows: two admins cannot remove each other."""
    others = (
        select(users)
        .where(users.c.role == UserRole.ADMIN, users.c.name != user.name, users.c.enabled.is_(True))
        .with_for_update()
    )
    return any(_leads(_user(row)) for row in connection.execute(others))


def _end(connection: Connection, now: float, *which: ColumnElement[bool]) -> bool:
    open_ones = update(passes).where(*which, passes.c.ended_at.is_(None)).values(ended_at=now)
    return bool(connection.execute(open_ones).rowcount)


def _valid(now: float) -> tuple[ColumnElement[bool], ...]:
    return passes.c.ended_at.is_(None), or_(passes.c.expires_at.is_(None), passes.c.expires_at > now)


def _values(user: User) -> dict[str, Any]:
    cameras = None if user.cameras is None else list(user.cameras)
    return {"role": user.role, "cameras": cameras, "enabled": user.enabled}


def _shown(user: User) -> Mapping[str, Any]:
    return {**_values(user), "role": user.role.value}


def _cameras(stored: Any) -> tuple[str, ...] | None:
    return None if stored is None else tuple(stored)


def _user(row: Row[Any]) -> User:
    return User(row.name, UserRole(row.role), _cameras(row.cameras), row.created_at, row.enabled)


def _pass(row: Row[Any]) -> AccessPass:
    return AccessPass(
        id=row.id,
        kind=PassKind(row.kind),
        user=row.user,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
