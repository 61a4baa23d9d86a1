"""Sums over facts, against counting by hand."""

import pytest

from secondsight.records import Action, Counter, TrackId, Verification, Visit
from secondsight.store import (
    Absence,
    AddCounters,
    AddVisits,
    AttachClip,
    EventSearch,
    FactGroup,
    FeedbackEntry,
    OpenCandidate,
    PeopleEstimate,
    Store,
    VisitSearch,
)
from tests.store.samples import candidate, decision, verdict

C, R, U = Verification.CONFIRMED, Verification.REJECTED, Verification.UNVERIFIED


def report(
    store: Store,
    id: str,
    time: float,
    known: Verification | None = None,
    answers: dict[str, str] | None = None,
    **of: object,
) -> None:
    store.apply([OpenCandidate(candidate(id, time, **of), decision(Action.REVIEW)), AttachClip(id, None)])
    if known is not None:
        store.cases.settle(id, known, verdict(known, answers=answers or {}))


def visit(
    number: int, enter: float, leave: float, at: float = 0.5, zone: str = "yard", **of: object
) -> Visit:
    return Visit(TrackId("hall", 1, number), zone, "person", enter, leave, (at, 0.5), (at, 0.5), **of)  # type: ignore[arg-type]


def tally(
    store: Store, wanted: EventSearch, by: tuple[FactGroup, ...] = (), **more: object
) -> dict[object, int]:
    return {(*one.key, one.verification): one.events for one in store.tallies.events(wanted, by, **more)}  # type: ignore[arg-type]


def test_events_are_told_apart_by_what_is_known_of_them(store: Store) -> None:
    report(store, "a", 1000.0, C, {"helped": "yes"})
    report(store, "b", 1100.0, C, {"helped": "no"})
    report(store, "c", 1200.0, R, camera="gate")
    report(store, "d", 1300.0, camera="gate", kind="fall")
    assert tally(store, EventSearch()) == {(C,): 2, (R,): 1, (U,): 1}
    assert tally(store, EventSearch(since=1100.0, until=1200.0)) == {(C,): 1}
    assert tally(store, EventSearch(kinds=("fall",))) == {(U,): 1}
    assert tally(store, EventSearch(verifications=(R,)), (FactGroup.CAMERA,)) == {("gate", R): 1}
    assert tally(store, EventSearch(cameras=("gate",)), (FactGroup.KIND,)) == {
        ("fall", U): 1,
        ("intrusion", R): 1,
    }
    assert tally(store, EventSearch(), answers={"helped": "yes"}) == {(C,): 1}
    assert tally(store, EventSearch(until=1250.0), (FactGroup.QUARTER,)) == {(900, C): 2, (900, R): 1}
    assert tally(store, EventSearch(cameras=())) == {}


def test_peoples_word_counts_more_than_the_verdict(store: Store) -> None:
    report(store, "a", 1000.0, C)
    report(store, "b", 1100.0, R)
    report(store, "c", 1200.0, C)
    store.feedback.add([FeedbackEntry("a", False), FeedbackEntry("b", False), FeedbackEntry("c", None)])
    store.feedback.add([FeedbackEntry("b", True)])
    assert tally(store, EventSearch()) == {(C,): 2, (R,): 1}


def test_different_people_lie_between_those_at_once_and_all_tracks(store: Store) -> None:
    whole = VisitSearch(0.0, 1000.0, zones=("yard",))
    assert store.tallies.people(whole) == PeopleEstimate(0, 0, 0)
    store.apply(
        [
            AddVisits(
                (
                    visit(1, 10.0, 20.0),
                    visit(2, 21.0, 40.0),  # the same person, lost for a second
                    visit(3, 30.0, 50.0, at=0.9),
                    visit(4, 52.0, 60.0, at=0.1),  # too far from where the last one left
                    visit(5, 100.0, 110.0),
                    visit(5, 112.0, 120.0),  # comes back as the same track
                    visit(6, 105.0, 130.0, zone="gate"),
                )
            )
        ]
    )
    assert store.tallies.people(whole) == PeopleEstimate(2, 4, 5, unverified=5)
    assert store.tallies.most_at_once(whole) == 2
    assert [(one.visits, one.dwell) for one in store.tallies.visits(whole)] == [(6, 75.0)]
    by_zone = store.tallies.visits(VisitSearch(0.0, 1000.0), (FactGroup.ZONE,))
    assert {one.key: one.visits for one in by_zone} == {("yard",): 6, ("gate",): 1}
    assert store.tallies.people(VisitSearch(0.0, 1000.0, zones=("yard",), longer=15.0)).high == 2
    assert store.tallies.people(VisitSearch(0.0, 1000.0, cameras=())) == PeopleEstimate(0, 0, 0)


@pytest.mark.parametrize("known", [None, C, R])
def test_who_lacks_a_helmet_is_known_from_events_and_from_models(
    store: Store, known: Verification | None
) -> None:
    bare = Absence("no_helmet", (("helmet", "none"),))
    store.apply(
        [
            AddVisits(
                (
                    visit(1, 1000.0, 1020.0),
                    visit(2, 1010.0, 1030.0, attributes={"helmet": "none"}),
                    visit(3, 1015.0, 1040.0, attributes={"helmet": "hard hat"}),
                    visit(4, 1200.0, 1240.0),
                )
            )
        ]
    )
    report(store, "a", 1005.0, known, kind="no_helmet", zone="hardhat", tracks=(TrackId("hall", 1, 1),))
    report(store, "b", 1005.0, C, kind="no_vest", tracks=(TrackId("hall", 1, 4),))
    found = store.tallies.people(VisitSearch(0.0, 2000.0, zones=("yard",), lacking=bare))
    by_verdict = {
        None: PeopleEstimate(0, 2, 2, unverified=2),
        C: PeopleEstimate(1, 2, 2, confirmed=1, unverified=1),
        R: PeopleEstimate(0, 1, 1, unverified=1, rejected=1),
    }
    assert found == by_verdict[known]


def test_counts_are_summed_by_quarters_of_an_hour(store: Store) -> None:
    store.apply(
        [
            AddCounters(
                (
                    Counter("hall", 900, "in:door", 2),
                    Counter("hall", 1740, "in:door", 3),
                    Counter("hall", 1800, "in:door", 5),
                    Counter("yard", 900, "out:door", 1),
                )
            )
        ]
    )
    found = store.tallies.counted(("in:door", "out:door"), 0.0, 3600.0)
    assert found == {("hall", "in:door", 900): 5, ("hall", "in:door", 1800): 5, ("yard", "out:door", 900): 1}
    assert store.tallies.counted(("in:door",), 0.0, 1800.0, cameras=("hall",)) == {
        ("hall", "in:door", 900): 5
    }
