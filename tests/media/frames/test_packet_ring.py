"""The ring keeps what a clip may need, and never more than its bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secondsight.media import Packet, PacketRing, StreamInfo
from secondsight.media.frames.packet import raw_packet

INFO = StreamInfo("cam", 0, "h264", 192, 96, 10.0, None, None, True, "live")


def packet(time: float, key: bool, size: int = 100) -> Packet:
    raw = raw_packet(bytes(size))
    raw.is_keyframe = key
    return Packet(INFO, time, 0.1, raw)


def fill(ring: PacketRing, keys: list[bool], *, interval: float = 0.1, size: int = 100) -> list[Packet]:
    packets = [packet(i * interval, key, size) for i, key in enumerate(keys)]
    for each in packets:
        ring.append(each)
    return packets


def test_it_covers_its_seconds_from_a_key_frame_on() -> None:
    ring = PacketRing(2.0)
    packets = fill(ring, [i % 10 == 0 for i in range(100)])
    # 7.9 is wanted; the key frame before it is at 7.0.
    assert ring.since(0.0) == packets[70:]
    assert ring.since(8.55) == packets[80:]
    assert ring.since(9.0) == packets[90:]
    assert ring.since(99.0) == packets[90:]
    assert len(ring) == 30
    assert ring.size == 3000


def test_before_the_first_key_frame_there_is_nothing_to_cut() -> None:
    ring = PacketRing(2.0)
    assert ring.since(0.0) == []
    packets = fill(ring, [False, False, True, False])
    assert ring.since(0.0) == packets[2:]


def test_packets_that_only_end_an_epoch_are_not_kept() -> None:
    ring = PacketRing(2.0)
    ring.append(packet(0.0, True))
    ring.append(Packet(INFO, 0.1, 0.0, raw_packet()))
    assert len(ring) == 1


def test_clear() -> None:
    ring = PacketRing(2.0)
    fill(ring, [True, False])
    ring.clear()
    assert (len(ring), ring.size, ring.since(0.0)) == (0, 0, [])


def test_without_a_second_key_frame_time_is_bounded() -> None:
    ring = PacketRing(2.0, max_gop=10.0)
    packets = fill(ring, [True] + [False] * 99)
    assert ring.since(0.0) == packets
    later = [packet(10.0 + i * 0.1, False) for i in range(50)]
    for each in later:
        ring.append(each)
    assert len(ring) <= 121
    assert ring.since(0.0) == []
    ring.append(packet(15.0, True))
    assert [each.time for each in ring.since(0.0)] == [15.0]


def test_a_key_frame_two_minutes_ago_is_kept() -> None:
    ring = PacketRing(10.0)
    packets = [packet(i * 0.5, i == 0) for i in range(250)]
    for each in packets:
        ring.append(each)
    assert ring.since(115.0) == packets


def test_bytes_are_bounded() -> None:
    ring = PacketRing(100.0, max_bytes=10_000)
    packets = fill(ring, [i % 10 == 0 for i in range(300)])
    assert ring.size <= 10_000
    assert ring.since(0.0) == packets[200:]
    ring = PacketRing(100.0, max_bytes=10_000)
    fill(ring, [True] + [False] * 300)
    assert ring.size <= 10_100


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0.001, 3.0), st.integers(1, 500)), min_size=1, max_size=200),
    st.floats(0.1, 10.0),
)
def test_whatever_comes_the_promises_hold(steps: list[tuple[bool, float, int]], seconds: float) -> None:
    ring = PacketRing(seconds, max_gop=8.0, max_bytes=20_000)
    given_, now = [], 0.0
    for key, step, size in steps:
        now += step
        given_.append(packet(now, key, size))
        ring.append(given_[-1])
        held = ring.since(-1.0)
        assert ring.size <= 20_000
        assert not held or held[0].is_key
        assert held == given_[len(given_) - len(held) :]
        assert not held or held[0].time >= now - seconds - 8.0
        # Whatever lies between the newest key frame that is old enough and now is still there.
        whole = [p for p in given_ if p.is_key and p.time <= now - seconds]
        fits = whole and now - whole[-1].time <= seconds + 8.0 - 1e-6
        if fits and sum(p.size for p in given_ if p.time >= whole[-1].time) <= 20_000:
            assert held[0].time <= whole[-1].time
