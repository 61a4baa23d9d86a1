"""One run per data folder; folders that cannot be used are refused with the reason."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from secondsight.errors import StoreError
from secondsight.store import DataLock, OpenCandidate, Store, prepare_data_folder
from tests.store.disks import read_only, small_disk
from tests.store.samples import candidate, decision

_HOLD = """
import sys, time
from pathlib import Path
from secondsight.store import DataLock
lock = DataLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def test_second_run_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(StoreError) as refusal:
                DataLock(tmp_path)
            assert str(tmp_path) in str(refusal.value)
            assert f"process {holder.pid}" in str(refusal.value)
        finally:
            holder.kill()
    (tmp_path / "lock").write_text("4194304 of a longer number before\n")
    with DataLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_lock_is_exclusive_within_a_process_and_released(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    with pytest.raises(StoreError, match="in use by another run"):
        DataLock(tmp_path)
    lock.release()
    lock.release()
    DataLock(tmp_path).release()


def test_a_refused_run_leaves_the_holder_named(tmp_path: Path) -> None:
    with DataLock(tmp_path):
        for _ in range(2):
            with pytest.raises(StoreError, match=f"process {os.getpid()}"):
                DataLock(tmp_path)


@pytest.mark.parametrize("kind", ["symlink", "dangling", "hard link", "folder", "fifo"])
def test_a_lock_that_is_no_file_of_ours_is_left_alone(tmp_path: Path, kind: str) -> None:
    theirs, lock = tmp_path / "theirs", tmp_path / "lock"
    theirs.write_text("precious")
    if kind == "symlink":
        lock.symlink_to(theirs)
    elif kind == "dangling":
        lock.symlink_to(tmp_path / "nowhere")
    elif kind == "hard link":
        lock.hardlink_to(theirs)
    elif kind == "folder":
        lock.mkdir()
    else:
        os.mkfifo(lock)
    with pytest.raises(StoreError, match="is a link or no file") as refusal:
        DataLock(tmp_path)
    assert str(lock) in str(refusal.value)
    assert theirs.read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


def test_what_is_made_is_for_its_user_alone(tmp_path: Path) -> None:
    data = prepare_data_folder(tmp_path / "new" / "data")
    with DataLock(data), Store.open(data) as store:
        store.apply([OpenCandidate(candidate(), decision())])
        modes = {path.name: path.stat().st_mode & 0o777 for path in (data, *data.iterdir())}
    assert modes == {
        "data": 0o700,
        "clips": 0o700,
        "frames": 0o700,
        "lock": 0o600,
        "secondsight.db": 0o600,
        "secondsight.db-wal": 0o600,
        "secondsight.db-shm": 0o600,
    }


@pytest.mark.parametrize(("mode", "folder", "file"), [(0o750, 0o750, 0o640), (0o755, 0o755, 0o644)])
def test_a_folder_that_was_opened_to_others_stays_open(
    tmp_path: Path, mode: int, folder: int, file: int
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(mode)
    Store.open(prepare_data_folder(data)).close()
    assert data.stat().st_mode & 0o777 == mode
    assert (data / "clips").stat().st_mode & 0o777 == folder
    assert (data / "secondsight.db").stat().st_mode & 0o777 == file


def test_folder_is_made_with_everything_in_it(tmp_path: Path) -> None:
    folder = prepare_data_folder(tmp_path / "a" / "b")
    assert prepare_data_folder(folder) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["clips", "frames"]
    assert list((folder / "clips").iterdir()) == []


@pytest.mark.parametrize("taken", ["data", "data/clips", "."])
def test_file_in_place_of_a_folder(tmp_path: Path, taken: str) -> None:
    base = tmp_path / "base"
    file = base if taken == "." else base / taken
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("a file")
    with pytest.raises(StoreError, match="is a file, not a folder") as refusal:
        prepare_data_folder(base / "data")
    assert str(file) in str(refusal.value)
    assert file.read_text() == "a file"


def test_read_only_folder(tmp_path: Path) -> None:
    data = prepare_data_folder(tmp_path / "data")
    with read_only(data):
        with pytest.raises(StoreError, match="cannot be written") as refusal:
            prepare_data_folder(data)
        assert str(data) in str(refusal.value)
        with pytest.raises(StoreError, match="cannot be written"):
            DataLock(data)
        with pytest.raises(StoreError, match="cannot be written"):
            prepare_data_folder(data / "new")


def test_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path, "64k") as disk:
        prepare_data_folder(disk / "data")
        with (disk / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
        with pytest.raises(StoreError, match="no space left") as refusal:
            prepare_data_folder(disk / "data")
        assert refusal.value.retryable


def test_importing_the_room_loads_no_database() -> None:
    code = "import sys, secondsight.store; print([m for m in sys.modules if m in ('sqlalchemy', 'alembic')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
