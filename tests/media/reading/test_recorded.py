"""Recordings: every picture, once, in order, at its time, whatever the container does."""

from __future__ import annotations

import hashlib
import itertools
import os
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from secondsight.clock import ManualClock
from secondsight.errors import SourceError
from secondsight.media import Stream, is_recording, probe
from tests.media.helpers import SOON, Follower, camera, read
from tests.servers.videos import make_video, number_of, numbered
from tests.table import table

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()

FORMATS: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "bframes.mp4": {"bframes": 2},
    "bframes.mkv": {"bframes": 2},
    "bframes.ts": {"bframes": 2},
    "bframes.avi": {"bframes": 2},
    "bframes.h264": {"bframes": 2, "container": "h264"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mjpeg.avi": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "ten-bit.mp4": {"pixel_format": "yuv420p10le"},
    "raw.avi": {"codec": "rawvideo", "pixel_format": "bgr24"},
    "lossless.mkv": {"codec": "ffv1"},
    "animation.gif": {"codec": "gif", "pixel_format": "bgr8"},
}


@table("name", FORMATS)
def test_every_picture_comes_once_in_order_at_its_time(tmp_path: Path, name: str) -> None:
    path = make_video(tmp_path / name, 30, **FORMATS[name])
    packets, frames, stream = read(path)
    assert [number_of(frame.luma()) for frame in frames] == list(range(30))
    assert [number_of(frame.bgr()) for frame in frames] == list(range(30))
    assert [frame.index for frame in frames] == list(range(30))
    begin = frames[0].time
    assert [frame.time - begin for frame in frames] == pytest.approx([i / 10 for i in range(30)], abs=1e-3)
    assert stream.stats.packets == stream.stats.frames == 30
    assert stream.stats.state == "ended"
    assert stream.stats.position == 1.0
    assert not stream.stats.drops
    assert sum(packet.size > 0 for packet in packets) == 30


@table(
    "name",
    ["h264.mp4", "bframes.mp4", "bframes.mkv", "bframes.ts", "bframes-hevc.mp4", "mpeg4.avi"],
)
def test_what_nobody_wants_is_not_decoded_and_harms_nothing_else(tmp_path: Path, name: str) -> None:
    settings = {**FORMATS, "bframes-hevc.mp4": {"bframes": 2, "codec": "libx265"}}[name]
    path = make_video(tmp_path / name, 30, **settings)
    whole, asked = list(Stream("a", camera(path), ManualClock())), []

    def wanted(time: float, interval: float) -> bool:
        asked.append(interval)
        return round(time * 10) % 3 == 0

    stream = Stream("a", camera(path), ManualClock(), wanted=wanted)
    frames = [frame for _, decoded in stream for frame in decoded]
    every = {frame.index: frame for _, decoded in whole for frame in decoded}
    shown = {frame.index for frame in frames}
    assert shown >= {index for index, frame in every.items() if round(frame.time * 10) % 3 == 0}
    assert (len(shown) < 30) == name.startswith("bframes"), "only pictures to which no other refers"
    for frame in frames:
        assert frame.time == every[frame.index].time
        assert number_of(frame.luma()) == frame.index
        assert np.array_equal(frame.luma(), every[frame.index].luma())
    assert asked == pytest.approx([0.1] * len(asked), abs=1e-3)
    assert stream.stats.frames == stream.stats.packets == 30
    assert not stream.stats.drops


@pytest.mark.parametrize("name", ["bframes.mp4", "bframes.mkv", "bframes.ts", "animation.gif"])
def test_packets_have_the_time_of_their_picture(tmp_path: Path, name: str) -> None:
    packets, frames, _ = read(make_video(tmp_path / name, 30, **FORMATS[name]))
    assert sorted(packet.time for packet in packets if packet.size) == [frame.time for frame in frames]


@pytest.mark.parametrize(
    ("file", "count"),
    [
        ("car-detection.mp4", 377),
        ("one-by-one-person-detection.mp4", 1394),
        ("people-detection.gif", 23),
        ("person-bicycle-car-detection.gif", 41),
        ("worker-zone-detection.gif", 71),
    ],
)
def test_real_videos_are_read_whole(data_dir: Path, file: str, count: int) -> None:
    _, frames, stream = read(data_dir / "videos" / file)
    assert len(frames) == count
    assert all(b.time > a.time for a, b in itertools.pairwise(frames))
    assert not stream.stats.drops


