"""Live sources whose timestamps are missing or wrong: their pictures get the time at which they come."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from secondsight.clock import SystemClock
from secondsight.media.frames.packet import RawPacket
from secondsight.media.reading.feeder import Feeder
from secondsight.media.reading.inputs import Input, open_input
from secondsight.media.reading.live import Passage, watch
from secondsight.media.reading.source_run import SourceRun
from secondsight.media.reading.sources import describe
from secondsight.records import Frame
from tests.media.helpers import Follower, camera
from tests.servers.videos import make_video, number_of


def paced(file: Path, rate: float, stamp: Callable[[int], float]) -> tuple[SourceRun, list[Frame]]:
    """What a live source gives that sends a file's packets, `rate` a second, the n-th stamped `stamp(n)` seconds."""
    settings = camera(file, stall_timeout=60)
    source = describe("cam", settings)
    opened = open_input("cam", source, settings)
    recorded = opened.packets

    def packets() -> Iterator[RawPacket]:
        begun = time.monotonic()
        for number, raw in enumerate(recorded()):
            time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            raw.pts = raw.dts = round(stamp(number) / opened.time_base)
            yield raw

    def connect() -> Input:
        opened.packets, opened.finite = packets, False  # type: ignore[method-assign]
        return opened

    run = SourceRun("cam", settings, SystemClock())
    with closing(Feeder(connect, run.clock, "cam")) as feeder:
        items = watch(run, feeder, feeder.opened(60), Passage())
        return run, [frame for _, frames in items for frame in frames]


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("video") / "a.mp4", 100, gop=50)


def test_timestamps_that_stand_still(video: Path) -> None:
    run, frames = paced(video, 30, lambda n: 5.0)
    assert len(frames) == 100
    assert frames[-1].time - frames[0].time > 3, "100 pictures, 30 a second"
    assert "timestamps stand still" in (run.stats.last_error or "")
    assert frames[-1].time - frames[60].time > 1, "the later pictures are apart as they came"


@pytest.mark.parametrize("jump", [3600.0, -4.0])
def test_a_jump_costs_no_picture(video: Path, jump: float) -> None:
    run, frames = paced(video, 100, lambda n: 10 + n / 100 + (jump if n >= 70 else 0))
    assert [number_of(frame.bgr()) for frame in frames] == list(range(100))
    assert len({frame.epoch for frame in frames}) == 1
    assert not run.stats.drops
    assert frames[-1].time - frames[0].time < 60


class TcpCamera:
    """Sends `piece(n)` at a rate to the first who connects."""

    def __init__(self, piece: Callable[[int], bytes], rate: float) -> None:
        self._piece, self._rate = piece, rate
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> TcpCamera:
        threading.Thread(target=self._send, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _send(self) -> None:
        try:
            client, _ = self._server.accept()
            with client:
                begun = time.monotonic()
                for number in itertools.count():
                    client.sendall(self._piece(number))
                    time.sleep(max(0.0, begun + number / self._rate - time.monotonic()))
        except OSError:
            pass


def raw_h264(file: Path) -> list[bytes]:
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        to_start_codes = av.bitstream.BitStreamFilterContext("h264_mp4toannexb", stream)
        return [
            bytes(out) for raw in container.demux(stream) if raw.size for out in to_start_codes.filter(raw)
        ]


def noisy(seed: int) -> bytes:
    """A JPEG of some 50 kB, as a camera's are."""
    picture = np.random.default_rng(seed).integers(0, 255, (120, 320, 3)).astype(np.uint8)
    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["h264", "mjpeg"])
def test_a_raw_stream_is_timed_by_its_arrival(video: Path, kind: str) -> None:
    """FFmpeg takes it for 25 pictures a second; it sends 12.5."""
    pieces = raw_h264(video) if kind == "h264" else [noisy(n) for n in range(100)]
    with (
        TcpCamera(lambda n: pieces[n % len(pieces)], 12.5) as server,
        Follower(server.url, stall_timeout=20) as follower,
    ):
        follower.more(90)
    frames = follower.frames
    assert follower.stream.stats.reconnects == 0
    assert frames[-1].time - frames[0].time > 0.75 * len(frames) / 12.5
    assert follower.delays[-1] < 2
    steps = [b.time - a.time for a, b in itertools.pairwise(frames)]
    assert min(steps[:20]) > 0.01, "what waited while the stream was analysed is spread over that time"
