"""Totals of events that were too old to keep: how many there were, by all that reports and questions count by."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from secondsight.records import Verification
from secondsight.store.database import mapping
from secondsight.store.database.schema import event_totals
from secondsight.store.facts.values import QUARTER

_KEYS = ("camera", "quarter", "rule", "kind", "zone", "product", "verification", "truth")
_TRUTHS = {True: "true", False: "false", None: ""}


@dataclass(frozen=True, slots=True)
class EventTotal:
    """Events that have all of this in common.

    Attributes:
        quarter: UTC seconds of the beginning of the quarter of an hour in which they were triggered.
        verification: as the verdict left it; `truth` is what people said last.
    """

    camera: str
    quarter: int
    rule: str
    kind: str
    zone: str | None
    product: str | None
    verification: Verification
    truth: bool | None
    events: int = 1
    alerts: int = 0

    @property
    def known(self) -> Verification:
        """People's word before the verdict's."""
        if self.truth is None:
            return self.verification
        return Verification.CONFIRMED if self.truth else Verification.REJECTED


def quarter_of(moment: float) -> int:
    """The quarter of an hour that holds a moment."""
    return int(moment // QUARTER) * QUARTER


def read_totals(
    connection: Connection,
    since: float | None = None,
    until: float | None = None,
    *,
    cameras: Collection[str] | None = None,
    kinds: Collection[str] = (),
    rules: Collection[str] = (),
    zones: Collection[str] = (),
) -> list[EventTotal]:
    """The totals of quarters that begin in [since, until), in a fixed order. Empty filters let all pass."""
    t = event_totals.c
    wanted = select(event_totals).order_by(*(t[key] for key in _KEYS))
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(t.quarter >= since)
    if until is not None:
        conditions.append(t.quarter < until)
    if cameras is not None:
        conditions.append(t.camera.in_(sorted(cameras)))
    for column, values in ((t.kind, kinds), (t.rule, rules), (t.zone, zones)):
        if values:
            conditions.append(column.in_(values))
    return [_total(row) for row in connection.execute(wanted.where(*conditions))]


def first_total(connection: Connection) -> int | None:
    """The beginning of the oldest total."""
    return connection.execute(select(func.min(event_totals.c.quarter))).scalar()


def add_totals(connection: Connection, totals: Iterable[EventTotal]) -> None:
    """Add to what is already counted."""
    events: Counter[tuple[Any, ...]] = Counter()
    alerts: Counter[tuple[Any, ...]] = Counter()
    for one in totals:
        key = (
            one.camera,
            one.quarter,
            one.rule,
            one.kind,
            one.zone or "",
            one.product or "",
            one.verification.value,
            _TRUTHS[one.truth],
        )
        events[key] += one.events
        alerts[key] += one.alerts
    if not events:
        return
    statement = mapping.insert(connection, event_totals)
    sums = {name: event_totals.c[name] + statement.excluded[name] for name in ("events", "alerts")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(_KEYS), set_=sums),
        [
            {**dict(zip(_KEYS, key, strict=True)), "events": count, "alerts": alerts[key]}
            for key, count in sorted(events.items())
        ],
    )


def _total(row: Any) -> EventTotal:
    return EventTotal(
        camera=row.camera,
        quarter=row.quarter,
        rule=row.rule,
        kind=row.kind,
        zone=row.zone or None,
        product=row.product or None,
        verification=Verification(row.verification),
        truth={"true": True, "false": False}.get(row.truth),
        events=row.events,
        alerts=row.alerts,
    )