def test_time_starts_where_the_recording_says(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 3)
    assert read(path)[1][0].time == pytest.approx(START)


def test_configured_start_time_wins_and_naive_means_utc(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 3)
    for start in (datetime(2025, 6, 1, tzinfo=UTC), datetime(2025, 6, 1)):
        frames = read(path, start_time=start)[1]
        assert frames[0].time == pytest.approx(datetime(2025, 6, 1, tzinfo=UTC).timestamp())


def test_without_metadata_the_age_of_the_file_counts(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 3, creation_time=None)
    os.utime(path, (1_600_000_000, 1_600_000_000))
    assert read(path)[1][0].time == pytest.approx(1_600_000_000)


def test_info_and_identity(tmp_path: Path) -> None:
    one = make_video(tmp_path / "a.mp4", 20)
    other = make_video(tmp_path / "b.mp4", 20, first=100)
    info = read(one)[0][0].info
    assert (info.camera, info.codec, info.width, info.height) == ("cam", "h264", 192, 96)
    assert (info.frame_rate, info.duration, info.frames, info.live) == (10.0, 2.0, 20, False)
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(one.read_bytes())
    assert read(copy)[0][0].info.origin == info.origin
    assert read(other)[0][0].info.origin != info.origin
    assert info.origin.startswith("file:")
    assert is_recording("cam", camera(one))
    assert not is_recording("cam", camera(one, pace="realtime"))
    assert not is_recording("cam", camera("rtsp://camera/live"))
    assert not is_recording("cam", camera(tmp_path / "missing.mp4"))


def test_loops_go_on_in_time_with_a_new_epoch_each(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 10, bframes=2)
    frames, origins = [], []
    stream = Stream("cam", camera(path, loop=True), ManualClock())
    for packet, completed in stream:
        frames += completed
        origins.append(packet.info.origin)
        if len(frames) >= 30:
            stream.stop()
    first = int(frames[0].time * 1000)
    assert [frame.epoch - first for frame in frames[:30]] == [0] * 10 + [1] * 10 + [2] * 10
    assert [frame.index for frame in frames[:30]] == list(range(10)) * 3
    assert [f.time - frames[0].time for f in frames[:30]] == pytest.approx(
        [i / 10 for i in range(30)], abs=1e-3
    )
    assert len(set(origins)) == 3
    assert origins[-1] == origins[0] + "#2"


def test_the_same_file_gives_the_same_frames_every_time(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 10)
    first, second = (
        [(f.epoch, f.index, f.time) for f in read(path, ManualClock(i))[1]] for i in (1.0, 9.9e8)
    )
    assert first == second


def test_recordings_of_two_days_share_no_epoch(tmp_path: Path) -> None:
    """Tracks are numbered anew in each epoch: an epoch that came again would make two people one."""
    path = make_video(tmp_path / "a.mp4", 10)
    days = [
        {frame.epoch for frame in read(path, start_time=datetime(2026, 1, day, 8, tzinfo=UTC))[1]}
        for day in (1, 2)
    ]
    assert [len(epochs) for epochs in days] == [1, 1]
    assert days[0] != days[1]


def test_the_consumer_sets_the_pace(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 20)
    stream = Stream("cam", camera(path, max_staleness=0.01), ManualClock())
    for _ in stream:
        time.sleep(0.002)
    assert stream.stats.frames == 20


def test_realtime_pace_behaves_like_a_camera(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 10, rate=20, bframes=2)
    begun = time.time()
    with Follower(path, pace="realtime", loop=True) as follower:
        follower.more(16)
    frames = follower.frames
    assert follower.delay < 0.4
    assert frames[0].time == pytest.approx(begun, abs=3)
    assert frames[0].epoch == pytest.approx(begun * 1000, abs=3000)
    assert frames[15].epoch > frames[0].epoch
    assert frames[15].time - frames[0].time == pytest.approx(0.75, abs=0.5)
    assert follower.packets[0].info.live
    assert follower.packets[0].info.origin == "live"


def test_realtime_pace_skips_for_a_slow_consumer(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 60, rate=60, gop=5)
    with Follower(path, pace="realtime", max_staleness=0.1) as follower:
        follower.slow = 0.05
        follower.wait(lambda: follower.stream.stats.state == "ended")
    stats = follower.stream.stats
    assert stats.drops["late"] > 10
    assert stats.frames + stats.drops["late"] == stats.packets == 60
    # The packets are all there, only their decoding was saved.
    assert sum(packet.size > 0 for packet in follower.packets) == 60
    assert follower.delay < 0.1 + 0.3


