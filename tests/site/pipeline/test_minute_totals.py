"""Totals become counts per minute, each booked once."""

from secondsight.records import Counter
from secondsight.site.pipeline.minute_totals import MinuteCounts, MinuteTotals
from secondsight.site.status import CameraStatus


def status(frames: int, drops: dict[str, int] | None = None, name: str = "hall") -> CameraStatus:
    return CameraStatus(name, "live", frames, 0, 0.0, 0, 0.0, 0, 0, drops or {}, None, None)


def test_only_what_is_new_is_counted_and_on_the_minute_it_is_known() -> None:
    counts = MinuteCounts()
    assert counts.since_last([status(100), status(7, name="door")], now=119.9) == [
        Counter("hall", 60, "frames", 100),
        Counter("door", 60, "frames", 7),
    ]
    assert counts.since_last([status(100)], now=120.0) == []
    assert counts.since_last([status(130, {"late": 2})], now=185.0) == [
        Counter("hall", 180, "frames", 30),
        Counter("hall", 180, "drop.late", 2),
    ]


def test_a_camera_that_begins_anew_counts_from_zero() -> None:
    counts = MinuteCounts()
    counts.since_last([status(100), status(100, name="door")], now=60.0)
    counts.forget("hall")
    assert counts.since_last([status(7), status(101, name="door")], now=120.0) == [
        Counter("hall", 120, "frames", 7),
        Counter("door", 120, "frames", 1),
    ]


def test_parts_of_a_minute_add_up_within_a_run() -> None:
    totals = MinuteTotals()
    assert totals.put([Counter("hall", 60, "in:door", 2)]) == [Counter("hall", 60, "in:door", 2)]
    parts = [
        Counter("hall", 60, "in:door", 1),
        Counter("yard", 60, "in:door", 5),
        Counter("hall", 120, "in:door", 4),
    ]
    assert totals.put(parts) == [
        Counter("hall", 60, "in:door", 3),
        Counter("yard", 60, "in:door", 5),
        Counter("hall", 120, "in:door", 4),
    ]
    totals.put([Counter("hall", 6000, "in:door", 1)])
    assert totals.put([Counter("hall", 60, "in:door", 1)]) == [Counter("hall", 60, "in:door", 1)], "forgotten"
