"""Takes the writes of all cameras and makes them durable, off the frame path.

Cameras have their turn, each within its quota; what is taken in one round is committed together. What the database
has not taken after a moment is in the journal on the local disk, so that a database that hangs or is away delays
events and loses none. Only a write that the store refuses for what it holds is set aside.
"""

import logging
import threading
import time
from collections import Counter as Tally
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondsight.cascade.recording.fair_queue import MUST, FairQueue, Rank
from secondsight.cascade.recording.journal import Journal, JournalLine, encode
from secondsight.errors import RecordError, StoreError
from secondsight.log import fields, redact
from secondsight.records import Action
from secondsight.store import (
    AddCounters,
    AddTracks,
    AddVisits,
    Answer,
    CaseWrite,
    OpenCandidate,
    SetCounters,
    SetCoverage,
    Write,
    case_of,
)

_log = logging.getLogger(__name__)

_RETRY_MIN, _RETRY_MAX = 0.1, 5.0
_FEWEST, _MOST = 4, 64
"""Writes of one transaction: others wait for no more than these."""
_SHORT, _LONG = 0.05, 0.2
"""Seconds; a transaction that takes longer is to be smaller the next time, one that is shorter may be larger."""
_SPILL_AFTER, _SPILL_EVERY = 0.3, 0.1
"""Seconds that a write may wait for the database before it is in the journal; and between two looks."""
_HURRY = 2.0
"""Seconds without an answer, when all is to end, after which the rest is left to the journal."""


class CaseStore(Protocol):
    """What the intake needs of the store."""

    def apply(self, writes: Sequence[Write]) -> list[Answer]: ...


class Lost:
    """Instead of an answer: the write was shed or set aside, and will never be in the store."""


LOST = Lost()
OnAnswer = Callable[[Answer | Lost], None]


@dataclass(slots=True, eq=False)
class Entry:
    """One write on its way. `held`: it is not to be stored yet, but must not be lost either. `over`: it is stored, or
    `lost`."""

    camera: str
    write: Write
    since: float
    on_answer: OnAnswer | None
    held: bool = False
    line: JournalLine | None = None
    over: bool = False
    lost: bool = False