def test_stop_ends_a_realtime_wait_at_once(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 3, rate=Fraction(1, 20), gop=1)
    with Follower(path, pace="realtime") as follower:
        follower.more(1)
        assert follower.stop() < SOON


def test_images_play_in_the_order_of_their_names(tmp_path: Path) -> None:
    for i in (3, 0, 2, 1):
        Image.fromarray(numbered(i)[:, :, ::-1]).save(
            tmp_path / f"shot-{i}.{'png' if i < 2 else 'jpg'}", quality=95
        )
    (tmp_path / "notes.txt").write_text("not a picture")
    packets, frames, _ = read(tmp_path, frame_rate=5, start_time=datetime(2026, 1, 1, tzinfo=UTC))
    assert [number_of(frame.bgr()) for frame in frames] == [0, 1, 2, 3]
    assert [f.time - frames[0].time for f in frames] == pytest.approx([0, 0.2, 0.4, 0.6])
    # Another codec is another epoch.
    codecs = [(packet.info.codec, packet.epoch - packets[0].epoch) for packet in packets]
    assert codecs == [("png", 0), ("png", 0), ("mjpeg", 1), ("mjpeg", 1)]
    assert all(packet.is_key for packet in packets)


def test_images_of_another_size_begin_a_new_epoch(tmp_path: Path) -> None:
    for i, width in enumerate((96, 96, 192)):
        Image.fromarray(numbered(i, width)).save(tmp_path / f"{i}.png")
    packets, frames, _ = read(tmp_path)
    assert [(frame.epoch - frames[0].epoch, frame.index, frame.width) for frame in frames] == [
        (0, 0, 96),
        (0, 1, 96),
        (1, 0, 192),
    ]
    assert [packet.info.width for packet in packets] == [96, 96, 192]


def test_a_damaged_image_is_counted_and_passed_over(tmp_path: Path) -> None:
    for i in range(3):
        Image.fromarray(numbered(i)).save(tmp_path / f"{i}.png")
    (tmp_path / "1.png").write_bytes(b"")
    _, frames, stream = read(tmp_path)
    assert [number_of(frame.bgr()) for frame in frames] == [0, 2]
    assert stream.stats.drops == {"corrupt": 1}


def test_picture_size_may_change_within_a_stream(tmp_path: Path) -> None:
    parts = [
        make_video(tmp_path / f"{width}.h264", 10, width=width, first=10 * n, container="h264", bframes=2)
        for n, width in enumerate((192, 384))
    ]
    whole = tmp_path / "whole.h264"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    packets, frames, _ = read(whole)
    assert [number_of(frame.bgr()) for frame in frames] == list(range(20))
    begin = frames[0].epoch
    assert [(frame.epoch - begin, frame.index, frame.width) for frame in frames] == [
        (0, i, 192) for i in range(10)
    ] + [(1, i, 384) for i in range(10)]
    assert all(b.time > a.time for a, b in itertools.pairwise(frames))
    assert {(p.epoch - begin, p.info.width) for p in packets} == {(0, 192), (1, 384)}
    first = next(p for p in packets if p.epoch > begin)
    assert first.is_key
    assert first.size


# -- damage


