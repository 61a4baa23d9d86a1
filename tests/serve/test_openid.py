"""People whom a proxy or an OpenID provider has signed in: a real provider, and what is believed of it."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from secondsight.clock import ManualClock
from secondsight.config import ServeSettings, make_site
from secondsight.errors import ConfigError
from secondsight.serve.auth.passwords import stretched
from secondsight.store import Store, User, UserRole
from tests.serve.conftest import Served, serve_app
from tests.table import table

GROUPS: dict[str, Any] = {
    "boss": {"role": "admin"},
    "guard": {"role": "operator", "cameras": ["hall"]},
    "night": {"role": "operator", "cameras": ["yard"]},
    "look": {"role": "viewer"},
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The address of a provider; `sub` of the form that it shows chooses who signs in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own libraries
        mock = pytest.importorskip("oidc_provider_mock")
        with mock.run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture
def openid(store: Store, data: Path, provider: str) -> Served:
    """A site with that provider. Its clock begins at the machine's time: the provider's tokens go by that."""
    about = {"issuer": provider, "client_id": "console", "client_secret": "s3cret-of-ours"}
    settings = ServeSettings.model_validate({"groups": GROUPS, "openid": about})
    return serve_app(store, data, ManualClock(time.time()), settings=settings)


def known(provider: str, name: str, groups: list[str]) -> None:
    claims = {"preferred_username": name, "groups": groups}
    httpx.put(f"{provider}/users/{name}", json=claims).raise_for_status()


def authorized(client: TestClient, name: str) -> str:
    """Begin, sign in at the provider, and give the address to which it sends the browser back."""
    begun = client.get("/login/openid?next=/search", follow_redirects=False)
    assert begun.status_code == 303, begun.text
    answer = httpx.post(begun.headers["location"], data={"sub": name}, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


@pytest.mark.parametrize(
    ("groups", "role", "cameras"),
    [
        (["boss"], "admin", None),
        (["night", "guard", "other"], "operator", ["hall", "yard"]),
        (["look", "guard"], "operator", ["hall"]),
    ],
)
def test_a_person_gets_the_highest_role_of_their_groups(
    openid: Served, provider: str, groups: list[str], role: str, cameras: list[str] | None
) -> None:
    known(provider, "mia", groups)
    with openid.client() as client:
        page = client.get(authorized(client, "mia"))
        assert page.status_code == 200, page.text
        assert 'content="0; url=/search"' in page.text
        me = client.get("/api/v1/me").json()
        assert (me["name"], me["role"], me["cameras"]) == ("mia", role, cameras)


def test_who_is_in_no_group_stays_outside_and_a_removed_one_too(openid: Served, provider: str) -> None:
    for groups, status in ((["look"], 200), ([], 403), (["other"], 403)):
        known(provider, "joe", groups)
        with openid.client() as client:
            assert client.get(authorized(client, "joe")).status_code == status


def test_nobody_gets_into_an_account_with_a_password(openid: Served, provider: str) -> None:
    openid.store.accounts.add(User("root", UserRole.ADMIN), stretched("a long password"), "test")
    known(provider, "root", ["look"])
    with openid.client() as client:
        assert client.get(authorized(client, "root")).status_code == 403
    user = openid.store.accounts.user("root")
    assert user is not None
    assert user.role is UserRole.ADMIN


def test_an_answer_counts_once_soon_and_in_the_browser_that_began(openid: Served, provider: str) -> None:
    known(provider, "mia", ["look"])
    with openid.client() as client, openid.client() as other:
        place = authorized(client, "mia")
        assert other.get(place).status_code == 401, "another browser"
        assert client.get(place).status_code == 200
        assert client.get(place).status_code == 401, "a second time"
    with openid.client() as client:
        late = authorized(client, "mia")
        openid.clock.advance(700)
        assert client.get(late).status_code == 401, "too late"


def test_a_code_of_another_attempt_is_not_believed(openid: Served, provider: str) -> None:
    known(provider, "mia", ["look"])
    with openid.client() as client:
        stolen = parse_qs(urlsplit(authorized(client, "mia")).query)["code"][0]
        state = parse_qs(urlsplit(authorized(client, "mia")).query)["state"][0]
        assert client.get(f"/login/openid/answer?state={state}&code={stolen}").status_code == 401
        assert "session" not in client.cookies


def test_a_provider_that_is_away_is_said_and_passwords_go_on(
    store: Store, data: Path, clock: ManualClock
) -> None:
    away = ServeSettings.model_validate({"openid": {"issuer": "http://localhost:9", "client_id": "console"}})
    with serve_app(store, data, clock, settings=away).client() as client:
        assert "Sign in with your organisation" in client.get("/login").text
        page = client.get("/login/openid")
        assert page.status_code == 401
        assert "did not work" in page.text


def test_without_a_provider_there_is_no_such_page(served: Served) -> None:
    with served.client() as client:
        assert client.get("/login/openid").status_code == 404
        assert client.get("/login/openid/answer?state=x&code=y").status_code == 401


@table("issuer", ["http://login.example.org", "login.example.org", "ftp://x", ""])
def test_addresses_of_providers_must_be_encrypted(issuer: str, tmp_path: Path) -> None:
    values = {"cameras": {"a": {"source": "x"}}, "serve": {"openid": {"issuer": issuer, "client_id": "c"}}}
    with pytest.raises(ConfigError, match=r"serve\.openid\.issuer"):
        make_site(values, tmp_path)


@pytest.mark.parametrize(
    ("who", "groups", "peer", "expected"),
    [
        ("new", "guard, other", "10.9.0.7", ("operator", ["hall"])),
        ("new", "boss", "10.9.0.8", None),
        ("new", "", "10.9.0.7", None),
        ("bad name", "boss", "10.9.0.7", None),
        ("bob", "boss", "10.9.0.7", ("admin", None)),
    ],
)
def test_a_trusted_proxy_names_people_and_groups(
    store: Store, data: Path, clock: ManualClock, who: str, groups: str, peer: str, expected: Any
) -> None:
    settings = ServeSettings.model_validate(
        {"proxies": ["10.9.0.7"], "user_header": "X-User", "groups_header": "X-Groups", "groups": GROUPS}
    )
    site = serve_app(store, data, clock, settings=settings, users=False)
    store.accounts.add(User("ann", UserRole.ADMIN), None, "test")
    store.accounts.add(User("bob", UserRole.VIEWER), None, "test")
    with site.client(client=(peer, 1)) as client:
        answer = client.get("/api/v1/me", headers={"X-User": who, "X-Groups": groups})
    if expected is None:
        assert answer.status_code == 401
    else:
        me = answer.json()
        assert (me["name"], me["role"], me["cameras"]) == (who, *expected)
