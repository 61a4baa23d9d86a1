"""Signing in and out, tokens, CSRF, the limit of attempts, proxies, and a site without users."""

from typing import Any

import pytest

from secondsight.clock import ManualClock
from secondsight.config import ServeSettings
from secondsight.errors import ConfigError
from secondsight.serve.auth import passwords
from secondsight.serve.auth.authenticator import Authenticator, is_loopback, within
from secondsight.serve.auth.rate_limit import AttemptLimit
from secondsight.serve.auth.rights import Principal, Right
from secondsight.store import PassKind, Store, User, UserRole
from tests.serve.conftest import PEOPLE, Served, event_id, serve_app

GOOD = "correct horse battery"
FEEDBACK = f"/api/v1/events/{event_id('hall', 0)}/feedback"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretching takes a thousandth of the time."""
    monkeypatch.setattr(passwords, "_N", 2**5)
    monkeypatch.setattr(passwords, "_NOBODY", passwords._NOBODY.replace(str(2**15), str(2**5)))


@pytest.fixture
def ann(served: Served) -> Served:
    """A site where an operator `ann` has a password."""
    served.store.accounts.add(User("ann", UserRole.OPERATOR), passwords.stretched(GOOD), "test")
    return served


def sign_in(client, password: str = GOOD, name: str = "ann"):
    return client.post("/api/v1/session", json={"name": name, "password": password})


# -- passwords


def test_a_password_is_stored_salted_and_recognised() -> None:
    one, other = passwords.stretched(GOOD), passwords.stretched(GOOD)
    assert one != other
    assert GOOD not in one
    assert passwords.matches(GOOD, one)
    assert not passwords.matches(GOOD + "x", one)
    assert not passwords.matches(GOOD, None)
    assert not passwords.matches("", None)


@pytest.mark.parametrize("bad", ["", "short", " " * 20, "x" * 2000])
def test_passwords_that_are_none_are_refused(bad: str) -> None:
    with pytest.raises(ConfigError):
        passwords.stretched(bad)


# -- sessions


def test_a_session_from_sign_in_to_sign_out(ann: Served) -> None:
    with ann.client() as client:
        assert client.get("/api/v1/me").status_code == 401
        answer = sign_in(client)
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        me = client.get("/api/v1/me").json()
        assert (me["name"], me["role"], me["via"]) == ("ann", "operator", "session")
        assert client.delete("/api/v1/session").status_code == 403  # without the CSRF token
        assert client.delete("/api/v1/session", headers={"X-CSRF-Token": me["csrf"]}).status_code == 204
        stolen = cookie.split(";")[0]
        assert client.get("/api/v1/me", headers={"Cookie": stolen}).status_code == 401


def test_the_secret_of_a_session_is_nowhere_in_the_database(ann: Served) -> None:
    with ann.client() as client:
        sign_in(client)
        secret = client.cookies["session"]
        csrf = client.get("/api/v1/me").json()["csrf"]
    stored = b"".join(file.read_bytes() for file in ann.data.glob("secondsight.db*"))
    assert b"ann" in stored
    for word in (secret, csrf, GOOD, ann.tokens["viewer-all"]):
        assert word.encode() not in stored


def test_sessions_end_by_themselves(ann: Served) -> None:
    with ann.client() as client:
        sign_in(client)
        ann.clock.advance(ann.site.settings.session - 1)
        assert client.get("/api/v1/me").status_code == 200
        ann.clock.advance(2)
        assert client.get("/api/v1/me").status_code == 401


def test_a_change_in_a_session_needs_its_csrf_token(ann: Served) -> None:
    with ann.client() as client:
        csrf = sign_in(client).json()["csrf"]
        for given in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "0" * 64}):
            assert client.post(FEEDBACK, json={"truth": "true"}, headers=given).status_code == 403
        assert (
            client.post(FEEDBACK, json={"truth": "true"}, headers={"X-CSRF-Token": csrf}).status_code == 200
        )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_pages_of_other_sites_change_nothing(ann: Served, headers: dict[str, str]) -> None:
    with ann.client() as client:
        csrf = sign_in(client).json()["csrf"]
        tried = client.post(FEEDBACK, json={"truth": "true"}, headers={**headers, "X-CSRF-Token": csrf})
        assert tried.status_code == 403
        own = {"Origin": "http://127.0.0.1:8410", "Sec-Fetch-Site": "same-origin"}
        fine = client.post(FEEDBACK, json={"truth": "true"}, headers={**own, "X-CSRF-Token": csrf})
        assert fine.status_code == 200


def test_another_password_ends_all_sessions(ann: Served) -> None:
    with ann.client() as client, ann.client("admin-all") as admin:
        sign_in(client)
        changed = admin.patch("/api/v1/users/ann", json={"password": GOOD + " staple"})
        assert changed.status_code == 200
        assert client.get("/api/v1/me").status_code == 401
        assert sign_in(client).status_code == 401
        assert sign_in(client, GOOD + " staple").status_code == 200


# -- tokens, and what changes at once


def test_a_token_is_revoked_at_once_and_its_secret_shown_once(ann: Served) -> None:
    with ann.client() as client:
        csrf = {"X-CSRF-Token": sign_in(client).json()["csrf"]}
        made = client.post("/api/v1/tokens", json={"label": "script", "days": 1}, headers=csrf).json()
        secret, id = made["secret"], made["token"]["id"]
        assert secret not in client.get("/api/v1/tokens").text
        bearer = {"Authorization": f"Bearer {secret}"}
        with ann.client() as program:
            assert program.get("/api/v1/me", headers=bearer).json()["name"] == "ann"
            assert client.delete(f"/api/v1/tokens/{id}", headers=csrf).status_code == 204
            assert program.get("/api/v1/me", headers=bearer).status_code == 401


def test_tokens_end_by_themselves(ann: Served) -> None:
    _, secret = ann.site.authenticator.new_token("ann", "x", 1.0, "test")
    bearer = {"Authorization": f"Bearer {secret}"}
    with ann.client() as client:
        assert client.get("/api/v1/me", headers=bearer).status_code == 200
        ann.clock.advance(86401)
        assert client.get("/api/v1/me", headers=bearer).status_code == 401


def test_one_sees_and_ends_only_ones_own_tokens(served: Served) -> None:
    theirs = served.store.accounts.passes(PassKind.TOKEN, "operator-all")[0].id
    with served.client("viewer-all") as client:
        shown = client.get("/api/v1/tokens").json()
        assert {one["user"] for one in shown} == {"viewer-all"}
        assert client.delete(f"/api/v1/tokens/{theirs}").status_code == 404
        asked = client.post("/api/v1/tokens", json={"label": "x", "user": "admin-all"})
        assert asked.status_code == 403
    with served.client("operator-all") as client:
        assert client.get("/api/v1/me").status_code == 200


def test_what_a_user_may_changes_at_once(served: Served) -> None:
    with served.client("operator-all") as client, served.client("admin-all") as admin:
        assert client.get(f"/api/v1/events/{event_id('yard', 0)}").status_code == 200
        admin.patch("/api/v1/users/operator-all", json={"cameras": ["hall"], "role": "viewer"})
        assert client.get(f"/api/v1/events/{event_id('yard', 0)}").status_code == 404
        assert client.post(FEEDBACK, json={"truth": "true"}).status_code == 403
        admin.patch("/api/v1/users/operator-all", json={"enabled": False})
        assert client.get("/api/v1/me").status_code == 401
        admin.delete("/api/v1/users/operator-all")
        assert client.get("/api/v1/me").status_code == 401


def test_the_last_admin_stays(served: Served) -> None:
    with served.client("admin-all") as client:
        for change in ({"role": "viewer"}, {"enabled": False}, {"cameras": ["hall"]}):
            assert client.patch("/api/v1/users/admin-all", json=change).status_code == 409, change
        assert client.delete("/api/v1/users/admin-all").status_code == 409
        assert client.get("/api/v1/users").status_code == 200


# -- attempts


def test_failed_attempts_are_limited_by_address_and_forgotten(ann: Served) -> None:
    with ann.client() as client:
        codes = [sign_in(client, "wrong password").status_code for _ in range(6)]
        assert codes == [401] * 5 + [429]
        refused = sign_in(client)
        assert refused.status_code == 429, "the right password is not even looked at"
        assert 0 < int(refused.headers["retry-after"]) <= 300
    with ann.client(client=("127.0.0.2", 1)) as other:
        assert sign_in(other).status_code == 200
    ann.clock.advance(301)
    with ann.client() as client:
        assert sign_in(client).status_code == 200


def test_failed_attempts_are_limited_by_name_too(ann: Served) -> None:
    codes = []
    for number in range(21):
        with ann.client(client=(f"10.1.0.{number}", 1)) as client:
            codes.append(sign_in(client, "wrong password").status_code)
    assert codes == [401] * 20 + [429]


def test_unknown_users_take_as_long_and_say_as_little(ann: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    stretched = []
    scrypt = passwords._scrypt

    def noted(*arguments: Any) -> bytes:
        stretched.append(1)
        return scrypt(*arguments)

    monkeypatch.setattr(passwords, "_scrypt", noted)
    with ann.client() as client:
        known, unknown = sign_in(client, "wrong password"), sign_in(client, "wrong password", "nobody")
    assert (known.status_code, known.text) == (unknown.status_code, unknown.text)
    assert len(stretched) == 2


def test_the_memory_of_attempts_is_bounded() -> None:
    limit = AttemptLimit(ManualClock(), 1, 60)
    for number in range(20_000):
        assert limit.begin(f"address {number}") == 0
    assert len(limit._failed) == 10_000


# -- proxies


def test_only_trusted_proxies_are_believed(ann: Served) -> None:
    settings = ServeSettings(proxies=("10.9.0.0/24",), user_header="X-Remote-User")
    proxied = serve_app(ann.store, ann.data, ann.clock, settings=settings, users=False)
    said = {"X-Remote-User": "viewer-hall", "X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"}
    with proxied.client(client=("10.9.0.7", 1)) as client:
        assert client.get("/api/v1/me", headers=said).json()["name"] == "viewer-hall"
        cookie = client.post("/api/v1/session", json={"name": "ann", "password": GOOD}, headers=said)
        assert "__Host-session" in cookie.headers["set-cookie"]
        assert "Secure" in cookie.headers["set-cookie"]
        assert client.get("/api/v1/me", headers={**said, "X-Remote-User": "nobody"}).status_code == 401
    with proxied.client(client=("10.8.0.7", 1)) as client:
        assert client.get("/api/v1/me", headers=said).status_code == 401


def test_addresses_behind_a_proxy_are_limited_one_by_one(ann: Served) -> None:
    settings = ServeSettings(proxies=("10.9.0.7",))
    proxied = serve_app(ann.store, ann.data, ann.clock, settings=settings, users=False)
    with proxied.client(client=("10.9.0.7", 1)) as client:
        for _ in range(6):  # what stands before the last address may be forged
            tried = client.post(
                "/api/v1/session",
                json={"name": "ann", "password": "wrong password"},
                headers={"X-Forwarded-For": "6.6.6.6, 1.2.3.4"},
            )
        assert tried.status_code == 429
        fine = {"X-Forwarded-For": "1.2.3.4, 5.6.7.8"}
        assert (
            client.post("/api/v1/session", json={"name": "ann", "password": GOOD}, headers=fine).status_code
            == 200
        )


# -- without users


def test_without_users_this_machine_may_do_everything(alone: Served) -> None:
    with alone.client() as client:
        assert client.get("/api/v1/me").json()["rights"] == ["administer", "judge", "manage", "view"]
        assert client.post(FEEDBACK, json={"truth": "false"}).json()["truth"] is False
    entry = alone.store.audit.find()[0]
    assert (entry.who, entry.what, entry.after) == ("local", "event.judge", {"truth": False, "note": None})


def test_without_users_nobody_else_may_anything(alone: Served) -> None:
    with alone.client(client=("10.0.0.9", 1)) as client:
        assert client.get("/api/v1/me").status_code == 401
    with alone.client() as client:  # somebody behind a proxy on this machine is not on this machine
        assert client.get("/api/v1/me", headers={"X-Forwarded-For": "9.9.9.9"}).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8410", "127.0.0.1.evil.example", ""])
def test_without_users_names_pointed_at_this_machine_are_refused(alone: Served, host: str) -> None:
    with alone.client() as client:
        assert client.get("/api/v1/events", headers={"Host": host}).status_code == 421
        for own in ("localhost:8410", "127.0.0.1", "[::1]:8410"):
            assert client.get("/api/v1/events", headers={"Host": own}).status_code == 200


def test_without_users_the_first_one_is_not_added_from_a_page(alone: Served) -> None:
    with alone.client() as client:
        assert client.post("/api/v1/users", json={"name": "me", "role": "admin"}).status_code == 409
    assert not alone.store.accounts.any()


def test_with_the_first_user_the_open_door_closes(alone: Served) -> None:
    with alone.client() as client:
        assert client.get("/api/v1/me").status_code == 200
        alone.store.accounts.add(User("ann", UserRole.ADMIN), None, "test")
        assert client.get("/api/v1/me").status_code == 401


def test_a_site_that_others_reach_is_never_open(store: Store, clock: ManualClock) -> None:
    authenticator = Authenticator(store, clock, ServeSettings(), local=False)
    assert not authenticator.without_users()


# -- small parts


def test_addresses() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.evil", "", "127.0.0.1.evil")))
    assert within("10.0.0.7", ["10.0.0.0/24"])
    assert not within("10.0.1.7", ["10.0.0.0/24"])
    assert not within("no address", ["10.0.0.0/24"])


def test_people_with_some_cameras_never_administer() -> None:
    for user in PEOPLE.values():
        cameras = None if user.cameras is None else frozenset(user.cameras)
        may = Principal(user.name, user.role, cameras).may(Right.ADMINISTER)
        assert may is (user.role is UserRole.ADMIN and user.cameras is None)
    some = Principal("x", UserRole.VIEWER, frozenset({"hall"}))
    assert some.only() == ("hall",)
    assert some.only(["yard"]) == ()
    assert Principal("x", UserRole.VIEWER).only() is None
