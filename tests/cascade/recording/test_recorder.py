"""From candidates to durable cases with clips: real packets, a real store, real files."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import supervision as sv

from secondsight.cascade import ClipBuffer, ClipRecording, decide
from secondsight.cascade.recording import recorder
from secondsight.clock import ManualClock
from secondsight.config import ClipsSettings, PolicySettings
from secondsight.errors import StoreError
from secondsight.media import Packet, clip_frames, write_atomic
from secondsight.records import Action, Box, CaseState, Observation, Verification
from tests.cascade.conftest import BEGIN, EPOCH, Bench, suspicion
from tests.servers.videos import number_of

REVIEW = decide(suspicion(0), PolicySettings(), brain=True, now=BEGIN + 1000)
ACCEPT = replace(REVIEW, action=Action.ACCEPT, deadline=None)
DROP = replace(REVIEW, action=Action.DROP, deadline=None)


def play(bench: Bench, packets: list[Packet], until: float, since: float = 0.0) -> None:
    buffer = bench.recorder.clip_buffer("hall")
    for packet in packets:
        if since <= packet.time - BEGIN < until:
            buffer.complete(buffer.feed(packet))


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "did not come about in time"
        time.sleep(0.01)


def test_a_case_is_stored_at_once_and_queued_when_its_clip_is_complete(
    bench: Bench, packets: list[Packet]
) -> None:
    play(bench, packets, until=12.5)
    assert bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    eventually(lambda: bench.store.cases.get("case-1") is not None)
    case = bench.store.cases.get("case-1")
    assert case is not None
    assert case.state is CaseState.RECORDING

    play(bench, packets, since=12.5, until=18.0)
    assert bench.ready.acquire(timeout=10)
    case = bench.store.cases.get("case-1")
    assert case is not None
    assert case.state is CaseState.QUEUED
    assert case.clip is not None


def test_the_clip_reaches_from_5_s_before_to_5_s_after_and_shows_just_that(
    bench: Bench, packets: list[Packet]
) -> None:
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0, waited=0.4), REVIEW, block=True)
    play(bench, packets, since=12.5, until=30.0)
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    clip = event.clip
    assert clip is not None
    # Key frames stand every 2 s: asked for 7.0, cut at 6.0.
    assert clip.start == pytest.approx(BEGIN + 6.0)
    assert clip.offset == pytest.approx(1.0)
    assert clip.end == pytest.approx(BEGIN + 17.4)
    assert not clip.reencoded
    with av.open(str(bench.data / clip.path)) as container:
        numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
    assert numbers == list(range(60, 175))


def test_key_frames_are_those_moments_with_the_suspect_s_box(bench: Bench, packets: list[Packet]) -> None:
    buffer = bench.recorder.clip_buffer("hall")
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    for tick in range(115, 160):
        detections = sv.Detections(
            xyxy=np.array([[tick - 110, 10, tick - 100, 50]], np.float32),
            confidence=np.array([0.9 if tick == 140 else 0.5], np.float32),
            class_id=np.array([0]),
            tracker_id=np.array([1]),
        )
        buffer.observe(Observation("hall", EPOCH, BEGIN + tick / 10, 192, 96, detections, ("person",)))
    play(bench, packets, since=12.5, until=30.0)
    assert bench.ready.acquire(timeout=10)
    case = bench.store.cases.get("case-1")
    assert case is not None
    assert case.clip is not None
    times = [key.time for key in case.key_frames]
    assert times == sorted(times)
    assert all(b - a >= 0.2 for a, b in pairwise(times))
    assert any(time == pytest.approx(BEGIN + 14.0) for time in times), "the best view is among them"
    with_box = [key for key in case.key_frames if 11.5 <= key.time - BEGIN <= 15.9]
    assert with_box
    assert all(key.box is not None for key in with_box)
    shown = [
        number_of(picture) for picture in clip_frames(bench.data / case.clip.path, case.clip.start, times)
    ]
    assert all(
        abs(number - (time - BEGIN) * 10) <= 0.5 + 1e-6 for number, time in zip(shown, times, strict=True)
    )
    for key in case.key_frames:
        assert (bench.data / key.path).read_bytes().startswith(b"\xff\xd8")


def test_a_suspect_without_a_track_has_its_box_in_every_key_frame(
    bench: Bench, packets: list[Packet]
) -> None:
    smoke = replace(suspicion(12.0), tracks=(), box=Box(0.1, 0.2, 0.3, 0.4))
    play(bench, packets, until=12.5)
    bench.recorder.report(smoke, REVIEW, block=True)
    play(bench, packets, since=12.5, until=30.0)
    assert bench.ready.acquire(timeout=10)
    case = bench.store.cases.get("case-1")
    assert case is not None
    assert case.candidate == smoke
    assert len(case.key_frames) > 1
    assert {key.box for key in case.key_frames} == {smoke.box}


@pytest.mark.parametrize(("at", "first", "last"), [(1.0, 0, 63), (28.0, 220, 299)])
def test_the_source_s_own_start_and_end_cap_the_clip(
    bench: Bench, packets: list[Packet], at: float, first: int, last: int
) -> None:
    play(bench, packets, until=at + 0.5)
    bench.recorder.report(suspicion(at, waited=0.3), REVIEW, block=True)
    play(bench, packets, since=at + 0.5, until=99)
    bench.recorder.clip_buffer("hall").end()
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.clip is not None
    with av.open(str(bench.data / event.clip.path)) as container:
        numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
    assert (numbers[0], numbers[-1]) == (first, last)


def test_a_recording_waits_for_the_looks_before_its_end(bench: Bench, packets: list[Packet]) -> None:
    buffer = bench.recorder.clip_buffer("hall")
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    over = [recording for packet in packets[125:] for recording in buffer.feed(packet)]
    assert [recording.candidate.id for recording in over] == ["case-1"], "handed back once"
    assert buffer.recording
    assert not bench.recorder.idle
    buffer.complete(over)
    buffer.complete(over)
    assert bench.ready.acquire(timeout=10)
    assert not bench.ready.acquire(timeout=0.2), "cut once"


def test_a_long_wait_does_not_reach_back_further_than_twice_pre_capture(
    bench: Bench, packets: list[Packet]
) -> None:
    play(bench, packets, until=24.0)
    bench.recorder.report(suspicion(2.0, waited=21.5), REVIEW, block=True)
    play(bench, packets, since=24.0, until=99)
    bench.recorder.clip_buffer("hall").end()
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.clip is not None
    assert event.clip.start + event.clip.offset == pytest.approx(BEGIN + 13.5)


def test_dropped_candidates_are_stored_and_cost_no_clip(bench: Bench, packets: list[Packet]) -> None:
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), DROP, block=True)
    eventually(lambda: len(bench.store.events.candidates()) == 1)
    eventually(lambda: bench.recorder.idle)
    assert bench.store.events.find() == []
    assert not list((bench.data / "clips").rglob("*")) if (bench.data / "clips").exists() else True


def test_an_accepted_candidate_s_event_settles_with_its_clip(bench: Bench, packets: list[Packet]) -> None:
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.0, until=20.2)
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.settled
    assert event.verification is Verification.UNVERIFIED
    assert event.clip is not None


def test_what_is_known_already_is_not_recorded_twice(bench: Bench, packets: list[Packet]) -> None:
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.0, until=20.2)
    assert bench.ready.acquire(timeout=10)
    first = bench.store.events.get("case-1")
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.2, until=20.4)
    eventually(lambda: bench.recorder.idle)
    assert bench.store.events.get("case-1") == first
    assert len(bench.store.events.find()) == 1


def test_a_clip_that_takes_long_does_not_hold_another_back(
    bench: Bench, packets: list[Packet], monkeypatch: pytest.MonkeyPatch
) -> None:
    other_is_ready, cut = threading.Event(), bench.recorder._write_pictures

    def slowly(recording: ClipRecording) -> Any:
        assert recording.candidate.id != "case-1" or other_is_ready.wait(60)
        return cut(recording)

    monkeypatch.setattr(bench.recorder, "_write_pictures", slowly)
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    bench.recorder.report(replace(suspicion(12.0), id="case-2"), REVIEW, block=True)
    play(bench, packets, since=12.5, until=30.0)
    assert bench.ready.acquire(timeout=10)
    case = bench.store.cases.get("case-2")
    assert case is not None
    assert case.state is CaseState.QUEUED
    other_is_ready.set()
    assert bench.ready.acquire(timeout=10)
    assert bench.recorder.idle


def test_whoever_fails_to_hear_of_a_clip_stops_no_other(
    bench: Bench, packets: list[Packet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("nobody listens")

    monkeypatch.setattr(bench.recorder, "_on_ready", fail)
    play(bench, packets, until=12.5)
    names = [f"case-{number}" for number in range(1, 6)]
    for name in names:
        bench.recorder.report(replace(suspicion(12.0), id=name), REVIEW, block=True)
    play(bench, packets, since=12.5, until=30.0)
    eventually(lambda: bench.recorder.idle)
    states = {case.state for name in names if (case := bench.store.cases.get(name)) is not None}
    assert states == {CaseState.QUEUED}


@pytest.mark.parametrize(("epoch", "note"), [(EPOCH, "set a key frame interval"), (7, "the stream ended")])
def test_a_case_without_clip_says_why(bench: Bench, packets: list[Packet], epoch: int, note: str) -> None:
    play(bench, [packet for packet in packets if not packet.is_key], until=12.5)
    bench.recorder.report(replace(suspicion(12.0), epoch=epoch), REVIEW, block=True)
    assert bench.ready.acquire(timeout=60)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.clip is None
    assert note in (event.note or "")


def test_a_full_disk_costs_the_clip_and_not_the_event(bench: Bench, packets: list[Packet]) -> None:
    bench.recorder._retention = bench.recorder._retention.model_copy(update={"min_free": 10**18})
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.0, until=20.2)
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.settled
    assert event.clip is None
    assert event.note is not None
    assert "disk is full" in event.note
    assert bench.made_room, "retention was asked to make room first"


def test_a_data_folder_that_went_away_is_not_made_anew(
    bench: Bench, packets: list[Packet], caplog: pytest.LogCaptureFixture
) -> None:
    def ask_the_store_that_is_away() -> bool:
        raise StoreError("away", retryable=True)

    bench.recorder._make_room = ask_the_store_that_is_away
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    eventually(lambda: bench.recorder._intake.idle)
    shutil.rmtree(bench.data / "clips", ignore_errors=True)
    moved = bench.data.with_name("moved")
    bench.data.rename(moved)
    play(bench, packets, since=12.5, until=30.0)
    eventually(lambda: "no clip of a case" in caplog.text)
    assert not bench.data.exists()
    assert "Traceback" not in caplog.text
    moved.rename(bench.data)


def test_a_file_where_the_folder_of_clips_belongs_is_said(
    bench: Bench, packets: list[Packet], caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(bench.data / "clips", ignore_errors=True)
    (bench.data / "clips").write_text("in the way")
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    play(bench, packets, since=12.5, until=18.0)
    eventually(lambda: "no clip of a case" in caplog.text)
    assert bench.ready.acquire(timeout=60)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert "Not a directory" in (event.note or "")
    assert "Traceback" not in caplog.text


def test_a_disk_that_is_full_after_the_clip_keeps_nothing_of_it(
    bench: Bench, packets: list[Packet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(path: Path, data: bytes, *, min_free: int) -> None:
        there = [file for file in bench.data.rglob("*") if file.suffix in (".mp4", ".jpg")]
        if len(there) == 3:
            raise StoreError("the disk is full")
        write_atomic(path, data, min_free=min_free)

    monkeypatch.setattr(recorder, "write_atomic", write)
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.0, until=20.2)
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.settled
    assert event.note == "no clip: the disk is full"
    assert not [file for file in bench.data.rglob("*") if file.suffix in (".mp4", ".jpg")]


def test_a_locked_database_delays_and_loses_nothing(bench: Bench, packets: list[Packet]) -> None:
    other = sqlite3.connect(bench.data / "secondsight.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    play(bench, packets, until=20.0)
    for number in range(3):
        assert bench.recorder.report(suspicion(10.0 + number, id=f"case-{number}"), REVIEW, block=False)
    play(bench, packets, since=20.0, until=20.2)
    eventually(lambda: bench.recorder.trouble is not None)
    assert bench.store.cases.find() == []
    other.execute("ROLLBACK")
    other.close()
    for _ in range(3):
        assert bench.ready.acquire(timeout=10)
    assert [case.state for case in bench.store.cases.find()] == [CaseState.QUEUED] * 3
    eventually(lambda: bench.recorder.trouble is None)


def test_a_store_that_stays_away_costs_a_live_camera_counted_drops_only(bench: Bench) -> None:
    other = sqlite3.connect(bench.data / "secondsight.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    taken = [bench.recorder.report(suspicion(float(n), id=f"c-{n}"), REVIEW, block=False) for n in range(20)]
    assert taken.count(False) == bench.recorder.drops["hall"]["intake_full"] > 0
    other.execute("ROLLBACK")
    other.close()
    eventually(lambda: len(bench.store.cases.find()) == taken.count(True))
    refused = {f"c-{number}" for number, done in enumerate(taken) if not done}
    assert {candidate.id for candidate in bench.lost} == refused, "their pictures go"


def test_a_new_epoch_completes_what_the_old_one_left_open(bench: Bench, packets: list[Packet]) -> None:
    play(bench, packets, until=12.5)
    bench.recorder.report(suspicion(12.0), REVIEW, block=True)
    later = Packet(
        replace(packets[0].info, epoch=1), packets[0].time + 100, packets[0].duration, packets[0].raw
    )
    buffer = bench.recorder.clip_buffer("hall")
    buffer.complete(buffer.feed(later))
    assert bench.ready.acquire(timeout=10)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.clip is not None
    assert event.clip.end == pytest.approx(BEGIN + 12.4)


def test_a_live_camera_that_went_silent_does_not_hold_its_case_back(
    bench: Bench, packets: list[Packet]
) -> None:
    live = replace(packets[0].info, live=True)
    for packet in packets[:125]:
        bench.recorder.clip_buffer("hall").feed(Packet(live, packet.time, packet.duration, packet.raw))
    bench.recorder.report(suspicion(12.0), REVIEW, block=False)
    bench.recorder.tick()
    assert bench.recorder.clip_buffer("hall").recording
    bench.clock.advance(11.0)
    bench.recorder.tick()
    assert bench.ready.acquire(timeout=10)


def test_the_end_of_a_suspicion_is_stored(bench: Bench, packets: list[Packet]) -> None:
    play(bench, packets, until=20.0)
    bench.recorder.report(suspicion(10.0), ACCEPT, block=True)
    play(bench, packets, since=20.0, until=20.2)
    bench.recorder.over(replace(suspicion(10.0), end=BEGIN + 15, score=0.9), block=True)
    eventually(lambda: bench.recorder.idle)
    event = bench.store.events.get("case-1")
    assert event is not None
    assert event.end == BEGIN + 15
    assert event.score == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("lookback", "longest", "before"),
    [(0.0, 60.0, 10.0), (12.0, 60.0, 17.0), (50.0, 30.0, 25.0)],
    ids=["pre_capture", "as far as its rules ask", "no farther than the longest clip reaches its trigger"],
)
def test_clips_reach_back_to_what_their_rules_must_show(
    lookback: float, longest: float, before: float, packets: list[Packet]
) -> None:
    found: list[ClipRecording] = []
    clips = ClipsSettings(max_length=longest)
    buffer = ClipBuffer(clips, ManualClock(BEGIN + 1000), found.append, lookback)
    for packet in packets:
        if packet.time < BEGIN + 28:
            buffer.feed(packet)
    buffer.record(suspicion(0.5, waited=26.5), REVIEW)
    buffer.end()
    (recording,) = found
    assert recording.candidate.triggered - recording.start == pytest.approx(before)
    assert recording.packets[0].time <= recording.start
    assert recording.until >= recording.candidate.triggered
