"""The log of what people changed: added to in the transaction of the change where that is possible, never altered."""

from typing import Any

from sqlalchemy import Connection, select

from secondsight.clock import Clock
from secondsight.store.database.database import Database
from secondsight.store.database.schema import audit
from secondsight.store.people.values import AuditEntry


class AuditLog:
    """Changes that people made. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, entry: AuditEntry) -> None:
        """Note a change that has just been made."""
        now = self._clock.now()
        self._database.write(lambda c: note(c, now, entry))

    def find(self, *, before: int | None = None, limit: int = 100) -> list[AuditEntry]:
        """The newest entries first, those with a number below `before`."""
        wanted = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(audit.c.id < before)
        return self._database.read(lambda c: [_entry(row) for row in c.execute(wanted)])


def note(connection: Connection, now: float, entry: AuditEntry) -> None:
    """Add an entry within the transaction of its change."""
    connection.execute(
        audit.insert().values(
            time=now,
            who=entry.who,
            what=entry.what,
            target=entry.target,
            before=entry.before,
            after=entry.after,
        )
    )


def _entry(row: Any) -> AuditEntry:
    return AuditEntry(
        who=row.who,
        what=row.what,
        target=row.target,
        before=row.before,
        after=row.after,
        time=row.time,
        number=row.id,
    )
