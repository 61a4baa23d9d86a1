"""The life of an event in steps, how far each reader of them has come, and what is on its way to receivers."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_AT_ONCE = 1000


def upgrade() -> None:
    """Add the tables `steps`, `channel_cursors` and `deliveries`; events that are there get their steps.

    A reader's cursor takes the place of `announced_at`.
    """
    op.create_table(
        "steps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("truth", sa.Boolean),
        sa.Column("position", sa.BigInteger),
        sa.Column("word", sa.Text, nullable=False, server_default="none"),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("incident", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_steps"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_steps_event_id_events"),
    )
    op.create_table(
        "channel_cursors",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_channel_cursors"),
    )
    op.create_table(
        "deliveries",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("sent_at", sa.Double),
        sa.PrimaryKeyConstraint("channel", "position", name="pk_deliveries"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_deliveries_event_id_events"),
    )
    _fill()
    op.drop_index("ix_events_outbox", "events")
    op.drop_column("events", "announced_at")
    op.create_index("ix_steps_event_id", "steps", ["event_id", "number"], unique=True)
    op.create_index("ix_steps_position", "steps", ["position"], unique=True)
    for name, column, some in (
        ("ix_steps_unpublished", "id", sa.text("position IS NULL")),
        ("ix_steps_told", "time", sa.text("word != 'none'")),
    ):
        op.create_index(name, "steps", [column], sqlite_where=some, postgresql_where=some)
    op.create_index("ix_deliveries_due", "deliveries", ["channel", "state", "next_at"])
    op.create_index("ix_deliveries_event_id", "deliveries", ["event_id", "channel"])


def _fill() -> None:
    """The steps that can be told from the rows, published. Those of settled events that were not announced come last,
    and the site's own reader still has them before it.
    """
    connection = op.get_bind()
    said: dict[str, list[Any]] = {}
    for row in connection.execute(sa.text("SELECT * FROM feedback ORDER BY id")):
        said.setdefault(row.event_id, []).append(row)
    found = connection.execute(
        sa.text(
            "SELECT e.id, e.verification, e.settled, e.alert, e.attached_at, e.settled_at, e.announced_at, "
            'c.created_at, c."end" AS ended FROM events e JOIN candidates c ON c.id = e.id '
            "ORDER BY CASE WHEN e.settled AND e.announced_at IS NULL THEN 1 ELSE 0 END, e.settled_at, e.id"
        )
    ).all()
    rows: list[dict[str, Any]] = []
    read = 0
    for event in found:
        for number, step in enumerate(_steps(event, said.get(event.id, ())), 1):
            rows.append({**step, "event_id": event.id, "number": number, "position": len(rows) + 1})
        if not event.settled or event.announced_at is not None:
            read = len(rows)
    insert = sa.text(
        "INSERT INTO steps "
        "(event_id, number, kind, time, verification, settled, author, note, truth, position, word, why) "
        "VALUES (:event_id, :number, :kind, :time, :verification, :settled, :author, :note, :truth, :position, "
        ":word, '')"
    )
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(insert, rows[first : first + _AT_ONCE])
    if rows:
        connection.execute(
            sa.text("INSERT INTO channel_cursors (channel, position) VALUES ('site', :read)"), {"read": read}
        )


def _steps(event: Any, said: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """What an event's row tells of its life, in the order of time."""
    moments: list[tuple[float, int, str, Any]] = [(event.created_at, 0, "raised", None)]
    if event.attached_at is not None:
        moments.append((event.attached_at, 1, "recorded", None))
    if event.settled:
        moments.append((event.settled_at or event.created_at, 2, "verified", None))
    if event.ended is not None:
        # When it was stored is not known; the moment itself was filmed, maybe long before.
        moments.append((max(event.ended, event.created_at), 3, "ended", None))
    moments += [(entry.created_at, 4 + place, "corrected", entry) for place, entry in enumerate(said)]
    settled = False
    for time, _, kind, entry in sorted(moments, key=lambda moment: moment[:2]):
        settled = settled or kind == "verified"
        yield {
            "kind": kind,
            "time": time,
            "verification": event.verification if settled else "unverified",
            "settled": settled,
            "author": entry.author if entry else "",
            "note": entry.note if entry else None,
            "truth": entry.truth if entry else None,
            "word": "alert" if kind == "verified" and event.alert else "none",
        }
