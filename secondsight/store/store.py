"""`Store`, the one thing other rooms see of the database: each method is one transaction."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from secondsight.clock import Clock, SystemClock
from secondsight.records import (
    Call,
    Candidate,
    Case,
    CaseState,
    Clip,
    Counter,
    Event,
    KeyFrame,
    PolicyDecision,
    Track,
    Verdict,
    Verification,
)
from secondsight.store.database import migrate
from secondsight.store.database.database import Database
from secondsight.store.database.mapping import CHUNK
from secondsight.store.database.ownership import Ownership, own
from secondsight.store.queries import apply_writes, case_queue, cases, events, ledger, observations
from secondsight.store.queries.clips import ClipFiles
from secondsight.store.queries.learned import Learned
from secondsight.store.queries.marks import Marks
from secondsight.store.values import (
    ANY_TERMS,
    CallTotals,
    LeaseTerms,
    OpenResult,
    Recovered,
    Screening,
    StoredCandidate,
)
from secondsight.store.writes import Answer, AttachClip, Write

_MIGRATION = 600.0
"""Seconds that bringing a schema up to date may take."""


class Store:
    """Everything a site remembers. Safe to use from several threads; made by `Store.open`.

    A call that returned is durable; one that raised `StoreError` changed nothing, and with `retryable` set it
    may be made
    again: every method but `add_counters` may be repeated without harm even if the first call did succeed.

    Args:
        database: the open database.
        clock: stamps what is written.
        ownership: keeps other sites out, if this one runs a site.

    Attributes:
        learned: human feedback, and what is learned from it.
        files: clips and key frames, as retention sees them.
        marks: which data folder the database belongs to.
        name: how messages call the database.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.store import Store
        >>> with Store.open(Path("data")) as store:
        ...     print(store.name)
        database data
    """

    def __init__(self, database: Database, clock: Clock, ownership: Ownership | None = None) -> None:
        self._database, self._clock, self._ownership = database, clock, ownership
        self.learned = Learned(database, clock)
        self.files = ClipFiles(database)
        self.marks = Marks(database)
        self.name = database.name

    @classmethod
    def open(
        cls,
        where: str | Path,
        clock: Clock | None = None,
        *,
        read_only: bool = False,
        patience: float = 10.0,
        owned: bool = False,
    ) -> Self:
        """Open a database and bring its schema up to date.

        Args:
            where: a data folder, an SQLite file, or a URL such as `postgresql://user:password@host/name`.
            clock: the machine's by default.
            read_only: open beside the process that writes, or a copy that cannot be written; nothing is
                migrated.
            patience: seconds to wait for a lock, or for a server that is away, before StoreError.
            owned: keep other sites out until `close`: for the one process that runs a site. Readers, and
                feedback on events, are not kept out.

        Returns:
            The store; a context manager that closes it.

        Raises:
            StoreError: not there, unreachable, locked, damaged, read-only, older (for readers) or newer than
                this program; or owned by another site.
        """
        database = Database(where, read_only=read_only, patience=patience)
        ownership: Ownership | None = None
        try:
            if owned:
                ownership = own(database, patience)
            if read_only:
                database.read(lambda c: migrate.require_current(c, database.name))
            else:
                database.write(lambda c: migrate.upgrade(c, database.name), limit=_MIGRATION)
        except BaseException:
            if ownership is not None:
                ownership.release()
            database.close()
            raise
        return cls(database, clock or SystemClock(), ownership)

    def close(self) -> None:
        """Close the database; calls under way in other threads must have ended."""
        if self._ownership is not None:
            self._ownership.release()
        self._database.close()

    def keep_owned(self) -> None:
        """Own the database again where a broken connection ended that; call it about once a minute."""
        if self._ownership is not None:
            self._ownership.renew()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- candidates and events

    def open_candidate(
        self, candidate: Candidate, decision: PolicyDecision, note: str | None = None
    ) -> OpenResult:
        """Store a candidate and its decision; its event, unless dropped; its case, if to be reviewed."""
        now = self._clock.now()
        return self._database.write(lambda c: events.open_candidate(c, now, candidate, decision, note))

    def close_candidate(self, candidate: Candidate) -> bool:
        """Note end and final scores, before or after its event is settled; False when it is unknown."""
        return self._database.write(lambda c: events.close_candidate(c, candidate))

    def attach_clip(
        self,
        id: str,
        clip: Clip | None,
        key_frames: Sequence[KeyFrame] = (),
        note: str | None = None,
        screening: Screening | None = None,
    ) -> bool:
        """Note that recording is over, with or without a clip (then say why in `note`).

        A reviewed candidate's case becomes `queued`, an accepted one's event settled. The files must be
        durable by now. False when there was nothing to do: unknown id, or attached before, and that stays.

        Args:
            screening: what the camera's filters say of the case; one that is held back is settled as rejected
                instead of queued, unless its filter has ended meanwhile.
        """
        now = self._clock.now()
        write = AttachClip(id, clip, tuple(key_frames), note, screening)
        return self._database.write(lambda c: apply_writes.attach(c, now, write))

    def apply(self, writes: Sequence[Write]) -> list[Answer]:
        """Apply all writes in their order, in one transaction; what the store says to each.

        Raises:
            StoreError: the store cannot do it now; nothing was changed.
            RecordError: it refuses one of them for what it holds; nothing was changed.
        """
        now = self._clock.now()
        return self._database.write(lambda c: apply_writes.apply(c, now, writes))

    def events(
        self,
        *,
        camera: str | None = None,
        kind: str | None = None,
        verification: Verification | str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """Events triggered in [since, until), newest last; at most `limit`, the newest."""
        return self._database.read(
            lambda c: events.find(
                c,
                camera=camera,
                kind=kind,
                verification=verification,
                since=since,
                until=until,
                limit=limit,
            )
        )

    def event(self, id: str) -> Event | None:
        """One event by its id."""
        return self._database.read(lambda c: events.get(c, id))

    def candidates(
        self,
        *,
        camera: str | None = None,
        rule: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[StoredCandidate]:
        """Candidates triggered in [since, until), the dropped ones too, newest last."""
        return self._database.read(
            lambda c: events.find_candidates(
                c,
                camera=camera,
                rule=rule,
                kind=kind,
                action=action,
                since=since,
                until=until,
                limit=limit,
            )
        )

    def unannounced(self, limit: int | None = None) -> list[Event]:
        """Settled events not yet marked as announced, in the order they were settled: announce, then mark.

        A crash in between announces an event again under the same id; none is lost.
        """
        return self._database.read(lambda c: events.unannounced(c, limit))

    def mark_announced(self, ids: Sequence[str]) -> None:
        """Take these events out of `unannounced`; ids that are unknown or not settled are passed over."""
        now = self._clock.now()
        self._database.write(lambda c: events.mark_announced(c, now, ids))

    # -- cases

    def lease_case(self, worker: str, lease_seconds: float, terms: LeaseTerms = ANY_TERMS) -> Case | None:
        """Take the best free case (`store.queue` says which). It is the worker's until the lease ends.

        Free is a queued case whose `not_before` has passed, or a leased one whose lease has ended, before its
        deadline, on the `terms`.
        """
        now = self._clock.now()
        return self._database.write(lambda c: cases.lease(c, now, worker, lease_seconds, terms))

    def queued_near(self, camera: str, since: float, until: float) -> list[Case]:
        """Cases of one camera that wait for a worker and were triggered in [since, until], oldest first."""
        return self._database.read(lambda c: case_queue.near(c, camera, since, until))

    def join_cases(self, leader: str, ids: Sequence[str], worker: str, lease_seconds: float) -> list[str]:
        """Lease those of `ids` that still wait, to be looked at in the review of `leader`; their ids."""
        now = self._clock.now()
        return self._database.write(lambda c: case_queue.join(c, now, leader, ids, worker, lease_seconds))

    def release_case(
        self, case_id: str, not_before: float | None, error: str | None, *, worker: str | None = None
    ) -> bool:
        """Give a leased case back, to be taken again from `not_before` (UTC s) on.

        Without an error it does not count as an attempt. False when it is not leased, or not by `worker`.
        """
        return self._database.write(lambda c: cases.release(c, case_id, not_before, error, worker))

    def settle_case(
        self,
        case_id: str,
        verification: Verification,
        verdict: Verdict | None = None,
        note: str | None = None,
        *,
        worker: str | None = None,
    ) -> bool:
        """End a case and settle its event: once, whatever happens.

        With `worker`, only that worker's leased case; without, only a case nobody works on. False means that
        nothing was settled here; a verdict is stored all the same, for its cost and as a second opinion.
        """
        now = self._clock.now()
        return self._database.write(
            lambda c: cases.settle(c, now, case_id, verification, verdict, note, worker)
        )

    def expire_due(self) -> list[str]:
        """Settle as `expired` every case past its deadline that nobody works on; their ids.

        A case whose lease still runs is left to its worker: a late verdict is better than none.
        """
        now = self._clock.now()
        ids: list[str] = []
        while True:
            some = self._database.write(lambda c: cases.expire(c, now, "no verdict before the deadline"))
            ids += some
            if len(some) < CHUNK:
                return ids

    def alert_waiting(self) -> list[str]:
        """Set `alert` on events that wait for a brain that is away, where their policy is open; the ids of up to 500.

        A verdict that comes later decides again.
        """
        return self._database.write(lambda c: cases.alert_waiting(c, "unverified: the brain is away"))

    def let_go(self, rate: float, terms: LeaseTerms = ANY_TERMS) -> list[str]:
        """Settle as `expired` up to 500 cases that `rate` reviews a second will not reach in time; their ids."""
        now, note = self._clock.now(), "let go: too many better cases before it"
        return self._database.write(lambda c: cases.let_go(c, now, rate, terms, note))

    def recover(self, workers: str = "") -> Recovered:
        """At start: put the leased cases of a previous process back, and list what it left unrecorded.

        Args:
            workers: beginning of the names of this site's workers, where other sites share the database.
        """
        requeued = self._database.write(lambda c: cases.requeue_leased(c, workers))
        return Recovered(tuple(requeued), tuple(self.unrecorded()))

    def unrecorded(self) -> list[Event]:
        """Events whose clip was never attached, reviewed and accepted ones alike, oldest first."""
        return self._database.read(events.unrecorded)

    def case(self, id: str) -> Case | None:
        """One case by its id."""
        return self._database.read(lambda c: cases.get(c, id))

    def cases(self, state: CaseState | None = None, limit: int | None = None) -> list[Case]:
        """Cases oldest first, of one state or of all."""
        return self._database.read(lambda c: cases.find(c, state, limit))

    def case_counts(self) -> dict[CaseState, int]:
        """Number of cases in each state, every state present."""
        return self._database.read(cases.counts)

    # -- the ledger

    def add_calls(self, made: Sequence[Call]) -> None:
        """Add calls of large models to the ledger."""
        self._database.write(lambda c: ledger.add(c, made))

    def calls(
        self, *, since: float | None = None, until: float | None = None, limit: int | None = None
    ) -> list[Call]:
        """Calls made in [since, until), oldest first; at most `limit`, the newest."""
        return self._database.read(lambda c: ledger.find(c, since, until, limit))

    def costs(
        self, by: Sequence[str] = (), *, since: float | None = None, until: float | None = None
    ) -> list[CallTotals]:
        """What the calls made in [since, until) cost, by `ledger.GROUPS`; empty when there were none."""
        return self._database.read(lambda c: ledger.costs(c, by, since, until))

    # -- observations

    def upsert_camera(self, name: str, description: str = "") -> None:
        """Note that a camera is configured."""
        now = self._clock.now()
        self._database.write(lambda c: observations.upsert_camera(c, now, name, description))

    def cameras(self) -> dict[str, str]:
        """Description of every camera ever configured, by name."""
        return self._database.read(observations.find_cameras)

    def add_tracks(self, tracks: Iterable[Track]) -> None:
        """Add finished tracks; one that is known stays as it is."""
        finished = list(tracks)
        self._database.write(lambda c: observations.add_tracks(c, finished))

    def tracks(
        self, *, camera: str | None = None, since: float | None = None, until: float | None = None
    ) -> list[Track]:
        """Tracks that began in [since, until), oldest first."""
        return self._database.read(lambda c: observations.find_tracks(c, camera, since, until))

    def add_counters(self, counters: Iterable[Counter]) -> None:
        """Add each value to what is counted already for its camera, minute and name."""
        counts = list(counters)
        self._database.write(lambda c: observations.add_counters(c, counts))

    def set_counters(self, counters: Iterable[Counter]) -> None:
        """Replace what is counted for each camera, minute and name."""
        counts = list(counters)
        self._database.write(lambda c: observations.set_counters(c, counts))

    def counters(
        self,
        *,
        camera: str | None = None,
        name: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> list[Counter]:
        """Counts of the minutes that begin in [since, until), oldest first."""
        return self._database.read(lambda c: observations.find_counters(c, camera, name, since, until))
