"""Makes a data folder from a backup. What was there stays until all of the backup is unpacked and verified."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from secondsight.backup.archive import DUMP, Manifest, unpack
from secondsight.errors import StoreError
from secondsight.media import age_folders
from secondsight.store import (
    DATABASE,
    DataLock,
    contents,
    discard,
    load_dump,
    require_room,
    staging,
    swap_in,
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done.

    Attributes:
        manifest: of the backup.
        kept: where the files are now that were there before; None if there were none.
    """

    manifest: Manifest
    kept: Path | None


def restore(archive: Path, data: Path, *, url: str | None = None, replace: bool = False) -> Restored:
    """Put a backup in place. A restore that is killed leaves the folder as it was or as it is to be; the next run, or
    restore, finishes what had begun.

    Args:
        data: the data folder, made if it is not there.
        url: the PostgreSQL database, for a backup of one.
        replace: whether a folder may hold something already (it is put aside, not removed), and a PostgreSQL database
            (it is replaced).

    Raises:
        StoreError: a site runs on the folder, it holds something, or the backup is no good; nothing was changed.
    """
    if not archive.is_file():
        raise StoreError(f"there is no file {archive}")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreError(f"data folder {data} cannot be made: {error.strerror or error}") from None
    with DataLock(data):
        if not replace and (there := contents(data)):
            raise StoreError(
                f"data folder {data} is not empty ({there[0].name} ...); name another one, or --force to put what is "
                "there aside"
            )
        require_room(data, archive.stat().st_size)
        try:
            place = staging(data)
            manifest = unpack(archive, place)
            _as_open_as(data, place)
            age_folders(place)
            _load_database(archive, place, url, replace)
        except OSError as error:
            discard(data)
            raise StoreError(
                f"data folder {data} cannot be written: {error.strerror or error}; nothing was changed"
            ) from None
        except BaseException:
            discard(data)
            raise
        return Restored(manifest, swap_in(data))


def _load_database(archive: Path, place: Path, url: str | None, replace: bool) -> None:
    dump = place / DUMP
    if dump.exists():
        if url is None:
            raise StoreError(f"{archive} holds a dump of PostgreSQL: name the database with --store-url")
        load_dump(url, dump, replace=replace)
        dump.unlink()
    elif not (place / DATABASE).exists():
        raise StoreError(f"{archive} has no database")
    elif url is not None:
        raise StoreError(
            f"{archive} holds an SQLite database, which goes into the data folder: leave --store-url out"
        )


def _as_open_as(data: Path, place: Path) -> None:
    """Files and folders that belong to the owner of the data folder, and are as open as it is."""
    folder = data.stat()
    mode = stat.S_IMODE(folder.st_mode)
    for path in place.rglob("*"):
        path.chmod(mode & 0o755 | 0o700 if path.is_dir() else mode & 0o644 | 0o600)
        if os.geteuid() == 0:
            os.chown(path, folder.st_uid, folder.st_gid)
