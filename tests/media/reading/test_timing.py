"""Time: mapping of timestamps, reconnection delays, catching up."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.clock import ManualClock
from secondsight.media.frames.packet import RawPacket, raw_packet
from secondsight.media.reading.pacing import HEALTHY, Backoff, CatchUp
from secondsight.media.reading.timebase import LiveTime, RecordedTime, TimestampCheck, WallClock, waited_for
from tests.table import table

NOW = 1_700_000_000.0


def raw(pts: int | None, dts: int | None = None, duration: int = 0) -> RawPacket:
    packet = raw_packet(b"x")
    packet.pts, packet.dts, packet.duration = pts, dts, duration
    return packet


def test_recorded_time_counts_from_the_first_timestamp() -> None:
    timeline = RecordedTime(NOW, 5.0, 0.001, 0.04)
    assert [timeline.place(raw(pts, pts)) - NOW for pts in (5000, 5040, 5080)] == pytest.approx(
        [0, 0.04, 0.08]
    )
    timeline = RecordedTime(NOW, None, 0.001, 0.04)
    assert timeline.place(raw(777, 777)) == NOW


def test_recorded_time_keeps_the_order_of_presentation() -> None:
    timeline = RecordedTime(NOW, 0.0, 0.1, 0.1)
    placed = [timeline.place(raw(pts, dts)) - NOW for pts, dts in ((0, -2), (3, -1), (1, 0), (2, 1), (4, 2))]
    assert placed == pytest.approx([0, 0.3, 0.1, 0.2, 0.4])


def test_recorded_time_without_timestamps_counts_pictures() -> None:
    timeline = RecordedTime(NOW, None, 0.001, 0.04)
    assert [timeline.place(raw(None)) - NOW for _ in range(3)] == pytest.approx([0, 0.04, 0.08])
    timeline = RecordedTime(NOW, None, 0.001, 0.04)
    assert [timeline.place(raw(None, duration=100)) - NOW for _ in range(3)] == pytest.approx([0, 0.1, 0.2])


def test_recorded_time_goes_on_where_timestamps_start_over() -> None:
    timeline = RecordedTime(NOW, 0.0, 0.1, 0.1)
    placed = [timeline.place(raw(stamp, stamp)) - NOW for stamp in (100, 101, 102, 0, 1, 2)]
    assert placed == pytest.approx([10, 10.1, 10.2, 10.3, 10.4, 10.5])


def test_jitter_delays_pictures_but_not_their_times() -> None:
    rng = random.Random(3)
    timeline = LiveTime()
    stamps = [i * 0.04 for i in range(2000)]
    arrivals = [NOW + stamp + rng.choice([0.0, 0.01, 0.2]) for stamp in stamps]
    timeline.anchor(stamps[:5], arrivals[:5])
    for stamp, arrival in zip(stamps, arrivals, strict=True):
        assert timeline.place(stamp, arrival) == pytest.approx(NOW + stamp, abs=0.02)


@pytest.mark.parametrize("drift", [-200e-6, 0.0, 200e-6])
def test_a_camera_clock_that_is_wrong_is_followed(drift: float) -> None:
    timeline = LiveTime()
    timeline.anchor([0.0], [NOW])
    for i in range(4 * 3600):
        arrival = NOW + float(i)
        time = timeline.place(i * (1 + drift), arrival)
        assert arrival - 0.01 <= time <= arrival


def test_a_lagging_consumer_is_not_taken_for_drift() -> None:
    timeline = LiveTime()
    timeline.anchor([0.0], [NOW])
    for i in range(600):
        time = timeline.place(i * 0.1, NOW + i * 0.1 + min(30.0, i * 0.05))
    assert time == pytest.approx(NOW + 59.9, abs=0.05)


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=100))
def test_no_picture_comes_from_the_future(steps: list[tuple[float, float]]) -> None:
    timeline = LiveTime()
    stamp, arrival = 0.0, NOW
    timeline.anchor([stamp], [arrival])
    for ahead, later in steps:
        stamp, arrival = stamp + ahead, arrival + later
        assert timeline.place(stamp, arrival) <= arrival + 1e-6


def test_a_burst_is_spread_over_the_time_before_it() -> None:
    stamps = [i * 0.04 for i in range(26)]
    arrivals = [NOW + i * 1e-5 for i in range(25)] + [NOW + 0.04]
    timeline = LiveTime()
    timeline.anchor(stamps, arrivals)
    placed = [timeline.place(stamp, arrival) for stamp, arrival in zip(stamps, arrivals, strict=True)]
    assert placed[24] == pytest.approx(NOW, abs=0.001)
    assert placed[0] == pytest.approx(NOW - 0.96, abs=0.001)


def test_a_burst_never_reaches_back_before_the_last_epoch() -> None:
    stamps = [i * 0.04 for i in range(26)]
    arrivals = [NOW] * 26
    timeline = LiveTime()
    timeline.anchor(stamps, arrivals, floor=NOW - 0.1)
    placed = [timeline.place(stamp, arrival) for stamp, arrival in zip(stamps, arrivals, strict=True)]
    assert min(placed) >= NOW - 0.1 - 1e-6
    assert max(placed) <= NOW + 1e-6


@pytest.mark.parametrize("jump", [3600.0, 5.0, -2.0, -5.0, -3600.0])
def test_time_goes_on_by_the_arrival_where_timestamps_jump(jump: float) -> None:
    timeline = LiveTime()
    timeline.anchor([100.0], [NOW])
    for i in range(200):
        stamp = 100 + i * 0.1 + (jump if i >= 100 else 0.0)
        assert timeline.place(stamp, NOW + i * 0.1) == pytest.approx(NOW + i * 0.1, abs=0.01)


def checked(
    rate: Callable[[float], float], seconds: float, delay: Callable[[float], float]
) -> TimestampCheck:
    """A check that has seen ten pictures a second whose timestamps are `rate(second)`."""
    check = TimestampCheck()
    for i in range(round(seconds * 10)):
        taken = i * 0.1
        late = taken - rate(taken) + delay(taken)
        check.add(rate(taken), NOW + taken + delay(taken), late)
    return check


@table("rate", [0.5, 0.9, 0.95, 0.97, 0.99, 0.998])
def test_however_slowly_timestamps_fall_behind_time_does_not(rate: float) -> None:
    timeline, check = LiveTime(), TimestampCheck()
    timeline.anchor([0.0], [NOW])
    lags = []
    for i in range(12_000):
        stamp, came = i * 0.1 * rate, NOW + i * 0.1
        time = timeline.place(stamp, came)
        if check.add(stamp, came, came - time) and check.fault is None:
            timeline.anchor([stamp], [came])
        lags.append(0.0 if check.fault else came - time)
    assert max(lags) < 5.5, "until it is noticed"
    assert lags[-1] < 2.5


@table(
    ("rate", "fault"),
    [
        (lambda t: t, None),
        (lambda t: t * 1.0005, None),
        (lambda t: 0.0, "stand still"),
        (lambda t: t if t < 20 else 20.0, "stand still"),
        (lambda t: t / 2, "slower"),
        (lambda t: t * 0.8, "slower"),
    ],
)
def test_timestamps_that_are_not_those_of_the_pictures_are_found(
    rate: Callable[[float], float], fault: str | None
) -> None:
    found = checked(rate, 30, lambda t: 0.0).fault
    assert found is None if fault is None else found is not None and fault in found


@table(
    ("what", "delay"),
    [
        ("the network stalls for 4 s", lambda t: max(0.0, 14 - t) if 10 <= t < 14 else 0.0),
        ("segments of 6 s", lambda t: 6 - t % 6),
        ("jitter", lambda t: 0.3 * (round(t * 10) % 3)),
    ],
)
def test_pictures_that_come_late_are_no_fault_of_their_timestamps(
    what: str, delay: Callable[[float], float]
) -> None:
    assert checked(lambda t: t, 60, delay).fault is None, what


def test_timestamps_that_are_right_again_are_trusted_again() -> None:
    check = checked(lambda t: min(t, 5.0), 20, lambda t: 0.0)
    assert check.fault is not None
    # With trust, time is mapped anew: then they are late no more.
    turned = [check.add(20 + i * 0.1, NOW + 20 + i * 0.1, 15.0 if check.fault else 0.0) for i in range(300)]
    assert turned.count(True) == 1
    assert check.fault is None


def test_a_gap_in_a_recording_is_found_and_closed_on_request() -> None:
    stamps = [0, 1, 2, 36_002, 36_003]
    timeline = RecordedTime(NOW, 0.0, 0.1, 0.1)
    placed = [(timeline.place(raw(stamp, stamp)) - NOW, timeline.after_gap) for stamp in stamps]
    assert [gap for _, gap in placed] == [False, False, False, True, False]
    assert [time for time, _ in placed] == pytest.approx([0, 0.1, 0.2, 3600.2, 3600.3])
    timeline = RecordedTime(NOW, 0.0, 0.1, 0.1, close_gaps=True)
    assert [timeline.place(raw(stamp, stamp)) - NOW for stamp in stamps] == pytest.approx(
        [0, 0.1, 0.2, 0.3, 0.4]
    )


def test_a_picture_a_minute_is_no_gap() -> None:
    timeline = RecordedTime(NOW, 0.0, 1.0, 60.0)
    gaps = []
    for stamp in range(0, 600, 60):
        timeline.place(raw(stamp, stamp))
        gaps.append(timeline.after_gap)
    assert not any(gaps[2:])


def test_waiting_tells_the_end_of_a_burst() -> None:
    assert not waited_for(0.04, 0.001, 0.0, 0.0)
    assert waited_for(0.04, 0.03, 0.0, 0.0)
    # A picture shown before the one sent before it says nothing.
    assert not waited_for(0.04, 0.03, 0.08, 0.0)


def test_the_wall_clock_never_turns_back() -> None:
    clock = ManualClock(NOW)
    wall = WallClock.start(clock, NOW + 100)
    assert wall.now() > NOW + 100
    clock.advance(5)
    assert wall.now() == pytest.approx(NOW + 105, abs=0.01)
    assert WallClock.start(clock, 0.0).now() == NOW + 5


def test_delays_grow_with_jitter_and_start_over_after_a_healthy_spell() -> None:
    backoff = Backoff(1.0, 60.0, random.Random(5))
    delays = [backoff.after(0.0) for _ in range(12)]
    full = [min(60.0, 2.0**i) for i in range(12)]
    assert all(0.5 * most <= delay <= most for delay, most in zip(delays, full, strict=True))
    assert len({delay / most for delay, most in zip(delays, full, strict=True)}) == 12
    assert backoff.after(HEALTHY - 1) >= 30
    assert backoff.after(HEALTHY) <= 1
    assert backoff.after(0.0) <= 2


def test_two_cameras_do_not_come_back_together() -> None:
    one, two = (Backoff(1.0, 60.0, random.Random(seed)) for seed in (1, 2))
    assert [one.after(0.0) for _ in range(5)] != [two.after(0.0) for _ in range(5)]


def test_endless_failure_does_not_overflow() -> None:
    backoff = Backoff(1.0, 60.0, random.Random(5))
    assert all(backoff.after(0.0) <= 60 for _ in range(5000))


def test_decoding_starts_at_a_key_frame() -> None:
    catch_up = CatchUp(2.0)
    assert catch_up.skipping == "no_key"
    assert [catch_up.wants(key, 0.0, 0.0) for key in (False, False, True, False)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_lag_is_made_up_to_half_and_ends_at_a_key_frame() -> None:
    catch_up = CatchUp(2.0)
    assert catch_up.wants(True, 0.0, 0.0)
    steps = [(False, 1.9), (False, 2.1), (True, 1.5), (False, 0.9), (True, 0.8), (False, 0.8)]
    assert [catch_up.wants(key, lag, 1.0) for key, lag in steps] == [True, False, False, False, True, True]


def test_after_a_gap_decoding_waits_for_a_key_frame() -> None:
    catch_up = CatchUp(2.0)
    assert catch_up.wants(True, 0.0, 0.0)
    catch_up.gap("late")
    assert not catch_up.wants(False, 0.0, 0.0)
    assert catch_up.skipping == "late"
    assert catch_up.wants(True, 0.0, 0.0)


def test_a_stream_without_key_frames_is_decoded_after_a_while() -> None:
    catch_up = CatchUp(2.0)
    assert not catch_up.wants(False, 0.0, 100.0)
    assert not catch_up.wants(False, 0.0, 109.0)
    assert catch_up.wants(False, 0.0, 111.0)
