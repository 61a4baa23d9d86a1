"""Footage: what is kept of a stream, that it shows the right pictures at the right time, and what goes first."""

import io
import os
from pathlib import Path
from typing import Any

import av
import pytest

from secondsight.config import RetentionSettings
from secondsight.errors import SourceError
from secondsight.media import (
    FootageRetention,
    FootageWriter,
    Packet,
    Segment,
    clip_frames,
    cut_footage,
    find_segment,
    find_segments,
    oldest_segment,
)
from secondsight.media.footage.gathering import MARGIN, FootageGatherer
from secondsight.media.footage.live_muxer import LiveMuxer
from secondsight.media.footage.packet_tap import PacketTap
from tests.media.helpers import read
from tests.servers.videos import make_video, number_of
from tests.table import table

BEGIN = 1_767_323_045.0
"""2026-01-02T03:04:05Z, when the films of these tests begin."""
ROOMY = RetentionSettings(min_free=0)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """60 s, 5 pictures a second, a key frame every 2 s; two of three others are B-frames."""
    path = make_video(tmp_path_factory.mktemp("film") / "a.mp4", 300, rate=5, gop=10, bframes=2)
    return [packet for packet in read(path)[0] if packet.size]


def record(
    data: Path,
    packets: list[Packet],
    kept: Any,
    moved: tuple[float, ...] = (),
    event: tuple[float, float] | None = None,
    retention: RetentionSettings = ROOMY,
) -> FootageWriter:
    """Write footage of a stream in which something moves, and an event happens, at these seconds."""
    writer = FootageWriter(data, retention)
    writer.record("cam", kept)
    for packet in packets:
        writer.feed(packet)
        second = packet.time - BEGIN
        if any(abs(second - at) < 0.1 for at in moved):
            writer.moved("cam", packet.time)
        if event is not None and abs(second - event[0]) < 0.1:
            writer.happened("cam", "1", packet.time, None)
        if event is not None and abs(second - event[1]) < 0.1:
            writer.happened("cam", "1", BEGIN + event[0], packet.time)
    writer.end("cam")
    writer.close(60.0)
    return writer


def spans(data: Path) -> list[tuple[float, float]]:
    """What there is, in seconds of the film; neighbours joined."""
    joined: list[tuple[float, float]] = []
    for one in find_segments(data, "cam", 0.0, BEGIN + 1000):
        begin, end = round(one.start - BEGIN, 2), round(one.end - BEGIN, 2)
        if joined and begin - joined[-1][1] < 0.01:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return joined


def numbers(video: bytes) -> list[tuple[float, int]]:
    """(second, number) of every picture."""
    with av.open(io.BytesIO(video), "r") as container:
        return [
            (round(float(picture.time or 0), 2), number_of(picture.to_ndarray(format="bgr24")))
            for picture in container.decode(video=0)
        ]


@table(
    "kept, moved, event, expected",
    [
        ("continuous", (), None, [(0.0, 60.0)]),
        ("motion", (), None, []),
        ("motion", (29.0,), None, [(16.0, 40.0)]),
        ("motion", (3.0, 55.0), None, [(0.0, 16.0), (40.0, 60.0)]),
        ("events", (29.0,), None, []),
        ("events", (), (20.0, 36.0), [(8.0, 48.0)]),
    ],
)
def test_what_is_kept(
    film: list[Packet], tmp_path: Path, kept: Any, moved: Any, event: Any, expected: list[tuple[float, float]]
) -> None:
    writer = record(tmp_path, film, kept, moved, event)
    assert spans(tmp_path) == expected
    assert writer.idle
    assert not writer.lost


def test_segments_say_whether_something_moved(film: list[Packet], tmp_path: Path) -> None:
    record(tmp_path, film, "continuous", moved=(29.0, 29.2))
    found = find_segments(tmp_path, "cam", BEGIN, BEGIN + 60)
    assert [(one.start - BEGIN, one.moving) for one in found if one.moving] == [(24.0, True)]
    assert oldest_segment(tmp_path, "cam") == found[0]
    assert find_segment(tmp_path, "cam", found[3].name) == found[3]


@table(
    "name",
    [
        "../../../etc/passwd",
        "1767323045000-1767323053000-s.mp4",
        "00-08-s.mp4",
        "999999999999999-999999999999999-m.mp4",
    ],
)
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    assert find_segment(tmp_path, "cam", name) is None


@table(
    "since, until, first, last",
    [
        (21.3, 33.1, 100, 165),
        (-100, 100, 0, 299),
        (8.0, 8.1, 40, 40),
    ],
)
def test_a_cut_shows_its_pictures_at_their_time(
    film: list[Packet], tmp_path: Path, since: float, until: float, first: int, last: int
) -> None:
    record(tmp_path, film, "continuous")
    found = find_segments(tmp_path, "cam", BEGIN + since, BEGIN + until)
    shown = numbers(b"".join(cut_footage(tmp_path, found, BEGIN + since, BEGIN + until)))
    begin = shown[0][0]
    # Beyond the end there may be the picture to which the last ones refer.
    assert [number for _, number in shown][: last + 1 - first] == list(range(first, last + 1))
    assert shown[-1][1] <= last + 3
    assert [round(second - begin, 1) for second, _ in shown] == [
        round((number - first) / 5, 1) for _, number in shown
    ]


