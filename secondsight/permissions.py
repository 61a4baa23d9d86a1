"""Who else can read a file, in words."""

import stat
from pathlib import Path


def exposure(path: Path) -> str | None:
    """What to say of a file or folder that every user of this machine can read; None when not all of them can."""
    shown = path.resolve()
    folders = all(folder.stat().st_mode & stat.S_IXOTH for folder in shown.parents)
    if not folders or not shown.stat().st_mode & stat.S_IROTH:
        return None
    return f"{path} can be read by every user of this machine; `chmod o-rwx {path}` ends that"
