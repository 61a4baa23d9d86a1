"""Kept copies of a site file: who saved it, when, and why. They lie beside it, readable by their owner only."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from secondsight.config.editing.files import replace_file
from secondsight.errors import ConfigError, RefusedError, StoreError

BY_HAND = "edited by hand"
"""What is said of a file that no program of ours has saved."""
_INDEX = "versions.jsonl"


@dataclass(frozen=True, slots=True)
class SiteVersion:
    """One kept copy.

    Attributes:
        number: from 1.
        time: UTC seconds of saving; of a file that was edited by hand, of its last change.
        author: who saved it; empty for a file that was edited by hand.
        what: was changed, in words.
        digest: SHA-256 of the bytes.
    """

    number: int
    time: float
    author: str
    what: str
    digest: str


def digest_of(data: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class SiteHistory:
    """The copies in one folder. Callers hold its lock while they add to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def versions(self) -> list[SiteVersion]:
        """Every copy, oldest first. Raises ConfigError if the list of them is damaged, StoreError."""
        file = self.folder / _INDEX
        found = []
        try:
            text = file.read_text(encoding="utf-8") if file.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{file}: cannot be read ({error})") from None
        for line, entry in enumerate(text.splitlines(), 1):
            try:
                found.append(SiteVersion(**json.loads(entry)))
            except (ValueError, TypeError):
                raise ConfigError("not a line of this list; take it out", file=str(file), line=line) from None
        return found

    def data_of(self, number: int) -> bytes:
        """The bytes of a copy. Raises RefusedError if there is none of this number, StoreError."""
        if all(version.number != number for version in self.versions()):
            raise RefusedError(
                f"there is no version {number}; `secondsight config history` lists them", unknown=True
            )
        try:
            return self._file(number).read_bytes()
        except OSError as error:
            raise StoreError(f"{self._file(number)}: cannot be read ({error.strerror})") from None

    def next_number(self) -> int:
        """The number that the next copy gets."""
        versions = self.versions()
        return versions[-1].number + 1 if versions else 1

    def keep(self, version: SiteVersion, data: bytes) -> None:
        """Add a copy. Raises StoreError."""
        self.copy(version.number, data)
        self.enter(version)

    def copy(self, number: int, data: bytes) -> None:
        """Write the bytes of a copy; it counts once it is listed. Raises StoreError."""
        replace_file(self._file(number), data, 0o600)

    def enter(self, version: SiteVersion) -> None:
        """Let a copy count. Raises StoreError."""
        lines = "".join(json.dumps(asdict(one)) + "\n" for one in (*self.versions(), version))
        replace_file(self.folder / _INDEX, lines.encode(), 0o600)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:06}.yaml"
