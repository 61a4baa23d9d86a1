"""What retention asks of the store: which files there are, which must stay, which are gone."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update

from secondsight.store.database import mapping
from secondsight.store.database.schema import clips, events
from secondsight.store.values import StoredClip

REMOVED = "clip removed by retention"


def stored(connection: Connection) -> list[StoredClip]:
    """Every event that has files, oldest first."""
    # There may be a hundred thousand: plain columns, no records in between.
    c = clips.c
    found = connection.execute(
        select(
            c.id, c.path, c.size, c.end, c.created_at, c.key_frames, c.protected, events.c.settled
        ).join_from(clips, events, events.c.id == c.id)
    )
    listed = []
    for id, path, size, end, created, frames, protected, settled in found:
        paths = tuple(frame["path"] for frame in frames)
        if path is None:
            end = max((frame["time"] for frame in frames), default=0.0)
        else:
            paths = (path, *paths)
        # A clip of an old recording is as young as its file: its age begins when it was cut.
        listed.append(StoredClip(id, paths, size or 0, max(end, created), protected or not settled))
    return sorted(listed, key=lambda clip: (clip.end, clip.id))


def forget(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Drop the references to these events' files, except protected ones, and say so in the events' notes."""
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


def protect(connection: Connection, id: str, protected: bool) -> bool:
    done = connection.execute(update(clips).where(clips.c.id == id).values(protected=protected))
    return bool(done.rowcount)
