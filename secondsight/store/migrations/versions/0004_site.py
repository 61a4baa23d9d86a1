"""Which data folder the database belongs to; age and size of clips where retention finds them quickly."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table `site`, and two columns and two indexes to `clips`."""
    op.create_table(
        "site",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("files_since", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_site"),
    )
    op.add_column("clips", sa.Column("age_from", sa.Double, nullable=False, server_default="0"))
    op.add_column("clips", sa.Column("bytes", sa.BigInteger))
    _fill()
    op.create_index("ix_clips_age", "clips", ["age_from", "id", "bytes", "size"])
    unmeasured = sa.text("bytes IS NULL")
    op.create_index(
        "ix_clips_unmeasured", "clips", ["id"], sqlite_where=unmeasured, postgresql_where=unmeasured
    )


def _fill() -> None:
    """`age_from` of the clips there are; their sizes are measured by and by."""
    connection = op.get_bind()
    connection.execute(
        sa.text(
            'UPDATE clips SET age_from = CASE WHEN "end" > created_at THEN "end" ELSE created_at END '
            "WHERE path IS NOT NULL"
        )
    )
    pictures = connection.execute(
        sa.text("SELECT id, created_at, key_frames FROM clips WHERE path IS NULL")
    ).all()
    for id, created, frames in pictures:
        parameters = {"id": id, "since": max([created, *_times(frames)])}
        connection.execute(sa.text("UPDATE clips SET age_from = :since WHERE id = :id"), parameters)


def _times(frames: Any) -> list[float]:
    listed = json.loads(frames) if isinstance(frames, str) else frames
    return [float(frame["time"]) for frame in listed or ()]