def test_a_truncated_file_gives_what_it_has(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", 50, gop=10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    _, frames, stream = read(path)
    assert 15 < len(frames) < 45
    assert [number_of(frame.bgr()) for frame in frames[:15]] == list(range(15))
    assert stream.stats.state == "ended"


def test_a_fragmented_recording_cut_off_by_a_power_failure_gives_what_it_has(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 50, gop=10, options={"movflags": "frag_keyframe+empty_moov"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    _, frames, _ = read(path)
    assert 15 < len(frames) < 45


def test_damage_is_counted_and_does_not_end_the_stream(data_dir: Path, tmp_path: Path) -> None:
    data = bytearray((data_dir / "videos" / "car-detection.mp4").read_bytes())
    rng = np.random.default_rng(7)
    for at in rng.integers(len(data) // 4, len(data) * 3 // 4, 60):
        data[at : at + 64] = rng.bytes(64)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    _, frames, stream = read(path)
    stats = stream.stats
    assert stats.drops["corrupt"] > 0
    assert stats.frames + stats.drops["corrupt"] <= stats.packets + 20
    assert len(frames) > 250
    assert frames[-1].time - frames[0].time == pytest.approx(30.08, abs=0.5)
    assert stats.state == "ended"


@table("seed", range(6))
def test_garbage_anywhere_never_escapes_as_another_error(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    name = ["a.mp4", "a.mkv", "a.ts", "a.avi", "a.gif", "a.flv"][seed]
    settings = {"a.avi": FORMATS["mpeg4.avi"], "a.gif": FORMATS["animation.gif"]}
    data = bytearray(make_video(tmp_path / name, 30, **settings.get(name, {})).read_bytes())
    for _ in range(12):
        for at in rng.integers(0, len(data), 5):
            data[at] = int(rng.integers(0, 256))
        path = tmp_path / name
        path.write_bytes(data)
        try:
            _, frames, stream = read(path)
        except SourceError:
            continue
        assert frames
        assert stream.stats.state == "ended"


def _random_bytes(path: Path) -> Path:
    path.write_bytes(hashlib.shake_128(b"x").digest(100_000))
    return path


def _text(path: Path) -> Path:
    path.with_suffix(".txt").write_text("There is no video in here.\n" * 100)
    return path.with_suffix(".txt")


def _sound(path: Path) -> Path:
    import av

    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=8000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        silence.sample_rate = 8000
        output.mux(stream.encode(silence))
        output.mux(stream.encode(None))
    return path


def _headless(path: Path) -> Path:
    make_video(path, 20)
    path.write_bytes(path.read_bytes()[:400])
    return path


def _hollow(path: Path) -> Path:
    """All of the container, nothing of the pictures."""
    data = bytearray(make_video(path, 20).read_bytes())
    begin = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    data[begin:end] = bytes(end - begin)
    path.write_bytes(data)
    return path


BROKEN = {
    "missing": (lambda path: path, "no such file"),
    "empty": (lambda path: (path.write_bytes(b"") and path) or path, "the file is empty"),
    "random": (_random_bytes, "damaged or incomplete"),
    "text": (_text, "no video"),
    "sound": (_sound, "has no video"),
    "headless": (_headless, "damaged or incomplete"),
    "hollow": (_hollow, "no picture in it can be decoded"),
    "folder": (lambda path: path.mkdir() or path, "has no .png"),
    "device": (lambda _: Path("/dev/video99"), "no such device"),
}


@table("case", BROKEN)
def test_what_cannot_be_read_is_named_with_a_remedy(tmp_path: Path, case: str) -> None:
    make, expected = BROKEN[case]
    path = make(tmp_path / "broken.mp4")
    for attempt in (lambda: read(path), lambda: probe("cam", camera(path))):
        with pytest.raises(SourceError) as caught:
            attempt()
        assert "camera cam" in str(caught.value)
        assert str(path) in str(caught.value)
        assert expected in str(caught.value)


def test_failure_is_in_the_statistics(tmp_path: Path) -> None:
    stream = Stream("cam", camera(tmp_path / "missing.mp4"), ManualClock())
    with pytest.raises(SourceError):
        list(stream)
    assert stream.stats.state == "failed"
    assert "missing.mp4" in (stream.stats.last_error or "")


def test_a_colon_in_the_name_is_no_protocol(tmp_path: Path) -> None:
    path = make_video(tmp_path / "plain.mp4", 3)
    odd = path.rename(tmp_path / "10:30 yard 100%.mp4")
    assert len(read(odd)[1]) == 3
    assert len(read(f"file://{odd}".replace("%", "%25").replace(" ", "%20"))[1]) == 3


def test_probe_tells_what_a_source_is(tmp_path: Path) -> None:
    info = probe("cam", camera(make_video(tmp_path / "a.mp4", 20, bframes=2)))
    assert (info.codec, info.width, info.height, info.frame_rate, info.frames) == ("h264", 192, 96, 10.0, 20)
    assert not info.live


def test_stop_before_and_during(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 20)
    stream = Stream("cam", camera(path), ManualClock())
    stream.stop()
    assert list(stream) == []
    stream = Stream("cam", camera(path, loop=True), ManualClock())
    for count, _ in enumerate(stream):
        if count == 5:
            stream.stop()
    assert count == 5
    assert stream.stats.state == "ended"


def test_pictures_of_a_folder_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(1, 13):
        Image.fromarray(numbered(number)).save(folder / f"frame_{number}.png")
    _, frames, _ = read(folder)
    assert [number_of(frame.bgr()) for frame in frames] == list(range(1, 13))
