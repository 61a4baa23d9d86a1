"""The database's side of the bond with its data folder: one row that both know; see `store.bond`."""

from sqlalchemy import Connection, delete, select, update

from secondsight.store.database.database import Database
from secondsight.store.database.schema import site
from secondsight.store.values import Mark


class Marks:
    """Reads and sets the mark. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> Mark | None:
        """The mark; None in a database that no data folder has been bound to."""
        wanted = select(site.c.id, site.c.run, site.c.beat, site.c.time, site.c.files_since)
        row = self._database.read(lambda c: c.execute(wanted).one_or_none())
        return None if row is None else Mark(*row)

    def set(self, mark: Mark) -> None:
        """Replace the mark, whatever it was."""
        values = {name: getattr(mark, name) for name in ("id", "run", "beat", "time", "files_since")}

        def replace(connection: Connection) -> None:
            connection.execute(delete(site))
            connection.execute(site.insert().values(values))

        self._database.write(replace)

    def beat(self, mark: Mark) -> bool:
        """Note how far its run has come; False when another run has taken the database over meanwhile."""
        noted = update(site).where(site.c.run == mark.run).values(beat=mark.beat, time=mark.time)
        return self._database.write(lambda c: bool(c.execute(noted).rowcount))

    def files_since(self, time: float) -> None:
        """From when on files that no row refers to are known to be ours."""
        self._database.write(lambda c: c.execute(update(site).values(files_since=time)))
