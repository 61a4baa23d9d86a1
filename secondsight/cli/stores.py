"""Where a run keeps what commands read: its data folder and database, and the zone of the times that people read."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from secondsight.cli.output import say
from secondsight.cli.texts import Say, sayer
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.config import SiteConfig
    from secondsight.event_words import Language
    from secondsight.store import AgedRows, Store

SiteFile = Annotated[
    Path | None,
    typer.Option("--site", help="The site file: data folder, database and time zone (default: ./site.yaml)."),
]
DataOfSite = Annotated[
    Path | None, typer.Option(help="The data folder of the run (default: the site's, or data).")
]
StoreUrl = Annotated[
    str | None, typer.Option(envvar="SECONDSIGHT_STORE_URL", help="Database, if it is not SQLite in DATA.")
]

COMMAND_LINE = "command line"
"""Who made a change, in the audit log, where no user has signed in."""
SITE_FILE = Path("site.yaml")
"""The site file of a working folder."""
QUICK = Path("secondsight-data")
"""The data folder of a run without a site file."""
_SHOWN = 5
"""Ids of which an abbreviation may be one, in a message."""


@dataclass(frozen=True)
class RunPlace:
    """Where a run keeps its data, and how its site speaks to people.

    Attributes:
        data: the data folder.
        url: of the database, where it is not SQLite in that folder.
        config: the site file; None without one.
    """

    data: Path
    url: str | None = None
    config: "SiteConfig | None" = None

    @cached_property
    def zone(self) -> tzinfo:
        """Zone of the times that people read."""
        return UTC if self.config is None else ZoneInfo(self.config.site.timezone)

    @property
    def name(self) -> str:
        """Name of the site; empty without a site file."""
        return "" if self.config is None else self.config.site.name

    @property
    def language(self) -> "Language":
        """What people on site read."""
        return "en" if self.config is None else self.config.site.language

    @cached_property
    def word(self) -> Say:
        """Says a word of a table in that language."""
        return sayer(self.language)

    def title_of(self, camera: str) -> str:
        """What people call a camera; its name without a site file."""
        return camera if self.config is None else self.config.title_of(camera)

    def camera(self, given: str | None) -> str | None:
        """The name of the camera that a name or a title means; what is neither stays."""
        cameras = () if self.config is None or given in self.config.cameras else self.config.cameras
        return next((name for name in cameras if self.title_of(name) == given), given)

    def open(self, *, read_only: bool = True) -> "Store":
        """Its database; see `open_store`."""
        return open_store(self.data, self.url, read_only=read_only)

    def time(self, seconds: float, letters: int = 19) -> str:
        """UTC seconds as `2026-01-31 08:00:00` in the zone, or the first letters of that."""
        return datetime.fromtimestamp(seconds, self.zone).strftime("%Y-%m-%d %H:%M:%S")[:letters]

    def whole_since(
        self, store: "Store", rows: "AgedRows", since: float | None, camera: str | None
    ) -> str | None:
        """The time until which retention has removed rows, if that is later than what is asked for."""
        until = store.aging.horizons(None if camera is None else (camera,)).get(rows)
        return None if until is None or (since is not None and since >= until) else self.time(until, 16)

    def head(self, text: str) -> str:
        """The head of a column of times."""
        return f"{self.word(text)} ({self.zone})"


def run_place(site: Path | None, data: Path | None, url: str | None) -> RunPlace:
    """Where the run is that a command is asked about.

    Args:
        site: the site file; without one and without `data`, that of the working folder, if it can be read.

    Raises:
        ConfigError: the site file has a mistake.
    """
    from secondsight.config import load_site

    if site is None and (data is not None or not SITE_FILE.is_file()):
        return RunPlace(data or _without_site(), url)
    try:
        config = load_site(site or SITE_FILE)
    except ConfigError as error:
        if site is not None:
            raise
        say(f"{SITE_FILE} is not used, and times are UTC: {error}", err=True)
        return RunPlace(Path("data"), url)
    stated = config.store.url.get_secret_value() if config.store.url else None
    return RunPlace(data or config.data, url or stated, config)


def _without_site() -> Path:
    """The usual data folder; that of `run --video` where only that one is there."""
    return QUICK if QUICK.is_dir() and not Path("data").is_dir() else Path("data")


def place_of(site: Path | None, data: Path | None, url: str | None) -> tuple[Path, str | None]:
    """The data folder, and the URL of the database where it is not SQLite in that folder.

    Raises:
        ConfigError: the site file has a mistake.
    """
    place = run_place(site, data, url)
    return place.data, place.url


def open_store(data: Path, url: str | None, *, read_only: bool = True) -> "Store":
    """The database of a run, for reading or to add to it while the run goes on. Nothing is made where there is none.

    Raises:
        StoreError: it is not there, or cannot be used.
    """
    from secondsight.store import DATABASE, Store

    if not read_only:
        # Proves that there is one before it is opened for writing, which would make it.
        Store.open(url or data / DATABASE, read_only=True).close()
    return Store.open(url or data / DATABASE, read_only=read_only)


def whole_id(store: "Store", given: str) -> str:
    """The id of the event that `given` abbreviates: its beginning, or that of its last part. What fits none stays.

    Raises:
        ConfigError: it fits more than one event.
    """
    if store.events.get(given) is not None:
        return given
    found = store.events.ids_like(given, limit=_SHOWN + 1)
    if len(found) > 1:
        shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        raise ConfigError(f"`{given}` may be {shown}; write more of the id")
    return found[0] if found else given
