"""Sums over a stretch of time [start, end), by the hour, for reports. All in SQL, on both databases.

An hour is 3600 s counted from `start`: where that is a full hour of a place, so are they all, also on days on which
clocks change.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, and_, case, cast, func, or_, select

from secondsight.records import StepKind, Verification, Word
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import cameras as known_cameras
from secondsight.store.database.schema import candidates, counters, events, steps
from secondsight.store.facts.totals import read_totals
from secondsight.store.reporting import AlertResponse, CountedHour, EventCount, EventSpan

_HOUR = 3600
_HEAT = "heat.%"


class ReportFigures:
    """Sums of events and counts. Every method raises StoreError.

    `cameras` are those to look at; None for all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, start: float, end: float, cameras: Collection[str] | None = None) -> list[EventCount]:
        """How many events triggered in [start, end), by everything that they may have in common."""
        c = candidates.c
        keys = (
            c.camera,
            c.rule,
            c.kind,
            c.zone,
            c.attributes["product"].as_string().label("product"),
            events.c.verification,
            mapping.TRUTH,
            self._hour(c.triggered, start),
        )
        each = _triggered(select(*keys, events.c.alert), start, end, cameras).subquery()
        groups = [each.c[name] for name in each.c.keys() if name != "alert"]  # noqa: SIM118
        alerts = func.sum(case((each.c.alert.is_(True), 1), else_=0))
        query = select(*groups, func.count(), alerts).group_by(*groups).order_by(*groups)

        def read(connection: Connection) -> list[EventCount]:
            found = [
                EventCount(
                    camera,
                    rule,
                    kind,
                    zone,
                    product,
                    Verification(verification),
                    _truth(truth),
                    hour,
                    count,
                    alerts,
                )
                for camera, rule, kind, zone, product, verification, truth, hour, count, alerts in (
                    connection.execute(query)
                )
            ]
            return [*found, *_of_totals(connection, start, end, cameras)]

        return self._database.read(read)

    def responses(
        self, start: float, end: float, cameras: Collection[str] | None = None
    ) -> list[AlertResponse]:
        """For each event triggered in [start, end) with an alert: how long until a person acknowledged it."""
        told, taken = steps.alias("told"), steps.alias("taken")
        first = (
            select(told.c.event_id, func.min(told.c.time).label("time"))
            .where(told.c.word == Word.ALERT)
            .group_by(told.c.event_id)
            .subquery()
        )
        answered = (
            select(func.min(taken.c.time))
            .where(
                taken.c.event_id == first.c.event_id,
                taken.c.kind.in_((StepKind.ACKNOWLEDGED, StepKind.CORRECTED)),
            )
            .correlate(first)
            .scalar_subquery()
        )
        chosen = select(candidates.c.camera, candidates.c.kind, first.c.time, answered)
        query = _between(
            chosen.join_from(candidates, first, first.c.event_id == candidates.c.id), start, end, cameras
        ).order_by(candidates.c.triggered, candidates.c.id)
        return self._database.read(
            lambda c: [
                AlertResponse(camera, kind, None if at is None else max(0.0, at - since))
                for camera, kind, since, at in c.execute(query)
            ]
        )

    def counts(self, start: float, end: float, cameras: Collection[str] | None = None) -> list[CountedHour]:
        """Sums of all counts but heat maps, by camera, name and hour."""
        hour = self._hour(counters.c.minute, start)
        return self._counted(hour, ~counters.c.name.like(_HEAT), start, end, cameras)

    def heat(self, start: float, end: float, cameras: Collection[str] | None = None) -> list[CountedHour]:
        """Seconds of presence in each cell of the heat maps, by camera and name; all as of hour 0."""
        return self._counted(None, counters.c.name.like(_HEAT), start, end, cameras)

    def watched_minutes(
        self, start: float, end: float, cameras: Collection[str] | None = None
    ) -> dict[str, list[int]]:
        """Minutes in which something was counted on a camera, as UTC seconds of their beginning; cameras without any
        are missing."""
        query = _minutes(select(counters.c.camera, counters.c.minute).distinct(), start, end, cameras)
        found: dict[str, list[int]] = {}
        for camera, minute in self._database.read(
            lambda c: c.execute(query.order_by(counters.c.camera, counters.c.minute)).all()
        ):
            found.setdefault(camera, []).append(minute)
        return found

    def spans(
        self, kinds: Collection[str], start: float, end: float, cameras: Collection[str] | None = None
    ) -> list[EventSpan]:
        """Events of these kinds that lasted into [start, end), those that began before, too; oldest first."""
        c = candidates.c
        chosen = select(c.camera, c.kind, c.zone, events.c.verification, c.start, c.end)
        query = (
            chosen.join_from(candidates, events, events.c.id == c.id)
            .where(c.kind.in_(sorted(kinds)), c.triggered < end, or_(c.end.is_(None), c.end > start))
            .where(or_(c.end.is_not(None), c.triggered >= start))
            .order_by(c.start, c.id)
        )
        if cameras is not None:
            query = query.where(c.camera.in_(sorted(cameras)))
        return self._database.read(
            lambda connection: [
                EventSpan(camera, kind, zone, Verification(verification), begin, over)
                for camera, kind, zone, verification, begin, over in connection.execute(query)
            ]
        )

    def first_seen(self) -> float | None:
        """When the first camera of this site was configured, UTC seconds; None before that."""
        found: float | None = self._database.read(
            lambda c: c.execute(select(func.min(known_cameras.c.first_seen))).scalar()
        )
        return found

    def _counted(
        self,
        hour: ColumnElement[Any] | None,
        which: ColumnElement[bool],
        start: float,
        end: float,
        cameras: Collection[str] | None,
    ) -> list[CountedHour]:
        keys = [counters.c.camera, counters.c.name, *([] if hour is None else [hour])]
        chosen = select(*keys, func.sum(counters.c.value)).where(which)
        query = _minutes(chosen, start, end, cameras).group_by(*keys).order_by(*keys)

        def one(row: Any) -> CountedHour:
            return CountedHour(row[0], row[1], 0 if hour is None else row[2], row[-1])

        return self._database.read(lambda c: [one(row) for row in c.execute(query)])

    def _hour(self, time: ColumnElement[Any], start: float) -> ColumnElement[int]:
        """Hours since `start`. What is cast is never negative, where the databases would differ."""
        hours = (time - float(start)) / _HOUR
        whole: Any = hours if self._database.is_sqlite else func.floor(hours)
        return cast(whole, BigInteger).label("hour")