class Intake:
    """From writes to a durable store.

    Args:
        quota: most writes of one camera that wait. capacity: of all cameras.

    Attributes:
        drops: writes lost, by camera and cause.
        trouble: what keeps the store or the journal from being written, if anything.
    """

    def __init__(
        self, store: CaseStore, journal: Journal, *, quota: int = 512, capacity: int = 16384
    ) -> None:
        self._store, self._journal = store, journal
        self._queue: FairQueue[Entry] = FairQueue(quota, capacity)
        self._lock = threading.Lock()
        self._unfinished: dict[int, Entry] = {}
        self._of_case: defaultdict[str, list[Entry]] = defaultdict(list)
        self._unspilled: deque[Entry] = deque()
        self._over_in_journal: list[Entry] = []
        self._again: list[Entry] = []
        self._closing = threading.Event()
        self._answered, self._together = time.monotonic(), _MOST
        self._drops: defaultdict[str, Tally[str]] = defaultdict(Tally)
        self.trouble: str | None = None
        self._journal_trouble = False
        self._threads = [
            threading.Thread(target=self._write, name="intake", daemon=True),
            threading.Thread(target=self._spill, name="journal", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def drops(self) -> Mapping[str, Mapping[str, int]]:
        """Writes lost, by camera and cause."""
        with self._lock:
            return {camera: dict(causes) for camera, causes in self._drops.items()}

    @property
    def idle(self) -> bool:
        """Whether nothing waits."""
        return not self._unfinished

    def count(self, camera: str, cause: str) -> None:
        """Count one loss of a camera."""
        with self._lock:
            self._drops[camera][cause] += 1

    def submit(
        self, camera: str, write: Write, on_answer: OnAnswer | None = None, *, block: bool = False
    ) -> Entry:
        """Take one write. With `block` it waits for room, otherwise a camera's least writes make room for it.

        Args:
            on_answer: called once, in another thread, with what the store says.
        """
        if block:
            self._queue.wait_for_room(camera)
        entry = Entry(camera, write, time.monotonic(), on_answer)
        self._take_in(entry)
        self._drop(self._queue.put(camera, entry, _rank(write)))
        return entry

    def hold(self, camera: str, write: CaseWrite) -> Entry:
        """Keep a write from being lost that is not complete yet; to be followed by `release`."""
        entry = Entry(camera, write, time.monotonic(), None, held=True)
        self._take_in(entry)
        return entry

    def release(self, entry: Entry, write: CaseWrite, on_answer: OnAnswer) -> None:
        """Let a held write, complete by now, be stored."""
        entry.write, entry.on_answer, entry.held = write, on_answer, False
        self._queue.put(entry.camera, entry, _rank(write))

    def discard(self, entry: Entry) -> None:
        """Give up a held write: what it belongs to is lost."""
        self._finish(entry, LOST)

    def close(self, patience: float) -> None:
        """Store what waits, for up to `patience` seconds while the store answers; what a case consists of is then
        left in the journal, the rest is lost and counted."""
        until = time.monotonic() + patience
        while not self.idle and time.monotonic() < until:
            now = time.monotonic()
            if self.trouble is not None or now - self._answered > _HURRY < now - self._oldest():
                break
            time.sleep(0.02)
        self._closing.set()
        self._queue.close()
        self._threads[0].join(0.1)  # it may hang, and is left behind then
        self._threads[1].join(5.0)
        with self._lock:
            left = [entry for entry in self._unfinished.values() if entry.line is None]
        for entry in left:
            self.count(entry.camera, "write_failed")
        if left:
            _log.error("writes are lost: the store does not answer", extra=fields(writes=len(left)))
        if not self._threads[1].is_alive():
            self._journal.close()

    # -- what waits

    def _take_in(self, entry: Entry) -> None:
        with self._lock:
            self._unfinished[id(entry)] = entry
            if (case := case_of(entry.write)) is not None:
                self._of_case[case].append(entry)
                self._unspilled.append(entry)

    def _oldest(self) -> float:
        with self._lock:
            return next((entry.since for entry in self._unfinished.values()), time.monotonic())

    def _drop(self, shed: Sequence[Entry]) -> None:
        """These are lost for want of room, and with a candidate what follows it."""
        for entry in shed:
            case = case_of(entry.write)
            with self._lock:
                others = self._of_case.get(case, ()) if case is not None else ()
                followers = [other for other in others if other is not entry and not other.held]
            self._queue.remove(entry.camera, followers)
            self.count(entry.camera, "intake_full")
            for lost in (entry, *followers):
                self._finish(lost, LOST)
        if shed:
            camera = shed[0].camera
            count = self.drops[camera]["intake_full"]
            if count in (1, 10, 100) or count % 1000 == 0:
                about = fields(camera=camera, drops=count)
                _log.error("write dropped: the store does not keep up with this camera", extra=about)

    def _finish(self, entry: Entry, answer: Answer | Lost) -> None:
        with self._lock:
            if self._unfinished.pop(id(entry), None) is None:
                return
            entry.over, entry.lost = True, answer is LOST
            if entry.line is not None:
                self._over_in_journal.append(entry)
            if (case := case_of(entry.write)) is not None:
                self._of_case[case].remove(entry)
                if not self._of_case[case]:
                    del self._of_case[case]
        if entry.on_answer is not None:
            try:
                entry.on_answer(answer)
            except Exception:
                _log.exception("an answer of the store is not heard")

    # -- the writer

    def _write(self) -> None:
        pause = _RETRY_MIN
        while not self._closing.is_set():
            room = max(self._together - len(self._again), _FEWEST)
            batch = self._again + self._queue.take(room, timeout=0.0 if self._again else 1.0)
            if not batch:
                continue
            answered = self._answered
            try:
                self._store_together(batch)
            except Exception as error:
                self.trouble = redact(str(error)) or type(error).__name__
                about = fields(writes=len(batch), error=self.trouble)
                _log.error("store write failed, retrying", extra=about)
                pause = min(2 * pause, _RETRY_MAX) if answered == self._answered else _RETRY_MIN
                self._again = [entry for entry in batch if not entry.over]
                self._closing.wait(pause)
            else:
                self.trouble, self._again, pause = None, [], _RETRY_MIN / 2

    def _store_together(self, batch: Sequence[Entry]) -> None:
        """One transaction for all; each by itself if the store refuses that for any reason but its own."""
        waiting = [entry for entry in batch if not entry.over]
        try:
            self._store_some(waiting)
        except StoreError:
            raise
        except Exception as error:
            if len(waiting) > 1:
                self._store_each(waiting)
            else:
                self._refused(waiting[0], error)

    def _store_each(self, entries: Sequence[Entry]) -> None:
        """Store what can be stored, in the order of each case. Raises what is to be tried again."""
        failures: list[Exception] = []
        held: set[str | None] = set()
        for entry in entries:
            case = case_of(entry.write)
            if case is not None and case in held:
                continue
            try:
                self._store_together([entry])
            except StoreError:
                raise
            except Exception as error:
                failures.append(error)
                held.add(case)
        if failures:
            raise failures[0]

    def _store_some(self, entries: Sequence[Entry]) -> None:
        begun = time.monotonic()
        answers = self._store.apply([entry.write for entry in entries])
        self._answered = time.monotonic()
        took = self._answered - begun
        if took > _LONG:
            self._together = max(_FEWEST, self._together // 2)
        elif took < _SHORT and len(entries) >= self._together:
            self._together = min(_MOST, 2 * self._together)
        for entry, answer in zip(entries, answers, strict=True):
            self._finish(entry, answer)

    def _refused(self, entry: Entry, error: Exception) -> None:
        """Set aside what the store will never take; anything unknown is raised, to be tried again."""
        if not isinstance(error, RecordError):
            raise error
        about = fields(what=type(entry.write).__name__, camera=entry.camera, error=redact(str(error)))
        _log.error("a record is refused by the store, set aside", extra=about)
        try:
            self._journal.set_aside(entry.write, str(error))
        except OSError as failure:
            _log.error("a dead letter cannot be written", extra=fields(error=failure.strerror))
        self.count(entry.camera, "refused")
        self._finish(entry, LOST)

    # -- the journal

    def _spill(self) -> None:
        """Every moment: what the database has not taken yet goes to the local disk."""
        while not self._closing.wait(_SPILL_EVERY):
            self._forget_over()
            self._spill_older_than(time.monotonic() - _SPILL_AFTER)
        self._spill_older_than(time.monotonic())
        self._forget_over()

    def _forget_over(self) -> None:
        with self._lock:
            over, self._over_in_journal = self._over_in_journal, []
            lines = [(entry.line, entry.lost) for entry in over if entry.line is not None]
        try:
            self._journal.strike([line for line, lost in lines if lost])
            self._journal.forget([line for line, _ in lines])
        except OSError as error:
            _log.error("the journal cannot be emptied", extra=fields(error=error.strerror))

    def _spill_older_than(self, then: float) -> None:
        with self._lock:
            due: list[Entry] = []
            while self._unspilled and self._unspilled[0].since <= then:
                entry = self._unspilled.popleft()
                if not entry.over:
                    due.append(entry)
        if not due:
            return
        try:
            self._keep(due)
        except (OSError, ValueError, TypeError) as error:
            with self._lock:
                self._unspilled.extendleft(reversed(due))
            if not self._journal_trouble:
                _log.error("the journal cannot be written, tried again", extra=fields(error=str(error)))
            self._journal_trouble = True
        else:
            self._journal_trouble = False

    def _keep(self, due: list[Entry]) -> None:
        """Write to the journal; for want of room there, the least of the camera that has the most is lost."""
        encoded, later = {id(entry): encode(entry.write) for entry in due}, list[Entry]()
        while not self._journal.room_for([encoded[id(entry)] for entry in due if not entry.over]):
            shed = self._queue.shed_one()
            self._drop(shed)
            if not shed and (waiting := [entry for entry in due if not entry.over]):
                later.append(min(waiting, key=lambda entry: _rank(entry.write)))
                due.remove(later[-1])
        kept = [entry for entry in due if not entry.over]
        lines = self._journal.append([encoded[id(entry)] for entry in kept])
        with self._lock:
            for entry, line in zip(kept, lines, strict=True):
                entry.line = line
                if entry.over:
                    self._over_in_journal.append(entry)
            self._unspilled.extendleft(later)
        if self._journal.wasteful:
            self._compact()

    def _compact(self) -> None:
        self._forget_over()
        with self._lock:
            if self._over_in_journal:
                return
            kept = [(entry, entry.line) for entry in self._unfinished.values() if entry.line is not None]
        try:
            lines = self._journal.rewrite([line for _, line in kept])
        except OSError as error:
            _log.error("the journal cannot be compacted", extra=fields(error=error.strerror))
            return
        # Those that are over by now stand in the new file as well.
        with self._lock:
            for (entry, _), line in zip(kept, lines, strict=True):
                entry.line = line


def _rank(write: Write) -> Rank:
    """What is shed first: counts, tracks, then candidates by their worth. An end or a clip goes with its case."""
    match write:
        case AddCounters():
            return (0.0,)
        case AddTracks() | AddVisits() | SetCoverage() | SetCounters():
            return (1.0,)
        case OpenCandidate():
            decision = write.decision
            if decision.action is Action.DROP:
                return (2.0,)
            return (3.0, float(decision.priority), decision.value, write.candidate.score)
    return MUST
