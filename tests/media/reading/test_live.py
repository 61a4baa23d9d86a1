"""Live sources against real servers: connecting, breaking off, stalling, coming back, lagging behind."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from secondsight.clock import SystemClock
from secondsight.errors import SourceError
from secondsight.media import PacketRing, Stream, clip_frames, probe, write_clip
from tests.media.helpers import SOON, Follower, camera, read, wait_for
from tests.servers.http import HttpServer, jpeg
from tests.servers.rtsp import RtspServer
from tests.servers.videos import make_video, number_of


@pytest.fixture(scope="module")
def rtsp() -> Iterator[RtspServer]:
    """One camera that works, for tests that do it no harm."""
    with RtspServer(gop=10) as server:
        yield server


def assert_monotone(follower: Follower) -> None:
    times = [frame.time for frame in follower.frames]
    assert all(b > a for a, b in itertools.pairwise(times))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_rtsp_frames_carry_the_wall_clock(rtsp: RtspServer, transport: str) -> None:
    begun = time.time()
    with Follower(rtsp.url, transport=transport) as follower:
        follower.more(40)
        assert follower.stream.stats.state == "live"
    frames = follower.frames
    assert begun - 0.1 < frames[0].time < time.time()
    assert follower.delay < 0.5
    # Also the pictures that had been waiting when the connection was made are spread over their true times.
    gaps = [b.time - a.time for a, b in itertools.pairwise(frames)]
    assert gaps == pytest.approx([0.02] * len(gaps), abs=0.02)
    info = follower.packets[0].info
    assert (info.codec, info.width, info.height, info.live, info.origin) == ("h264", 320, 240, True, "live")
    assert info.epoch == pytest.approx(time.time() * 1000, abs=20_000)
    assert not follower.stream.stats.drops


@pytest.mark.parametrize("codec", ["h265", "mjpeg"])
def test_other_codecs_over_rtsp(tmp_path: Path, codec: str) -> None:
    with RtspServer(codec=codec) as server, Follower(server.url) as follower:
        follower.more(20)
    clip = write_clip(follower.packets, follower.frames[0].time, tmp_path, "a.mp4", min_free=0)
    assert not clip.reencoded
    assert clip.codec == {"h265": "hevc", "mjpeg": "mjpeg"}[codec]
    assert clip_frames(tmp_path / "a.mp4", clip.start, [clip.end])[0].shape == (240, 320, 3)


def test_rtsp_with_pictures_out_of_order(data_dir: Path, tmp_path: Path) -> None:
    file = data_dir / "videos" / "one-by-one-person-detection.mp4"
    with RtspServer(file=file) as server, Follower(server.url) as follower:
        follower.more(30)
    assert_monotone(follower)
    assert follower.packets[0].info.live
    frames = list(follower.frames)  # before their packets: both go on growing
    times = {packet.time for packet in follower.packets}
    assert all(frame.time in times for frame in frames)
    gaps = [b.time - a.time for a, b in itertools.pairwise(follower.frames)]
    # A machine that is behind passes frames over, and counts them; what it shows keeps its times.
    assert gaps == pytest.approx([max(round(gap, 1), 0.1) for gap in gaps], abs=0.03)
    passed_over = round(sum(gaps) / 0.1) - len(gaps)
    assert 0 <= passed_over <= follower.stream.stats.drops.total()
    clip = write_clip(follower.packets, follower.frames[0].time, tmp_path, "a.mp4", min_free=0)
    assert not clip.reencoded
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = [picture.time for picture in container.decode(video=0)]
    assert len(shown) >= 30
    assert shown == pytest.approx([i / 10 for i in range(len(shown))], abs=0.03)


def test_after_a_drop_a_new_epoch_begins() -> None:
    with RtspServer() as server, Follower(server.url) as follower:
        follower.more(10)
        server.drop()
        follower.wait(lambda: follower.stream.stats.reconnects == 1)
        follower.more(10)
    epochs = [frame.epoch for frame in follower.frames]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) == 2
    assert follower.frames[-1].index < 60
    assert "camera cam" in (follower.stream.stats.last_error or "")
    assert_monotone(follower)


def test_a_camera_that_comes_back_with_another_picture_size(tmp_path: Path) -> None:
    with RtspServer() as server, Follower(server.url) as follower:
        follower.more(10)
        server.kill()
        follower.wait(lambda: follower.stream.stats.reconnects >= 2)
        assert follower.stream.stats.state in ("retrying", "connecting")
        server.start(width=192, height=128)
        follower.more(20)
    first, last = follower.frames[0], follower.frames[-1]
    assert {(f.epoch, f.width) for f in follower.frames} == {(first.epoch, 320), (last.epoch, 192)}
    assert follower.packets[-1].info.width == 192
    assert_monotone(follower)
    # The first connection is long gone; its packets can still be made into a clip.
    before = [packet for packet in follower.packets if packet.epoch == follower.packets[0].epoch]
    clip = write_clip(before, before[0].time, tmp_path, "a.mp4", min_free=0)
    assert not clip.reencoded
    assert clip_frames(tmp_path / "a.mp4", clip.start, [clip.end])[0].shape == (240, 320, 3)


def test_a_stalled_camera_is_noticed_and_taken_up_again() -> None:
    with RtspServer() as server, Follower(server.url, stall_timeout=1) as follower:
        follower.more(5)
        server.stall()
        stalled = time.monotonic()
        follower.wait(lambda: follower.stream.stats.reconnects >= 1)
        assert time.monotonic() - stalled > 0.5
        assert "1 s" in (follower.stream.stats.last_error or "")
        server.resume()
        follower.more(5)
    assert_monotone(follower)


def test_stop_while_reading_is_blocked() -> None:
    with RtspServer() as server, Follower(server.url, stall_timeout=60) as follower:
        follower.more(3)
        server.stall()
        time.sleep(0.3)  # nothing tells when a read is blocked
        assert follower.stop() < SOON
    assert follower.stream.stats.state == "ended"


def test_stop_while_waiting_to_reconnect() -> None:
    with Follower("rtsp://127.0.0.1:9/none", reconnect_min=60, reconnect_max=60) as follower:
        follower.wait(lambda: follower.stream.stats.state == "retrying")
        assert follower.stop() < SOON
    assert "refused" in (follower.stream.stats.last_error or "")


def test_a_camera_that_is_switched_on_later() -> None:
    server = RtspServer()
    with server:
        server.kill()
        with Follower(server.url) as follower:
            follower.wait(lambda: follower.stream.stats.reconnects >= 2)
            server.start()
            follower.more(3)
            assert follower.stream.stats.state == "live"


def test_a_consumer_that_hangs_loses_pictures_but_not_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondsight.media.reading.feeder.MAX_PACKETS", 20)
    with HttpServer(rate=100) as server, Follower(server.url("mjpeg"), max_staleness=0.2) as follower:
        follower.more(5)
        follower.slow = 1.0
        follower.more(1)
        follower.slow = 0.0
        follower.more(20)
    stats = follower.stream.stats
    assert stats.reconnects == 0
    assert stats.drops["late"] > 40
    assert min(follower.delays[-10:]) < 0.5
    assert_monotone(follower)


def test_the_machine_s_clock_is_set_while_a_camera_runs() -> None:
    class Clock(SystemClock):
        behind = 3600.0

        def now(self) -> float:
            return super().now() - self.behind

    clock = Clock()
    with HttpServer(rate=50) as server, Follower(server.url("mjpeg"), clock) as follower:
        follower.more(5)
        clock.behind = 0.0
        follower.more(5)
        clock.behind = 60.0
        follower.more(5)
    assert follower.stream.stats.reconnects == 0
    assert_monotone(follower)
    assert follower.delays[0] == pytest.approx(3600, abs=1)
    assert follower.delays[-1] < 1
    assert len({frame.epoch for frame in follower.frames}) == 2


def test_stop_at_any_moment(rtsp: RtspServer) -> None:
    for delay in (0.0, 0.002, 0.05, 0.4):
        with Follower(rtsp.url, stall_timeout=60) as follower:
            time.sleep(delay)
            assert follower.stop() < SOON
        assert follower.stream.stats.state == "ended"


def test_what_is_no_camera_device() -> None:
    with pytest.raises(SourceError, match="/dev/null cannot be opened"):
        probe("cam", camera("/dev/null"))


def test_a_slow_consumer_gets_recent_pictures_and_all_packets() -> None:
    with RtspServer(rate=30, gop=15) as server, Follower(server.url, max_staleness=0.5) as follower:
        follower.more(1)
        follower.slow = 0.1  # ten pictures a second of thirty
        follower.wait(lambda: follower.stream.stats.drops["late"] > 60)
    stats = follower.stream.stats
    assert follower.delay < 0.5 + 0.1 + 0.6
    assert stats.frames + stats.drops["late"] + stats.drops["no_key"] == pytest.approx(stats.packets, abs=2)
    # Decoding begins again at key frames, and packets come without a gap for the ring.
    keys = {packet.time for packet in follower.packets if packet.is_key}
    resumed = [b.time for a, b in itertools.pairwise(follower.frames) if b.time - a.time > 0.2]
    assert resumed
    assert set(resumed) <= keys
    gaps = [b.time - a.time for a, b in itertools.pairwise(follower.packets)]
    assert max(gaps) < 0.1
    assert stats.drops["corrupt"] == 0


def test_clips_from_a_live_ring_play(rtsp: RtspServer, tmp_path: Path) -> None:
    ring = PacketRing(1.0)
    with Follower(rtsp.url) as follower:
        follower.more(60)
    for packet in follower.packets:
        ring.append(packet)
    wanted = follower.frames[-20].time
    clip = write_clip(ring.since(wanted), wanted, tmp_path, "clips/a.mp4", min_free=0)
    assert not clip.reencoded
    assert clip.start <= wanted < clip.start + 0.5
    assert clip.start + clip.offset == pytest.approx(wanted)
    with av.open(str(tmp_path / "clips/a.mp4")) as container:
        times = [picture.time for picture in container.decode(video=0)]
    assert times[0] == 0
    assert times[-1] == pytest.approx(clip.end - clip.start, abs=0.001)


def test_the_wrong_password_is_not_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RtspServer(user="admin", password="right") as server:
        wrong = server.url.replace("right", "hunter2@&")
        with pytest.raises(SourceError) as caught:
            probe("cam", camera(wrong, stall_timeout=5))
        assert "password" in str(caught.value)
        assert "127.0.0.1" in str(caught.value)
        with Follower(wrong, stall_timeout=5) as follower:
            follower.wait(lambda: follower.stream.stats.reconnects >= 2)
        said = [str(caught.value), repr(caught.value), follower.stream.stats.last_error or "", caplog.text]
        said += [str(record.__dict__) for record in caplog.records]
        said += [repr(vars(follower.stream))]
        assert not any("hunter2" in text for text in said)
        with Follower(server.url) as follower:
            follower.more(2)


@pytest.mark.parametrize("password", ["p#ss", "a/b c", "50%x?y@z"])
def test_a_password_that_nobody_encoded_works(password: str) -> None:
    with RtspServer(user="admin", password=password) as server:
        address = f"RTSP://admin:{password}@127.0.0.1:{server.url.rpartition(':')[2]}"
        assert probe("cam", camera(address, stall_timeout=5)).codec == "h264"
        with pytest.raises(SourceError, match="/ as %2F, # as %23") as caught:
            probe("cam", camera(address.replace("admin:", "admin:x"), stall_timeout=5))
    assert password not in str(caught.value)
    assert "admin" not in str(caught.value)


def test_an_address_with_two_meanings_is_refused() -> None:
    with pytest.raises(SourceError, match=r"in several ways; .* @ as %40") as caught:
        probe("cam", camera("rtsp://admin:Pass/word9@127.0.0.1/at@home"))
    assert "word9" not in str(caught.value)


def test_probe_of_a_camera(rtsp: RtspServer) -> None:
    info = probe("cam", camera(rtsp.url))
    assert (info.codec, info.width, info.height, info.live, info.duration) == ("h264", 320, 240, True, None)


def test_probe_gives_up_on_a_silent_camera() -> None:
    with RtspServer() as server:
        server.stall()
        with pytest.raises(SourceError, match=r"camera cam: .* cannot be opened: no data for 1 s"):
            probe("cam", camera(server.url, stall_timeout=1))


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(SourceError, match="gopher://"):
        list(Stream("cam", camera("gopher://camera/live"), None))  # type: ignore[arg-type]


# -- over HTTP


def test_mjpeg_camera(tmp_path: Path) -> None:
    with HttpServer(rate=25) as server, Follower(server.url("mjpeg")) as follower:
        follower.more(25)
        server.drop()
        follower.wait(lambda: follower.stream.stats.reconnects == 1)
        follower.more(5)
    assert_monotone(follower)
    assert follower.delay < 0.5
    first = [frame for frame in follower.frames if frame.epoch == follower.frames[0].epoch]
    assert [frame.luma().mean() for frame in first] == pytest.approx(list(range(len(first))), abs=2)
    clip = write_clip(follower.packets, first[0].time, tmp_path, "a.mp4", min_free=0)
    assert (clip.codec, clip.reencoded) == ("mjpeg", False)


def test_mjpeg_that_changes_its_size_begins_a_new_epoch() -> None:
    def picture(number: int) -> bytes:
        return jpeg(number, 160 if number < 10 else 320, 120)

    with HttpServer(rate=25, picture=picture) as server, Follower(server.url("mjpeg")) as follower:
        follower.more(20)
        assert follower.stream.stats.reconnects == 0
    assert [(frame.width, frame.index) for frame in follower.frames[:20]] == [(160, i) for i in range(10)] + [
        (320, i) for i in range(10)
    ]
    assert len({frame.epoch for frame in follower.frames}) == 2
    assert_monotone(follower)


def test_mjpeg_that_stalls() -> None:
    with HttpServer() as server, Follower(server.url("mjpeg"), stall_timeout=0.5) as follower:
        follower.more(5)
        server.flowing.clear()
        follower.wait(lambda: follower.stream.stats.reconnects >= 1)
        server.flowing.set()
        follower.more(5)
    assert_monotone(follower)


def test_damaged_pictures_do_not_end_the_stream() -> None:
    def picture(number: int) -> bytes:
        whole = jpeg(number, 160, 120)
        return b"no picture at all" if number % 5 == 2 else whole

    with HttpServer(rate=50, picture=picture) as server, Follower(server.url("mjpeg")) as follower:
        follower.more(20)
        assert follower.stream.stats.reconnects == 0
    assert follower.stream.stats.drops["corrupt"] >= 4


def test_a_camera_that_sends_nothing_decodable_is_left() -> None:
    good = jpeg(0, 160, 120)

    def picture(number: int) -> bytes:
        return good if number < 5 else b"\xff\xd8 rubbish"

    with (
        HttpServer(rate=50, picture=picture) as server,
        Follower(server.url("mjpeg"), stall_timeout=1) as follower,
    ):
        follower.wait(lambda: follower.stream.stats.reconnects >= 1)
    assert "could be decoded" in (follower.stream.stats.last_error or "")


def test_a_recording_over_http_is_a_recording(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4", 30, bframes=2)
    with HttpServer(tmp_path, login="user:s3cret-s3cret") as server:
        _, frames, stream = read(server.url("files/a.mp4"))
        assert [number_of(frame.bgr()) for frame in frames] == list(range(30))
        again = read(server.url("files/a.mp4"))[1]
        assert [frame.epoch for frame in again] == [frame.epoch for frame in frames]
        assert stream.stats.state == "ended"
        with pytest.raises(SourceError, match="404") as caught:
            read(server.url("files/b.mp4"))
        assert "s3cret" not in str(caught.value)
        with pytest.raises(SourceError, match="password"):
            read(server.url("files/a.mp4").replace("user:s3cret-s3cret", "user:wrong"))


def segments(folder: Path, count: int) -> list[str]:
    """HLS segments of one second with consecutive timestamps; returns their names."""
    folder.mkdir()
    make_video(
        folder / "index.m3u8",
        10 * count,
        container="hls",
        options={"hls_time": "1", "hls_list_size": "0", "hls_segment_filename": str(folder / "s%03d.ts")},
    )
    return sorted(path.name for path in folder.glob("*.ts"))


def test_hls_recording(tmp_path: Path) -> None:
    segments(tmp_path / "hls", 4)
    with HttpServer(tmp_path / "hls") as server:
        _, frames, stream = read(server.url("files/index.m3u8"))
    assert [number_of(frame.bgr()) for frame in frames] == list(range(40))
    assert stream.stats.state == "ended"
    # The same playlist as a local file.
    assert len(read(tmp_path / "hls" / "index.m3u8")[1]) == 40


def test_hls_camera(tmp_path: Path) -> None:
    names = segments(tmp_path / "hls", 8)
    playlist = tmp_path / "hls" / "index.m3u8"

    def publish(first: int, last: int) -> None:
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
        lines += [line for name in names[first:last] for line in ("#EXTINF:1.0,", name)]
        part = playlist.with_suffix(".new")
        part.write_text("\n".join(lines) + "\n")
        part.rename(playlist)

    publish(0, 3)
    with HttpServer(tmp_path / "hls") as server, Follower(server.url("files/index.m3u8")) as follower:
        for last in range(4, 8):
            follower.more(5)
            publish(last - 3, last)
        follower.more(5)
        stats = follower.stream.stats
        assert stats.reconnects == 0
        assert not stats.drops["late"]
    assert follower.packets[0].info.live
    assert_monotone(follower)
    numbers = [number_of(frame.bgr()) for frame in follower.frames]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_streams_do_not_disturb_each_other(rtsp: RtspServer) -> None:
    with Follower("rtsp://127.0.0.1:9/none") as broken, Follower(rtsp.url) as follower:
        follower.more(10)
        wait_for(lambda: broken.stream.stats.reconnects >= 2)
        assert follower.stream.stats.reconnects == 0