def test_a_cut_over_a_gap_keeps_the_distance(film: list[Packet], tmp_path: Path) -> None:
    record(tmp_path, film, "motion", moved=(3.0, 55.0))
    found = find_segments(tmp_path, "cam", BEGIN + 15, BEGIN + 41)
    shown = numbers(b"".join(cut_footage(tmp_path, found, BEGIN + 15, BEGIN + 41)))
    assert (shown[0][1], shown[-2][1]) == (70, 204)
    assert round(shown[-2][0] - shown[0][0], 1) == (204 - 70) / 5


def test_no_footage_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no footage"):
        cut_footage(tmp_path, [Segment(1.0, 2.0, "cam", False)], 1.0, 2.0)


def test_a_picture_of_any_moment(film: list[Packet], tmp_path: Path) -> None:
    record(tmp_path, film, "continuous")
    found = find_segments(tmp_path, "cam", BEGIN + 21, BEGIN + 21.1)[0]
    assert number_of(clip_frames(tmp_path / found.path, found.start, [BEGIN + 21])[0]) == 105


def test_a_new_epoch_and_what_precedes_a_key_frame(film: list[Packet]) -> None:
    gatherer = FootageGatherer("continuous")
    out = [one for packet in film[3:25] for one in gatherer.feed(packet)] + gatherer.end()
    assert gatherer.left_out == 7
    assert [(one.packets[0].is_key, len(one.packets)) for one in out] == [(True, 15)]


def test_what_may_still_be_wanted_waits_no_longer_than_the_margin(film: list[Packet]) -> None:
    gatherer = FootageGatherer("motion")
    for packet in film:
        assert gatherer.feed(packet) == []
        waiting = [one.end for one in gatherer._waiting]
        assert not waiting or waiting[0] > packet.time - MARGIN - 16


def test_a_full_disk_loses_footage_and_nothing_else(
    film: list[Packet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path, film[:100], "continuous")
    kept = spans(tmp_path)
    writer = record(tmp_path, film[100:], "continuous", retention=RetentionSettings(min_free=10**18))
    assert writer.lost == {"cam": 5}
    # The oldest footage went for the newest, as far as there was any.
    assert kept
    assert spans(tmp_path) == []
    assert list(tmp_path.rglob("*.part")) == []


def test_a_disk_that_is_slow_makes_nobody_wait(
    film: list[Packet], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secondsight.media.footage.footage_writer._MOST_WAITING", 1)
    monkeypatch.setattr(FootageWriter, "_run", lambda self: None)
    writer = FootageWriter(tmp_path, ROOMY)
    writer.record("cam", "continuous")
    for packet in film:
        object.__setattr__(packet.info, "live", True)
        writer.feed(packet)
    assert writer.lost == {"cam": 6}


def _hour(data: Path, camera: str, hour: int, size: int, written: float) -> Path:
    one = Segment(BEGIN + 3600 * hour, BEGIN + 3600 * hour + 8, camera, False)
    path = data / one.path
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(size))
    os.utime(path.parent, (written, written))
    return path


@table(
    "settings, left",
    [
        ({}, [0, 1, 2, 3]),
        ({"footage": "150m"}, [2, 3]),
        ({"footage_budget": 2500}, [2, 3]),
        ({"min_free": 10**18}, []),
    ],
)
def test_the_oldest_hours_go_first(tmp_path: Path, settings: dict[str, Any], left: list[int]) -> None:
    now = BEGIN + 4 * 3600
    paths = [_hour(tmp_path, f"cam{n % 2}", n, 1000, now - 3600 * (4 - n)) for n in range(4)]
    retention = FootageRetention(tmp_path, RetentionSettings(**{"min_free": 0, **settings}), lambda: now)
    retention.sweep()
    assert [n for n, path in enumerate(paths) if path.exists()] == left
    assert retention.sweep() == 0


def test_half_written_files_of_a_killed_run_go(tmp_path: Path) -> None:
    kept = _hour(tmp_path, "cam", 0, 1000, BEGIN)
    part = kept.with_name("x.mp4.0123abcd.part")
    part.write_bytes(b"half")
    os.utime(part, (BEGIN, BEGIN))
    FootageRetention(tmp_path, ROOMY, lambda: BEGIN + 3600).sweep()
    assert kept.exists()
    assert not part.exists()


def test_live_pictures_can_be_joined_at_any_time(film: list[Packet]) -> None:
    tap, muxer, out = PacketTap(), LiveMuxer(), []
    for packet in film[:25]:
        tap.feed(packet)
    leave = tap.follow("cam", lambda packet: out.append(muxer.feed(packet)))
    for packet in film[25:50]:
        tap.feed(packet)
    leave()
    tap.feed(film[50])
    muxer.close()
    shown = [number for _, number in numbers(b"".join(out))]
    # From the last key frame on; the last picture waits in the muxer for the length of its fragment.
    assert shown[0] == 20
    assert len(shown) >= 27
    assert all(out[-5:]), "each packet gives its bytes at once"
