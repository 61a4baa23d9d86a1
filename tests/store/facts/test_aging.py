"""Old rows go, sums of them stay, and how far that went is known; on both databases."""

from collections import Counter as Tally
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from secondsight.records import Action, Counter, Track, TrackId, Verification
from secondsight.store import (
    AddCounters,
    AddTracks,
    AgedRows,
    AttachClip,
    CloseCandidate,
    EventSearch,
    FactGroup,
    FeedbackEntry,
    OpenCandidate,
    Store,
    TimeGrouping,
    summed,
)
from tests.store.samples import candidate, clip, decision

DAY = 86400.0
BEGIN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
C, R = Verification.CONFIRMED, Verification.REJECTED


def track(number: int, start: float, camera: str = "hall") -> Track:
    return Track(TrackId(camera, 1, number), "person", start, start + 5, 0.9, ((0.1, 0.1),))


def event(
    store: Store, id: str, time: float, *, settled: bool = True, files: bool = False, **of: object
) -> None:
    made = candidate(id, time, **of)
    store.apply([OpenCandidate(made, decision(Action.REVIEW))])
    store.apply([CloseCandidate(made), AttachClip(id, clip(id) if files else None)])
    if settled:
        store.cases.settle(id, C if id.startswith("c") else R)
    store.steps.publish(store.steps.unpublished())


def test_tracks_of_one_camera_go_in_batches(store: Store) -> None:
    tracks = [track(n, BEGIN + n) for n in range(1500)]
    store.apply([AddTracks(tuple(tracks)), AddTracks((track(1, BEGIN, "yard"),))])
    assert store.aging.horizons() == {}
    assert store.aging.forget_tracks("hall", BEGIN) == 0
    assert store.aging.horizons() == {}
    gone = [store.aging.forget_tracks("hall", BEGIN + 1400) for _ in range(3)]
    assert gone == [1000, 400, 0]
    assert len(store.observations.tracks(camera="hall")) == 100
    assert len(store.observations.tracks(camera="yard")) == 1
    assert store.aging.horizons() == {AgedRows.TRACKS: BEGIN + 1400}
    assert store.aging.horizons(("yard",)) == {}


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York"])
def test_counts_by_hour_and_day_are_the_same_after_folding(store: Store, zone: str) -> None:
    minutes = range(int(BEGIN), int(BEGIN + 2 * DAY), 60 * 7)
    counts = [
        Counter("hall", m // 60 * 60, name, m % 11 + 0.5)
        for m in minutes
        for name in ("in:door", "queue_watched:q")
    ]
    counts += [Counter("hall", m // 60 * 60, "heat.1.1:door", 1.0) for m in minutes]
    store.apply([AddCounters(tuple(counts))])

    def told(by: TimeGrouping) -> list[object]:
        return list(summed(store.observations.summed(by.added_up), by.seconds, ZoneInfo(zone)))

    before = {by: told(by) for by in (TimeGrouping.HOUR, TimeGrouping.DAY)}
    heat = store.figures.heat(BEGIN, BEGIN + 3 * DAY)
    rows = len(store.observations.counters())
    horizon = BEGIN + DAY + 1000
    while store.aging.fold_minutes("hall", horizon):
        pass
    assert {by: told(by) for by in before} == before
    assert store.figures.heat(BEGIN, BEGIN + 3 * DAY) == heat
    left = store.observations.counters()
    assert len(left) < rows
    assert {one.minute % 900 for one in left if one.minute < horizon // 900 * 900} == {0}
    assert any(one.minute % 900 for one in left), "newer ones stay as they were"
    assert store.aging.horizons() == {AgedRows.MINUTES: horizon // 900 * 900}


def test_what_is_added_to_folded_time_counts(store: Store) -> None:
    store.apply([AddCounters((Counter("hall", int(BEGIN), "in:door", 2.0),))])
    while store.aging.fold_minutes("hall", BEGIN + DAY):
        pass
    store.apply([AddCounters((Counter("hall", int(BEGIN), "in:door", 3.0),))])
    assert store.aging.fold_minutes("hall", BEGIN + DAY) == 0
    assert sum(one.value for one in store.observations.counters()) == 5.0


def test_totals_of_removed_events_still_answer(store: Store) -> None:
    for number in range(6):
        name = f"{'cr'[number % 2]}{number}"
        event(store, name, BEGIN + 3600 * number, zone="yard" if number < 3 else None)
    store.feedback.add([FeedbackEntry("r1", True, "me", None)])
    event(store, "c-new", BEGIN + 10 * DAY)
    wanted = EventSearch(since=BEGIN, until=BEGIN + 20 * DAY)

    def answers() -> tuple[object, ...]:
        grouped = store.tallies.events(wanted, (FactGroup.ZONE, FactGroup.QUARTER))
        sums: Tally[object] = Tally()
        for one in grouped:
            sums[one.key, one.verification] += one.events
        hours: Tally[object] = Tally()
        for row in store.figures.events(BEGIN, BEGIN + 20 * DAY):
            hours[row.camera, row.rule, row.kind, row.zone, row.verification, row.truth, row.hour] += (
                row.events
            )
        return sums, hours, store.search.tallies()

    before = answers()
    assert store.aging.forget_events("hall", BEGIN + DAY) == 6
    assert store.aging.forget_events("hall", BEGIN + DAY) == 0
    assert answers() == before
    assert [one.id for one in store.events.find()] == ["c-new"]
    assert store.cases.get("c0") is None
    assert not store.steps.of("c0")
    assert store.aging.horizons() == {AgedRows.EVENTS: BEGIN + DAY}
    assert store.tallies.span() == (BEGIN, BEGIN + 10 * DAY)


def test_what_is_open_untold_or_has_files_stays(store: Store) -> None:
    event(store, "open", BEGIN, settled=False)
    event(store, "c-files", BEGIN, files=True)
    made = candidate("c-untold", BEGIN)
    store.apply([OpenCandidate(made, decision(Action.REVIEW)), AttachClip("c-untold", None)])
    store.cases.settle("c-untold", C)
    assert store.aging.forget_events("hall", BEGIN + DAY) == 0
    assert len(store.events.find()) == 3
    assert store.aging.horizons() == {}
