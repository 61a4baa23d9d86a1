"""Candidates become events, once; events are read and closed."""

import math
from dataclasses import replace

import numpy as np
import pytest

from secondsight.clock import ManualClock
from secondsight.records import Action, CaseState, Event, Verification
from secondsight.store import AttachClip, CloseCandidate, OpenCandidate, OpenResult, Store
from tests.store.samples import candidate, clip, decision, key_frames, verdict


@pytest.mark.parametrize(
    ("action", "events", "cases"), [(Action.REVIEW, 1, 1), (Action.ACCEPT, 1, 0), (Action.DROP, 0, 0)]
)
def test_action_decides_what_is_stored(store: Store, action: Action, events: int, cases: int) -> None:
    assert store.apply([OpenCandidate(candidate(), decision(action))])[0] is OpenResult.NEW
    assert (len(store.events.find()), len(store.cases.find()), len(store.events.candidates())) == (
        events,
        cases,
        1,
    )
    for event in store.events.find():
        assert event.verification is Verification.UNVERIFIED
        assert not event.settled
        assert event.alert is (action is Action.ACCEPT)
        assert event.note is None


def test_candidate_decision_clip_and_verdict_come_back_as_they_went_in(store: Store) -> None:
    suspected, decided = candidate(), decision()
    store.apply([OpenCandidate(suspected, decided)])
    store.apply([AttachClip("c", clip(), key_frames(), "capped by the end of the file")])
    leased = store.cases.lease("w", 60)
    assert leased is not None
    assert (leased.candidate, leased.decision) == (suspected, decided)
    assert (leased.clip, leased.key_frames) == (clip(), key_frames())
    assert store.cases.settle("c", Verification.CONFIRMED, verdict(), worker="w")
    assert store.events.get("c") == Event(
        id="c",
        camera="hall",
        rule="night",
        kind="intrusion",
        start=suspected.start,
        triggered=suspected.triggered,
        end=None,
        score=0.7,
        label="person",
        zone="yard",
        tracks=suspected.tracks,
        verification=Verification.CONFIRMED,
        settled=True,
        alert=True,
        clip=clip(),
        key_frames=key_frames(),
        verdict=verdict(),
        note="capped by the end of the file",
        attributes=suspected.attributes,
    )


@pytest.mark.parametrize("action", list(Action))
def test_replay_resumes_until_the_clip_is_attached(store: Store, action: Action) -> None:
    store.apply([OpenCandidate(candidate(), decision(action))])
    again = candidate(score=0.1)
    unfinished = OpenResult.KNOWN if action is Action.DROP else OpenResult.RESUME
    assert store.apply([OpenCandidate(again, decision(action))])[0] is unfinished
    store.apply([AttachClip("c", None, (), "no clip")])
    assert store.apply([OpenCandidate(again, decision(action))])[0] is OpenResult.KNOWN
    assert [stored.candidate.score for stored in store.events.candidates()] == [0.7]


def test_a_case_that_expired_while_recorded_still_gets_its_clip(store: Store, clock: ManualClock) -> None:
    store.apply([OpenCandidate(candidate(), decision(deadline=1_100.0))])
    clock.advance(200)
    assert store.cases.expire_due() == ["c"]
    assert store.apply([OpenCandidate(candidate(), decision())])[0] is OpenResult.RESUME
    assert store.apply([AttachClip("c", clip(), key_frames())])[0]
    event = store.events.get("c")
    assert event is not None
    assert (event.verification, event.clip) == (Verification.EXPIRED, clip())
    assert store.cases.counts()[CaseState.SETTLED] == 1


def test_accepted_event_is_settled_by_its_clip(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision(Action.ACCEPT))])
    assert store.apply([AttachClip("c", clip(), key_frames())])[0]
    event = store.events.get("c")
    assert event is not None
    assert (event.settled, event.alert, event.verification) == (True, True, Verification.UNVERIFIED)


def test_first_clip_stays(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision())])
    assert store.apply([AttachClip("c", clip(size=1), key_frames())])[0]
    assert not store.apply([AttachClip("c", clip(size=2), (), "again")])[0]
    event = store.events.get("c")
    assert event is not None
    assert (event.clip, event.key_frames, event.note) == (clip(size=1), key_frames(), None)
    assert not store.apply([AttachClip("unknown", clip(), ())])[0]


def test_key_frames_without_a_clip(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision())])
    store.apply([AttachClip("c", None, key_frames(), "no clip: disk full")])
    event = store.events.get("c")
    assert event is not None
    assert (event.clip, event.key_frames, event.note) == (None, key_frames(), "no clip: disk full")


