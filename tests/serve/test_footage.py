"""Footage over HTTP: found by time, played in parts, cut, exported with an incident; live pictures."""

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import av
import pytest

from secondsight.clock import iso
from secondsight.config import RetentionSettings
from secondsight.media import FootageWriter, LiveServer, Packet
from tests.media.helpers import read
from tests.serve.alerts.life import eventually
from tests.serve.conftest import NOW, SEGMENT, Served, event_id
from tests.servers.videos import make_video, number_of

API = "/api/v1/cameras/hall"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """32 s from an hour before now on, 5 pictures a second."""
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    make_video(path, 160, rate=5, gop=10, creation_time=iso(NOW - 3600))
    packets = [packet for packet in read(path)[0] if packet.size]
    for packet in packets:
        object.__setattr__(packet.info, "camera", "hall")
    return packets


@pytest.fixture
def recorded(served: Served, film: list[Packet]) -> Served:
    """The hall has been recorded."""
    (served.data / SEGMENT.path).unlink()
    writer = FootageWriter(served.data, RetentionSettings(min_free=0))
    writer.record("hall", "continuous")
    for packet in film:
        writer.feed(packet)
    writer.end("hall")
    writer.close(60.0)
    return served


def numbers(video: bytes) -> list[int]:
    with av.open(io.BytesIO(video), "r") as container:
        return [number_of(one.to_ndarray(format="bgr24")) for one in container.decode(video=0)]


def test_segments_are_listed_and_served_in_parts(recorded: Served) -> None:
    with recorded.client("viewer-hall") as client:
        found = client.get(
            f"{API}/footage", params={"since": iso(NOW - 3595), "until": iso(NOW - 3580)}
        ).json()
        assert [one["start"] for one in found["segments"]] == [iso(NOW - 3600 + 8 * n) for n in range(3)]
        one = found["segments"][1]
        whole = client.get(f"{API}/footage/segments/{one['name']}")
        assert numbers(whole.content) == list(range(40, 80))
        assert len(whole.content) == one["size"]
        part = client.get(f"{API}/footage/segments/{one['name']}", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole.content[10:20])


def test_a_cut_and_a_picture_of_any_time(recorded: Served) -> None:
    with recorded.client("viewer-hall") as client:
        cut = client.get(f"{API}/footage/cut", params={"since": iso(NOW - 3593), "until": iso(NOW - 3590)})
        assert numbers(cut.content) == list(range(30, 50))
        assert 'filename="hall-20260101T070007.mp4"' in cut.headers["content-disposition"]
        picture = client.get(f"{API}/footage/picture", params={"at": iso(NOW - 3580)})
        with av.open(io.BytesIO(picture.content), "r") as opened:
            assert number_of(next(opened.decode(video=0)).to_ndarray(format="bgr24")) == 100


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("footage?since=2026-01-01&until=2026-01-20", 409),
        ("footage?since=2026-01-01", 422),
        ("footage/cut?since=2026-01-01&until=2026-01-02", 409),
        ("footage/cut?since=2025-01-01T00:00&until=2025-01-01T00:10", 404),
        ("footage/cut?since=2026-01-01T07:00:09&until=2026-01-01T07:00:02", 404),
        ("footage/picture?at=2025-01-01", 404),
        ("footage/segments/..%2F..%2Fsite.yaml", 404),
        ("footage/segments/1-2-s.mp4", 404),
        ("footage/segments/%00", 404),
    ],
)
def test_what_is_refused(recorded: Served, path: str, status: int) -> None:
    with recorded.client("admin-all") as client:
        assert client.get(f"{API}/{path}").status_code == status


def test_an_exported_incident_takes_its_footage_along(recorded: Served) -> None:
    with recorded.client("viewer-hall") as client:
        packed = ZipFile(io.BytesIO(client.get(f"/api/v1/events/{event_id('hall', 1)}/archive").content))
    # From 30 s before it, where there is nothing, to 30 s after.
    assert numbers(packed.read("footage.mp4"))[0] == 0
    assert "footage.mp4" in packed.read("SHA256SUMS").decode()
    assert 'src="footage.mp4"' in packed.read("index.html").decode()


def test_without_footage_an_export_has_none(served: Served) -> None:
    with served.client("viewer-hall") as client:
        packed = ZipFile(io.BytesIO(client.get(f"/api/v1/events/{event_id('hall', 1)}/archive").content))
    assert "footage.mp4" not in packed.namelist()


@pytest.fixture
def watching(served: Served) -> Iterator[LiveServer]:
    """The process that watches the hall, elsewhere on this machine."""
    server = LiveServer(served.data)
    server.offer("hall")
    yield server
    server.close()


def look(served: Served, path: str, answers: list[Any]) -> threading.Thread:
    """Look at live pictures until they end."""

    def get() -> None:
        with served.client("viewer-hall") as client:
            answers.append(client.get(f"{API}/{path}"))

    thread = threading.Thread(target=get)
    thread.start()
    return thread


def test_live_pictures_come_until_the_person_may_not_see_them(
    served: Served, watching: LiveServer, film: list[Packet]
) -> None:
    answers: list[Any] = []
    for packet in film[:15]:
        watching.feed(packet)
    thread = look(served, "live.mp4", answers)
    eventually(lambda: watching._packets._followers.get("hall"))
    for packet in film[15:]:
        watching.feed(packet)
    served.store.accounts.remove("viewer-hall", "test")
    thread.join(60)
    [answer] = answers
    assert answer.status_code == 200
    shown = numbers(answer.content)
    assert shown[0] == 10
    assert shown == list(range(10, 10 + len(shown)))
    eventually(lambda: not watching._packets._followers["hall"])
    assert all(served.site.viewers.join() for _ in range(16))


def test_a_camera_that_browsers_cannot_play_is_seen_as_jpegs(
    served: Served, watching: LiveServer, tmp_path: Path
) -> None:
    """H.265 as well: what the model has looked at."""
    make_video(tmp_path / "a.mp4", 5, codec="libx265")
    packets, frames, _ = read(tmp_path / "a.mp4")
    object.__setattr__(packets[0].info, "camera", "hall")
    watching.feed(packets[0])
    with served.client("viewer-hall") as client:
        refused = client.get(f"{API}/live.mp4")
    assert refused.status_code == 409
    assert "hevc" in json.loads(refused.content)["detail"]
    answers: list[Any] = []
    thread = look(served, "live.mjpeg", answers)
    for frame in frames[:3]:
        eventually(lambda: watching._frames._followers.get("hall"))
        frame.camera = "hall"
        watching.look(frame)
    served.store.accounts.remove("viewer-hall", "test")
    thread.join(60)
    [answer] = answers
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
    head, _, body = answer.content.partition(b"\r\n\r\n")
    size = int(head.rpartition(b"Content-Length: ")[2])
    with av.open(io.BytesIO(body[:size]), "r") as opened:
        assert number_of(next(opened.decode(video=0)).to_ndarray(format="bgr24")) in (0, 1, 2)


def test_a_camera_that_gives_nothing_or_is_not_watched_is_refused(
    served: Served, watching: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.serve.live_view.FIRST", 0.0)
    with served.client("viewer-all") as client:
        nothing = client.get(f"{API}/live.mp4")
        unwatched = client.get("/api/v1/cameras/yard/live.mp4")
    assert (nothing.status_code, unwatched.status_code) == (409, 409)
    assert "gives no pictures" in nothing.text
    assert "not watched" in unwatched.text
