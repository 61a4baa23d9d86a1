"""Reports that are kept, one for each period, and their outbox: waiting -> sent, or dead once they are given up."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, case, delete, func, select, update

from secondsight.clock import Clock
from secondsight.records import ReportKind, ReportPeriod
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import report_deliveries, reports
from secondsight.store.reporting import KeptReport, ReportDelivery, ReportHeading
from secondsight.store.values import DeliveryState

_state = report_deliveries.c.state
_HEADING = [column for column in reports.c if column.name not in ("facts", "prose")]


class Reports:
    """Reports and their deliveries. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    # -- what is kept

    def keep(self, report: KeptReport, channels: Collection[str] = ()) -> bool:
        """Keep a report and put it into the outboxes of channels, all or nothing; False, and nothing changes, where
        there is one of its period."""
        now, period = self._clock.now(), report.period
        values = {
            "id": report.id,
            "kind": period.kind,
            "shift": period.shift,
            "start": float(period.start),
            "end": float(period.end),
            "timezone": period.timezone,
            "language": report.language,
            "facts": report.facts,
            "prose": report.prose,
            "writer": report.writer,
            "created_at": float(report.created_at),
        }
        waiting = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": now, "created_at": now}
        rows = [{"channel": channel, "report_id": report.id, **waiting} for channel in sorted(set(channels))]

        def keep(connection: Connection) -> bool:
            known = select(reports.c.id).where(reports.c.id == report.id)
            if connection.execute(known).scalar() is not None:
                return False
            connection.execute(reports.insert().values(values))
            if rows:
                connection.execute(report_deliveries.insert(), rows)
            return True

        return self._database.write(keep)

    def get(self, id: str) -> KeptReport | None:
        """One report."""
        query = select(reports).where(reports.c.id == id)
        row = self._database.read(lambda c: c.execute(query).mappings().one_or_none())
        return None if row is None else _kept(row)

    def headings(self, *, kind: ReportKind | None = None, limit: int = 100) -> list[ReportHeading]:
        """The newest reports, newest first."""

        def of(state: DeliveryState) -> Any:
            return func.count(case((_state == state, 1))).label(state.value)

        joined = reports.outerjoin(report_deliveries, report_deliveries.c.report_id == reports.c.id)
        query = (
            select(*_HEADING, *(of(state) for state in DeliveryState))
            .select_from(joined)
            .group_by(*_HEADING)
            .order_by(reports.c.end.desc(), reports.c.start.desc(), reports.c.id)
            .limit(limit)
        )
        if kind is not None:
            query = query.where(reports.c.kind == kind)
        return self._database.read(lambda c: [_heading(row) for row in c.execute(query).mappings()])

    def newest(self, kind: ReportKind, shift: str = "") -> ReportPeriod | None:
        """The last period of this kind of which there is a report."""
        query = select(*_HEADING).where(reports.c.kind == kind, reports.c.shift == shift)
        newest = query.order_by(reports.c.start.desc()).limit(1)
        row = self._database.read(lambda c: c.execute(newest).mappings().one_or_none())
        return None if row is None else _period(row)

    def forget(self, before: float) -> int:
        """Remove reports made before a time, UTC seconds, but those that still wait to be sent; how many."""
        unsent = select(report_deliveries.c.report_id).where(_state == DeliveryState.WAITING)
        old = reports.c.created_at < before, reports.c.id.not_in(unsent)

        def forget(connection: Connection) -> int:
            doomed = select(reports.c.id).where(*old).limit(mapping.CHUNK)
            ids = connection.execute(doomed).scalars().all()
            if ids:
                connection.execute(delete(report_deliveries).where(report_deliveries.c.report_id.in_(ids)))
                connection.execute(delete(reports).where(reports.c.id.in_(ids)))
            return len(ids)

        return self._database.write(forget)

    # -- the outbox

    def due(self, channel: str) -> ReportDelivery | None:
        """What may be sent now, the oldest first."""
        query = self._waiting(select(report_deliveries), channel)
        query = query.where(report_deliveries.c.next_at <= self._clock.now())
        first = query.order_by(report_deliveries.c.created_at, report_deliveries.c.report_id).limit(1)
        row = self._database.read(lambda c: c.execute(first).mappings().one_or_none())
        return None if row is None else _delivery(row)

    def next_at(self, channel: str) -> float | None:
        """When the next delivery is due, UTC seconds; None where none waits."""
        query = self._waiting(select(func.min(report_deliveries.c.next_at)), channel)
        found: float | None = self._database.read(lambda c: c.execute(query).scalar())
        return found

    def sent(self, delivery: ReportDelivery) -> None:
        """The receiver has it."""
        values = {"state": DeliveryState.SENT, "sent_at": self._clock.now(), "error": None}
        self._change(delivery, values)

    def postpone(self, delivery: ReportDelivery, until: float, error: str) -> None:
        """A try failed; the next one is not before `until`, UTC seconds."""
        self._change(delivery, {"next_at": until, "error": error})

    def bury(self, delivery: ReportDelivery, error: str) -> None:
        """Give it up; it is still kept."""
        self._change(delivery, {"state": DeliveryState.DEAD, "error": error})

    def deliveries(self, report: str) -> list[ReportDelivery]:
        """All of one report, by channel."""
        query = select(report_deliveries).where(report_deliveries.c.report_id == report)
        ordered = query.order_by(report_deliveries.c.channel)
        return self._database.read(lambda c: [_delivery(row) for row in c.execute(ordered).mappings()])

    @staticmethod
    def _waiting(query: Select[Any], channel: str) -> Select[Any]:
        return query.where(report_deliveries.c.channel == channel, _state == DeliveryState.WAITING)

    def _change(self, one: ReportDelivery, values: dict[str, Any]) -> None:
        changed = (
            update(report_deliveries)
            .where(report_deliveries.c.channel == one.channel, report_deliveries.c.report_id == one.report)
            .values({"attempts": one.attempts + 1, **values})
        )
        self._database.write(lambda c: c.execute(changed))


def _period(row: RowMapping) -> ReportPeriod:
    return ReportPeriod(ReportKind(row["kind"]), row["start"], row["end"], row["timezone"], row["shift"])


def _kept(row: RowMapping) -> KeptReport:
    same = {name: row[name] for name in ("language", "facts", "prose", "writer", "created_at")}
    return KeptReport(_period(row), **same)


def _heading(row: RowMapping) -> ReportHeading:
    same = {name: row[name] for name in ("language", "writer", "created_at")}
    return ReportHeading(_period(row), **same, **{state.value: row[state.value] for state in DeliveryState})


def _delivery(row: RowMapping) -> ReportDelivery:
    values = dict(row)
    return ReportDelivery(report=values.pop("report_id"), state=DeliveryState(values.pop("state")), **values)
