"""What the brain costs, is worth and has learned: calls, feedback, calibrations, filters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def _json() -> sa.JSON:
    return sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the worth of cases, the origin of probabilities, and four tables."""
    op.add_column("candidates", sa.Column("attributes", _json(), nullable=False, server_default="{}"))
    op.add_column("cases", sa.Column("value", sa.Double, nullable=False, server_default="0"))
    op.add_column("cases", sa.Column("merged_into", sa.Text))
    op.add_column("cases", sa.Column("look", _json()))
    op.add_column("cases", sa.Column("filter_id", sa.Text))
    op.add_column("verdicts", sa.Column("raw", sa.Double))
    op.add_column("verdicts", sa.Column("probability_source", sa.Text))
    op.add_column("verdicts", sa.Column("notes", _json(), nullable=False, server_default="[]"))
    _calls()
    _feedback()
    _calibrations()
    _filters()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("time", sa.Double, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("backend", sa.Text, nullable=False),
        sa.Column("destination", sa.Text, nullable=False),
        sa.Column("remote", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("egress", sa.Text, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("tokens_in", sa.BigInteger),
        sa.Column("tokens_out", sa.BigInteger),
        sa.Column("cost", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_time", "calls", ["time"])
    op.create_index("ix_calls_camera", "calls", ["camera", "time"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("truth", sa.Boolean, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_feedback_event_id"),
    )
    op.create_index("ix_feedback_event_id", "feedback", ["event_id"])


def _calibrations() -> None:
    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("parameters", _json(), nullable=False),
        sa.Column("samples", sa.Integer, nullable=False),
        sa.Column("ece_before", sa.Double, nullable=False),
        sa.Column("ece_after", sa.Double, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
    )
    op.create_index(
        "ix_calibrations_kind", "calibrations", ["kind", "model", "source", "version"], unique=True
    )


def _filters() -> None:
    op.create_table(
        "filters",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("box", _json(), nullable=False),
        sa.Column("look", _json(), nullable=False),
        sa.Column("overlap", sa.Double, nullable=False),
        sa.Column("radius", sa.Double, nullable=False),
        sa.Column("evidence", _json(), nullable=False),
        sa.Column("shadow", _json(), nullable=False),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("life", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("note", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_filters"),
    )
    op.create_index("ix_filters_camera", "filters", ["camera", "kind"])
