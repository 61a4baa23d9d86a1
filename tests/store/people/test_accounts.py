"""Users, sessions, tokens and the audit log, on both databases."""

from dataclasses import replace

import pytest

from secondsight.clock import ManualClock
from secondsight.store import AccessPass, AuditEntry, PassKind, Store, User, UserRole

ADMIN = User("ann", UserRole.ADMIN)


def admit(store: Store, user: str, id: str = "p1", expires: float | None = None) -> None:
    store.accounts.admit(AccessPass(id, PassKind.TOKEN, user, "script", 0.0, expires), f"digest-{id}", "ann")


def test_users_come_back_as_they_went_in(store: Store) -> None:
    assert not store.accounts.any()
    assert store.accounts.add(ADMIN, "scrypt", "cli")
    assert store.accounts.add(User("bob", UserRole.VIEWER, ("hall", "大门")), None, "ann")
    assert not store.accounts.add(User("bob", UserRole.ADMIN), None, "ann"), "the name is taken"
    assert store.accounts.any()
    assert [(user.name, user.role, user.cameras) for user in store.accounts.users()] == [
        ("ann", UserRole.ADMIN, None),
        ("bob", UserRole.VIEWER, ("hall", "大门")),
    ]
    assert store.accounts.password_of("ann") == "scrypt"
    assert store.accounts.password_of("bob") is None
    assert store.accounts.user("nobody") is None


def test_no_cameras_are_not_all_cameras(store: Store) -> None:
    store.accounts.add(User("none", UserRole.VIEWER, ()), None, "cli")
    found = store.accounts.user("none")
    assert found is not None
    assert found.cameras == ()


def test_a_pass_holds_until_it_ends_in_one_of_four_ways(store: Store, clock: ManualClock) -> None:
    store.accounts.add(ADMIN, None, "cli")
    store.accounts.add(User("bob", UserRole.VIEWER), None, "cli")
    for id in ("revoked", "expired", "disabled"):
        admit(store, "bob", id, clock.now() + 100 if id == "expired" else None)
    assert store.accounts.holder("digest-revoked") is not None
    assert not store.accounts.revoke(PassKind.SESSION, "revoked", "ann"), "it is no session"
    assert not store.accounts.revoke(PassKind.TOKEN, "revoked", "x", user="ann"), "it is not hers"
    assert store.accounts.revoke(PassKind.TOKEN, "revoked", "ann")
    assert not store.accounts.revoke(PassKind.TOKEN, "revoked", "ann")
    assert store.accounts.holder("digest-revoked") is None
    clock.advance(101)
    assert store.accounts.holder("digest-expired") is None
    assert [one.id for one in store.accounts.passes(PassKind.TOKEN)] == ["disabled"]
    bob = store.accounts.user("bob")
    assert bob is not None
    store.accounts.change(replace(bob, enabled=False), "ann")
    assert store.accounts.holder("digest-disabled") is None
    store.accounts.change(bob, "ann")
    assert store.accounts.holder("digest-disabled") is not None
    assert store.accounts.remove("bob", "ann")
    assert store.accounts.holder("digest-disabled") is None


def test_somebody_can_always_administer(store: Store) -> None:
    store.accounts.add(ADMIN, None, "cli")
    store.accounts.add(User("half", UserRole.ADMIN, ("hall",)), None, "cli")
    assert not store.accounts.remove("ann", "ann")
    for other in (
        User("ann", UserRole.VIEWER),
        User("ann", UserRole.ADMIN, ("hall",)),
        replace(ADMIN, enabled=False),
    ):
        assert not store.accounts.change(other, "ann")
    store.accounts.add(User("second", UserRole.ADMIN), None, "cli")
    assert store.accounts.remove("ann", "second")


def test_a_new_password_ends_sessions_and_not_tokens(store: Store) -> None:
    store.accounts.add(ADMIN, "old", "cli")
    admit(store, "ann", "token")
    store.accounts.admit(
        AccessPass("session", PassKind.SESSION, "ann", "here", 0.0, 1e9), "digest-session", "ann"
    )
    assert store.accounts.set_password("ann", "new", "ann")
    assert not store.accounts.set_password("nobody", "new", "ann")
    assert store.accounts.password_of("ann") == "new"
    assert store.accounts.holder("digest-session") is None
    assert store.accounts.holder("digest-token") is not None


def test_each_change_is_in_the_log_without_secrets(store: Store) -> None:
    store.accounts.add(ADMIN, "stretched-secret", "cli")
    store.accounts.add(User("bob", UserRole.VIEWER, ("hall",)), None, "ann")
    store.accounts.change(User("bob", UserRole.OPERATOR), "ann")
    store.accounts.change(User("bob", UserRole.OPERATOR), "ann")  # nothing changes
    store.accounts.set_password("bob", "stretched-secret", "bob")
    admit(store, "bob")
    store.accounts.revoke(PassKind.TOKEN, "p1", "ann")
    store.accounts.remove("bob", "ann")
    store.audit.add(AuditEntry("ann", "filter.approve", "f1", {"state": "proposed"}, {"state": "active"}))
    log = store.audit.find()
    assert [entry.what for entry in log][::-1] == [
        "user.add", "user.add", "user.change", "user.password", "token.add", "token.revoke", "user.remove",
        "filter.approve",
    ]  # fmt: skip
    assert [entry.number for entry in log] == list(range(8, 0, -1))
    change = log[5]
    assert change.before == {"role": "viewer", "cameras": ["hall"], "enabled": True}
    assert change.after == {"role": "operator", "cameras": None, "enabled": True}
    assert (change.who, change.target, change.time) == ("ann", "bob", 1_000.0)
    assert "stretched-secret" not in repr(log)
    assert [entry.number for entry in store.audit.find(before=4, limit=2)] == [3, 2]


@pytest.mark.parametrize("name", ["x\0y", "\ud800", "'; DROP TABLE users; --", "名字"])
def test_strange_names_are_only_names(store: Store, name: str) -> None:
    store.accounts.add(ADMIN, None, "cli")
    assert store.accounts.password_of(name) is None
    assert store.accounts.holder(name.encode("utf-8", "replace").decode()) is None
    assert not store.accounts.remove(name, "ann")
