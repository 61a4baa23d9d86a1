"""Folders that misbehave as real disks do: one that is read-only, one that is full."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import require


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of `size` (such as `2m`) mounted at `folder`."""
    _mount(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """`folder` as nobody can write it: root, whom permission bits do not stop, gets a read-only mount."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        try:
            yield folder
        finally:
            folder.chmod(0o755)
        return
    _mount(folder, "--bind", str(folder))
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _mount(folder: Path, *how: str) -> None:
    require(os.geteuid() == 0, "mounting a test disk takes root")
    done = subprocess.run(["mount", *how, folder], capture_output=True, text=True)
    require(done.returncode == 0, f"this machine lets nobody mount: {done.stderr.strip()}")
