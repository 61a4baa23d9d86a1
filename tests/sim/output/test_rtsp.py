"""A folder of recordings served as cameras by the real server, and read as the product reads cameras."""

import itertools
import socket
import time
from pathlib import Path

import psutil
import pytest

from secondsight.errors import ConfigError, SecondSightError
from secondsight.sim.output import rtsp as serve
from secondsight.sim.output.recording import VideoWriter
from secondsight.sim.output.rtsp import serve_rtsp
from tests.conftest import require
from tests.media.helpers import Follower, wait_for
from tests.servers.rtsp import available
from tests.servers.videos import make_video, number_of, numbered

FRAMES = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings of 2.4 s each at 25 frames/s, one with a name that an address must escape."""
    require(available(), "no GStreamer RTSP server: apt install gir1.2-gst-rtsp-server-1.0 and python3-gi")
    folder = tmp_path_factory.mktemp("served")
    for name in ("hall", "back door"):
        with VideoWriter(folder / f"{name}.mp4", 192, 96, 25.0, 1_767_225_600.0) as writer:
            for number in range(FRAMES):
                writer.write(numbered(number))
    return folder


def test_recordings_play_in_real_time_over_and_over(folder: Path) -> None:
    with serve_rtsp(folder, 0) as served:
        assert sorted(served.urls) == ["back door", "hall"]
        assert served.urls["back door"].endswith("/back%20door")
        with Follower(served.urls["hall"]) as hall, Follower(served.urls["back door"]) as door:
            hall.more(1)
            door.more(1)
            begun, first = time.time(), len(hall.frames)
            hall.more(FRAMES + 10)
            took = time.time() - begun
            door.more(1)
        assert took > (len(hall.frames) - first) / 25 - 1.5
        with Follower(served.urls["hall"]) as again:
            again.more(1)
        numbers = [number_of(frame.bgr()) for frame in hall.frames]
        assert all((b - a) % FRAMES == 1 for a, b in itertools.pairwise(numbers))
        gaps = [b.time - a.time for a, b in itertools.pairwise(hall.frames)]
        assert sorted(gaps)[len(gaps) // 2] == pytest.approx(0.04, abs=0.005)
        assert max(gaps) < 2
        assert hall.stream.stats.reconnects == 0
        assert hall.packets[0].info.codec == "h264"
        pid = served.process.pid
    assert not psutil.pid_exists(pid)


def test_the_server_ends_when_its_parent_is_gone(folder: Path) -> None:
    with serve_rtsp(folder, 0) as served:
        assert served.process.stdin is not None
        served.process.stdin.close()
        wait_for(lambda: served.process.poll() is not None)
        with pytest.raises(SecondSightError, match="ended by itself"):
            served.wait()


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"--port: port {port} is taken"), serve_rtsp(folder, port):
            pass


def test_a_folder_without_recordings(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"no MP4 file here; `secondsight sim make` writes some"),
        serve_rtsp(tmp_path),
    ):
        pass


def test_recordings_that_cannot_be_played(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", 3, codec="mpeg4")
    with (
        pytest.raises(ConfigError, match=r"a\.mp4: only one H\.264 video can be played, not mpeg4"),
        serve_rtsp(tmp_path),
    ):
        pass
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match=r"a\.mp4: cannot be played"), serve_rtsp(tmp_path):
        pass


def test_without_gstreamer_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_PROBE", "import no_such_module")
    with pytest.raises(SecondSightError, match=r"apt install python3-gi gir1\.2-gst-rtsp-server-1\.0"):
        serve.find_python()
