"""Makes candidates durable and cuts their clips, off the frame path.

Threads fed by bounded queues: *intake* writes candidates, cases and events to the store the moment they arise; two
*cutters* write clips and key frames when their last packet has come. A store that is locked or a disk that
is full delays both, and is retried; nothing that reached the intake is given up while the program runs.
"""

import logging
import shutil
import threading
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Protocol

from secondsight.cascade.recording.clip_buffer import ClipBuffer, ClipRecording
from secondsight.cascade.recording.key_frames import best_view, choose_times
from secondsight.cascade.recording.track_history import box_at
from secondsight.clock import Clock
from secondsight.config import ClipsSettings, RetentionSettings
from secondsight.errors import SecondSightError, StoreError
from secondsight.log import fields, redact
from secondsight.media import clip_frames, encode_jpeg, write_atomic, write_clip
from secondsight.records import Action, Candidate, Clip, Counter, KeyFrame, PolicyDecision, Track
from secondsight.store import OpenResult, Screening

_log = logging.getLogger(__name__)

_RETRY_MIN, _RETRY_MAX = 0.1, 5.0
_CUTTERS = 2
"""One alone falls behind recordings that are read as fast as they go, and is still at it when they have ended."""


class CaseStore(Protocol):
    """What the recorder needs of the store."""

    def open_candidate(self, candidate: Candidate, decision: PolicyDecision) -> OpenResult: ...
    def close_candidate(self, candidate: Candidate) -> bool: ...
    def attach_clip(
        self,
        id: str,
        clip: Clip | None,
        key_frames: Sequence[KeyFrame],
        note: str | None,
        screening: Screening | None,
    ) -> bool: ...
    def add_tracks(self, tracks: Iterable[Track]) -> None: ...
    def add_counters(self, counters: Iterable[Counter]) -> None: ...
    def set_counters(self, counters: Iterable[Counter]) -> None: ...


Screen = Callable[[Candidate, PolicyDecision, Sequence[KeyFrame]], Screening | None]


def _unscreened(
    candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
) -> Screening | None:
    """For a site that learns no filters."""
    return None


@dataclass(frozen=True, slots=True)
class _Job:
    """One write to the store; `what` names it in logs. `admitted`: it takes up room in the intake."""

    what: str
    run: Callable[[], object]
    admitted: bool = True


