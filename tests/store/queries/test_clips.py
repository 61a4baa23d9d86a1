"""What retention may remove, and what stays of an event whose clip is gone."""

from secondsight.records import Action, Verification
from secondsight.store import Store, StoredClip
from tests.store.samples import candidate, clip, decision, key_frames


def settled(store: Store, id: str, end: float = 1_005.0, size: int = 12_345) -> None:
    store.open_candidate(candidate(id), decision(Action.ACCEPT))
    store.attach_clip(id, clip(id, end, size), key_frames(id), "starts at the first key frame")


def test_clips_are_listed_oldest_first_with_all_their_files(store: Store) -> None:
    settled(store, "new", 2_000.0, 20)
    settled(store, "old", 1_000.0, 10)
    store.open_candidate(candidate("none"), decision(Action.ACCEPT))
    store.attach_clip("none", None, (), "no clip")
    old, new = store.stored_clips()
    files = ("clips/1970-01-01/old.mp4", "frames/1970-01-01/old/0.jpg", "frames/1970-01-01/old/1.jpg")
    assert old == StoredClip("old", files, 10, 1_000.0, protected=False)
    assert (new.id, new.size) == ("new", 20)


def test_the_age_of_a_clip_counts_from_its_making_and_not_from_its_filming(store: Store) -> None:
    settled(store, "filmed-long-ago", 10.0)
    assert [clip.end for clip in store.stored_clips()] == [1_000.0]


def test_open_cases_and_pinned_clips_are_protected(store: Store) -> None:
    settled(store, "pinned")
    store.open_candidate(candidate("open"), decision())
    store.attach_clip("open", clip("open"), key_frames("open"))
    assert store.protect_clip("pinned")
    assert not store.protect_clip("unknown")
    assert {stored.id: stored.protected for stored in store.stored_clips()} == {"pinned": True, "open": True}
    assert store.forget_clips(["pinned", "open", "unknown"]) == []
    store.settle_case("open", Verification.UNVERIFIED)
    store.protect_clip("pinned", False)
    assert sorted(store.forget_clips(["pinned", "open"])) == ["open", "pinned"]


def test_forgotten_clip_leaves_the_event_with_a_note(store: Store) -> None:
    settled(store, "c")
    assert store.forget_clips(["c"]) == ["c"]
    assert store.forget_clips(["c"]) == []
    assert store.stored_clips() == []
    event = store.event("c")
    assert event is not None
    assert (event.clip, event.key_frames) == (None, ())
    assert event.note == "starts at the first key frame; clip removed by retention"


def test_key_frames_alone_are_kept_track_of(store: Store) -> None:
    store.open_candidate(candidate(), decision(Action.ACCEPT))
    store.attach_clip("c", None, key_frames())
    (stored,) = store.stored_clips()
    assert (stored.size, stored.end, len(stored.paths)) == (0, 1_000.0, 2)
    store.forget_clips(["c"])
    assert store.stored_clips() == []
