"""What becomes too old: rows go in small batches, and what questions and reports count by stays as sums.

Each call is one short transaction that touches only what is due: it finds that through an index, camera by camera.
How far a kind of row was removed is noted in the same transaction, so that an answer can say what it no longer sees.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from secondsight.records import Verification
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import (
    candidates,
    cases,
    clips,
    counters,
    deliveries,
    events,
    feedback,
    horizons,
    steps,
    suspects,
    tracks,
    verdicts,
)
from secondsight.store.facts.totals import EventTotal, add_totals, quarter_of
from secondsight.store.facts.values import QUARTER, AgedRows
from secondsight.store.values import DeliveryState

_TRACKS = 1000
"""Most tracks that one transaction removes."""
_FOLDED = 6 * 3600
"""Seconds of counts per minute that one transaction adds up."""
_EVENTS = 100
"""Most events that one transaction removes, each with its case, verdicts and steps."""


class Aging:
    """Removes rows by their age. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def horizons(self, cameras: Collection[str] | None = None) -> dict[AgedRows, float]:
        """Until when rows of these cameras, or of any, are gone or only sums of them are left; what is whole is
        missing."""
        wanted = select(horizons.c.what, func.max(horizons.c.until)).group_by(horizons.c.what)
        if cameras is not None:
            wanted = wanted.where(horizons.c.camera.in_(sorted(cameras)))
        return self._database.read(lambda c: {AgedRows(what): until for what, until in c.execute(wanted)})

    def forget_tracks(self, camera: str, before: float) -> int:
        """Remove some tracks of a camera that began before that time; how many. Call it until that is 0."""
        key = tuple_(tracks.c.camera, tracks.c.epoch, tracks.c.number)
        t = tracks.c
        due = (
            select(t.camera, t.epoch, t.number)
            .where(t.camera == camera, t.start < before)
            .order_by(t.start)
            .limit(_TRACKS)
        )
        oldest = select(t.start).where(t.camera == camera, t.start < before).limit(1)
        if self._database.read(lambda c: c.execute(oldest).first()) is None:
            return 0

        def some(connection: Connection) -> int:
            gone = connection.execute(delete(tracks).where(key.in_(due))).rowcount
            note_horizon(connection, AgedRows.TRACKS, camera, before)
            return gone

        return self._database.write(some)

    def fold_minutes(self, camera: str, before: float) -> int:
        """Add up some counts per minute of a camera to quarters of an hour; how many rows that were. Call it until
        that is 0. A quarter is a divisor of the hour in every time zone."""
        m, until = counters.c, quarter_of(before)
        done = select(horizons.c.until).where(
            horizons.c.what == AgedRows.MINUTES.value, horizons.c.camera == camera
        )

        def first(connection: Connection) -> int | None:
            known = connection.execute(done).scalar()
            oldest = select(func.min(m.minute)).where(m.camera == camera)
            return connection.execute(oldest if known is None else oldest.where(m.minute >= known)).scalar()

        begin = self._database.read(first)
        if begin is None or begin >= until:
            return 0
        begin = quarter_of(begin)
        end = min(until, begin + _FOLDED)

        def some(connection: Connection) -> int:
            mine = (m.camera == camera, m.minute >= begin, m.minute < end)
            quarter = (m.minute - m.minute % QUARTER).label("minute")
            sums = select(m.camera, quarter, m.name, func.sum(m.value).label("value")).where(*mine)
            rows = connection.execute(sums.group_by(m.camera, quarter, m.name)).mappings().all()
            gone = connection.execute(delete(counters).where(*mine)).rowcount
            if rows:
                connection.execute(insert(counters), [dict(row) for row in rows])
            note_horizon(connection, AgedRows.MINUTES, camera, float(end))
            return max(gone, 1)

        return self._database.write(some)

    def forget_events(self, camera: str, before: float) -> int:
        """Remove some events of a camera that were triggered before that time, with all that belongs to them; how
        many. Call it until that is 0. Totals of them stay.

        What is not settled, not yet told to everybody, or still has files, stays.
        """
        c = candidates.c
        due = (
            select(c.id)
            .outerjoin(events, events.c.id == c.id)
            .where(c.camera == camera, c.triggered < before)
            .where(events.c.id.is_(None) | events.c.settled.is_(True))
            .where(~select(clips.c.id).where(clips.c.id == c.id).exists())
            .where(~select(steps.c.id).where(steps.c.event_id == c.id, steps.c.position.is_(None)).exists())
            .where(
                ~select(deliveries.c.event_id)
                .where(deliveries.c.event_id == c.id, deliveries.c.state == DeliveryState.WAITING.value)
                .exists()
            )
            .order_by(c.triggered)
            .limit(_EVENTS)
        )
        ids = self._database.read(lambda connection: list(connection.execute(due).scalars()))
        if not ids:
            return 0

        def some(connection: Connection) -> int:
            add_totals(connection, _totals(connection, ids))
            for column in (
                deliveries.c.event_id,
                steps.c.event_id,
                feedback.c.event_id,
                suspects.c.candidate_id,
                events.c.id,
                verdicts.c.case_id,
                cases.c.id,
            ):
                connection.execute(delete(column.table).where(column.in_(ids)))
            gone = connection.execute(delete(candidates).where(c.id.in_(ids))).rowcount
            note_horizon(connection, AgedRows.EVENTS, camera, before)
            return gone

        return self._database.write(some)


def note_horizon(connection: Connection, what: AgedRows, camera: str, until: float) -> None:
    """Note that rows before that time are gone; a horizon never goes back."""
    statement = mapping.insert(connection, horizons).values(what=what.value, camera=camera, until=until)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["what", "camera"],
            set_={"until": statement.excluded.until},
            where=statement.excluded.until > horizons.c.until,
        )
    )


def _totals(connection: Connection, ids: Sequence[str]) -> list[EventTotal]:
    c = candidates.c
    product = c.attributes["product"].as_string().label("product")
    columns = c.camera, c.triggered, c.rule, c.kind, c.zone, product, events.c.verification, events.c.alert
    wanted = select(*columns, mapping.TRUTH.label("truth")).join_from(candidates, events, events.c.id == c.id)
    return [_total(row) for row in connection.execute(wanted.where(c.id.in_(ids)))]


def _total(row: Any) -> EventTotal:
    return EventTotal(
        camera=row.camera,
        quarter=quarter_of(row.triggered),
        rule=row.rule,
        kind=row.kind,
        zone=row.zone,
        product=row.product,
        verification=Verification(row.verification),
        truth=None if row.truth is None else bool(row.truth),
        alerts=int(bool(row.alert)),
    )
