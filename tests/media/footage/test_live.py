"""Live pictures between processes of a machine: what a viewer gets, and that nobody waits for it."""

import io
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest

from secondsight.media import Converter, DecodedFrame, LiveServer, Packet, connect_live, live_codec
from secondsight.media.footage import live_server
from tests.conftest import ROOT
from tests.media.helpers import read
from tests.serve.alerts.life import eventually
from tests.servers.videos import make_video, number_of


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """20 s, 5 pictures a second, a key frame every 2 s, of a camera `cam`."""
    packets = read(make_video(tmp_path_factory.mktemp("film") / "a.mp4", 100, rate=5, gop=10))[0]
    return [packet for packet in packets if packet.size]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    made = LiveServer(tmp_path)
    made.offer("cam")
    yield made
    made.close()


def receive(connected: socket.socket, size: int = 10**9) -> bytes:
    """What comes up to the end, or `size` bytes."""
    found = b""
    connected.settimeout(60)
    while len(found) < size and (piece := connected.recv(min(65536, size - len(found)))):
        found += piece
    return found


def numbers(video: bytes) -> list[int]:
    with av.open(io.BytesIO(video), "r") as container:
        return [number_of(one.to_ndarray(format="bgr24")) for one in container.decode(video=0)]


def viewers(server: LiveServer) -> int:
    return len(server._open)


def test_a_viewer_gets_video_from_the_last_key_frame_on(
    server: LiveServer, film: list[Packet], tmp_path: Path
) -> None:
    for packet in film[:15]:
        server.feed(packet)
    found = connect_live(tmp_path, "cam", "mp4")
    assert found is not None
    codec, connected = found
    for packet in film[15:]:
        server.feed(packet)
    with connected:
        begin = receive(connected, 2000)
        server.close()
        shown = numbers(begin + receive(connected))
    assert codec == "h264"
    assert shown[0] == 10
    assert shown == list(range(10, 10 + len(shown)))
    assert not list((tmp_path / "live").iterdir())
    assert connect_live(tmp_path, "cam", "mp4") is None


def test_the_codec_alone(server: LiveServer, film: list[Packet], tmp_path: Path) -> None:
    assert live_codec(tmp_path, "cam") is None
    found = connect_live(tmp_path, "cam", "codec")
    assert found is not None
    assert found[0] == ""
    found[1].close()
    server.feed(film[0])
    assert live_codec(tmp_path, "cam") == "h264"
    server.withdraw("cam")
    assert live_codec(tmp_path, "cam") is None
    eventually(lambda: viewers(server) == 0)


@pytest.mark.parametrize("camera", ["other", "../live/cam", "", "cam ", "cam\njpeg", "ca m", "x" * 5000])
def test_what_is_no_camera_has_no_pictures(
    server: LiveServer, film: list[Packet], tmp_path: Path, camera: str
) -> None:
    server.feed(film[0])
    assert connect_live(tmp_path, camera, "mp4") is None
    assert connect_live(tmp_path / "elsewhere", "cam", "mp4") is None