def _of_totals(
    connection: Connection, start: float, end: float, cameras: Collection[str] | None
) -> Iterator[EventCount]:
    """Of events that only totals are left of."""
    for one in read_totals(connection, start, end, cameras=cameras):
        hour = int((one.quarter - start) // _HOUR)
        place = one.camera, one.rule, one.kind, one.zone, one.product
        yield EventCount(*place, one.verification, one.truth, hour, one.events, one.alerts)


def _triggered(query: Select[Any], start: float, end: float, cameras: Collection[str] | None) -> Select[Any]:
    joined = query.join_from(candidates, events, events.c.id == candidates.c.id)
    return _between(joined, start, end, cameras)


def _between(query: Select[Any], start: float, end: float, cameras: Collection[str] | None) -> Select[Any]:
    query = query.where(and_(candidates.c.triggered >= start, candidates.c.triggered < end))
    return query if cameras is None else query.where(candidates.c.camera.in_(sorted(cameras)))


def _minutes(query: Select[Any], start: float, end: float, cameras: Collection[str] | None) -> Select[Any]:
    query = query.where(counters.c.minute >= start, counters.c.minute < end)
    return query if cameras is None else query.where(counters.c.camera.in_(sorted(cameras)))


def _truth(value: Any) -> bool | None:
    return None if value is None else bool(value)
