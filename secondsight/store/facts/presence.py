"""Who was where, who was suspected, and when cameras saw: noted within a transaction of writes, and read."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select

from secondsight.records import Coverage, CoverageState, TrackId, Visit
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import coverage, suspects, visits
from secondsight.store.facts.aging import note_horizon
from secondsight.store.facts.values import AgedRows

_AT_ONCE = 5000
"""Most rows of one table that one transaction forgets."""


class Presence:
    """Visits and coverage. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def visits(
        self,
        *,
        cameras: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Visit]:
        """Visits that began in [since, until), oldest first; at most `limit`, the oldest."""
        v = visits.c
        wanted = select(visits).order_by(v.enter, v.camera, v.epoch, v.number, v.zone).limit(limit)
        if cameras is not None:
            wanted = wanted.where(v.camera.in_(cameras))
        if since is not None:
            wanted = wanted.where(v.enter >= since)
        if until is not None:
            wanted = wanted.where(v.enter < until)
        return self._database.read(lambda c: [_visit(row) for row in c.execute(wanted)])

    def coverage(
        self, since: float, until: float, *, cameras: Collection[str] | None = None
    ) -> list[Coverage]:
        """Stretches that reach into [since, until), oldest first."""
        s = coverage.c
        wanted = select(coverage).where(s.end > since, s.start < until).order_by(s.start, s.camera, s.state)
        if cameras is not None:
            wanted = wanted.where(s.camera.in_(cameras))
        return self._database.read(
            lambda c: [
                Coverage(row.camera, CoverageState(row.state), row.start, row.end)
                for row in c.execute(wanted)
            ]
        )

    def first(self) -> float | None:
        """When the first camera was watched; None where that was never noted."""
        return self._database.read(lambda c: c.execute(select(func.min(coverage.c.start))).scalar())

    def forget(self, before: float) -> int:
        """Drop some visits and coverage that ended before that time; how many. Call it until that is 0."""

        def some(connection: Connection) -> int:
            gone, seen = 0, set()
            for table, column in ((visits, visits.c.enter), (coverage, coverage.c.end)):
                keys = list(table.primary_key)
                due = connection.execute(
                    select(*keys).where(column < before).order_by(column).limit(_AT_ONCE)
                )
                for row in due.all():
                    mine = (key == value for key, value in zip(keys, row, strict=True))
                    gone += connection.execute(delete(table).where(*mine)).rowcount
                    seen.add(row.camera)
            for camera in sorted(seen):
                note_horizon(connection, AgedRows.FACTS, camera, before)
            return gone

        return self._database.write(some)


def add_visits(connection: Connection, made: Iterable[Visit]) -> None:
    """Add visits; one that is known stays as it is."""
    values = [_visit_values(visit) for visit in made]
    if values:
        connection.execute(mapping.insert(connection, visits).on_conflict_do_nothing(), values)


def set_coverage(connection: Connection, spans: Iterable[Coverage]) -> None:
    """Note stretches; a known one becomes longer, never shorter."""
    ends: dict[tuple[str, CoverageState, float], float] = {}
    for camera, state, start, end in spans:
        key = (camera, state, float(start))
        ends[key] = max(float(end), ends.get(key, float(end)))
    if not ends:
        return
    statement = mapping.insert(connection, coverage)
    longer = statement.excluded.end > coverage.c.end
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["camera", "state", "start"], set_={"end": statement.excluded.end}, where=longer
        ),
        [
            {"camera": camera, "state": state, "start": start, "end": end}
            for (camera, state, start), end in sorted(ends.items())
        ],
    )


def add_suspects(connection: Connection, candidate: str, tracks: Sequence[TrackId]) -> None:
    """Note the tracks of a candidate, by which it is found from a visit."""
    values = [
        {"candidate_id": candidate, "camera": one.camera, "epoch": one.epoch, "number": one.number}
        for one in dict.fromkeys(tracks)
    ]
    if values:
        connection.execute(mapping.insert(connection, suspects).on_conflict_do_nothing(), values)


def _visit_values(visit: Visit) -> dict[str, Any]:
    return {
        "camera": visit.track.camera,
        "epoch": visit.track.epoch,
        "number": visit.track.number,
        "zone": visit.zone,
        "label": visit.label,
        "enter": float(visit.enter),
        "leave": float(visit.leave),
        "enter_x": float(visit.first[0]),
        "enter_y": float(visit.first[1]),
        "leave_x": float(visit.last[0]),
        "leave_y": float(visit.last[1]),
        "entered_by": visit.entered_by,
        "left_by": visit.left_by,
        "attributes": visit.attributes,
    }


def _visit(row: Any) -> Visit:
    return Visit(
        TrackId(row.camera, row.epoch, row.number),
        row.zone,
        row.label,
        row.enter,
        row.leave,
        (row.enter_x, row.enter_y),
        (row.leave_x, row.leave_y),
        row.entered_by,
        row.left_by,
        row.attributes,
    )
