"""Visits, coverage, and the tracks of candidates as rows: what questions are answered from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_AT_ONCE = 1000


def upgrade() -> None:
    """Add three tables; candidates that are there get their suspects."""
    op.create_table(
        "suspects",
        sa.Column("candidate_id", sa.Text, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("candidate_id", "camera", "epoch", "number", name="pk_suspects"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name="fk_suspects_candidate_id_candidates"
        ),
    )
    op.create_table(
        "visits",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("enter", sa.Double, nullable=False),
        sa.Column("leave", sa.Double, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("enter_x", sa.Double, nullable=False),
        sa.Column("enter_y", sa.Double, nullable=False),
        sa.Column("leave_x", sa.Double, nullable=False),
        sa.Column("leave_y", sa.Double, nullable=False),
        sa.Column("entered_by", sa.Text),
        sa.Column("left_by", sa.Text),
        sa.Column("attributes", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("camera", "epoch", "number", "zone", "enter", name="pk_visits"),
    )
    op.create_table(
        "coverage",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("start", sa.Double, nullable=False),
        sa.Column("end", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("camera", "state", "start", name="pk_coverage"),
    )
    _fill()
    op.create_index("ix_suspects_camera", "suspects", ["camera", "epoch", "number"])
    op.create_index("ix_visits_enter", "visits", ["enter"])
    op.create_index("ix_visits_camera", "visits", ["camera", "zone", "enter"])
    op.create_index("ix_coverage_end", "coverage", ["end"])


def _fill() -> None:
    """The tracks that each candidate names, as `camera/epoch/number`."""
    connection = op.get_bind()
    candidates = sa.table("candidates", sa.column("id", sa.Text), sa.column("tracks", _JSON))
    rows = []
    for id, tracks in connection.execute(sa.select(candidates.c.id, candidates.c.tracks)):
        for track in dict.fromkeys(tracks or ()):
            camera, epoch, number = track.rsplit("/", 2)
            rows.append({"id": id, "camera": camera, "epoch": int(epoch), "number": int(number)})
    insert = sa.text(
        "INSERT INTO suspects (candidate_id, camera, epoch, number) VALUES (:id, :camera, :epoch, :number)"
    )
    for first in range(0, len(rows), _AT_ONCE):
        connection.execute(insert, rows[first : first + _AT_ONCE])
