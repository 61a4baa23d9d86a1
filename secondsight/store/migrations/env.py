"""What Alembic runs: every step up to the wanted revision, in the transaction that `migrate` opened."""

from alembic import context

from secondsight.store.database.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
