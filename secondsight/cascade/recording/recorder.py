"""Records the clips of candidates and hands everything that is to be stored to the intake, off the frame path.

Two *cutters* write clips and key frames when their last packet has come, one camera after the other; the *screener*
asks the filters about each case. None of them waits for the database with a clip in its hands: what is cut is kept by
the intake at once, and in its journal if the database is away.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from time import monotonic, sleep

from secondsight.cascade.recording.clip_buffer import ClipBuffer, ClipRecording
from secondsight.cascade.recording.fair_queue import MUST, FairQueue
from secondsight.cascade.recording.intake import LOST, CaseStore, Entry, Intake, Lost
from secondsight.cascade.recording.journal import Journal
from secondsight.cascade.recording.key_frames import best_view, choose_times
from secondsight.cascade.recording.track_history import hull_at
from secondsight.clock import Clock
from secondsight.config import ClipsSettings, RetentionSettings
from secondsight.errors import SecondSightError, StoreError
from secondsight.log import fields, redact
from secondsight.media import (
    clip_frames,
    encode_jpeg,
    remove_half_written,
    require_folder,
    write_atomic,
    write_clip,
)
from secondsight.records import (
    Action,
    Candidate,
    Clip,
    Counter,
    Coverage,
    KeyFrame,
    PolicyDecision,
    Track,
    Visit,
    snapshot_path,
)
from secondsight.store import (
    AddCounters,
    AddTracks,
    AddVisits,
    Answer,
    AttachClip,
    CloseCandidate,
    OpenCandidate,
    OpenResult,
    Screening,
    SetCounters,
    SetCoverage,
)

_log = logging.getLogger(__name__)

_RETRY_MIN, _RETRY_MAX = 0.1, 5.0
_CUTTERS = 2
"""One alone falls behind recordings that are read as fast as they go, and is still at it when they have ended."""
_CUTS = 64
"""Recordings of one camera that wait for a cutter."""
_TOO_MANY = "no clip: more is suspected on this camera than can be cut"
_ENDED = "no clip: the stream ended before it could be cut"
_NO_KEY = (
    "no clip: the camera's last key frame is too long ago to be kept; set a key frame interval of a few seconds in "
    "the camera"
)
_RESERVE = 2.0
"""Seconds of the patience at the end that are left for storing what was cut."""


Screen = Callable[[Candidate, PolicyDecision, Sequence[KeyFrame]], Screening | None]


def _unscreened(
    candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
) -> Screening | None:
    """For a site that learns no filters."""
    return None


@dataclass(slots=True, eq=False)
class _Opening:
    """What the store says to a candidate, once it does; and its recording, if that waits for the answer."""

    answer: Answer | Lost = None
    recording: ClipRecording | None = None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A recording with its files on disk, kept by the intake."""

    recording: ClipRecording
    write: AttachClip
    entry: Entry


