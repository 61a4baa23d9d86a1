"""Clips: they play, show what they should at the right time, and are whole or not there."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.errors import SourceError, StoreError
from secondsight.media import Packet, PacketRing, clip_frames, find_leftovers, write_atomic, write_clip
from secondsight.media.writing.files import free_space
from secondsight.media.writing.remux import decoding_times
from secondsight.media.writing.snapshot import _stretches
from secondsight.records import Clip
from tests.conftest import ROOT, require
from tests.media.helpers import read
from tests.servers.videos import make_video, number_of
from tests.table import table

COPIED: dict[str, dict[str, Any]] = {
    "h264.mp4": {},
    "bframes.mp4": {"bframes": 2},
    "bframes.mkv": {"bframes": 3},
    "bframes.ts": {"bframes": 2},
    "hevc.mp4": {"codec": "libx265"},
    "av1.mp4": {"codec": "libsvtav1"},
    "vp9.webm": {"codec": "libvpx-vp9"},
    "mpeg4.avi": {"codec": "mpeg4"},
    "mpeg2.ts": {"codec": "mpeg2video"},
    "mjpeg.avi": {"codec": "mjpeg", "pixel_format": "yuvj420p"},
    "ten-bit.mp4": {"pixel_format": "yuv420p10le"},
}
ENCODED: dict[str, dict[str, Any]] = {
    "animation.gif": {"codec": "gif", "pixel_format": "bgr8"},
    "raw.avi": {"codec": "rawvideo", "pixel_format": "bgr24"},
    "lossless.mkv": {"codec": "ffv1"},
    "untimed.h264": {"bframes": 2, "container": "h264"},
    "odd.gif": {"codec": "gif", "pixel_format": "bgr8", "width": 191, "height": 95},
}


def shown(path: Path) -> list[tuple[float, int]]:
    """(second, number) of every picture of a file, decoded by FFmpeg alone."""
    with av.open(str(path)) as container:
        return [
            (float(picture.time or 0.0), number_of(picture.to_ndarray(format="bgr24")))
            for picture in container.decode(video=0)
        ]


def cut(folder: Path, video: Path, start: float, end: float) -> tuple[Clip, list[Packet], float]:
    """The clip of seconds `start` to `end` of a video, through a ring as in the product."""
    packets, frames, _ = read(video)
    begin = frames[0].time
    ring = PacketRing(60.0)
    for packet in packets:
        if packet.time <= begin + end + 0.01:
            ring.append(packet)
    chosen = ring.since(begin + start)
    return write_clip(chosen, begin + start, folder, "clips/a.mp4", min_free=0), chosen, begin


@table("name", [*COPIED, *ENCODED])
def test_a_clip_shows_the_right_pictures_at_the_right_times(tmp_path: Path, name: str) -> None:
    video = make_video(tmp_path / name, 50, **{**COPIED, **ENCODED}[name])
    clip, _, begin = cut(tmp_path, video, 2.5, 4.9)
    assert clip.path == "clips/a.mp4"
    assert clip.reencoded == (name in ENCODED)
    pictures = shown(tmp_path / clip.path)
    first = round((clip.start - begin) * 10)
    assert [number for _, number in pictures] == list(range(first, 50))
    assert [second for second, _ in pictures] == pytest.approx([i / 10 for i in range(50 - first)], abs=1e-3)
    assert clip.start <= begin + 2.5
    assert clip.start + clip.offset == pytest.approx(begin + 2.5)
    assert clip.end == pytest.approx(begin + 4.9, abs=1e-3)
    assert clip.size == (tmp_path / clip.path).stat().st_size
    with av.open(str(tmp_path / clip.path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec.canonical_name == clip.codec
        next(container.demux(stream))
        assert float(container.duration or 0) / av.time_base == pytest.approx((50 - first) / 10, abs=0.15)


def test_pictures_out_of_a_clip_are_the_nearest_ones(tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4", 50, bframes=2)
    clip, _, begin = cut(tmp_path, video, 2.5, 4.9)
    times = [begin + second for second in (4.9, 2.0, 2.54, 3.06, 99.0, -99.0)]
    pictures = clip_frames(tmp_path / clip.path, clip.start, times)
    assert [number_of(picture) for picture in pictures] == [49, 20, 25, 31, 49, 20]
    assert all(picture.shape == (96, 192, 3) for picture in pictures)
    assert clip_frames(tmp_path / clip.path, clip.start, []) == []


@table(
    ("wanted", "stretches"),
    [
        ({0}, [(0, 0)]),
        ({2}, [(0, 2)]),
        ({4, 6}, [(4, 6)]),
        ({5}, [(0, 5)]),  # shown before the key frame that it follows
        ({0, 6, 7}, [(0, 0), (4, 7)]),
    ],
)
def test_only_what_the_pictures_need_is_decoded(wanted: set[int], stretches: list[tuple[int, int]]) -> None:
    """Packets in decoding order: I P B | I B P P, with an open group of pictures."""
    shown = [0.0, 0.2, 0.1, 0.25, 0.4, 0.3, 0.6, 0.7]
    keys = [True, False, False, False, True, False, False, False]
    assert _stretches(shown, keys, wanted) == stretches


def test_a_clip_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no clip")
    for name in ("broken.mp4", "missing.mp4"):
        with pytest.raises(SourceError, match=name):
            clip_frames(tmp_path / name, 0.0, [0.0])


def test_the_real_videos_make_playable_clips(data_dir: Path, tmp_path: Path) -> None:
    packets, frames, _ = read(data_dir / "videos" / "one-by-one-person-detection.mp4")
    begin = frames[0].time
    chosen = [packet for packet in packets if packet.time >= begin + 30 - 1e-6][:100]
    clip = write_clip(chosen, begin + 30, tmp_path, "a.mp4", min_free=0)
    assert not clip.reencoded
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [picture.time for picture in container.decode(video=0)]
    assert times == pytest.approx([i / 10 for i in range(100)], abs=1e-3)


def test_packets_outlive_their_input_and_do_not_hold_it(tmp_path: Path) -> None:
    video = make_video(tmp_path / "v.mp4", 30, bframes=2)
    packets, frames, stream = read(video)
    inputs = [thing for thing in gc.get_objects() if type(thing).__name__ == "InputContainer"]
    del stream, frames
    gc.collect()
    video.unlink()
    assert all(
        type(packet.raw.stream.container).__name__ == "OutputContainer" for packet in packets if packet.size
    )
    assert not [
        thing for thing in inputs if type(thing).__name__ == "InputContainer" and thing.name == str(video)
    ]
    write_clip(packets, packets[0].time, tmp_path, "a.mp4", min_free=0)
    assert [number for _, number in shown(tmp_path / "a.mp4")] == list(range(30))


def test_writing_leaves_the_packets_as_they_are(tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.mp4", 30, bframes=2))
    before = [(p.raw.pts, p.raw.dts, p.raw.time_base, bytes(p.raw)) for p in packets]
    threads = [
        threading.Thread(
            target=write_clip,
            args=(packets[10 * (i % 3) :], packets[0].time, tmp_path, f"{i}.mp4"),
            kwargs={"min_free": 0},
        )
        for i in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(p.raw.pts, p.raw.dts, p.raw.time_base, bytes(p.raw)) for p in packets] == before
    assert all(len(shown(tmp_path / f"{i}.mp4")) == 30 - 10 * (i % 3) for i in range(6))


def test_pictures_before_the_key_frame_are_left_out(tmp_path: Path) -> None:
    # An open group of pictures: some are sent after a key frame but shown before it, and need the group before.
    video = tmp_path / "open.mp4"
    with av.open(str(make_video(tmp_path / "v.mp4", 3))):
        pass
    make_open_gop(video)
    packets, frames, _ = read(video)
    begin = frames[0].time
    keys = [i for i, packet in enumerate(packets) if packet.is_key]
    assert any(packets[keys[1] + 1 + i].time < packets[keys[1]].time for i in range(3)), (
        "no open group to test with"
    )
    clip = write_clip(packets[keys[1] :], 0.0, tmp_path, "a.mp4", min_free=0)
    first = round((clip.start - begin) * 10)
    assert [number for _, number in shown(tmp_path / "a.mp4")] == list(range(first, 40))
    assert shown(tmp_path / "a.mp4")[0][0] == 0


def make_open_gop(path: Path) -> None:
    from tests.servers.videos import numbered

    with av.open(str(path), "w") as output:
        parameters = "open-gop=1:b-adapt=0:scenecut=0:keyint=10:min-keyint=10:bframes=3"
        stream = output.add_stream("libx264", rate=10, options={"qp": "18", "x264-params": parameters})
        stream.codec_context.width, stream.codec_context.height, stream.codec_context.thread_count = (
            192,
            96,
            1,
        )
        for i in range(40):
            picture = av.VideoFrame.from_ndarray(numbered(i), format="bgr24")
            picture.pts, picture.time_base = i, Fraction(1, 10)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))


def test_new_parameters_in_the_stream_are_used(tmp_path: Path) -> None:
    parts = [
        make_video(tmp_path / f"{width}.ts", 10, width=width, first=10 * n)
        for n, width in enumerate((192, 384))
    ]
    whole = tmp_path / "whole.ts"
    whole.write_bytes(b"".join(part.read_bytes() for part in parts))
    packets, frames, _ = read(whole)
    assert {frame.width for frame in frames} == {192, 384}
    first = packets[0].epoch
    for part, width in enumerate((192, 384)):
        chosen = [packet for packet in packets if packet.epoch == first + part]
        clip = write_clip(chosen, chosen[0].time, tmp_path, f"{part}.mp4", min_free=0)
        assert not clip.reencoded
        assert [number for _, number in shown(tmp_path / f"{part}.mp4")] == list(
            range(10 * part, 10 * part + 10)
        )
        assert clip_frames(tmp_path / clip.path, clip.start, [clip.start])[0].shape[1] == width


def test_only_one_epoch_goes_into_a_clip(tmp_path: Path) -> None:
    for i, width in enumerate((96, 192)):
        make_video(tmp_path / f"{i}.h264", 10, width=width, container="h264", first=10 * i)
    whole = tmp_path / "whole.ts"
    make_video(tmp_path / "0.ts", 10)
    make_video(tmp_path / "1.ts", 10, width=384, first=10)
    whole.write_bytes((tmp_path / "0.ts").read_bytes() + (tmp_path / "1.ts").read_bytes())
    packets, _, _ = read(whole)
    write_clip(packets, packets[0].time, tmp_path, "a.mp4", min_free=0)
    assert [number for _, number in shown(tmp_path / "a.mp4")] == list(range(10))


def test_without_a_key_frame_there_is_no_clip(tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.mp4", 20))
    for useless in ([], packets[1:9]):
        with pytest.raises(SourceError, match="no key frame"):
            write_clip(useless, 0.0, tmp_path, "a.mp4", min_free=0)
    assert not (tmp_path / "a.mp4").exists()


def test_packets_that_cannot_be_decoded_make_no_clip(tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.gif", 5, codec="gif", pixel_format="bgr8"))
    from secondsight.media.frames.packet import raw_packet

    broken = []
    for packet in packets:
        raw = raw_packet(b"rubbish")
        raw.is_keyframe = True
        broken.append(Packet(packet.info, packet.time, packet.duration, raw))
    with pytest.raises(SourceError, match="none of the packets kept can be decoded"):
        write_clip(broken, 0.0, tmp_path, "a.mp4", min_free=0)
    assert [path.name for path in tmp_path.iterdir()] == ["v.gif"]


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60, unique=True))
def test_decoding_times_are_valid_for_any_order(stamps: list[int]) -> None:
    times = decoding_times(stamps)
    assert all(b > a for a, b in itertools.pairwise(times))
    assert all(dts <= pts for dts, pts in zip(times, stamps, strict=True))
    if stamps == sorted(stamps):
        assert times == stamps


# -- disks


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True
    ).returncode == 0  # fmt: skip
    require(mounted, "mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", ["v.mp4", "v.gif"])
def test_a_full_disk_leaves_nothing_behind(small_disk: Path, tmp_path: Path, name: str) -> None:
    gif: dict[str, Any] = {"codec": "gif", "pixel_format": "bgr8"}
    packets, _, _ = read(make_video(tmp_path / name, 20, **(gif if name.endswith("gif") else {})))
    (small_disk / "filler").write_bytes(bytes(free_space(small_disk) - 4096))
    with pytest.raises(StoreError, match="disk is full") as caught:
        write_clip(packets, 0.0, small_disk, "clips/a.mp4", min_free=0)
    assert str(small_disk) in str(caught.value)
    assert not [path for path in small_disk.rglob("*") if path.is_file() and path.name != "filler"]


def test_running_out_of_space_while_writing(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The estimate before writing cannot know what others write meanwhile.
    packets, _, _ = read(make_video(tmp_path / "v.avi", 90, codec="mjpeg", pixel_format="yuvj420p"))
    monkeypatch.setattr("secondsight.media.writing.clip.require_space", lambda *_: None)
    monkeypatch.setattr("secondsight.media.writing.files.require_space", lambda *_: None)
    (small_disk / "filler").write_bytes(bytes(free_space(small_disk) - 4096))
    with pytest.raises(StoreError, match="disk is full"):
        write_clip(packets, 0.0, small_disk, "a.mp4", min_free=0)
    with pytest.raises(StoreError, match="disk is full"):
        write_atomic(small_disk / "b.jpg", bytes(100_000), 0)
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_the_floor_of_free_space_is_never_crossed(small_disk: Path, tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.mp4", 20))
    floor = free_space(small_disk) - 300_000
    written = 0
    while free_space(small_disk) - floor > 100_000:
        write_clip(packets, 0.0, small_disk, f"{written}.mp4", min_free=floor)
        written += 1
    (small_disk / "other").write_bytes(bytes(free_space(small_disk) - floor - 8192))
    with pytest.raises(StoreError, match="are kept free"):
        write_clip(packets, 0.0, small_disk, "one more.mp4", min_free=floor)
    assert free_space(small_disk) >= floor
    assert written > 5
    assert len(list(small_disk.iterdir())) == written + 1
    with pytest.raises(StoreError):
        write_atomic(small_disk / "b.jpg", bytes(400_000), floor)


def test_an_encoded_clip_stops_at_the_floor_too(small_disk: Path, tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.gif", 40, codec="gif", pixel_format="bgr8"))
    small = [p for p in packets if p.size]
    floor = free_space(small_disk) - sum(p.size for p in small) - 70_000
    (small_disk / "other").write_bytes(bytes(60_000))
    with pytest.raises(StoreError):
        write_clip(small, 0.0, small_disk, "a.mp4", min_free=floor)
    assert [path.name for path in small_disk.iterdir()] == ["other"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.mp4", 20))
    (tmp_path / "clips").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        write_clip(packets, 0.0, tmp_path, "clips/a.mp4", min_free=0)
    with pytest.raises(StoreError):
        write_atomic(tmp_path / "clips" / "a.jpg", b"x", 0)


def test_a_read_only_disk(small_disk: Path, tmp_path: Path) -> None:
    packets, _, _ = read(make_video(tmp_path / "v.mp4", 20))
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StoreError, match="cannot be written"):
        write_clip(packets, 0.0, small_disk, "clips/a.mp4", min_free=0)


# -- files


def test_an_atomic_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "2026-01-01" / "event" / "0.jpg"
    write_atomic(path, b"one", 0)
    assert path.read_bytes() == b"one"
    write_atomic(path, b"two", 0)
    assert path.read_bytes() == b"two"
    assert [each.name for each in path.parent.iterdir()] == ["0.jpg"]
    with pytest.raises(StoreError):
        write_atomic(path, b"three", 10**18)
    assert path.read_bytes() == b"two"


def test_killed_while_writing_leaves_only_a_part(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from secondsight.media.writing.files import atomic_file\n"
        "with atomic_file(Path(sys.argv[1]) / 'clips' / 'a.mp4', 0) as file:\n"
        "    file.write(b'x' * 1000); os.kill(os.getpid(), 9)\n"
    )
    import sys

    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, cwd=ROOT)
    left = list((tmp_path / "clips").iterdir())
    assert len(left) == 1
    assert left[0].suffix == ".part"
    (tmp_path / "clips" / "whole.mp4").write_bytes(b"keep")
    found = find_leftovers(tmp_path, set())
    assert found.half_written == left
    assert [stray.path.name for stray in found.strays] == ["whole.mp4"]