@pytest.mark.parametrize("settled_first", [True, False])
def test_closing_notes_the_end_and_keeps_what_the_policy_saw(store: Store, settled_first: bool) -> None:
    store.apply([OpenCandidate(candidate(bundle="b0003"), decision())])
    over = replace(
        candidate(), end=1_020.0, score=0.95, scores={"confidence": 0.95}, attributes={"plate": "B 1"}
    )
    if settled_first:
        store.cases.settle("c", Verification.UNVERIFIED)
    assert store.apply([CloseCandidate(over)])[0]
    assert store.apply([CloseCandidate(over)])[0]
    if not settled_first:
        store.cases.settle("c", Verification.UNVERIFIED)
    event = store.events.get("c")
    assert event is not None
    assert (event.end, event.score, event.settled) == (1_020.0, 0.95, True)
    assert (event.attributes, event.bundle) == ({"plate": "B 1"}, "b0003")
    (stored,) = store.events.candidates()
    assert stored.candidate.bundle == "b0003"
    assert (stored.candidate.score, stored.candidate.scores) == (0.7, candidate().scores)
    assert (stored.final_score, stored.final_scores) == (0.95, {"confidence": 0.95})


def test_closing_an_unknown_candidate_says_so(store: Store) -> None:
    assert not store.apply([CloseCandidate(candidate(end=1.0))])[0]


def test_events_are_filtered_and_newest_last(store: Store) -> None:
    for number in range(6):
        made = candidate(
            f"c{number}",
            triggered=900.0 + number,
            camera="hall" if number % 2 else "gate",
            kind="loitering" if number == 3 else "intrusion",
        )
        store.apply([OpenCandidate(made, decision())])
    store.cases.settle("c1", Verification.UNSURE)

    def ids(**wanted: object) -> list[str]:
        return [event.id for event in store.events.find(**wanted)]  # type: ignore[arg-type]

    assert ids() == ["c0", "c1", "c2", "c3", "c4", "c5"]
    assert ids(camera="gate") == ["c0", "c2", "c4"]
    assert ids(kind="loitering") == ["c3"]
    assert ids(verification=Verification.UNSURE) == ids(verification="unsure") == ["c1"]
    assert ids(since=902.0, until=904.0) == ["c2", "c3"]
    assert ids(limit=2) == ["c4", "c5"]
    assert ids(camera="attic") == []
    assert store.events.get("c9") is None
    assert {id: event.id for id, event in store.events.of(["c4", "c9", "c1"]).items()} == {
        "c1": "c1",
        "c4": "c4",
    }


def test_candidates_are_filtered_with_the_dropped_among_them(store: Store) -> None:
    store.apply([OpenCandidate(candidate("a", 1.0), decision(Action.DROP))])
    store.apply([OpenCandidate(candidate("b", 2.0, rule="day", kind="loitering"), decision(Action.ACCEPT))])
    store.apply([OpenCandidate(candidate("c", 3.0, camera="gate"), decision())])

    def ids(**wanted: object) -> list[str]:
        return [stored.candidate.id for stored in store.events.candidates(**wanted)]  # type: ignore[arg-type]

    assert ids() == ["a", "b", "c"]
    assert ids(action=Action.DROP) == ids(action="drop") == ["a"]
    assert (ids(rule="day"), ids(kind="loitering"), ids(camera="gate")) == (["b"], ["b"], ["c"])
    assert (ids(since=2.0), ids(until=2.0), ids(limit=1)) == (["b", "c"], ["a"], ["c"])
    dropped = store.events.candidates(action="drop")[0]
    assert (dropped.verification, dropped.settled, dropped.decision.thresholds) == (None, False, (0.3, 0.8))


def test_numbers_and_text_that_databases_refuse(store: Store) -> None:
    odd = candidate(
        score=np.float32(0.5), scores={"ratio": math.nan, "limit": math.inf, "small": np.float32(0.25)}
    )
    store.apply([OpenCandidate(odd, decision())])
    store.apply([AttachClip("c", clip(), (), "half a pair \ud83d, a NUL \0.")])
    store.cases.lease("w", 60)
    said = verdict(summary="\ud83d \0 fine 你好", answers={"q\0": "\udc00"})
    assert store.cases.settle("c", Verification.CONFIRMED, said, worker="w")
    (stored,) = store.events.candidates()
    assert math.isnan(stored.candidate.scores["ratio"])
    assert stored.candidate.scores["limit"] == math.inf
    assert stored.candidate.scores["small"] == 0.25
    event = store.events.get("c")
    assert event is not None
    assert event.verdict is not None
    assert event.verdict.summary == "?  fine 你好"
    assert event.verdict.answers == {"q": "?"}
    assert event.note == "half a pair ?, a NUL ."


def test_times_keep_their_microseconds(store: Store) -> None:
    exact = 1_769_846_400.123457
    store.apply([OpenCandidate(candidate(triggered=exact), decision())])
    assert [event.triggered for event in store.events.find(since=exact)] == [exact]
