"""Files of the data folder: what a record names, as long as it lies within."""

from pathlib import Path

from secondsight.serve.auth.rights import UnknownError


def file_of(data: Path, relative: str | None, what: str) -> Path:
    """A file that a record names, relative to the data folder.

    Raises:
        UnknownError: it names none, it is gone, or it lies elsewhere.
    """
    root = data.resolve()
    if relative and "\0" not in relative:
        try:
            found = (root / relative).resolve()
        except (OSError, RuntimeError):
            found = root
        if found.is_relative_to(root) and found.is_file():
            return found
    raise UnknownError(f"there is no {what}")