class Recorder:
    """From candidates to durable cases with clips.

    Args:
        data: the data folder; clips and frames go below it, and the journal.
        make_room: asked to delete old clips when the disk is full; returns whether it freed any.
        on_ready: called when a case has its clip and may be reviewed or announced; must not wait.
        screen: asked what the camera's filters say of a case with its key frames.
        on_lost: called for a candidate that will never be stored, for want of room; must not wait.
        quota: most writes of one camera that wait, beyond which a live camera loses its least, and others wait.
        journal: one of another size; that of the data folder if None.
        lookback: seconds before a trigger that clips of a camera must be able to show, see `ClipBuffer`.
    """

    def __init__(
        self,
        store: CaseStore,
        data: Path,
        clips: ClipsSettings,
        retention: RetentionSettings,
        clock: Clock,
        *,
        make_room: Callable[[], bool],
        on_ready: Callable[[], None],
        screen: Screen = _unscreened,
        on_lost: Callable[[Candidate], None] = lambda candidate: None,
        quota: int = 512,
        journal: Journal | None = None,
        lookback: Callable[[str], float] = lambda camera: 0.0,
    ) -> None:
        self._data, self._clips, self._retention = data, clips, retention
        self._clock, self._make_room, self._on_ready, self._screen = clock, make_room, on_ready, screen
        self._on_lost, self._lookback = on_lost, lookback
        self._buffers: dict[str, ClipBuffer] = {}
        self._intake = Intake(store, journal or Journal(data), quota=quota)
        self._lock = threading.Lock()
        self._openings: dict[str, _Opening] = {}
        self._under_way = self._uncut = 0
        self._giving_up = threading.Event()
        self._cuts: FairQueue[ClipRecording] = FairQueue(_CUTS, 16 * _CUTS)
        self._cut_ones: SimpleQueue[_Cut | None] = SimpleQueue()
        self._threads = [
            *(
                threading.Thread(target=self._run_cutter, name=f"cutter-{n}", daemon=True)
                for n in range(_CUTTERS)
            ),
            threading.Thread(target=self._run_screener, name="screener", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def drops(self) -> Mapping[str, Mapping[str, int]]:
        """What was lost, by camera and cause."""
        return self._intake.drops

    @property
    def trouble(self) -> str | None:
        """What keeps the store from being written, if anything."""
        return self._intake.trouble

    def clip_buffer(self, camera: str) -> ClipBuffer:
        """The clip buffer of one camera; made at the first call."""
        if camera not in self._buffers:
            lookback = self._lookback(camera)
            self._buffers[camera] = ClipBuffer(self._clips, self._clock, self._completed, lookback)
        return self._buffers[camera]

    def report(self, candidate: Candidate, decision: PolicyDecision, *, block: bool) -> bool:
        """Take a candidate that has just arisen. False, and counted, when there is no room and `block` unset."""
        camera, id = candidate.camera, candidate.id
        write = OpenCandidate(candidate, decision)
        if decision.action is Action.DROP:
            return not self._intake.submit(camera, write, block=block).over
        if block:
            self._cuts.wait_for_room(camera)
        with self._lock:
            self._openings[id] = _Opening()
        if self._intake.submit(camera, write, partial(self._opened, candidate), block=block).over:
            with self._lock:
                self._openings.pop(id, None)
            return False
        if not self.clip_buffer(camera).record(candidate, decision):
            with self._lock:
                self._under_way += 1
            self._without_clip(candidate)
        return True

    def over(self, candidate: Candidate, *, block: bool) -> None:
        """Take the final form of a candidate that was reported before."""
        self._intake.submit(candidate.camera, CloseCandidate(candidate), block=block)

    def keep_tracks(self, tracks: list[Track], *, block: bool) -> None:
        """Store finished tracks."""
        if tracks:
            self._intake.submit(tracks[0].id.camera, AddTracks(tuple(tracks)), block=block)

    def keep_visits(self, visits: list[Visit], *, block: bool) -> None:
        """Store the visits of finished tracks."""
        if visits:
            self._intake.submit(visits[0].track.camera, AddVisits(tuple(visits)), block=block)

    def keep_coverage(self, span: Coverage, *, block: bool) -> None:
        """Store that a camera was watched, or was not."""
        self._intake.submit(span.camera, SetCoverage((span,)), block=block)

    def keep_counters(self, counters: list[Counter]) -> None:
        """Store counters; the first thing to be dropped when the store cannot keep up."""
        for camera in dict.fromkeys(one.camera for one in counters):
            own = tuple(one for one in counters if one.camera == camera)
            self._intake.submit(camera, AddCounters(own))

    def keep_totals(self, counters: list[Counter]) -> None:
        """Store the whole of some minutes of a recording, which waits rather than lose any."""
        if counters:
            self._intake.submit(counters[0].camera, SetCounters(tuple(counters)), block=True)

    @property
    def idle(self) -> bool:
        """Whether nothing is being recorded, written or waiting to be."""
        if any(buffer.recording for buffer in list(self._buffers.values())):
            return False
        # In the order in which work moves on, so that nothing slips by between the looks.
        return not self._under_way and self._intake.idle

    def tick(self) -> None:
        """To be called about once a second: closes recordings of cameras that went silent."""
        for buffer in list(self._buffers.values()):
            buffer.tick()

    def close(self, patience: float = 10.0) -> None:
        """End all recordings, cut and store what waits, for up to `patience` seconds; then stop. What a store that
        does not answer has not taken is left in the journal. Further calls do nothing."""
        if self._giving_up.is_set():
            return
        until = monotonic() + patience
        for buffer in list(self._buffers.values()):
            buffer.end()
        while self._work_left() and monotonic() < until - _RESERVE:
            sleep(0.02)
        self._giving_up.set()
        self._cuts.close()
        self._cut_ones.put(None)
        for thread in self._threads:  # one that hangs is left behind
            thread.join(max(0.1, min(1.0, until - monotonic())))
        self._intake.close(max(0.5, until - monotonic()))

    def _work_left(self) -> bool:
        """Whether something can still be cut; a recording that waits for a store that is away cannot."""
        with self._lock:
            parked = any(one.recording is not None for one in self._openings.values())
            return self._uncut > 0 or (parked and not self.trouble)

    # -- from the last packet to the cutters

    def _completed(self, recording: ClipRecording) -> None:
        """The last packet has come. One of a camera is cut at once; one that can be read again only once it is known
        whether it was cut before."""
        with self._lock:
            self._under_way += 1
            opening = self._openings.get(recording.candidate.id)
            if opening is not None and opening.answer is None and not recording.live:
                opening.recording = recording
                return
        self._to_cut(recording)

    def _opened(self, candidate: Candidate, answer: Answer | Lost) -> None:
        if answer is LOST:
            self._on_lost(candidate)
        with self._lock:
            opening = self._openings.get(candidate.id)
            if opening is None:
                return
            opening.answer, recording = answer, opening.recording
            opening.recording = None
        if recording is not None:
            self._to_cut(recording)

    def _to_cut(self, recording: ClipRecording) -> None:
        candidate, decision = recording.candidate, recording.decision
        if self._answer_to(candidate) in (OpenResult.KNOWN, LOST):
            self._finished(candidate)
            self._ready()
            return
        rank = (float(decision.priority), decision.value, candidate.score) if recording.live else MUST
        with self._lock:
            self._uncut += 1
        for shed in self._cuts.put(candidate.camera, recording, rank):
            with self._lock:
                self._uncut -= 1
            self._without_clip(shed.candidate)

    def _answer_to(self, candidate: Candidate) -> Answer | Lost:
        """What the store says to a candidate; None while it says nothing."""
        with self._lock:
            opening = self._openings.get(candidate.id)
            return OpenResult.KNOWN if opening is None else opening.answer

    def _without_clip(self, candidate: Candidate) -> None:
        self._intake.count(candidate.camera, "clip_shed")
        write = AttachClip(candidate.id, None, self._snapshot(candidate), _TOO_MANY)
        self._intake.submit(candidate.camera, write, self._attached)
        self._finished(candidate)

    def _finished(self, candidate: Candidate) -> None:
        with self._lock:
            self._openings.pop(candidate.id, None)
            self._under_way -= 1

    def _attached(self, answer: Answer | Lost) -> None:
        self._ready()

    def _ready(self) -> None:
        try:
            self._on_ready()
        except Exception:
            _log.exception("a case's clip is ready, and nobody knows")

    # -- cutting and screening

    def _run_cutter(self) -> None:
        while taken := self._cuts.take():
            recording = taken[0]
            try:
                clip, key_frames, note = self._write_pictures(recording)
            except OSError as error:  # such as a folder of clips in whose place a file lies
                clip, key_frames, note = None, (), redact(f"no clip: {error}")
                _log.error("no clip of a case", extra=fields(case=recording.candidate.id, error=note))
            except Exception as error:
                _log.exception("cutting a clip failed", extra=fields(case=recording.candidate.id))
                clip, key_frames, note = None, (), redact(f"no clip: {type(error).__name__}: {error}")
            candidate = recording.candidate
            write = AttachClip(candidate.id, clip, key_frames, note)
            self._cut_ones.put(_Cut(recording, write, self._intake.hold(candidate.camera, write)))
            with self._lock:
                self._uncut -= 1

    def _run_screener(self) -> None:
        while (cut := self._cut_ones.get()) is not None:
            candidate = cut.recording.candidate
            if self._answer_to(candidate) is LOST:
                self._intake.discard(cut.entry)
                self._discard(candidate)
                shutil.rmtree(self._data / _places(candidate)[1], ignore_errors=True)
            else:
                screening = self._screened(cut)
                if self._giving_up.is_set() and self.trouble:
                    continue  # the journal has it, and the next start stores it
                self._intake.release(cut.entry, replace(cut.write, screening=screening), self._attached)
            self._finished(candidate)

    def _screened(self, cut: _Cut) -> Screening | None:
        """What the filters say; their failure must not cost the case its review."""
        recording, pause = cut.recording, _RETRY_MIN
        while True:
            try:
                return self._screen(recording.candidate, recording.decision, cut.write.key_frames)
            except StoreError as error:
                about = fields(case=recording.candidate.id, error=redact(str(error)))
                _log.error("the filters cannot be asked, retrying", extra=about)
            except Exception:
                _log.exception("a case could not be screened", extra=fields(case=recording.candidate.id))
                return None
            if self._giving_up.wait(pause):
                return None
            pause = min(2 * pause, _RETRY_MAX)

    def _write_pictures(
        self, recording: ClipRecording
    ) -> tuple[Clip | None, tuple[KeyFrame, ...], str | None]:
        """The recording's clip and key frames on disk, or the reason why there are none."""
        if not recording.packets:
            return None, self._snapshot(recording.candidate), _NO_KEY if recording.keyless else _ENDED
        for attempt in range(2):
            try:
                return *self._try_pictures(recording), None
            except SecondSightError as error:
                self._discard(recording.candidate)
                if attempt == 0 and isinstance(error, StoreError) and self._made_room():
                    continue
                about = fields(case=recording.candidate.id, error=redact(str(error)))
                _log.error("no clip of a case", extra=about)
                return None, self._snapshot(recording.candidate), f"no clip: {error}"
        raise AssertionError("unreachable")

    def _made_room(self) -> bool:
        """Whether old clips could be removed; not while the store or the folder is away."""
        try:
            return self._make_room()
        except (SecondSightError, OSError) as error:
            _log.error("no room can be made for a clip", extra=fields(error=redact(str(error))))
            return False

    def _discard(self, candidate: Candidate) -> None:
        """Remove what was written of a clip before the disk was full: no event will ever name it."""
        clip, frames = _places(candidate)
        (self._data / clip).unlink(missing_ok=True)
        snapshot = self._data / snapshot_path(candidate)
        for frame in (self._data / frames).glob("*.jpg"):
            if frame != snapshot:
                frame.unlink(missing_ok=True)

    def _snapshot(self, candidate: Candidate) -> tuple[KeyFrame, ...]:
        """The one picture that there is without a clip, if it was written."""
        path = snapshot_path(candidate)
        there = (self._data / path).is_file()
        return (KeyFrame(path, candidate.triggered, candidate.box),) if there else ()

    def _try_pictures(self, recording: ClipRecording) -> tuple[Clip, tuple[KeyFrame, ...]]:
        candidate, min_free = recording.candidate, self._retention.min_free
        where, folder = _places(candidate)
        require_folder(self._data)
        clip = write_clip(recording.packets, recording.start, self._data, where, min_free=min_free)
        paths = recording.history.of(candidate.tracks)
        begin = max(clip.start, recording.start)
        peak = best_view(candidate, paths, begin, clip.end)
        times = choose_times(candidate, peak, begin, clip.end, self._clips.key_frames)
        frames: list[KeyFrame] = []
        pictures = clip_frames(self._data / clip.path, clip.start, times)
        for number, (time, picture) in enumerate(zip(times, pictures, strict=True)):
            path = f"{folder}/{number}.jpg"
            remove_half_written(self._data / path)
            write_atomic(self._data / path, encode_jpeg(picture), min_free=min_free)
            box = hull_at(paths, time) if candidate.tracks else candidate.box
            frames.append(KeyFrame(path, time, box, recording.history.around(time)))
        return clip, tuple(frames)


def _places(candidate: Candidate) -> tuple[str, str]:
    """Where a candidate's clip lies, and the folder of its key frames, below the data folder."""
    day = datetime.fromtimestamp(candidate.triggered, UTC).strftime("%Y-%m-%d")
    return f"clips/{day}/{candidate.id}.mp4", f"frames/{day}/{candidate.id}"
