"""`secondsight backup` and `secondsight restore`: a whole data folder with its database, as one file."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from secondsight.cli.output import counted, say
from secondsight.cli.stores import DataOfSite, SiteFile, StoreUrl, place_of
from secondsight.errors import StoreError

_SHOWN = 20


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to write, such as site.tar.")],
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace FILE, once the new backup is complete.")
    ] = False,
    footage: Annotated[
        bool, typer.Option("--footage", help="Take recorded footage along, which may be very large.")
    ] = False,
) -> None:
    """Back up a data folder, also while a site runs: database, clips, pictures, journal, and what is kept for
    learning, with hashes; recorded footage if wanted.

    PostgreSQL is dumped by pg_dump. Site file, .env, models and quarantine are not part of it."""
    from secondsight.backup import take_backup
    from secondsight.media import all_segments

    folder, url = place_of(site, data, store_url)
    made = take_backup(folder, file, url=url, replace=overwrite, footage=footage)
    say(
        f"wrote {file}: {counted(len(made.files), 'file')}, {sum(one.size for one in made.files) / 1e6:.1f} MB, "
        f"schema {made.revision}",
        err=True,
    )
    with suppress(StoreError):  # its folder is a link, where nothing is recorded
        left = 0 if footage else sum(segment.size for segment in all_segments(folder))
        if left:
            say(f"recorded footage is not in it ({left / 1e6:.1f} MB); --footage takes it along", err=True)
    _name_missing(made.missing)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup to put in place.")],
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Put aside what the folder holds; replace what the PostgreSQL database holds.",
        ),
    ] = False,
) -> None:
    """Verify a backup and make a data folder of it. Stop the site first; nothing changes if anything is wrong.

    An interrupted restore is finished by the next run or restore."""
    from secondsight.backup import restore as put_in_place

    folder, url = place_of(site, data, store_url)
    done = put_in_place(file, folder, url=url, replace=force)
    manifest = done.manifest
    say(
        f"restored {folder} as of {manifest.created}: {counted(len(manifest.files), 'file')}, all hashes fit",
        err=True,
    )
    _name_missing(manifest.missing)
    if done.kept is not None:
        say(f"what was there before is in {done.kept}; remove it once it is not needed", err=True)


def _name_missing(missing: Sequence[str]) -> None:
    if not missing:
        return
    say(
        f"{counted(len(missing), 'file')} that events name were not there when the backup was made:", err=True
    )
    for path in missing[:_SHOWN]:
        say(f"  {path}", err=True)
    if len(missing) > _SHOWN:
        say(f"  and {len(missing) - _SHOWN} more, in manifest.json of the backup", err=True)
