"""The real server: streams that are resumed, slow and hostile clients, TLS, addresses, and a quick end."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from secondsight.clock import SystemClock
from secondsight.config import ServeSettings, TlsSettings
from secondsight.errors import ConfigError, StoreError
from secondsight.records import Action, Verification
from secondsight.serve import ApiServer, patience
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.serve.http import limits
from secondsight.store import DATABASE, OpenCandidate, PassKind, Store, User, UserRole
from tests.serve.conftest import CLIP, PEOPLE, event_id
from tests.store.samples import candidate, decision, verdict

ANYWHERE = ServeSettings(port=0)


@pytest.fixture
def running(data: Path) -> Iterator[ApiServer]:
    with ApiServer(ANYWHERE, data) as server:
        yield server


@pytest.fixture
def people(data: Path) -> dict[str, str]:
    """Tokens by name, in a database that a server has not opened yet."""
    tokens = {}
    with Store.open(data / DATABASE) as store:
        maker = Authenticator(store, SystemClock(), ANYWHERE, local=True)
        for name, user in PEOPLE.items():
            store.accounts.add(user, None, "test")
            tokens[name] = maker.new_token(name, "test", None, "test")[1]
    return tokens


class Follower(threading.Thread):
    """Reads a stream until it ends or is told to stop."""

    def __init__(self, server: ApiServer, token: str | None = None, **headers: str) -> None:
        super().__init__(daemon=True)
        self._url, self._headers = f"{server.url}/api/v1/stream", headers
        if token is not None:
            self._headers = {**headers, "Authorization": f"Bearer {token}"}
        self.seen: list[tuple[int, str, int]] = []
        self.status, self.open, self.stop = 0, threading.Event(), False
        self.start()

    def run(self) -> None:
        with (
            httpx.Client(timeout=20) as client,
            client.stream("GET", self._url, headers=self._headers) as answer,
        ):
            self.status, number = answer.status_code, 0
            for line in answer.iter_lines():
                self.open.set()
                if line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("data: "):
                    step = json.loads(line[6:])["step"]
                    self.seen.append((number, step["event"], step["number"]))
                if self.stop:
                    return

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.seen
            time.sleep(0.02)


def happen(data: Path, number: int, camera: str = "hall") -> None:
    """An event is raised and verified, and its steps are published: as a run in another process does it."""
    id = f"live-{number:03d}-{camera}"
    with Store.open(data / DATABASE) as store:
        suspected = candidate(id, triggered=time.time(), camera=camera)
        store.apply([OpenCandidate(suspected, decision(Action.REVIEW, deadline=time.time() + 600))])
        store.cases.settle(id, Verification.CONFIRMED, verdict())
        store.steps.publish(store.steps.unpublished())


def test_a_stream_that_is_resumed_has_no_gap_and_nothing_twice(data: Path, running: ApiServer) -> None:
    with Store.open(data / DATABASE, read_only=True) as store:
        begin = store.steps.last()
    first = Follower(running)
    assert first.open.wait(60)
    happen(data, 0)
    first.until(lambda: len(first.seen) >= 2)
    first.stop = True
    happen(data, 1)
    first.join(60)
    for number in range(2, 5):
        happen(data, number)  # while nobody follows
    second = Follower(running, **{"Last-Event-ID": str(first.seen[-1][0])})
    happen(data, 5)
    with Store.open(data / DATABASE, read_only=True) as store:
        expected = [(step.position, step.event, step.number) for step in store.steps.after(begin)]
    second.until(lambda: len(first.seen) + len(second.seen) >= len(expected))
    assert first.seen + second.seen == expected
    assert [position for position, _, _ in expected] == list(range(begin + 1, begin + 1 + len(expected)))


def test_a_stream_shows_the_cameras_that_one_sees(data: Path, people: dict[str, str]) -> None:
    with ApiServer(ANYWHERE, data) as server:
        some, every = Follower(server, people["viewer-hall"]), Follower(server, people["viewer-all"])
        assert some.open.wait(60)
        assert every.open.wait(60)
        happen(data, 0, "yard")
        happen(data, 1, "hall")
        every.until(lambda: len(every.seen) >= 4)
        some.until(lambda: len(some.seen) >= 2)
    assert {event for _, event, _ in some.seen} == {"live-001-hall"}


def test_a_stream_ends_with_the_token(data: Path, people: dict[str, str]) -> None:
    with ApiServer(ANYWHERE, data) as server, Store.open(data / DATABASE) as store:
        follower = Follower(server, people["viewer-all"])
        assert follower.open.wait(60)
        (token,) = store.accounts.passes(PassKind.TOKEN, "viewer-all")
        store.accounts.revoke(PassKind.TOKEN, token.id, "test")
        follower.join(60)
        assert not follower.is_alive()
        happen(data, 0)
        assert follower.seen == []


def test_streams_are_bounded_and_places_come_back(data: Path) -> None:
    with ApiServer(ServeSettings(port=0, streams=1), data) as server:
        first = Follower(server)
        assert first.open.wait(60)
        assert httpx.get(f"{server.url}/api/v1/stream", timeout=20).status_code == 503
        first.stop = True
        happen(data, 0)
        first.join(60)
        end = time.monotonic() + 20
        while True:
            again = Follower(server)
            if again.open.wait(60) and again.status == 200:
                break
            assert time.monotonic() < end
            time.sleep(0.1)


@pytest.mark.parametrize("bad", ["x", "-1", "9" * 30, "1.5", "١"])
def test_positions_that_are_none_are_refused(running: ApiServer, bad: str) -> None:
    headers = {"Last-Event-ID": bad.encode()}
    answer = httpx.get(f"{running.url}/api/v1/stream", headers=headers, timeout=20)  # type: ignore[arg-type]
    assert answer.status_code == 422


def test_clips_come_over_the_wire_in_parts(running: ApiServer) -> None:
    url = f"{running.url}/api/v1/events/{event_id('hall', 0)}/clip"
    whole = httpx.get(url, timeout=20)
    assert whole.content == CLIP
    part = httpx.get(url, headers={"Range": "bytes=5000-5099"}, timeout=20)
    assert (part.status_code, part.content) == (206, CLIP[5000:5100])
    assert part.headers["content-range"] == f"bytes 5000-5099/{len(CLIP)}"
    assert httpx.get(url, headers={"If-None-Match": whole.headers["etag"]}, timeout=20).status_code in (
        200,
        304,
    )


def test_the_server_ends_within_seconds_whatever_is_open(data: Path) -> None:
    server = ApiServer(ANYWHERE, data)
    with server:
        follower = Follower(server)
        assert follower.open.wait(60)
        idle = socket.create_connection(("127.0.0.1", server.port))
        begin = time.monotonic()
    assert time.monotonic() - begin < 60
    follower.join(60)
    idle.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, timeout=5)


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_who_sends_no_request_is_left(data: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(patience.PatientProtocol, "header_time", 0.5)
    with ApiServer(ANYWHERE, data) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.settimeout(20)
        client.sendall(sent)
        while client.recv(4096):
            pass


def test_who_sends_a_body_drop_by_drop_is_refused(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        limits.RequestLimits.__init__, "__kwdefaults__", {"body_time": 0.5, "send_time": 60.0}
    )
    with ApiServer(ANYWHERE, data) as server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.settimeout(20)
        client.sendall(
            f"POST /api/v1/events/{event_id('hall', 0)}/feedback HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/v1/events/..%2f..%2fsecondsight.db/clip HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /readyz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=["tls", "version", "path", "escaped path", "smuggled", "long header"],
)
def test_bytes_that_are_no_request_break_nothing(running: ApiServer, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.settimeout(20)
        try:
            client.sendall(sent)
            answer = client.recv(4096)
        except ConnectionError:
            answer = b""
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert httpx.get(f"{running.url}/healthz", timeout=20).status_code == 200


def test_only_this_machine_is_served_without_users(data: Path) -> None:
    with (
        pytest.raises(ConfigError, match="secondsight users add"),
        ApiServer(ServeSettings(host="0.0.0.0", port=0), data),
    ):
        pass
    with Store.open(data / DATABASE) as store:
        store.accounts.add(User("ann", UserRole.ADMIN), None, "test")
    with ApiServer(ServeSettings(host="0.0.0.0", port=0), data) as server:
        answer = httpx.get(f"http://127.0.0.1:{server.port}/api/v1/events", timeout=20)
        assert answer.status_code == 401


def test_an_address_that_is_taken_is_said_so(data: Path, running: ApiServer) -> None:
    with (
        pytest.raises(ConfigError, match=f"port {running.port}"),
        ApiServer(ServeSettings(port=running.port), data),
    ):
        pass


def test_without_a_database_nothing_is_served_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no database"), ApiServer(ANYWHERE, tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_connections_are_encrypted_with_certificate_files(data: Path, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    settings = ServeSettings(port=0, tls=TlsSettings(certificate=certificate, key=key))
    with ApiServer(settings, data) as server:
        trusting = ssl.create_default_context(cafile=str(certificate))
        answer = httpx.get(f"{server.url}/healthz", verify=trusting, timeout=20)
        assert answer.status_code == 200
        assert "max-age" in answer.headers["strict-transport-security"]
    key.write_text("no key")
    with pytest.raises(ConfigError, match=r"serve\.tls"), ApiServer(settings, data):
        pass
