"""Reports that are kept, and the outbox that carries them to receivers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "reports",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("shift", sa.Text, nullable=False),
        sa.Column("start", sa.Double, nullable=False),
        sa.Column("end", sa.Double, nullable=False),
        sa.Column("timezone", sa.Text, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("prose", sa.Text, nullable=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_kind", "reports", ["kind", "shift", "start"])
    op.create_index("ix_reports_start", "reports", ["start", "id"])
    op.create_table(
        "report_deliveries",
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("report_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", sa.Double, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("sent_at", sa.Double),
        sa.PrimaryKeyConstraint("channel", "report_id", name="pk_report_deliveries"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_deliveries_report_id_reports"),
    )
    op.create_index("ix_report_deliveries_due", "report_deliveries", ["channel", "state", "next_at"])
