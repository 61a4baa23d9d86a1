"""Suspicions without a track: where in the picture they are."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the box of candidates; those of before have tracks instead."""
    op.add_column("candidates", sa.Column("box", sa.JSON().with_variant(JSONB(), "postgresql")))
