"""What a source can make this machine allocate, measured as the peak memory of a process that reads it."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest

from tests.servers.hostile import HostileServer, endless, http, rtsp
from tests.servers.http import jpeg
from tests.servers.videos import make_video

MB = 1_000_000
MOST = 250
"""MB by which a process may grow at most; without limits each of these takes one to six thousand."""


@dataclass(frozen=True)
class Told:
    """What the reading process says."""

    frames: int
    state: str
    error: str | None
    megabytes: float
    drops: dict[str, int]


def eat(source: str | Path, **settings: Any) -> Told:
    """Read a source in a process of its own."""
    given = {"source": str(source), "reconnect_min": 1, "stall_timeout": 5, **settings}
    command = [sys.executable, "-m", "tests.media.network.eater", json.dumps(given)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return Told(**json.loads(done.stdout.splitlines()[-1]))


def assert_refused(told: Told, cap: str, state: str = "failed") -> None:
    assert told.error is not None, told
    assert "camera hall" in told.error, told
    assert cap in told.error, told
    assert told.state == state, told
    assert told.megabytes < MOST, told


# -- large pictures in small files


def gif(width: int, height: int) -> bytes:
    """A picture of one colour, as large as wanted in 40 bytes; decoding it takes four bytes for each pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    image = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x44\x01\x00"
    return screen + image * 100 + b";"


def large_jpeg() -> bytes:
    data = bytearray(jpeg(1, 160, 120))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", 60000, 60000)
    return bytes(data)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes) -> bytes:
    pixels = zlib.compress(bytes(1 + 3 * width) * height, 9) if width * height < 10**6 else zlib.compress(b"")
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + b"".join(extra)
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def png_with_text() -> bytes:
    """A megabyte of PNG whose comment has a gigabyte."""
    packer = zlib.compressobj(9)
    text = b"".join(packer.compress(bytes(10 * MB)) for _ in range(100)) + packer.flush()
    return png(64, 48, chunk(b"zTXt", b"Comment\0\0" + text))


@pytest.mark.parametrize(
    ("name", "make", "cap"),
    [
        ("a.gif", lambda: gif(24000, 24000), "24000x24000 has more than 36 megapixels"),
        ("a.jpg", large_jpeg, "60000x60000 has more than 36 megapixels"),
        ("a.png", lambda: png(24000, 24000), "24000x24000 has more than 36 megapixels"),
        ("b.png", png_with_text, "compressed text"),
    ],
)
@pytest.mark.parametrize(
    "over", ["file", *(pytest.param(over, marks=pytest.mark.slow) for over in ("folder", "http"))]
)
def test_a_picture_that_would_fill_the_memory(
    tmp_path: Path, name: str, make: Callable[[], bytes], cap: str, over: str
) -> None:
    data = make()
    if over == "http":
        kind = {"gif": "image/gif", "jpg": "image/jpeg", "png": "image/png"}[name[2:]]
        with HostileServer(lambda head: [http(data, kind)]) as server:
            live = name[2:] != "gif"
            assert_refused(
                eat(f"http://127.0.0.1:{server.port}/{name}"), cap, "retrying" if live else "failed"
            )
        return
    if over == "folder" and name.endswith("gif"):
        pytest.skip("a folder's GIFs are not read")
    (tmp_path / name).write_bytes(data)
    assert_refused(eat(tmp_path if over == "folder" else tmp_path / name), cap)


