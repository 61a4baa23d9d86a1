"""Lost reference pictures: what refers to them is not shown."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from secondsight.media.frames.references import ReferenceCheck
from tests.media.helpers import read
from tests.servers.videos import make_video, number_of


def without(source: Path, target: Path, *lost: int) -> Path:
    """A copy of a video that lacks the packets `lost`, in decoding order."""
    with av.open(str(source)) as given, av.open(str(target), "w") as output:
        stream = given.streams.video[0]
        copy = output.add_stream_from_template(stream)
        for number, packet in enumerate(p for p in given.demux(stream) if p.size):
            if number not in lost:
                packet.stream = copy
                output.mux(packet)
    return target


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_what_refers_to_a_lost_picture_is_not_shown_but_counted(tmp_path: Path, name: str) -> None:
    path = without(make_video(tmp_path / "whole.mp4", 60, gop=20), tmp_path / name, 25)
    _, frames, stream = read(path)
    assert [number_of(frame.bgr()) for frame in frames] == [*range(25), *range(40, 60)]
    assert stream.stats.drops == {"corrupt": 14}


def test_what_the_decoder_of_h265_keeps_back_is_counted(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mp4", 60, gop=20, codec="libx265")
    _, frames, stream = read(without(whole, tmp_path / "a.mkv", 25))
    assert [number_of(frame.bgr()) for frame in frames] == [*range(25), *range(40, 60)]
    assert stream.stats.drops == {"corrupt": 14}
    _, frames, stream = read(whole)
    assert len(frames) == 60
    assert not stream.stats.drops


def test_a_lost_picture_to_which_none_refers_harms_no_other(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mp4", 60, gop=20, bframes=1)
    with av.open(str(whole)) as given:
        packets = [packet for packet in given.demux(video=0) if packet.size]
        disposable = next(i for i, packet in enumerate(packets) if i > 25 and bytes(packet)[4] & 0x7F == 1)
    _, frames, stream = read(without(whole, tmp_path / "a.mkv", disposable))
    assert len(frames) == 59
    assert not stream.stats.drops


def test_without_another_key_frame_pictures_come_again_after_a_while(tmp_path: Path) -> None:
    whole = make_video(tmp_path / "whole.mp4", 60, gop=600, rate=2)
    _, frames, stream = read(without(whole, tmp_path / "a.mkv", 10))
    assert 50 > len(frames) > 30
    assert stream.stats.drops["corrupt"] > 15


def slices(*numbers: int) -> list[bytes]:
    """Packets of an encoder that numbers its pictures so; 0 begins a group."""
    found = []
    for number in numbers:
        bits = "1" + "1" + "1" + f"{number:04b}" + "1" * 9
        kind = 0x65 if number == 0 else 0x61
        found.append(b"\0\0\1" + bytes([kind]) + int(bits, 2).to_bytes(2, "big"))
    return found


SPS = b"\0\0\1\x67" + bytes([66, 0, 30, 0b1111_0100, 0b1000_0000])
"""Baseline; frame_num of 4 bits, of which gaps are not allowed."""


def test_numbers_wrap_and_may_repeat_between_pictures_to_which_none_refers() -> None:
    check = ReferenceCheck(SPS)
    packets = slices(*range(16), 0, 1, 2)
    packets[16] = packets[16].replace(b"\x65", b"\x61")  # a wrap, not a new group
    assert not any(check.lacks(packet, packet[3] == 0x65) for packet in packets)
    assert check.lacks(slices(5)[0], False)


def test_an_encoder_that_numbers_in_a_way_of_its_own_is_left_alone() -> None:
    check = ReferenceCheck(SPS)
    found = [check.lacks(packet, packet[3] == 0x65) for packet in slices(*[0, 2, 4, 6] * 8)]
    assert any(found[:12])
    assert not any(found[12:])


@pytest.mark.parametrize(
    "damaged", [b"", b"\1", b"\0\0\1\x67", b"\0\0\1\x67\x64\0", bytes(50), b"\1" + b"\xff" * 40]
)
def test_parameters_that_cannot_be_read_end_the_check(damaged: bytes) -> None:
    check = ReferenceCheck(damaged)
    assert not check.lacks(slices(3)[0], False)
    assert not check.lacks(b"\0\0\1\x61", False)
