"""Who can read what, and who is told."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.media import write_atomic
from secondsight.permissions import exposure
from tests.site.sites import site_file


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="ss-public-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("mode", "told"), [(0o600, False), (0o640, False), (0o644, True), (0o604, True)])
def test_a_file_that_all_can_read_is_told_of(public: Path, mode: int, told: bool) -> None:
    file = public / "secret"
    file.touch()
    file.chmod(mode)
    assert (exposure(file) is not None) == told
    link = public / "link"
    link.symlink_to(file)
    assert (exposure(link) is not None) == told
    public.chmod(0o700)
    assert exposure(file) is None, "nobody else gets there"


def test_an_env_file_that_all_can_read_is_warned_of(public: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = site_file(public, {"hall": "${SOURCE}"})
    secrets = public / ".env"
    secrets.write_text("SOURCE=rtsp://user:s3cret@camera/1")
    secrets.chmod(0o600)
    load_site(path)
    assert not caplog.records
    secrets.chmod(0o644)
    load_site(path)
    assert f"{secrets} can be read by every user" in caplog.text
    assert "chmod o-rwx" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    ("mode", "folder", "file"), [(0o700, 0o700, 0o600), (0o750, 0o750, 0o640), (0o1777, 0o755, 0o644)]
)
def test_files_are_as_open_as_the_folder_they_are_in(
    tmp_path: Path, mode: int, folder: int, file: int
) -> None:
    top = tmp_path / "top"
    top.mkdir()
    top.chmod(mode)
    write_atomic(top / "clips" / "day" / "x.mp4", b"", min_free=0)
    write_atomic(top / "y", b"", min_free=0)
    found = [top / "clips", top / "clips" / "day", top / "clips" / "day" / "x.mp4", top / "y"]
    assert [path.stat().st_mode & 0o777 for path in found] == [folder, folder, file, file]
