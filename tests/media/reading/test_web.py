"""What HTTP servers send: recordings without a length, single pictures, encrypted and renamed segments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from time import sleep
from typing import Any

import av
import pytest
from PIL import Image

from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.media import probe
from tests.media.helpers import Follower, read
from tests.servers.hostile import HostileServer, http
from tests.servers.http import HttpServer, jpeg
from tests.servers.videos import make_video, number_of
from tests.table import table

cryptography = pytest.importorskip("cryptography.hazmat.primitives.ciphers")


def numbers(frames: list[Any]) -> list[int]:
    return [number_of(frame.bgr()) for frame in frames]


def test_a_recording_whose_header_states_no_duration(tmp_path: Path) -> None:
    # As a recorder leaves it that has crashed; with a Content-Length it has an end all the same.
    make_video(tmp_path / "a.mkv", 60, container="matroska", options={"live": "1"})
    with av.open(str(tmp_path / "a.mkv")) as file:
        assert not file.duration
    with HttpServer(tmp_path) as server:
        _, frames, stream = read(server.url("files/a.mkv"))
    assert numbers(frames) == list(range(60))
    assert frames[-1].time - frames[0].time == pytest.approx(5.9, abs=0.2)
    assert (stream.stats.state, stream.stats.drops) == ("ended", {})


def test_a_recording_without_a_length(tmp_path: Path) -> None:
    data = make_video(tmp_path / "a.mp4", 40, options={"movflags": "+faststart"}).read_bytes()
    with HostileServer(lambda head: [http(data, "video/mp4", length=False)]) as server:
        _, frames, stream = read(f"http://127.0.0.1:{server.port}/a.mp4")
    assert numbers(frames) == list(range(40))
    assert (stream.stats.state, stream.stats.drops, stream.stats.last_error) == ("ended", {}, None)


def test_an_index_at_the_end_is_sought(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", 40, width=640, height=480)
    with HttpServer(tmp_path) as server:
        assert numbers(read(server.url("files/a.mp4"))[1]) == list(range(40))
        assert len(server.requests) < 10


@table("length", [True, False])
def test_an_index_at_the_end_of_what_cannot_be_sought(tmp_path: Path, length: bool) -> None:
    # `python -m http.server` gives no parts of files, and phones write the index last.
    data = make_video(tmp_path / "a.mp4", 40, width=640, height=480).read_bytes()
    with HostileServer(lambda head: [http(data, "video/mp4", length=length)]) as server:
        _, frames, stream = read(f"http://127.0.0.1:{server.port}/download?id=3")
    assert numbers(frames) == list(range(40))
    assert (stream.stats.state, stream.stats.drops, stream.stats.last_error) == ("ended", {}, None)


@table("container", ["mpegts", "h264"])
def test_a_recording_that_states_nothing_ends_when_it_comes_again(tmp_path: Path, container: str) -> None:
    data = make_video(tmp_path / "a", 60, codec="libx264", container=container).read_bytes()
    with HostileServer(lambda head: [http(data, "application/octet-stream", length=False)]) as server:
        _, frames, stream = read(f"http://127.0.0.1:{server.port}/download", reconnect_min=0.01)
    assert stream.stats.state == "ended"
    assert "a recording, which has ended" in (stream.stats.last_error or "")
    assert numbers(frames)[:60] == list(range(60))


WHOLE: dict[str, dict[str, Any]] = {
    "octets": {"kind": "application/octet-stream"},
    "a page": {"kind": "text/html; charset=utf-8"},
    "capitals": {"kind": "IMAGE/JPEG; q=1"},
    "no such type": {"kind": "image/*"},
    "no length": {"kind": "application/octet-stream", "length": False},
    "png": {"kind": "application/octet-stream", "format": "PNG"},
    "png as jpeg": {"kind": "image/jpeg", "format": "PNG"},
}


@table("name", WHOLE)
def test_one_picture_is_known_by_its_beginning(name: str) -> None:
    given = WHOLE[name]
    buffer = BytesIO()
    Image.new("RGB", (160, 120), (90,) * 3).save(buffer, given.get("format", "JPEG"))

    def answer(head: str) -> Iterable[bytes]:
        yield http(buffer.getvalue(), given["kind"], length=given.get("length", True))

    with (
        HostileServer(answer) as server,
        Follower(f"http://127.0.0.1:{server.port}/cgi?channel=1", picture_interval=0.02) as follower,
    ):
        follower.more(3)
        assert follower.stream.stats.state == "live"
        assert follower.stream.stats.reconnects == 0


def part(picture: bytes, header: str = "") -> bytes:
    return b"--b\r\n" + header.encode() + b"\r\n" + picture + b"\r\n"


FLOWING: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "mixed": ("multipart/mixed; boundary=b", lambda one: part(one, "Content-Type: image/jpg\r\n")),
    "no type": ("", part),
    "called a picture": ("image/jpeg", part),
    "octets": ("application/octet-stream", lambda one: part(one, "Content-Type: text/plain\r\n")),
    "bare": ("video/x-motion-jpeg", lambda one: one),
    "bare octets": ("application/octet-stream", lambda one: one),
}


@table("name", FLOWING)
@table("length", [None, 10**9])
def test_pictures_that_go_on_are_known_by_their_beginning(name: str, length: int | None) -> None:
    kind, form = FLOWING[name]

    def answer(head: str) -> Iterable[bytes]:
        lines = [f"Content-Type: {kind}"] * bool(kind) + [f"Content-Length: {length}"] * bool(length)
        yield "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()
        for number in range(500):
            yield form(jpeg(number, 160, 120))
            sleep(0.02)

    with HostileServer(answer) as server, Follower(f"http://127.0.0.1:{server.port}/live") as follower:
        follower.more(5)
        assert follower.stream.stats.state == "live"
        assert follower.packets[0].info.live


@table(("kind", "data"), [("image/webp", b"RIFF....WEBP"), ("text/html", b"<html>sign in</html>")])
def test_what_is_neither_video_nor_picture_is_named(kind: str, data: bytes) -> None:
    with (
        HostileServer(lambda head: [http(data, kind)]) as server,
        pytest.raises(SourceError, match=f"it sends `{kind}`"),
    ):
        probe("hall", CameraSettings.model_validate({"source": f"http://127.0.0.1:{server.port}/snap"}))


@pytest.mark.parametrize("suffix", ["snap.jpg", "cgi-bin/snapshot.cgi?channel=1"])
def test_an_address_of_a_single_picture_is_asked_again_and_again(suffix: str) -> None:
    shown = iter(range(0, 250, 5))

    def answer(head: str) -> Iterable[bytes]:
        yield http(jpeg(next(shown), 160, 120), "image/jpeg")

    with (
        HostileServer(answer) as server,
        Follower(f"http://127.0.0.1:{server.port}/{suffix}", picture_interval=0.05) as follower,
    ):
        follower.more(8)
        assert follower.stream.stats.state == "live"
        assert follower.packets[0].info.live
    brightness = [frame.luma().mean() for frame in follower.frames[:8]]
    assert brightness == pytest.approx([5.0 * number for number in range(8)], abs=2)


def test_a_single_picture_that_is_away_for_a_while() -> None:
    seen: list[str] = []

    def answer(head: str) -> Iterable[bytes]:
        seen.append(head)
        yield http(status="503 Busy") if len(seen) in (3, 4) else http(jpeg(9, 160, 120), "image/jpeg")

    with (
        HostileServer(answer) as server,
        Follower(f"http://127.0.0.1:{server.port}/snap.jpg", picture_interval=0.02) as follower,
    ):
        follower.more(6)
        assert "503" in (follower.stream.stats.last_error or "")
        assert follower.stream.stats.reconnects >= 1


def hls(folder: Path, suffix: str = "ts") -> list[Path]:
    folder.mkdir()
    make_video(
        folder / "index.m3u8",
        40,
        container="hls",
        options={
            "hls_time": "1",
            "hls_list_size": "0",
            "hls_segment_filename": str(folder / f"s%03d.{suffix}"),
        },
    )
    return sorted(folder.glob(f"*.{suffix}"))


def test_segments_with_any_name(tmp_path: Path) -> None:
    for segment in hls(tmp_path / "hls"):
        segment.rename(segment.with_suffix(".dat"))
    playlist = tmp_path / "hls" / "index.m3u8"
    playlist.write_text(playlist.read_text().replace(".ts", ".dat"))
    with HttpServer(tmp_path / "hls") as server:
        assert numbers(read(server.url("files/index.m3u8"))[1]) == list(range(40))


@pytest.mark.parametrize(
    ("settings", "size"),
    [
        ({}, (384, 192)),
        ({"stream": "largest"}, (384, 192)),
        ({"stream": "smallest"}, (192, 96)),
        ({"max_megapixels": 0.05}, (192, 96)),
    ],
)
def test_of_the_variants_of_a_playlist_one_is_chosen(
    tmp_path: Path, settings: dict[str, Any], size: tuple[int, int]
) -> None:
    options = {"hls_time": "1", "hls_list_size": "0"}
    for name, width in (("small", 192), ("large", 384)):
        make_video(
            tmp_path / f"{name}.m3u8", 20, width=width, height=width // 2, container="hls", options=options
        )
    (tmp_path / "master.m3u8").write_text(
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=192x96\nsmall.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=384x192\nlarge.m3u8\n"
    )
    with HttpServer(tmp_path) as server:
        for source in (server.url("files/master.m3u8"), str(tmp_path / "master.m3u8")):
            _, frames, _ = read(source, **settings)
            assert {(frame.width, frame.height) for frame in frames} == {size}
            assert numbers(frames) == list(range(20))
            assert probe("hall", CameraSettings.model_validate({"source": source, **settings})).choices == (
                (192, 96),
                (384, 192),
            )


def test_encrypted_segments(tmp_path: Path) -> None:
    key = bytes(range(16))
    segments = hls(tmp_path / "hls")
    (tmp_path / "hls" / "the.key").write_bytes(key)
    for number, segment in enumerate(segments):
        clear = segment.read_bytes()
        pad = 16 - len(clear) % 16
        cipher = cryptography.Cipher(
            cryptography.algorithms.AES128(key), cryptography.modes.CBC(number.to_bytes(16, "big"))
        ).encryptor()
        segment.write_bytes(cipher.update(clear + bytes([pad]) * pad) + cipher.finalize())
    playlist = tmp_path / "hls" / "index.m3u8"
    text = playlist.read_text().replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="the.key"\n#EXTINF', 1)
    playlist.write_text(text)
    with HttpServer(tmp_path / "hls") as server:
        assert numbers(read(server.url("files/index.m3u8"))[1]) == list(range(40))


def test_a_camera_that_asks_for_a_digest(tmp_path: Path) -> None:
    data = make_video(tmp_path / "a.mp4", 20).read_bytes()

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    def answer(head: str) -> Iterable[bytes]:
        given = dict(re.findall(r'(\w+)="?([^",]*)"?', head.partition("Authorization: Digest ")[2]))
        inner = f"{given.get('nonce')}:{given.get('nc')}:{given.get('cnonce')}:auth"
        expected = md5(f"{md5('user:cam:p/w')}:{inner}:{md5('GET:/a.mp4')}")
        if given.get("response") == expected:
            yield http(data, "video/mp4")
        else:
            challenge = 'Digest realm="cam", nonce="n0nce", qop="auth"'
            yield http(status="401 Unauthorized", WWW_Authenticate=challenge)

    with HostileServer(answer) as server:
        assert len(read(f"http://user:p%2Fw@127.0.0.1:{server.port}/a.mp4")[1]) == 20
        with pytest.raises(SourceError, match="password"):
            read(f"http://user:wrong@127.0.0.1:{server.port}/a.mp4")


def test_the_main_stream_of_two(tmp_path: Path) -> None:
    file = tmp_path / "two.mkv"
    with av.open(str(file), "w") as output:
        streams = [output.add_stream("mpeg4", 10) for _ in range(2)]
        for stream, (width, height) in zip(streams, ((160, 120), (320, 240)), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        streams[0].disposition = av.stream.Disposition(0)
        streams[1].disposition = av.stream.Disposition.default
        for stream in streams:
            for _ in range(5):
                output.mux(stream.encode(av.VideoFrame(stream.width, stream.height, "yuv420p")))
        for stream in streams:
            output.mux(stream.encode(None))
    frames = read(file)[1]
    assert {(frame.width, frame.height) for frame in frames} == {(320, 240)}
