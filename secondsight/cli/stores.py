"""Opens the database of a run for a command: for reading, or to add to it while the run goes on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from secondsight.store import Store

Data = Annotated[Path, typer.Option(help="The data folder of the run.")]
StoreUrl = Annotated[
    str | None, typer.Option(envvar="SECONDSIGHT_STORE_URL", help="Database, if it is not SQLite in DATA.")
]

COMMAND_LINE = "command line"
"""Who made a change, in the audit log, where no user has signed in."""


def open_store(data: Path, url: str | None, *, read_only: bool = True) -> "Store":
    """The database of a run. Nothing is made where there is none.

    Raises:
        StoreError: it is not there, or cannot be used.
    """
    from secondsight.store import DATABASE, Store

    if not read_only:
        # Proves that there is one before it is opened for writing, which would make it.
        Store.open(url or data / DATABASE, read_only=True).close()
    return Store.open(url or data / DATABASE, read_only=read_only)


SiteFile = Annotated[
    Path | None, typer.Option("--site", help="The site file: its data folder, and its database.")
]
DataOfSite = Annotated[
    Path | None, typer.Option(help="The data folder of the run (default: the site's, or data).")
]


def place_of(site: Path | None, data: Path | None, url: str | None) -> tuple[Path, str | None]:
    """The data folder, and the URL of the database where it is not SQLite in that folder.

    Raises:
        ConfigError: the site file has a mistake.
    """
    if site is None:
        return data or Path("data"), url
    from secondsight.config import load_site

    config = load_site(site)
    return data or config.data, url or (config.store.url.get_secret_value() if config.store.url else None)