@pytest.mark.parametrize("said", [b"", b"cam", b"\xff\xfe\n", b"x" * 1000, b"nobody mp4\n"])
def test_what_is_no_request_is_not_answered(server: LiveServer, tmp_path: Path, said: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as viewer, live_server.short_path(tmp_path / "live", "cam") as path:
        viewer.connect(path)
        viewer.sendall(said)
        viewer.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            assert receive(viewer) == b""
    eventually(lambda: viewers(server) == 0)


def test_pictures_that_were_looked_at_come_as_jpeg(
    server: LiveServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of cameras whose video no browser plays; a viewer who is slow gets the newest."""
    looked: list[socket.socket] = []
    require = live_server._require
    monkeypatch.setattr(live_server, "_LOOK", 0.05)

    def required(viewer: socket.socket) -> None:
        looked.append(viewer)
        require(viewer)

    monkeypatch.setattr(live_server, "_require", required)
    found = connect_live(tmp_path, "cam", "jpeg")
    assert found is not None
    codec, connected = found
    assert codec == "jpeg"
    picture = av.VideoFrame.from_ndarray(np.full((1080, 1920, 3), 90, np.uint8), format="bgr24")
    frame = DecodedFrame("cam", 0, 0, 1.0, picture, Converter())
    with connected:
        eventually(lambda: server._frames._followers.get("cam"))
        server.look(frame)
        receive(connected, int.from_bytes(receive(connected, 4), "big"))
        eventually(lambda: len(looked) > 2)  # a while in which nothing comes
        server.look(frame)
        size = int.from_bytes(receive(connected, 4), "big")
        with av.open(io.BytesIO(receive(connected, size)), "r") as container:
            shown = next(container.decode(video=0))
    assert (shown.width, shown.height) == (960, 540)
    eventually(lambda: not server._frames._followers["cam"])
    assert viewers(server) == 0


def test_a_viewer_who_has_left_is_followed_no_more(
    server: LiveServer, film: list[Packet], tmp_path: Path
) -> None:
    server.feed(film[0])
    found = connect_live(tmp_path, "cam", "mp4")
    assert found is not None
    assert viewers(server) == 1
    found[1].close()
    eventually(lambda: viewers(server) == 0)
    assert server._packets._followers["cam"] == []


def test_video_ends_with_the_epoch(server: LiveServer, film: list[Packet], tmp_path: Path) -> None:
    server.feed(film[0])
    found = connect_live(tmp_path, "cam", "mp4")
    assert found is not None
    for packet in film[1:5]:
        server.feed(packet)
    later = read(make_video(tmp_path / "b.mp4", 5))[0]
    object.__setattr__(later[0].info, "epoch", 7)
    server.feed(later[0])
    with found[1] as connected:
        shown = numbers(receive(connected))
    assert shown == list(range(len(shown)))
    assert 4 <= len(shown) <= 5  # the muxer may keep the last one back


def test_a_slow_viewer_goes_on_at_a_key_frame(film: list[Packet], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_server, "_MOST_PACKETS", 12)
    waiting = live_server._PacketQueue()
    for packet in film[:24]:
        waiting.put(packet)
    assert [waiting.get(0.0) for _ in range(5)] == [*film[20:24], None]


def test_no_more_viewers_than_there_is_room_for(
    server: LiveServer, film: list[Packet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_server, "_MOST_VIEWERS", 2)
    server.feed(film[0])
    held = [connect_live(tmp_path, "cam", "mp4") for _ in range(2)]
    assert connect_live(tmp_path, "cam", "mp4") is None
    for one in held:
        assert one is not None
        one[1].close()
    assert eventually(lambda: live_codec(tmp_path, "cam")) == "h264"


def test_only_the_owner_gets_at_the_sockets(server: LiveServer, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "cam").stat().st_mode) == 0o600


def test_a_process_that_was_killed_leaves_nothing_in_the_way(film: list[Packet], tmp_path: Path) -> None:
    data = tmp_path / ("long-" * 30)
    data.mkdir()
    program = (
        "import os, sys; from pathlib import Path; from secondsight.media import LiveServer; "
        "made = LiveServer(Path(sys.argv[1])); made.offer('cam'); print('there', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(data)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=os.environ
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"there\n"
        assert connect_live(data, "cam", "codec") is not None
        other.kill()
    assert connect_live(data, "cam", "codec") is None
    server = LiveServer(data)
    server.offer("cam")
    server.feed(film[0])
    assert live_codec(data, "cam") == "h264"
    assert len(list((data / "live").glob("*.sock"))) == 1
    server.close()


def test_where_sockets_cannot_be_had_the_watching_goes_on(
    film: list[Packet], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "live").write_text("in the way")
    server = LiveServer(tmp_path)
    server.offer("cam")
    server.feed(film[0])
    server.close()
    assert "no live pictures for others" in caplog.text
