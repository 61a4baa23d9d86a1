"""Footage over HTTP: found by time, played in parts, cut, exported with an incident; live pictures."""

import asyncio
import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import av
import pytest

from secondsight.clock import iso
from secondsight.config import RetentionSettings
from secondsight.media import FootageWriter, Packet, PacketTap, TakePacket
from secondsight.serve.live_view import LiveView
from secondsight.store import Store
from tests.media.helpers import read
from tests.serve.conftest import NOW, SEGMENT, Served, TwoCameras, event_id, serve_app
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


class Watching(TwoCameras):
    """A run in this process that films the hall."""

    def __init__(self) -> None:
        self.tap = PacketTap()
        self.followers, self.followed = 0, threading.Event()

    def follow(self, camera: str, take: TakePacket) -> Callable[[], None] | None:
        leave = self.tap.follow(camera, take)
        self.followers += 1
        self.followed.set()

        def left() -> None:
            self.followers -= 1
            leave()

        return left


def test_live_pictures_come_until_the_person_may_not_see_them(
    store: Store, data: Path, clock, film: list[Packet]
) -> None:
    watching = Watching()
    served = serve_app(store, data, clock, live=watching)
    answers: list[tuple[int, bytes]] = []
    for packet in film[:15]:
        watching.tap.feed(packet)

    def look() -> None:
        with served.client("viewer-hall") as client:
            answer = client.get(f"{API}/live.mp4")
            answers.append((answer.status_code, answer.content))

    thread = threading.Thread(target=look)
    thread.start()
    assert watching.followed.wait(60)
    for packet in film[15:]:
        watching.tap.feed(packet)
    store.accounts.remove("viewer-hall", "test")
    thread.join(60)
    assert [status for status, _ in answers] == [200]
    shown = numbers(answers[0][1])
    assert shown[0] == 10
    assert shown == list(range(10, 10 + len(shown)))
    assert watching.followers == 0
    assert served.site.viewers.join()


def test_a_camera_that_browsers_cannot_play_is_refused(
    store: Store, data: Path, clock, tmp_path: Path
) -> None:
    watching = Watching()
    served = serve_app(store, data, clock, live=watching)
    make_video(tmp_path / "a.avi", 5, codec="mpeg4")
    for packet in read(tmp_path / "a.avi")[0]:
        object.__setattr__(packet.info, "camera", "hall")
        watching.tap.feed(packet)
    with served.client("viewer-hall") as client:
        answer = client.get(f"{API}/live.mp4")
    assert answer.status_code == 409
    assert "mpeg4" in json.loads(answer.content)["detail"]
    assert watching.followers == 0


def test_a_slow_viewer_goes_on_at_a_key_frame(film: list[Packet], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondsight.serve.live_view._MOST", 20)

    async def look() -> list[bool]:
        view = LiveView()
        for packet in film[:28]:
            view.take(packet)
        await view.begin()
        await asyncio.sleep(0)
        return [packet.is_key for packet in view._packets]

    kept = asyncio.run(look())
    assert kept[0]
    assert len(kept) <= 20
