"""The bundle that looked: a column of its own, where it stood among the attributes under an empty key."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column, and move the names of rows that are there."""
    op.add_column("candidates", sa.Column("bundle", sa.Text))
    if op.get_bind().dialect.name == "postgresql":
        name, rest = "attributes ->> ''", "attributes - ''"
    else:
        name, rest = """json_extract(attributes, '$.""')""", """json_remove(attributes, '$.""')"""
    op.execute(f"UPDATE candidates SET bundle = {name}, attributes = {rest} WHERE {name} IS NOT NULL")
