"""`Store`, the one thing other rooms see of the database: opens and closes it, applies writes, and has its tables."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from secondsight.clock import Clock, SystemClock
from secondsight.store.database import migrate
from secondsight.store.database.database import Database
from secondsight.store.database.ownership import Ownership, own
from secondsight.store.facts.aging import Aging
from secondsight.store.facts.presence import Presence
from secondsight.store.facts.tallies import Tallies
from secondsight.store.facts.unpaid import TakenGoodsQueries
from secondsight.store.people.accounts import Accounts
from secondsight.store.people.audit import AuditLog
from secondsight.store.queries import apply_writes
from secondsight.store.queries.calibrations import Calibrations
from secondsight.store.queries.cases import Cases
from secondsight.store.queries.clips import ClipFiles
from secondsight.store.queries.deliveries import Deliveries
from secondsight.store.queries.events import Events
from secondsight.store.queries.feedback import FeedbackEntries
from secondsight.store.queries.filters import Filters
from secondsight.store.queries.ledger import CallLedger
from secondsight.store.queries.marks import Marks
from secondsight.store.queries.observations import Observations
from secondsight.store.queries.search import SearchQueries
from secondsight.store.queries.steps import Steps
from secondsight.store.reports.figures import ReportFigures
from secondsight.store.reports.kept import Reports
from secondsight.store.writes import Answer, Write

_MIGRATION = 600.0
"""Seconds that bringing a schema up to date may take."""


class Store:
    """Everything a site remembers. Safe to use from several threads; made by `Store.open`.

    A call that returned is durable; one that raised `StoreError` changed nothing, and with `retryable` set it
    may be made again: all but `AddCounters` may be repeated without harm even if the first call did succeed.
    Each method, of the store and of its tables, is one transaction.

    Args:
        database: the open database.
        clock: stamps what is written.
        ownership: keeps other sites out, if this one runs a site.

    Attributes:
        events, cases, observations: candidates and their events, what is reviewed, and what was seen besides.
        steps: what has happened to each event, in the order in which people are told.
        files: clips and key frames, as retention sees them.
        ledger: calls of large models.
        feedback, calibrations, filters: what people say about events, and what is learned from it and from verdicts.
        deliveries: the outbox of alerts.
        marks: which data folder the database belongs to.
        search: events by many conditions, in pages.
        presence, tallies: who was where, when cameras saw; and sums over facts, for questions.
        taken: goods that were taken, and what became of them.
        aging: removes rows by their age, and knows what is gone.
        figures: sums of events and counts over a stretch of time.
        reports: reports that are kept, and their outbox.
        accounts, audit: users with their sessions and tokens, and what people changed.
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
        self.events = Events(database)
        self.cases = Cases(database, clock)
        self.observations = Observations(database, clock)
        self.steps = Steps(database, clock)
        self.files = ClipFiles(database)
        self.ledger = CallLedger(database)
        self.feedback = FeedbackEntries(database, clock)
        self.calibrations = Calibrations(database, clock)
        self.filters = Filters(database, clock)
        self.deliveries = Deliveries(database, clock)
        self.marks = Marks(database)
        self.search = SearchQueries(database)
        self.presence = Presence(database)
        self.tallies = Tallies(database)
        self.taken = TakenGoodsQueries(database)
        self.aging = Aging(database)
        self.figures = ReportFigures(database)
        self.reports = Reports(database, clock)
        self.accounts = Accounts(database, clock)
        self.audit = AuditLog(database, clock)
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

    def on_write(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each transaction of this program that writes, in the thread that wrote.

        It must not wait. A second listener takes the place of the first.
        """
        self._database.on_write = listener

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

    def apply(self, writes: Sequence[Write]) -> list[Answer]:
        """Apply all writes in their order, in one transaction; what the store says to each.

        Raises:
            StoreError: the store cannot do it now; nothing was changed.
            RecordError: it refuses one of them for what it holds; nothing was changed.
        """
        now = self._clock.now()
        return self._database.write(lambda c: apply_writes.apply(c, now, writes))
