"""A hostile camera must not make this machine connect to other ports or hosts, or read its files."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from secondsight.errors import SourceError
from secondsight.media.frames.limits import SourceRefusedError
from secondsight.media.network.hosts import HostPolicy, ServerAddress
from tests.media.helpers import Follower, read
from tests.servers.hostile import HostileServer, Trap, http, rtsp
from tests.servers.http import HttpServer
from tests.servers.rtsp import RtspServer
from tests.servers.videos import make_video
from tests.table import table

MEDIA = ("#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:0")


@pytest.fixture
def trap() -> Iterator[Trap]:
    with Trap() as made:
        yield made


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A video on this machine that the camera must not get at."""
    folder = tmp_path / "private"
    folder.mkdir()
    return make_video(folder / "secret.mp4", 20)


def playlist(*lines: str) -> bytes:
    return "\n".join([*MEDIA, *lines, "#EXT-X-ENDLIST", ""]).encode()


def master(*lines: str) -> bytes:
    return "\n".join(["#EXTM3U", *lines, ""]).encode()


def hostile_answers(port: int, secret: Path) -> dict[str, bytes]:
    """What a hostile HTTP camera may send, by name."""
    other = f"http://127.0.0.1:{port}"
    m3u8 = "application/vnd.apple.mpegurl"
    sdp = (
        f"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video {port} RTP/AVP 96\r\n"
        "a=rtpmap:96 H264/90000\r\n"
    ).encode()
    segment = ("#EXTINF:2,",)
    return {
        "redirect to another port": http(status="302 Found", Location=f"{other}/x"),
        "redirect to rtsp": http(status="302 Found", Location=f"rtsp://127.0.0.1:{port}/x"),
        "redirect to a file": http(status="302 Found", Location=f"file://{secret}"),
        "redirect to tcp": http(status="302 Found", Location=f"tcp://127.0.0.1:{port}"),
        "redirect with a login": http(status="307 x", Location=f"http://camera@127.0.0.1:{port}/"),
        "segment elsewhere": http(playlist(*segment, f"{other}/a.ts"), m3u8),
        "segment is a file": http(playlist(*segment, f"file://{secret}"), m3u8),
        "segment is a path": http(playlist(*segment, str(secret)), m3u8),
        "segment over tcp": http(playlist(*segment, f"tcp://127.0.0.1:{port}"), m3u8),
        "segment by concat": http(playlist(*segment, f"concat:{other}/a|file:{secret}"), m3u8),
        "segment by subfile": http(playlist(*segment, f"subfile,,start,0,end,0,,:{secret}"), m3u8),
        "segment by crypto": http(
            playlist('#EXT-X-KEY:METHOD=AES-128,URI="k"', *segment, f"file://{secret}"), m3u8
        ),
        "key elsewhere": http(playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="{other}/k"', *segment, "a.ts"), m3u8),
        "key is a file": http(
            playlist(f'#EXT-X-KEY:METHOD=AES-128,URI="file://{secret}"', *segment, "a"), m3u8
        ),
        "map elsewhere": http(playlist(f'#EXT-X-MAP:URI="{other}/m"', *segment, "a.m4s"), m3u8),
        "variant elsewhere": http(master("#EXT-X-STREAM-INF:BANDWIDTH=1", f"{other}/v.m3u8"), m3u8),
        "variant is a file": http(master("#EXT-X-STREAM-INF:BANDWIDTH=1", f"file://{secret}"), m3u8),
        "rendition elsewhere": http(
            master(
                f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",DEFAULT=YES,URI="{other}/a.m3u8"',
                '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"',
                "/good.m3u8",
            ),
            m3u8,
        ),
        "playlist without its type": http(playlist(*segment, f"{other}/a.ts")),
        "sdp": http(sdp, "application/sdp"),
        "sdp without its type": http(sdp),
        "concat script": http(f"ffconcat version 1.0\nfile '{secret}'\nfile '{other}/x'\n".encode()),
        "rtsp in a text": http(f"[Reference]\nRef1=http://127.0.0.1:{port}/x\n".encode(), "video/x-ms-asf"),
    }


@pytest.mark.parametrize("live", [True, False], ids=["camera", "recording"])
@pytest.mark.parametrize("name", hostile_answers(0, Path("x")))
def test_http_leads_nowhere_else(trap: Trap, secret: Path, name: str, live: bool) -> None:
    def answer(head: str) -> Iterable[bytes]:
        path = head.split()[1]
        if path.endswith("good.m3u8"):
            yield http(playlist("#EXTINF:2,", "good.ts"), "application/x-mpegurl")
        elif path.startswith("/start"):
            yield hostile_answers(trap.port, secret)[name]
        elif path == "/k":
            yield http(bytes(16))
        else:
            yield http(status="404 Not Found")

    with HostileServer(answer) as server:
        source = f"http://127.0.0.1:{server.port}/start" + ("" if live else ".mp4")
        if live:
            with Follower(source, stall_timeout=2) as follower:
                follower.wait(lambda: follower.stream.stats.last_error)
            assert follower.frames == []
            error = follower.stream.stats.last_error or ""
        else:
            with pytest.raises(SourceError) as caught:
                read(source, stall_timeout=2)
            error = str(caught.value)
        assert "camera cam" in error
        assert server.requests
    assert trap.visits == []


def test_what_was_refused_is_said_with_the_way_out(trap: Trap) -> None:
    with (
        HostileServer(
            lambda head: [http(status="302 x", Location=f"http://127.0.0.1:{trap.port}/x")]
        ) as server,
        pytest.raises(SourceRefusedError) as caught,
    ):
        read(f"http://user:s3cret-s3cret@127.0.0.1:{server.port}/a.mp4")
    text = str(caught.value)
    assert f"http://127.0.0.1:{trap.port}" in text
    assert "camera cam" in text
    assert "allow_hosts" in text
    assert "s3cret" not in text


def test_a_redirect_that_is_allowed_is_followed(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", 30)
    with HttpServer(tmp_path) as files:
        target = files.url("files/a.mp4")
        with HostileServer(lambda head: [http(status="302 x", Location=target)]) as server:
            _, frames, _ = read(
                f"http://user:pw@127.0.0.1:{server.port}/a.mp4", allow_hosts=[f"127.0.0.1:{files.port}"]
            )
    assert len(frames) == 30


def test_the_login_is_told_to_no_other_server() -> None:
    challenge = http(status="401 x", WWW_Authenticate='Basic realm="x"')
    with HostileServer(lambda head: [challenge]) as thief:
        target = f"http://127.0.0.1:{thief.port}/"
        moved = http(status="302 x", Location=target)
        with HostileServer(lambda head: [moved]) as server, pytest.raises(SourceError, match="401"):
            read(
                f"http://user:s3cret@127.0.0.1:{server.port}/a.mp4",
                allow_hosts=[f"127.0.0.1:{thief.port}"],
            )
    assert thief.requests
    assert not any("Authorization" in request for request in thief.requests)


def test_redirects_in_a_circle_end() -> None:
    moved = http(status="302 x", Location="/again")
    with HostileServer(lambda head: [moved]) as server, pytest.raises(SourceError, match="302"):
        read(f"http://127.0.0.1:{server.port}/a.mp4")
    assert len(server.requests) < 10


@pytest.mark.parametrize(
    "line",
    [
        "../private/secret.mp4",
        "file:///etc/passwd",
        "/etc/passwd",
        "http://127.0.0.1:{port}/a.ts",
        "link.mp4",
    ],
)
def test_a_playlist_in_a_file_stays_in_its_folder(
    trap: Trap, tmp_path: Path, secret: Path, line: str
) -> None:
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "link.mp4").symlink_to(secret)
    (folder / "index.m3u8").write_bytes(playlist("#EXTINF:2,", line.format(port=trap.port)))
    with pytest.raises(SourceRefusedError, match="out of its folder"):
        read(folder / "index.m3u8")
    assert trap.visits == []


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile 'secret.mp4'\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
    ],
)
def test_a_file_that_leads_elsewhere_is_no_video(trap: Trap, secret: Path, text: str) -> None:
    script = secret.with_name("script.mp4")
    script.write_text(text.format(port=trap.port))
    with pytest.raises(SourceError):
        read(script)
    assert trap.visits == []


