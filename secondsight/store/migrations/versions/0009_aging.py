"""What remains of rows that have become too old: totals of events, and how far each kind of row was removed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add two tables and two indexes."""
    op.create_table(
        "event_totals",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("quarter", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("zone", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("verification", sa.Text, nullable=False),
        sa.Column("truth", sa.Text, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("alerts", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "camera",
            "quarter",
            "rule",
            "kind",
            "zone",
            "product",
            "verification",
            "truth",
            name="pk_event_totals",
        ),
    )
    op.create_index("ix_event_totals_quarter", "event_totals", ["quarter"])
    op.create_table(
        "horizons",
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("until", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("what", "camera", name="pk_horizons"),
    )
    op.create_index("ix_tracks_camera", "tracks", ["camera", "start"])
    op.create_index("ix_events_verdict_id", "events", ["verdict_id"])
