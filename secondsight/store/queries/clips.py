"""What retention asks of the store: how much there is, what is oldest, which files are whose, which are gone."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from secondsight.records import snapshot_path_of
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, clips, events
from secondsight.store.values import StoredClip

REMOVED = "clip removed by retention"

_BYTES = func.coalesce(clips.c.bytes, clips.c.size, 0).label("known_bytes")


class ClipFiles:
    """Clips and key frames of all events. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def total_bytes(self) -> int:
        """Bytes of all of them, the protected too; of those not measured yet, of the clip alone."""
        wanted = select(func.coalesce(func.sum(_BYTES), 0))
        return int(self._database.read(lambda c: c.execute(wanted).scalar_one()))

    def oldest(self, limit: int, before: float | None = None) -> list[StoredClip]:
        """The oldest files that may be removed, oldest first; with `before` only those that are older than that.

        What is pinned or belongs to an event that is not settled may not be removed.
        """
        wanted = (
            _select()
            .join(events, events.c.id == clips.c.id)
            .where(events.c.settled.is_(True), clips.c.protected.is_(False))
            .order_by(clips.c.age_from, clips.c.id)
            .limit(limit)
        )
        if before is not None:
            wanted = wanted.where(clips.c.age_from < before)
        return self._database.read(lambda c: _stored(c, wanted))

    def unmeasured(self, limit: int) -> list[StoredClip]:
        """Some whose files were not measured yet."""
        wanted = _select().where(clips.c.bytes.is_(None)).order_by(clips.c.id).limit(limit)
        return self._database.read(lambda c: _stored(c, wanted))

    def note_sizes(self, sizes: Mapping[str, int]) -> None:
        """Note the bytes that the files of these events take."""
        noted = update(clips).where(clips.c.id == bindparam("clip")).values(bytes=bindparam("found"))
        values = [{"clip": id, "found": size} for id, size in sizes.items()]
        if values:
            self._database.write(lambda c: c.execute(noted, values))

    def forget(self, ids: Sequence[str]) -> list[str]:
        """Drop the references to these events' files; the ids for which that was done (not the protected).

        Forget first, then remove the files of the ids returned: a crash in between leaves a file that nobody
        names, never an event that names a file which is gone.
        """
        return self._database.write(lambda c: _forget(c, ids))

    def ids(self) -> set[str]:
        """Ids of all events that have files."""
        return self._database.read(lambda c: set(c.execute(select(clips.c.id)).scalars()))

    def without_files(self, ids: Collection[str]) -> set[str]:
        """Those of `ids` that are known events to which no files belong: not attached yet, never, or not any more."""
        return self._database.read(lambda c: _without_files(c, ids))


def _select() -> Select[Any]:
    columns = (clips.c.id, clips.c.path, clips.c.key_frames, clips.c.age_from, _BYTES, candidates.c.triggered)
    return select(*columns).join_from(clips, candidates, candidates.c.id == clips.c.id)


def _stored(connection: Connection, query: Select[Any]) -> list[StoredClip]:
    found = []
    for row in connection.execute(query):
        paths = [row.path] if row.path else []
        paths += [frame["path"] for frame in row.key_frames]
        paths.append(snapshot_path_of(row.id, row.triggered))
        found.append(StoredClip(row.id, tuple(dict.fromkeys(paths)), int(row.known_bytes), row.age_from))
    return found


def _without_files(connection: Connection, ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for some in mapping.chunks(sorted(ids)):
        bare = select(events.c.id).where(events.c.id.in_(some), events.c.id.not_in(select(clips.c.id)))
        found |= set(connection.execute(bare).scalars())
    return found


def _forget(connection: Connection, ids: Sequence[str]) -> list[str]:
    forgotten: list[str] = []
    for some in mapping.chunks(ids):
        free = connection.execute(
            select(events.c.id, events.c.note)
            .join_from(events, clips, clips.c.id == events.c.id)
            .where(events.c.id.in_(some), events.c.settled.is_(True), clips.c.protected.is_(False))
            .with_for_update()
        ).all()
        connection.execute(delete(clips).where(clips.c.id.in_([row.id for row in free])))
        for row in free:
            note = mapping.joined(row.note, REMOVED)
            connection.execute(update(events).where(events.c.id == row.id).values(note=note))
        forgotten += [row.id for row in free]
    return forgotten
