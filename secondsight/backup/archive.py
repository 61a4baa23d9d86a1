"""The form of a backup: a tar file of the data folder's files, ending with a manifest of their hashes.

The manifest stands last since hashes are made while files are copied. Without it an archive is incomplete.
"""

import hashlib
import json
import os
import tarfile
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from secondsight.errors import StoreError

MANIFEST = "manifest.json"
DUMP = "database.dump"
"""The database, where it is PostgreSQL."""
_FORMAT = 1
_CHUNK = 2**20
_LARGEST_MANIFEST = 2**30


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of a backup: its path in the data folder, bytes, and hash."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        program: version of the program that made it.
        created: when, ISO 8601.
        revision: of the database's schema.
        files: all of them, in the order of the archive.
        missing: files that events name and that were not there.
        format: of the archive.
    """

    program: str
    created: str
    revision: str
    files: tuple[ManifestEntry, ...]
    missing: tuple[str, ...]
    format: int = _FORMAT

    def encoded(self) -> bytes:
        """As it stands in the archive."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()

    @classmethod
    def decoded(cls, text: bytes) -> "Manifest":
        """Raises ValueError for any other text."""
        try:
            found = json.loads(text)
            if found["format"] != _FORMAT:
                raise ValueError(f"format {found['format']} of backups is not known; upgrade SecondSight")
            files = tuple(
                ManifestEntry(str(f["path"]), int(f["size"]), str(f["sha256"])) for f in found["files"]
            )
            missing = tuple(map(str, found["missing"]))
            return cls(str(found["program"]), str(found["created"]), str(found["revision"]), files, missing)
        except (KeyError, TypeError, UnicodeDecodeError) as error:
            raise ValueError(f"its manifest cannot be read ({error})") from None


class ArchiveWriter:
    """Appends files to an archive, noting their hashes."""

    def __init__(self, file: BinaryIO) -> None:
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self.entries: list[ManifestEntry] = []

    def add(self, path: Path, name: str) -> bool:
        """Append a file under a name; False when it is not there any more. Raises OSError."""
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return False
        with source:
            found = os.fstat(source.fileno())
            self._add(source, name, found.st_size, found.st_mtime)
        return True

    def add_bytes(self, data: bytes, name: str, time: float) -> None:
        """Append what is no file. Raises OSError."""
        self._add(BytesIO(data), name, len(data), time)

    def close(self) -> None:
        """Complete the archive. Raises OSError."""
        self._tar.close()

    def _add(self, source: BinaryIO, name: str, size: int, time: float) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mtime, about.mode = size, int(time), 0o600
        hashed = _Hashed(source, size)
        self._tar.addfile(about, hashed)  # type: ignore[arg-type]
        self.entries.append(ManifestEntry(name, size, hashed.hexdigest()))


class _Hashed:
    """Reads exactly `size` bytes, even of a file that grows or shrinks meanwhile."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size
        self._hash = hashlib.sha256()
        self.hexdigest = self._hash.hexdigest

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left)).ljust(min(size, self._left), b"\0")
        self._left -= len(data)
        self._hash.update(data)
        return data


def unpack(archive: Path, target: Path) -> Manifest:
    """Unpack all files below `target`, durably, and verify them.

    Raises:
        StoreError: it is no backup, incomplete or damaged; the text names the file.
        OSError: nothing can be written.
    """
    hashes: dict[str, str] = {}
    manifest: Manifest | None = None
    try:
        with tarfile.open(archive, mode="r:") as tar:
            for member in tar:
                source = tar.extractfile(member) if member.isreg() else None
                if (
                    source is None
                    or not _is_safe(member.name)
                    or manifest is not None
                    or member.name in hashes
                ):
                    raise ValueError(f"`{member.name}` does not belong there")
                if member.name == MANIFEST:
                    manifest = Manifest.decoded(source.read(_LARGEST_MANIFEST))
                else:
                    hashes[member.name] = _write(source, target / member.name, member.mtime)
    except FileNotFoundError:
        raise StoreError(f"there is no file {archive}") from None
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise StoreError(f"{archive} is no complete backup: {error}; nothing was changed") from None
    if manifest is None:
        raise StoreError(f"{archive} is no complete backup: it has no manifest; nothing was changed")
    stated = {entry.path: entry.sha256 for entry in manifest.files}
    damaged = sorted(path for path in {*stated, *hashes} if stated.get(path) != hashes.get(path))
    if damaged:
        more = f" and {len(damaged) - 5} more" if len(damaged) > 5 else ""
        raise StoreError(
            f"{archive} is damaged: {', '.join(damaged[:5])}{more} are missing or differ from their hashes; "
            "nothing was changed"
        )
    return manifest


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and bool(path.parts) and "\0" not in name


def _write(source: IO[bytes], path: Path, time: float) -> str:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    hashed = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while data := source.read(_CHUNK):
            hashed.update(data)
            file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (time, time))
    return hashed.hexdigest()
