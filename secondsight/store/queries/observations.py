"""What is noted whether or not anything is suspected: cameras, finished tracks, counts per minute."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, func, select

from secondsight.clock import Clock
from secondsight.records import Counter, Track
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import cameras, counters, tracks


class Observations:
    """Cameras, tracks and counts. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def upsert_camera(self, name: str, description: str = "") -> None:
        """Note that a camera is configured."""
        now = self._clock.now()
        values = {"name": name, "description": description, "first_seen": now, "last_seen": now}

        def upsert(connection: Connection) -> None:
            statement = mapping.insert(connection, cameras).values(values)
            new = statement.excluded
            newer = {"description": new.description, "last_seen": new.last_seen}
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=newer))

        self._database.write(upsert)

    def cameras(self) -> dict[str, str]:
        """Description of every camera ever configured, by name."""
        wanted = select(cameras.c.name, cameras.c.description).order_by(cameras.c.name)
        return self._database.read(lambda c: {row.name: row.description for row in c.execute(wanted)})

    def tracks(
        self,
        *,
        camera: str | None = None,
        cameras: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Track]:
        """Tracks that began in [since, until), oldest first; at most `limit`, the oldest."""
        order = tracks.c.start, tracks.c.camera, tracks.c.epoch, tracks.c.number
        wanted = select(tracks).order_by(*order).limit(limit)
        if camera is not None:
            wanted = wanted.where(tracks.c.camera == camera)
        if cameras is not None:
            wanted = wanted.where(tracks.c.camera.in_(cameras))
        if since is not None:
            wanted = wanted.where(tracks.c.start >= since)
        if until is not None:
            wanted = wanted.where(tracks.c.start < until)
        return self._database.read(lambda c: [mapping.to_track(row) for row in c.execute(wanted).mappings()])

    def counters(
        self,
        *,
        camera: str | None = None,
        cameras: Collection[str] | None = None,
        name: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Counter]:
        """Counts of the minutes that begin in [since, until), oldest first; at most `limit`, the oldest."""
        order = counters.c.minute, counters.c.camera, counters.c.name
        wanted = select(counters).order_by(*order).limit(limit)
        if cameras is not None:
            wanted = wanted.where(counters.c.camera.in_(cameras))
        if camera is not None:
            wanted = wanted.where(counters.c.camera == camera)
        if name is not None:
            wanted = wanted.where(counters.c.name == name)
        if since is not None:
            wanted = wanted.where(counters.c.minute >= since)
        if until is not None:
            wanted = wanted.where(counters.c.minute < until)
        return self._database.read(
            lambda c: [mapping.to_counter(row) for row in c.execute(wanted).mappings()]
        )

    def summed(
        self,
        seconds: int,
        *,
        camera: str | None = None,
        cameras: Collection[str] | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Counter]:
        """Counts of the minutes that begin in [since, until), added up over stretches of `seconds` by the database;
        each has the time at which its stretch begins. Heat maps are left out."""
        begin = (counters.c.minute - counters.c.minute % seconds).label("minute")
        total = func.sum(counters.c.value).label("value")
        wanted = (
            select(counters.c.camera, begin, counters.c.name, total)
            .where(counters.c.name.contains(":"), counters.c.name.not_like("heat.%"))
            .group_by(counters.c.camera, begin, counters.c.name)
            .order_by(begin, counters.c.camera, counters.c.name)
            .limit(limit)
        )
        if cameras is not None:
            wanted = wanted.where(counters.c.camera.in_(cameras))
        if camera is not None:
            wanted = wanted.where(counters.c.camera == camera)
        if since is not None:
            wanted = wanted.where(counters.c.minute >= since)
        if until is not None:
            wanted = wanted.where(counters.c.minute < until)
        return self._database.read(
            lambda c: [mapping.to_counter(row) for row in c.execute(wanted).mappings()]
        )

    def last_minutes(self) -> dict[str, int]:
        """The newest minute with counts of each camera that has any, UTC seconds of its beginning."""
        newest = (
            select(func.max(counters.c.minute)).where(counters.c.camera == cameras.c.name).scalar_subquery()
        )
        wanted = select(cameras.c.name, newest)
        return self._database.read(
            lambda c: {name: minute for name, minute in c.execute(wanted) if minute is not None}
        )


def add_tracks(connection: Connection, finished: Iterable[Track]) -> None:
    """Add tracks; one that is known stays as it is."""
    values = [mapping.track_values(track) for track in finished]
    if values:
        connection.execute(mapping.insert(connection, tracks).on_conflict_do_nothing(), values)


def add_counters(connection: Connection, counts: Iterable[Counter]) -> None:
    """Add each value to what is already counted for its camera, minute and name."""
    sums: dict[tuple[str, int, str], float] = defaultdict(float)
    for count in counts:
        sums[count.camera, int(count.minute), count.name] += float(count.value)
    if not sums:
        return
    _write_counters(connection, sums, lambda new: counters.c.value + new)


def set_counters(connection: Connection, counts: Iterable[Counter]) -> None:
    """Replace what is counted for each camera, minute and name."""
    values = {(one.camera, int(one.minute), one.name): float(one.value) for one in counts}
    if values:
        _write_counters(connection, values, lambda new: new)


def _write_counters(
    connection: Connection, values: Mapping[tuple[str, int, str], float], merge: Callable[[Any], Any]
) -> None:
    """Write counters; `merge` gives what a known one becomes, of the new value as a column."""
    statement = mapping.insert(connection, counters)
    value = merge(statement.excluded.value)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["camera", "minute", "name"], set_={"value": value}),
        # In one order everywhere, so that two processes that add to the same rows cannot block each other.
        [
            {"camera": camera, "minute": minute, "name": name, "value": value}
            for (camera, minute, name), value in sorted(values.items())
        ],
    )
