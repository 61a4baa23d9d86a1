"""Users, their sessions and tokens, and the audit log."""

from dataclasses import replace

from secondsight.errors import RefusedError
from secondsight.serve.auth.passwords import stretched
from secondsight.serve.auth.rights import ForbiddenError, Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import AccessPass, AuditEntry, PassKind, User, UserRole


def users(site: ServedSite, person: Principal) -> list[User]:
    """All users by name."""
    person.need(Right.ADMINISTER)
    return site.store.accounts.users()


def get_user(site: ServedSite, person: Principal, name: str) -> User:
    """One user. Raises UnknownError."""
    person.need(Right.ADMINISTER)
    found = site.store.accounts.user(name)
    if found is None:
        raise UnknownError("there is no such user")
    return found


def add_user(site: ServedSite, person: Principal, user: User, password: str | None) -> User:
    """Add a user.

    Raises:
        RefusedError: the name is taken, or a first user would shut everybody out.
        ConfigError: the password is too short or too long.
    """
    person.need(Right.ADMINISTER)
    if site.authenticator.without_users():
        raise RefusedError("the first user is added on this machine: secondsight users add NAME --role admin")
    if not site.store.accounts.add(user, None if password is None else stretched(password), person.name):
        raise RefusedError("this name is taken")
    return get_user(site, person, user.name)


def change_user(
    site: ServedSite,
    person: Principal,
    name: str,
    *,
    role: UserRole | None = None,
    cameras: tuple[str, ...] | None = None,
    every_camera: bool = False,
    enabled: bool | None = None,
    password: str | None = None,
) -> User:
    """Change what is given; the user as it is then. Holds at once, also for sessions and tokens there are.

    Raises:
        UnknownError: there is no such user.
        RefusedError: nobody would be left who may administer.
        ConfigError: the password is too short or too long.
    """
    before = get_user(site, person, name)
    kept = before.cameras if cameras is None else cameras
    after = replace(
        before,
        role=role or before.role,
        cameras=None if every_camera else kept,
        enabled=before.enabled if enabled is None else enabled,
    )
    stored = None if password is None else stretched(password)
    if not site.store.accounts.change(after, person.name):
        raise RefusedError("the last enabled admin of all cameras stays as it is; add another one first")
    if stored is not None:
        site.store.accounts.set_password(name, stored, person.name)
    return get_user(site, person, name)


def remove_user(site: ServedSite, person: Principal, name: str) -> None:
    """Remove a user with all sessions and tokens. Raises UnknownError, RefusedError."""
    get_user(site, person, name)
    if not site.store.accounts.remove(name, person.name):
        raise RefusedError("the last enabled admin of all cameras cannot be removed; add another one first")


def passes(site: ServedSite, person: Principal, kind: PassKind) -> list[AccessPass]:
    """Sessions or tokens that hold now: all for who may administer, else one's own."""
    person.need(Right.VIEW)
    return site.store.accounts.passes(kind, None if person.may(Right.ADMINISTER) else person.name)


def add_token(
    site: ServedSite, person: Principal, label: str, days: float | None, user: str | None = None
) -> tuple[AccessPass, str]:
    """An API token of one's own, or of another user for who may administer; with its secret, which is shown once.

    Raises:
        ForbiddenError: it is for another user, or a token asks for a token.
        UnknownError: there is no such user.
    """
    person.need(Right.VIEW)
    if user not in (None, person.name):
        get_user(site, person, user or "")
    if person.via is PassKind.TOKEN:
        raise ForbiddenError("a token cannot make tokens; sign in")
    if site.authenticator.without_users():
        raise RefusedError("tokens belong to users; add one: secondsight users add NAME --role admin")
    return site.authenticator.new_token(user or person.name, label, days, person.name)


def revoke_pass(site: ServedSite, person: Principal, kind: PassKind, id: str) -> None:
    """End a session or token at once: any for who may administer, else one's own. Raises UnknownError."""
    person.need(Right.VIEW)
    of = None if person.may(Right.ADMINISTER) else person.name
    if not site.store.accounts.revoke(kind, id, person.name, user=of):
        raise UnknownError(f"there is no such {kind}")


def audit_log(site: ServedSite, person: Principal, before: int | None, limit: int) -> list[AuditEntry]:
    """What people changed, newest first."""
    person.need(Right.ADMINISTER)
    return site.store.audit.find(before=before, limit=limit)