@pytest.mark.parametrize(
    ("allowed", "url", "permitted"),
    [
        ((), "http://cam/x", True),
        ((), "http://cam:80/x", True),
        ((), "http://CAM/x", True),
        ((), "https://cam/x", False),
        ((), "http://cam:8080/x", False),
        ((), "http://other/x", False),
        (("other",), "http://other/x", True),
        (("other",), "https://other/x", True),
        (("other",), "http://other:81/x", False),
        (("other:81",), "http://other:81/x", True),
        (("*.cdn.example",), "http://a.b.cdn.example/x", True),
        (("*.cdn.example",), "http://cdn.example/x", False),
        (("*.cdn.example",), "http://evilcdn.example/x", False),
        (("[::1]",), "http://[::1]/x", True),
        (("[::1]:81",), "http://[::1]:81/x", True),
        (("cam",), "file:///etc/passwd", False),
        (("cam",), "ftp://cam/x", False),
        ((), "http://cam@other/x", False),
        ((), "http://cam\\@other/x", False),
        ((), "http://:80/x", False),
        ((), "http://cam:99999/x", False),
        ((), "//cam/x", False),
    ],
)
def test_which_addresses_are_permitted(allowed: tuple[str, ...], url: str, permitted: bool) -> None:
    policy = HostPolicy(ServerAddress("cam", 80), allowed)
    if permitted:
        policy.check(url, ("http", "https"))
    else:
        with pytest.raises(SourceRefusedError):
            policy.check(url, ("http", "https"))


# -- RTSP

SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n{more}m=video 0 RTP/AVP 96\r\n"
    "a=rtpmap:96 H264/90000\r\n{media}"
)


def hostile_camera(port: int) -> dict[str, dict[str, str]]:
    """What a hostile RTSP camera may answer: by method, the lines of an answer."""
    other = f"rtsp://localhost:{port}/x"
    moved = f"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: {other}\r\n\r\n"
    return {
        "redirect at once": {"OPTIONS": moved},
        "redirect of the description": {"DESCRIBE": moved},
        "redirect of the set-up": {"SETUP": moved},
        "redirect to rtsps": {"DESCRIBE": moved.replace("rtsp://", "rtsps://")},
        "redirect to http": {"DESCRIBE": moved.replace("rtsp://", "http://")},
        "redirect without location": {"DESCRIBE": "RTSP/1.0 301 x\r\nCSeq: 1\r\n\r\n"},
        "status that atoi reads": {"DESCRIBE": moved.replace("302", "+302")},
        "status with returns in it": {"DESCRIBE": moved.replace("302", "3\r02")},
        "blank before the status": {"DESCRIBE": " " + moved},
        "two lengths": {
            "DESCRIBE": f"RTSP/1.0 200 OK\r\nContent-Length: 900\r\nContent-Length: 0\r\n\r\n{moved}"
        },
        "length with a sign": {"DESCRIBE": f"RTSP/1.0 200 OK\r\nContent-Length: +900\r\n\r\n{moved}"},
        "packet within a head": {"DESCRIBE": f"RTSP/1.0 200 OK\r\n$\0\0\x04abcd\r\n\r\n{moved}"},
        "answer within a packet": {"DESCRIBE": f"$\0\0\x04abcd{moved}"},
        "zero byte": {"DESCRIBE": moved.replace("302", "302\0")},
        "control elsewhere": {"sdp": SDP.format(more="", media=f"a=control:{other}\r\n")},
        "base elsewhere": {"base": f"Content-Base: {other}"},
        "address in the description": {"sdp": SDP.format(more="c=IN IP4 127.0.0.1\r\n", media="")},
        "reports elsewhere": {"transport": f"RTP/AVP;unicast;source=127.0.0.2;server_port={port}-{port}"},
        "UDP when asked for TCP": {
            "transport": f"RTP/AVP/UDP;unicast;client_port=5000-5001;source=127.0.0.2;server_port={port}-{port}"
        },
        "multicast": {"transport": f"RTP/AVP;multicast;destination=224.1.1.1;port={port}-{port};ttl=1"},
    }


def as_camera(script: dict[str, str]) -> HostileServer:
    def answer(head: str) -> Iterable[bytes]:
        method = head.split()[0]
        if method in script:
            yield script[method].encode("latin-1")
        elif method == "DESCRIBE":
            sdp = str(script.get("sdp", SDP.format(more="", media="a=control:track\r\n")))
            yield rtsp(head, "Content-Type: application/sdp", script.get("base", "X-Nothing: 1"), body=sdp)
        elif method == "SETUP":
            yield rtsp(
                head,
                "Session: 1",
                f"Transport: {script.get('transport', 'RTP/AVP/TCP;unicast;interleaved=0-1')}",
            )
        else:
            yield rtsp(head, "Session: 1", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN")

    return HostileServer(answer, keep=True)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
@pytest.mark.parametrize("name", hostile_camera(0))
def test_rtsp_leads_nowhere_else(trap: Trap, name: str, transport: str) -> None:
    with as_camera(hostile_camera(trap.port)[name]) as server:
        source = f"rtsp://127.0.0.1:{server.port}/live"
        with Follower(source, stall_timeout=1, transport=transport) as follower:
            follower.wait(lambda: follower.stream.stats.last_error)
            assert "camera cam" in (follower.stream.stats.last_error or "")
            assert follower.frames == []
        assert server.requests
    time.sleep(0.05)  # a datagram that was sent may be on its way
    assert trap.visits == []


@table(("host", "allowed"), [("127.0.0.1", False), ("localhost", True)])
def test_an_rtsp_redirect_to_another_port_or_an_allowed_host_is_followed(host: str, allowed: bool) -> None:
    with RtspServer() as real:
        moved = f"RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://{host}:{real.port}/live\r\n\r\n"
        with as_camera({"DESCRIBE": moved}) as server:
            source = f"rtsp://user:pw@127.0.0.1:{server.port}/live"
            with Follower(source, allow_hosts=[f"{host}:{real.port}"] if allowed else []) as follower:
                follower.more(10)


def test_an_rtsp_camera_that_redirects_in_a_circle_is_left() -> None:
    moved = "RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:{port}/live\r\n\r\n"
    script: dict[str, str] = {}
    with as_camera(script) as server:
        script["DESCRIBE"] = moved.format(port=server.port)
        with Follower(f"rtsp://127.0.0.1:{server.port}/live") as follower:
            follower.wait(lambda: "circle" in (follower.stream.stats.last_error or ""))
