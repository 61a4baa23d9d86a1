"""Visits and coverage: noted once, made longer, forgotten when they are old."""

from dataclasses import replace

from secondsight.records import Coverage, CoverageState, TrackId, Visit
from secondsight.store import AddVisits, SetCoverage, Store

VISIT = Visit(
    TrackId("hall", 1, 7), "reactor", "person", 10.0, 25.0, (0.1, 0.2), (0.3, 0.4), "door:left_to_right", None,
    {"helmet": "none"},
)  # fmt: skip
WATCHED, BLIND = CoverageState.WATCHED, CoverageState.BLIND


def test_a_visit_is_noted_once_and_read_as_it_was(store: Store) -> None:
    other = replace(VISIT, track=TrackId("yard", 1, 7), enter=12.0)
    store.apply([AddVisits((VISIT,))])
    store.apply([AddVisits((replace(VISIT, leave=99.0), other)), AddVisits(())])
    assert store.presence.visits() == [VISIT, other]
    assert store.presence.visits(cameras=("yard",)) == store.presence.visits(since=11.0) == [other]
    assert store.presence.visits(until=12.0) == store.presence.visits(limit=1) == [VISIT]


def test_coverage_grows_and_never_shrinks(store: Store) -> None:
    store.apply([SetCoverage((Coverage("hall", WATCHED, 10.0, 70.0), Coverage("hall", WATCHED, 10.0, 60.0)))])
    store.apply(
        [SetCoverage((Coverage("hall", WATCHED, 10.0, 130.0), Coverage("hall", BLIND, 130.0, 140.0)))]
    )
    store.apply(
        [SetCoverage((Coverage("hall", WATCHED, 10.0, 50.0), Coverage("yard", WATCHED, 500.0, 600.0)))]
    )
    hall = [Coverage("hall", WATCHED, 10.0, 130.0), Coverage("hall", BLIND, 130.0, 140.0)]
    assert store.presence.coverage(0.0, 200.0) == hall
    assert store.presence.coverage(130.0, 200.0) == hall[1:]
    assert store.presence.coverage(0.0, 1000.0, cameras=("yard",)) == [
        Coverage("yard", WATCHED, 500.0, 600.0)
    ]
    assert store.presence.first() == 10.0


def test_old_facts_are_forgotten(store: Store) -> None:
    late = replace(VISIT, enter=200.0, leave=210.0)
    store.apply([AddVisits((VISIT, late)), SetCoverage((Coverage("hall", WATCHED, 0.0, 90.0),))])
    assert store.presence.forget(100.0) == 2
    assert store.presence.forget(100.0) == 0
    assert store.presence.visits() == [late]
    assert store.presence.coverage(0.0, 1000.0) == []
