"""What a re-id model says of each track, by which people are known again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add a column."""
    op.add_column("tracks", sa.Column("embedding", sa.LargeBinary))
