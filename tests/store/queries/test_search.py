"""Events found by conditions, in pages, on both databases."""

import pytest

from secondsight.records import Action, CaseState, Counter, Track, TrackId, Verification
from secondsight.store import AddCounters, AddTracks, EventSearch, OpenCandidate, Store
from tests.store.samples import candidate, decision, verdict


@pytest.fixture
def three(store: Store) -> Store:
    """Events a, b, c on the cameras hall, yard, hall; b has a verdict."""
    for number, (id, camera) in enumerate((("a", "hall"), ("b", "yard"), ("c", "hall"))):
        suspected = candidate(
            id, triggered=900.0 + number // 2, camera=camera, attributes={"plate": f"京A{id}", "hat": "50%"}
        )
        store.apply([OpenCandidate(suspected, decision(Action.REVIEW))])
    store.cases.settle(
        "b", Verification.CONFIRMED, verdict(summary="Ein roter Hut am Zaun", answers={"who": "保安"})
    )
    return store


def found(store: Store, **wanted: object) -> list[str]:
    return [event.id for event in store.search.page(EventSearch(**wanted)).events]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, ["c", "b", "a"]),
        ({"cameras": ("hall",)}, ["c", "a"]),
        ({"cameras": ()}, []),
        ({"kinds": ("intrusion",), "rules": ("night",), "labels": ("person",), "zones": ("yard",)}, ["c", "b", "a"]),
        ({"kinds": ("fall",)}, []),
        ({"verifications": (Verification.CONFIRMED, Verification.REJECTED)}, ["b"]),
        ({"since": 900.0, "until": 901.0}, ["b", "a"]),
        ({"settled": False}, ["c", "a"]),
        ({"text": "ROTER zaun"}, ["b"]),
        ({"text": "保安"}, ["b"]),
        ({"text": "京Ac"}, ["c"]),
        ({"text": "roter zebra"}, []),
        ({"text": "50%"}, ["c", "b", "a"]),
        ({"text": "5_%"}, []),
        ({"text": "zaun\0"}, ["b"]),
        ({"text": '"'}, []),
        ({"attributes": {"plate": "京Ab"}}, ["b"]),
        ({"attributes": {"plate": "京Ab", "hat": "50%"}}, ["b"]),
        ({"attributes": {"plate": "x\0", "none": ""}}, []),
    ],
    ids=str,
)  # fmt: skip
def test_each_condition(three: Store, wanted: dict[str, object], expected: list[str]) -> None:
    if wanted.get("text") == '"':
        expected = ["c", "b", "a"] if found(three, text='"') else []  # JSON has quotes; that is not promised
    assert found(three, **wanted) == expected


def test_what_people_said_last_is_searched_for(three: Store) -> None:
    from secondsight.store import FeedbackEntry

    three.feedback.add([FeedbackEntry("a", True, "ann"), FeedbackEntry("c", False, "ann")])
    assert (found(three, truth=True), found(three, truth=False)) == (["a"], ["c"])
    three.feedback.add([FeedbackEntry("a", None, "bob", "too dark")])
    assert found(three, truth=True) == []
    event = three.events.get("a")
    assert event is not None
    assert event.truth is None
    assert [one.entry.truth for one in three.feedback.find(event="a")] == [True, None]
    assert [one.entry.event for one in three.feedback.find(cameras=("yard",))] == []


def test_pages_meet_at_events_of_the_same_moment(three: Store) -> None:
    seen, place = [], None
    while True:
        page = three.search.page(EventSearch(), after=place, limit=1)
        seen += [event.id for event in page.events]
        place = page.next
        if place is None:
            break
    assert seen == ["c", "b", "a"]
    assert three.search.page(EventSearch(), after=(0.0, "")).events == ()


def test_tallies_and_some(three: Store) -> None:
    counted = {(one.camera, one.kind, one.verification): one.events for one in three.search.tallies()}
    assert counted == {
        ("hall", "intrusion", Verification.UNVERIFIED): 2,
        ("yard", "intrusion", Verification.CONFIRMED): 1,
    }
    assert set(three.search.some(["a", "nobody", "c"])) == {"a", "c"}


def test_cases_in_pages_with_all_verdicts(three: Store) -> None:
    assert [case.id for case in three.cases.page()] == ["c", "b", "a"]
    assert [case.id for case in three.cases.page(cameras=("yard",))] == ["b"]
    assert [case.id for case in three.cases.page(state=CaseState.RECORDING)] == ["c", "a"]
    assert [case.id for case in three.cases.page(after=(901.0, "c"), limit=1)] == ["b"]
    three.cases.settle("b", Verification.REJECTED, verdict(Verification.REJECTED, summary="late"))
    assert [one.verification for one in three.cases.verdicts("b")] == ["confirmed", "rejected"]
    assert three.cases.oldest_open() == 1_000.0


def test_observations_of_some_cameras(store: Store) -> None:
    for camera in ("hall", "yard"):
        store.observations.upsert_camera(camera)
        track = Track(TrackId(camera, 0, 1), "person", 10.0, 20.0, 0.5, ())
        store.apply([AddTracks((track,)), AddCounters((Counter(camera, 60, "frames", 3.0),))])
    assert [one.id.camera for one in store.observations.tracks(cameras=("yard",))] == ["yard"]
    assert len(store.observations.tracks(limit=1)) == 1
    assert [one.camera for one in store.observations.counters(cameras=("hall",))] == ["hall"]
    assert store.observations.last_minutes() == {"hall": 60, "yard": 60}