def test_a_large_picture_is_read_where_the_camera_allows_it(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(gif(7000, 6000))
    assert_refused(eat(tmp_path / "a.gif"), "7000x6000")
    assert eat(tmp_path / "a.gif", max_megapixels=45).frames > 0


def test_an_index_of_a_thousand_million_entries(tmp_path: Path) -> None:
    """An MP4 of 4 kB that says it has 2^30 samples of one size, in one chunk."""
    video = make_video(tmp_path / "a.mp4", 5)
    data = bytearray(video.read_bytes())
    sizes, chunks, times = (data.index(name) for name in (b"stsz", b"stsc", b"stts"))
    count = 1 << 30
    data[sizes + 8 : sizes + 16] = struct.pack(">II", 1, count)
    data[chunks + 8 : chunks + 24] = struct.pack(">IIII", 1, 1, count, 1)
    data[times + 8 : times + 20] = struct.pack(">III", 1, count, 512)
    video.write_bytes(bytes(data))
    told = eat(video)
    assert told.megabytes < MOST, told
    assert told.state == "failed", told


def test_more_streams_than_a_camera_has(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as output:
        streams = [output.add_stream("mpeg4", 10) for _ in range(60)]
        for stream in streams:
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for stream in streams:
            for packet in stream.encode(av.VideoFrame(64, 48, "yuv420p")):
                output.mux(packet)
        for stream in streams:
            output.mux(stream.encode(None))
    assert_refused(eat(tmp_path / "a.mkv"), "more than 32 streams")


# -- floods

PART = b"--x\r\nContent-Type: image/jpeg\r\n"
ZEROS = bytes(MB)


def flood(head: str) -> Iterable[bytes]:
    """Answers that never end, by path."""
    path = head.split()[1]
    start = http(kind="multipart/x-mixed-replace; boundary=x", length=False)
    if path == "/part":
        return endless(start + PART + b"Content-Length: 6000000000\r\n\r\n", ZEROS)
    if path == "/headers":
        return endless(start + PART, b"X-Filling: " + b"x" * 60 + b"\r\n", 60)
    if path == "/no-line":
        return endless(start, b"x" * MB)
    if path == "/untold":
        return endless(http(kind="video/mp2t", length=False), ZEROS)
    if path == "/picture":
        return endless(http(kind="image/jpeg", length=False), ZEROS)
    if path == "/list":
        return endless(
            http(kind="application/x-mpegurl", length=False) + b"#EXTM3U\n", b"#EXTINF:1,\na.ts\n" * 10000
        )
    if path == "/tiny":
        return endless(start, (PART + b"Content-Length: 0\r\n\r\n\r\n") * 1000)
    small = jpeg(1, 16, 16)
    return endless(start, (PART + b"Content-Length: %d\r\n\r\n" % len(small) + small + b"\r\n") * 1000)


@pytest.mark.parametrize(
    ("path", "cap"),
    [
        ("part", "without a picture"),
        ("headers", ""),
        ("no-line", ""),
        ("untold", ""),
        ("picture", "`max_packet`"),
        ("list", "playlist"),
        ("tiny", ""),
        ("many", "pictures a second"),
    ],
)
def test_a_camera_over_http_that_never_stops(path: str, cap: str) -> None:
    with HostileServer(flood) as server:
        assert_refused(eat(f"http://127.0.0.1:{server.port}/{path}"), cap, "retrying")


def rtsp_flood(packet: bytes, *, head: bytes = b"") -> HostileServer:
    """A camera that says it has H.264 and then sends the same again and again."""
    sdp = "v=0\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n"

    def answer(request: str) -> Iterable[bytes]:
        method = request.split()[0]
        if method == "DESCRIBE" and head:
            yield from endless(head, packet)
        elif method == "DESCRIBE":
            yield rtsp(request, "Content-Type: application/sdp", body=sdp)
        elif method == "SETUP":
            yield rtsp(request, "Session: 1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
        else:
            yield rtsp(request, "Session: 1", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")
            if method == "PLAY":
                yield from endless(b"", packet)

    return HostileServer(answer, keep=True)


def part_of_a_picture() -> bytes:
    """An interleaved RTP packet with a piece of a picture that never ends (FU-A, in the middle)."""
    payload = bytes([0x7C, 0x05]) + bytes(1400)
    packet = struct.pack(">BBHII", 0x80, 96, 1, 1, 1) + payload
    return b"$\0" + struct.pack(">H", len(packet)) + packet


def test_a_picture_over_rtsp_that_never_ends() -> None:
    with rtsp_flood(part_of_a_picture() * 500) as server:
        told = eat(f"rtsp://127.0.0.1:{server.port}/live")
    assert told.megabytes < MOST, told
    assert told.state == "retrying", told
    assert "camera hall" in (told.error or "")


@pytest.mark.parametrize(
    ("head", "piece", "cap"),
    [
        (b"RTSP/1.0 200 OK\r\n", b"X: " + b"x" * 1000 + b"\r\n", "does not speak RTSP"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 900000000\r\n\r\n", ZEROS, "1 MB of text"),
        (b"RTSP/1.0 200 OK\r\n\r\n", b"\r\n" * 10000, ""),
    ],
)
def test_an_rtsp_answer_that_never_ends(head: bytes, piece: bytes, cap: str) -> None:
    with rtsp_flood(piece, head=head) as server:
        assert_refused(eat(f"rtsp://127.0.0.1:{server.port}/live"), cap, "retrying")
