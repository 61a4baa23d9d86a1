"""The ledger: every call of a large model, added in batches, never changed, and summed as one likes."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Double,
    Row,
    Select,
    bindparam,
    case,
    cast,
    func,
    literal,
    select,
)

from secondsight.records import Call, Egress, Outcome, Purpose
from secondsight.store.database.database import Database
from secondsight.store.database.mapping import number
from secondsight.store.database.schema import calls
from secondsight.store.values import CallTotals

GROUPS = ("camera", "kind", "purpose", "backend", "outcome", "destination", "remote", "egress", "hour", "day")
"""What sums may be split by; hours and days are UTC seconds of their beginning."""
_SPANS = {"hour": 3600, "day": 86400}
_WEEK = 7 * 86400
_SUMS: list[ColumnElement[Any]] = [
    func.count(),
    func.count(func.nullif(calls.c.case_id, "").distinct()),
    func.count().filter(calls.c.outcome != Outcome.ANSWERED),
    # As floats: whole numbers that add up beyond 64 bits are an error in both databases.
    func.coalesce(func.sum(cast(calls.c.tokens_in, Double)), 0.0),
    func.coalesce(func.sum(cast(calls.c.tokens_out, Double)), 0.0),
    func.coalesce(func.sum(calls.c.seconds), 0.0),
    func.coalesce(func.sum(calls.c.cost), 0.0),
    func.count().filter(calls.c.cost.is_(None)),
    func.min(calls.c.time),
    func.max(calls.c.time),
]

_KNOWN = select(calls.c.id).where(
    *(
        column.is_not_distinct_from(bindparam(column.name, type_=column.type))
        for column in calls.c
        if column.name != "id"
    )
)
"""A call that is known in every detail."""


class CallLedger:
    """Calls of large models. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, made: Sequence[Call]) -> None:
        """Add calls; one that is known in every detail is the same batch again, since its first answer was lost."""

        def add(connection: Connection) -> None:
            for call in made:
                values = _values(call)
                if connection.execute(_KNOWN, values).first() is None:
                    connection.execute(calls.insert(), values)

        self._database.write(add)

    def find(
        self,
        *,
        cameras: Collection[str] | None = None,
        cases: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Call]:
        """Calls made in [since, until), for some cameras and cases or for all, oldest first; at most `limit`, the
        newest."""
        newest_first = calls.c.time.desc(), calls.c.id.desc()
        wanted = _between(select(calls), since, until, cameras).order_by(*newest_first).limit(limit)
        if cases is not None:
            wanted = wanted.where(calls.c.case_id.in_(cases))
        return self._database.read(lambda c: [_call(row) for row in c.execute(wanted)])[::-1]

    def costs(
        self,
        by: Sequence[str] = (),
        *,
        cameras: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        zone: tzinfo = UTC,
    ) -> list[CallTotals]:
        """What the calls made in [since, until) cost, for some cameras or for all: one sum for each combination of
        `by`, which are of `GROUPS`, in that order; empty when there were none. Hours and days are those of `zone`."""

        def costs(connection: Connection) -> list[CallTotals]:
            ahead = _ahead(connection, zone) if _SPANS.keys() & set(by) else literal(0)
            keys = [_key(connection, name, ahead) for name in by]
            wanted = _between(select(*keys, *_SUMS), since, until, cameras).group_by(*keys).order_by(*keys)
            found = [_cost(row, len(keys)) for row in connection.execute(wanted) if row[len(keys)]]
            return [replace(one, key=_in_utc(one.key, by, zone)) for one in found]

        return self._database.read(costs)


def _ahead(connection: Connection, zone: tzinfo) -> ColumnElement[int]:
    """By how many seconds the clock of a zone was ahead of UTC at each call."""
    first, last = connection.execute(select(func.min(calls.c.time), func.max(calls.c.time))).one()
    changes, begin = [], first or 0.0
    while (last or 0.0) - begin > _WEEK:
        if _offset(zone, begin) != _offset(zone, begin + _WEEK):
            changes.append(_change(zone, int(begin), int(begin) + _WEEK))
        begin += _WEEK
    if _offset(zone, begin) != _offset(zone, last or 0.0):
        changes.append(_change(zone, int(begin), int(last) + 1))
    offsets = [(calls.c.time < change, _offset(zone, change - 1)) for change in changes]
    return case(*offsets, else_=_offset(zone, last or 0.0)) if offsets else literal(_offset(zone, begin))


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first second of a zone's other offset, between two seconds that differ."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: tzinfo, seconds: float) -> int:
    ahead = datetime.fromtimestamp(seconds, zone).utcoffset()
    return int(ahead.total_seconds()) if ahead is not None else 0


def _in_utc(key: tuple[Any, ...], by: Sequence[str], zone: tzinfo) -> tuple[Any, ...]:
    """A key whose days are counted in the clock of a zone, with their beginnings in UTC seconds instead."""
    return tuple(
        int(datetime.fromtimestamp(value, UTC).replace(tzinfo=zone).timestamp()) if name == "day" else value
        for name, value in zip(by, key, strict=True)
    )


def _key(connection: Connection, name: str, ahead: ColumnElement[int]) -> ColumnElement[Any]:
    if name not in GROUPS:
        raise ValueError(f"calls are not grouped by {name}")
    if name not in _SPANS:
        return calls.c[name]
    # Whole numbers divide downwards in both databases; SQLite need not know FLOOR, which PostgreSQL needs.
    whole: Any = func.floor(calls.c.time) if connection.dialect.name == "postgresql" else calls.c.time
    span = _SPANS[name]
    local = cast(whole, BigInteger) + ahead
    begin = local - local % span
    # A day may begin with another offset than its calls have: `_in_utc` finds it.
    return (begin if name == "day" else begin - ahead).label(name)


def _between(
    query: Select[Any], since: float | None, until: float | None, cameras: Collection[str] | None
) -> Select[Any]:
    if cameras is not None:
        query = query.where(calls.c.camera.in_(cameras))
    if since is not None:
        query = query.where(calls.c.time >= since)
    return query if until is None else query.where(calls.c.time < until)


def _cost(row: Row[Any], keys: int) -> CallTotals:
    made, cases, unanswered, tokens_in, tokens_out, seconds, money, unpriced, first, last = row[keys:]
    return CallTotals(
        key=tuple(row[:keys]),
        calls=made,
        cases=cases,
        unanswered=unanswered,
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        seconds=float(seconds),
        money=float(money),
        unpriced=unpriced,
        first=first,
        last=last,
    )


def _values(call: Call) -> dict[str, Any]:
    return {
        "time": float(call.time),
        "purpose": call.purpose,
        "case_id": call.case_id,
        "camera": call.camera,
        "kind": call.kind,
        "backend": call.backend,
        "destination": call.destination,
        "remote": bool(call.remote),
        "outcome": call.outcome,
        "egress": call.egress,
        "frames": call.frames,
        "digest": call.digest,
        "seconds": float(call.seconds),
        "tokens_in": call.tokens_in,
        "tokens_out": call.tokens_out,
        "cost": number(call.cost),
    }


def _call(row: Row[Any]) -> Call:
    return Call(
        time=row.time,
        purpose=Purpose(row.purpose),
        case_id=row.case_id,
        camera=row.camera,
        kind=row.kind,
        backend=row.backend,
        destination=row.destination,
        remote=row.remote,
        outcome=Outcome(row.outcome),
        egress=Egress(row.egress),
        frames=row.frames,
        digest=row.digest,
        seconds=row.seconds,
        tokens_in=row.tokens_in,
        tokens_out=row.tokens_out,
        cost=row.cost,
    )
