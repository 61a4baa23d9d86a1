"""What retention may remove, and what stays of an event whose clip is gone."""

from secondsight.records import Action, Verification
from secondsight.store import AttachClip, OpenCandidate, Store, StoredClip
from tests.store.samples import candidate, clip, decision, key_frames


def settled(store: Store, id: str, end: float = 1_005.0, size: int = 12_345) -> None:
    store.apply([OpenCandidate(candidate(id), decision(Action.ACCEPT))])
    store.apply([AttachClip(id, clip(id, end, size), key_frames(id), "starts at the first key frame")])


def test_clips_are_listed_oldest_first_with_all_their_files(store: Store) -> None:
    settled(store, "new", 2_000.0, 20)
    settled(store, "old", 1_000.0, 10)
    store.apply([OpenCandidate(candidate("none"), decision(Action.ACCEPT))])
    store.apply([AttachClip("none", None, (), "no clip")])
    old, new = store.files.oldest(10)
    pictures = (f"frames/1970-01-01/old/{name}.jpg" for name in ("0", "1", "snapshot"))
    files = ("clips/1970-01-01/old.mp4", *pictures)
    assert old == StoredClip("old", files, 10, 1_000.0)
    assert (new.id, new.size) == ("new", 20)


def test_the_age_of_a_clip_counts_from_its_making_and_not_from_its_filming(store: Store) -> None:
    settled(store, "filmed-long-ago", 10.0)
    assert [clip.end for clip in store.files.oldest(10)] == [1_000.0]


def test_clips_of_open_cases_are_protected(store: Store) -> None:
    settled(store, "done")
    store.apply([OpenCandidate(candidate("open"), decision())])
    store.apply([AttachClip("open", clip("open"), key_frames("open"))])
    assert [one.id for one in store.files.oldest(10)] == ["done"]
    assert store.files.forget(["done", "open", "unknown"]) == ["done"]
    store.cases.settle("open", Verification.UNVERIFIED)
    assert store.files.forget(["open"]) == ["open"]


def test_forgotten_clip_leaves_the_event_with_a_note(store: Store) -> None:
    settled(store, "c")
    assert store.files.forget(["c"]) == ["c"]
    assert store.files.forget(["c"]) == []
    assert store.files.oldest(10) == []
    event = store.events.get("c")
    assert event is not None
    assert (event.clip, event.key_frames) == (None, ())
    assert event.note == "starts at the first key frame; clip removed by retention"


def test_key_frames_alone_are_kept_track_of(store: Store) -> None:
    store.apply([OpenCandidate(candidate(), decision(Action.ACCEPT))])
    store.apply([AttachClip("c", None, key_frames())])
    (stored,) = store.files.oldest(10)
    assert (stored.size, stored.end, len(stored.paths)) == (0, 1_000.0, 3)
    store.files.forget(["c"])
    assert store.files.oldest(10) == []


def test_the_oldest_come_in_parts_and_only_what_is_older(store: Store) -> None:
    for number in range(5):
        settled(store, f"e{number}", 2_000.0 + number)
    assert [clip.id for clip in store.files.oldest(2)] == ["e0", "e1"]
    assert [clip.id for clip in store.files.oldest(10, before=2_003.0)] == ["e0", "e1", "e2"]


def test_sizes_are_those_of_the_clips_until_all_files_are_measured(store: Store) -> None:
    settled(store, "a", size=10)
    settled(store, "b", size=20)
    assert store.files.total_bytes() == 30
    assert [clip.id for clip in store.files.unmeasured(1)] == ["a"]
    store.files.note_sizes({"a": 100})
    assert store.files.total_bytes() == 120
    assert [clip.id for clip in store.files.unmeasured(10)] == ["b"]
    store.files.note_sizes({})
    store.files.forget(["b"])
    assert store.files.total_bytes() == 100


def test_which_events_have_files_and_which_are_known_to_have_none(store: Store) -> None:
    settled(store, "whole")
    settled(store, "removed")
    store.files.forget(["removed"])
    store.apply([OpenCandidate(candidate("unfinished"), decision())])
    store.apply([OpenCandidate(candidate("dropped"), decision(Action.DROP))])
    assert store.files.ids() == {"whole"}
    asked = {"whole", "removed", "unfinished", "dropped", "unknown"}
    assert store.files.without_files(asked) == {"removed", "unfinished"}
