"""The first schema.

Written out instead of taken from `schema.py`, which moves on while history does not.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def _json() -> sa.JSON:
    return sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make every table of the first release."""
    _observations()
    _decisions()
    _outcomes()


def _observations() -> None:
    op.create_table(
        "cameras",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("first_seen", sa.Double, nullable=False),
        sa.Column("last_seen", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_cameras"),
    )
    op.create_table(
        "tracks",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("start", sa.Double, nullable=False),
        sa.Column("end", sa.Double, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("path", _json(), nullable=False),
        sa.PrimaryKeyConstraint("camera", "epoch", "number", name="pk_tracks"),
    )
    op.create_index("ix_tracks_start", "tracks", ["start"])
    op.create_table(
        "counters",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("minute", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("camera", "minute", "name", name="pk_counters"),
    )
    op.create_index("ix_counters_minute", "counters", ["minute"])


def _decisions() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("start", sa.Double, nullable=False),
        sa.Column("triggered", sa.Double, nullable=False),
        sa.Column("peak", sa.Double, nullable=False),
        sa.Column("end", sa.Double),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("scores", _json(), nullable=False),
        sa.Column("final_score", sa.Double),
        sa.Column("final_scores", _json()),
        sa.Column("tracks", _json(), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("zone", sa.Text),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("policy_version", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("threshold_low", sa.Double),
        sa.Column("threshold_high", sa.Double),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("alert_without_brain", sa.Boolean, nullable=False),
        sa.Column("deadline", sa.Double),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
    )
    op.create_index("ix_candidates_triggered", "candidates", ["triggered", "id"])
    op.create_index("ix_candidates_camera", "candidates", ["camera", "triggered"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("triggered", sa.Double, nullable=False),
        sa.Column("deadline", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", sa.Double),
        sa.Column("not_before", sa.Double),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("settled_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.ForeignKeyConstraint(["id"], ["candidates.id"], name="fk_cases_id"),
    )
    _partial_index("ix_cases_open", "cases", ["priority", "triggered"], "state != 'settled'")


def _outcomes() -> None:
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("probability", sa.Double),
        sa.Column("calibrated", sa.Boolean, nullable=False),
        sa.Column("answers", _json(), nullable=False),
        sa.Column("evidence", _json(), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt_version", sa.Text, nullable=False),
        sa.Column("calls", sa.Integer, nullable=False),
        sa.Column("tokens_in", sa.BigInteger),
        sa.Column("tokens_out", sa.BigInteger),
        sa.Column("cost", sa.Double),
        sa.Column("latency", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_verdicts_case_id"),
    )
    op.create_index("ix_verdicts_case_id", "verdicts", ["case_id"])
    op.create_table(
        "events",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("alert", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("verdict_id", sa.Integer),
        sa.Column("attached_at", sa.Double),
        sa.Column("settled_at", sa.Double),
        sa.Column("announced_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["id"], ["candidates.id"], name="fk_events_id"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_events_verdict_id"),
    )
    _partial_index("ix_events_outbox", "events", ["settled_at", "id"], "announced_at IS NULL")
    _partial_index("ix_events_unrecorded", "events", ["id"], "attached_at IS NULL")
    op.create_table(
        "clips",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("start", sa.Double),
        sa.Column("end", sa.Double),
        sa.Column("offset", sa.Double),
        sa.Column("codec", sa.Text),
        sa.Column("reencoded", sa.Boolean),
        sa.Column("size", sa.BigInteger),
        sa.Column("key_frames", _json(), nullable=False),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clips"),
        sa.ForeignKeyConstraint(["id"], ["events.id"], name="fk_clips_id"),
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
