"""`secondsight upgrade`: brings a database to this version's schema. No command that only looks does."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from secondsight.cli.output import Grid, Screen, say
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, place_of

if TYPE_CHECKING:
    from secondsight.store import SchemaState


def upgrade(
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")
    ] = False,
    no_backup: Annotated[
        bool,
        typer.Option(
            "--no-backup", help="Make no copy of the database first (default: one in the data folder)."
        ),
    ] = False,
) -> None:
    """Bring a database to this version's schema: show what will be done, copy it, migrate. Stop the site first.

    `secondsight run` does the same by itself with the database in its own data folder; no other command migrates."""
    from secondsight.errors import StoreError
    from secondsight.store import DATABASE, DataLock, Store, copy_before_upgrade, schema_state

    folder, url = place_of(site, data, store_url)
    where: str | Path = url or folder / DATABASE
    state = schema_state(where)
    if state.revision is None:
        raise StoreError(f"{state.name} has no SecondSight data; check that this is the right data folder")
    if not state.outdated:
        say(f"{state.name} has schema {state.revision}, which this version needs; nothing to do")
        return
    _show(state)
    if dry_run:
        return
    lock: AbstractContextManager[object] = DataLock(folder) if folder.is_dir() else nullcontext()
    with lock:
        if not no_backup:
            say(f"copied it to {copy_before_upgrade(where, folder if folder.is_dir() else Path())}", err=True)
        Store.open(where, owned=url is not None).close()
    say(f"{state.name} has schema {state.target} now", err=True)


def _show(state: "SchemaState") -> None:
    screen = Screen(wide=True)
    screen.print(f"{state.name}: schema {state.revision} -> {state.target}, {state.size / 1e6:.1f} MB")
    for step in state.steps:
        screen.print(f"  {step.revision}  {step.about}")
    table = Grid("table", "rows")
    for one in state.tables:
        table.row(one.name, f"{one.rows:,}")
    screen.print(table)