class Recorder:
    """From candidates to durable cases with clips.

    Args:
        data: the data folder; clips and frames go below it.
        make_room: asked to delete old clips when the disk is full; returns whether it freed any.
        on_ready: called when a case has its clip and may be reviewed or announced.
        screen: asked what the camera's filters say of a case with its key frames.
        capacity: most writes waiting; beyond it a live camera's candidates are dropped and counted.
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
        capacity: int = 4096,
    ) -> None:
        self._store, self._data, self._clips, self._retention = store, data, clips, retention
        self._clock, self._make_room, self._on_ready, self._screen = clock, make_room, on_ready, screen
        self._tapes: dict[str, ClipBuffer] = {}
        self._opened: dict[str, OpenResult] = {}
        self.drops: Tally[str] = Tally()
        self.trouble: str | None = None
        self._giving_up = threading.Event()
        # The room is counted beside the queue: a recording belongs to a candidate that was admitted, and handing it
        # over must never make a camera wait.
        self._room = threading.BoundedSemaphore(capacity)
        self._intake: Queue[_Job | None] = Queue()
        self._cuts: Queue[ClipRecording | None] = Queue(256)
        self._threads = [
            threading.Thread(target=self._run_intake, name="intake", daemon=True),
            *(
                threading.Thread(target=self._run_cutter, name=f"cutter-{number}", daemon=True)
                for number in range(_CUTTERS)
            ),
        ]
        for thread in self._threads:
            thread.start()

    def tape(self, camera: str) -> ClipBuffer:
        """The tape of one camera; made at the first call."""
        if camera not in self._tapes:
            self._tapes[camera] = ClipBuffer(self._clips, self._clock, self._completed)
        return self._tapes[camera]

    def report(self, candidate: Candidate, decision: PolicyDecision, *, block: bool) -> bool:
        """Take a candidate that has just arisen. False, and counted, when the intake is full and `block` unset."""
        if not self._submit(
            _Job(f"candidate {candidate.id}", partial(self._open, candidate, decision)), block
        ):
            return False
        if decision.action is not Action.DROP:
            self.tape(candidate.camera).record(candidate, decision)
        return True

    def over(self, candidate: Candidate, *, block: bool) -> None:
        """Take the final form of a candidate that was reported before."""
        self._submit(_Job(f"end of {candidate.id}", partial(self._store.close_candidate, candidate)), block)

    def keep_tracks(self, tracks: list[Track], *, block: bool) -> None:
        """Store finished tracks."""
        if tracks:
            self._submit(_Job("tracks", partial(self._store.add_tracks, tracks)), block)

    def keep_counters(self, counters: list[Counter]) -> None:
        """Store counters; the first thing to be dropped when the store cannot keep up."""
        if counters:
            self._submit(_Job("counters", partial(self._store.add_counters, counters)), block=False)

    def keep_totals(self, counters: list[Counter]) -> None:
        """Store the whole of some minutes of a recording, which waits rather than lose any."""
        if counters:
            self._submit(_Job("counts", partial(self._store.set_counters, counters)), block=True)

    @property
    def idle(self) -> bool:
        """Whether nothing is being recorded, written or waiting to be."""
        if any(tape.recording for tape in list(self._tapes.values())):
            return False
        # In the order in which work moves on, so that nothing slips by between the two looks.
        return self._intake.unfinished_tasks == 0 and self._cuts.unfinished_tasks == 0

    def tick(self) -> None:
        """To be called about once a second: closes recordings of cameras that went silent."""
        for tape in list(self._tapes.values()):
            tape.tick()

    def close(self, patience: float = 30.0) -> None:
        """End all recordings, write everything that waits, stop. Gives up on a store that fails for `patience` s."""
        for tape in self._tapes.values():
            tape.end()
        giving_up = threading.Timer(patience, self._giving_up.set)
        giving_up.start()
        self._intake.put(None)
        for thread in self._threads:
            thread.join()
        giving_up.cancel()

    def _submit(self, job: _Job, block: bool) -> bool:
        if not self._room.acquire(blocking=block):
            self.drops["intake_full"] += 1
            _log.error("write dropped: the store does not keep up", extra=fields(what=job.what))
            return False
        self._intake.put(job)
        return True

    def _completed(self, recording: ClipRecording) -> None:
        self._intake.put(_Job("recording", partial(self._cuts.put, recording), admitted=False))

    def _run_intake(self) -> None:
        while (job := self._intake.get()) is not None:
            self._persist(job)
            if job.admitted:
                self._room.release()
            self._intake.task_done()
        for _ in range(_CUTTERS):
            self._cuts.put(None)

    def _run_cutter(self) -> None:
        while (recording := self._cuts.get()) is not None:
            try:
                self._cut(recording)
            except Exception:
                _log.exception("cutting a clip failed", extra=fields(case=recording.candidate.id))
            self._cuts.task_done()
            # Only now: whoever waits for the last one looks at what is unfinished.
            try:
                self._on_ready()
            except Exception:
                _log.exception(
                    "a case's clip is ready, and nobody knows", extra=fields(case=recording.candidate.id)
                )

    def _persist(self, job: _Job) -> None:
        """Run one write until it succeeds; a failing store is retried with growing pauses."""
        pause = _RETRY_MIN
        while True:
            try:
                job.run()
                self.trouble = None
                return
            except StoreError as error:
                self.trouble = redact(str(error))
                _log.error("store write failed, retrying", extra=fields(what=job.what, error=self.trouble))
            except Exception:
                _log.exception("store write failed for good", extra=fields(what=job.what))
                self.drops["write_failed"] += 1
                return
            if self._giving_up.wait(pause):
                self.drops["write_failed"] += 1
                _log.error("given up at shutdown", extra=fields(what=job.what))
                return
            pause = min(2 * pause, _RETRY_MAX)

    def _open(self, candidate: Candidate, decision: PolicyDecision) -> None:
        opened = self._store.open_candidate(candidate, decision)
        if decision.action is not Action.DROP:
            self._opened[candidate.id] = opened

    def _cut(self, recording: ClipRecording) -> None:
        candidate = recording.candidate
        if self._opened.pop(candidate.id, OpenResult.KNOWN) is OpenResult.KNOWN:
            return
        clip, key_frames, note = self._write_pictures(recording)

        def attach() -> None:
            screening = self._screened(recording, key_frames)
            self._store.attach_clip(candidate.id, clip, key_frames, note, screening)

        self._persist(_Job(f"clip of {candidate.id}", attach))

    def _screened(self, recording: ClipRecording, key_frames: Sequence[KeyFrame]) -> Screening | None:
        """What the filters say; their failure must not cost the case its review. Raises StoreError."""
        try:
            return self._screen(recording.candidate, recording.decision, key_frames)
        except StoreError:
            raise
        except Exception:
            _log.exception("a case could not be screened", extra=fields(case=recording.candidate.id))
            return None

    def _write_pictures(
        self, recording: ClipRecording
    ) -> tuple[Clip | None, tuple[KeyFrame, ...], str | None]:
        """The recording's clip and key frames on disk, or the reason why there are none."""
        if not recording.packets:
            return None, (), "no clip: the stream ended before it could be cut"
        for attempt in range(2):
            try:
                return *self._try_pictures(recording), None
            except SecondSightError as error:
                self._discard(recording.candidate)
                if attempt == 0 and isinstance(error, StoreError) and self._make_room():
                    continue
                return None, (), f"no clip: {error}"
        raise AssertionError("unreachable")

    def _discard(self, candidate: Candidate) -> None:
        """Remove what was written of a clip before the disk was full: no event will ever name it."""
        clip, frames = _places(candidate)
        (self._data / clip).unlink(missing_ok=True)
        shutil.rmtree(self._data / frames, ignore_errors=True)

    def _try_pictures(self, recording: ClipRecording) -> tuple[Clip, tuple[KeyFrame, ...]]:
        candidate, min_free = recording.candidate, self._retention.min_free
        where, folder = _places(candidate)
        clip = write_clip(recording.packets, recording.start, self._data, where, min_free=min_free)
        trail = recording.trails.of(candidate.tracks)
        begin = max(clip.start, recording.start)
        peak = best_view(candidate, trail, begin, clip.end)
        times = choose_times(candidate, peak, begin, clip.end, self._clips.key_frames)
        frames: list[KeyFrame] = []
        pictures = clip_frames(self._data / clip.path, clip.start, times)
        for number, (time, picture) in enumerate(zip(times, pictures, strict=True)):
            path = f"{folder}/{number}.jpg"
            write_atomic(self._data / path, encode_jpeg(picture), min_free=min_free)
            box = box_at(trail, time) if candidate.tracks else candidate.box
            frames.append(KeyFrame(path, time, box, recording.trails.around(time)))
        return clip, tuple(frames)


def _places(candidate: Candidate) -> tuple[str, str]:
    """Where a candidate's clip lies, and the folder of its key frames, below the data folder."""
    day = datetime.fromtimestamp(candidate.triggered, UTC).strftime("%Y-%m-%d")
    return f"clips/{day}/{candidate.id}.mp4", f"frames/{day}/{candidate.id}"
