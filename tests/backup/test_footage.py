"""Footage in a backup: left out and said, or taken along whole, as old as it was, while a site records."""

import io
import os
import shutil
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from secondsight.backup import restore, take, take_backup
from secondsight.cli.app import app
from secondsight.config import RetentionSettings
from secondsight.errors import StoreError
from secondsight.media import FootageRetention, FootageWriter, Packet, Segment, all_segments, cut_footage
from tests.media.footage.test_footage import BEGIN, film  # noqa: F401 - a fixture
from tests.site.services.test_data_folder import Run

DAY = 86400.0


@pytest.fixture
def data(tmp_path: Path, film: list[Packet]) -> Path:  # noqa: F811
    """The folder of a site that records: a minute of footage, an event, and a segment on its way."""
    data = tmp_path / "data"
    with Run(data) as run:
        run.record("one")
    writer = FootageWriter(data, RetentionSettings(min_free=0))
    writer.record("cam", "continuous")
    for packet in film:
        writer.feed(packet)
    writer.end("cam")
    writer.close(60.0)
    [hour] = {(data / one.path).parent for one in all_segments(data)}
    (hour / "x.mp4.0123abcd.part").write_bytes(b"half")
    for path in (*hour.glob("*.mp4"), hour):
        os.utime(path, (BEGIN + 60, BEGIN + 60))
    return data


def footage_of(path: Path) -> dict[str, bytes]:
    return {one.path: (path / one.path).read_bytes() for one in all_segments(path)}


def test_footage_comes_back_and_plays(data: Path, tmp_path: Path) -> None:
    take_backup(data, tmp_path / "site.tar", footage=True)
    new = tmp_path / "new"
    restored = restore(tmp_path / "site.tar", new)
    assert footage_of(new) == footage_of(data)
    assert not [one.path for one in restored.manifest.files if ".part" in one.path]
    assert restored.manifest.missing == ()
    video = b"".join(cut_footage(new, all_segments(new), BEGIN, BEGIN + 60))
    with av.open(io.BytesIO(video), "r") as container:
        assert sum(1 for _ in container.decode(video=0)) == 300


def test_restored_footage_is_as_old_as_it_was(data: Path, tmp_path: Path) -> None:
    take_backup(data, tmp_path / "site.tar", footage=True)
    restore(tmp_path / "site.tar", tmp_path / "new")
    settings = RetentionSettings(min_free=0, footage="1d")
    retention = [
        FootageRetention(tmp_path / "new", settings, lambda: BEGIN + DAY),
        FootageRetention(tmp_path / "new", settings, lambda: BEGIN + DAY + 120),
    ]
    assert [one.sweep() for one in retention] == [0, 1]


def test_it_is_left_out_by_default_and_its_size_is_said(data: Path, tmp_path: Path) -> None:
    size = sum(one.size for one in all_segments(data))
    arguments = ["--data", str(data)]
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "small.tar"), *arguments])
    assert f"recorded footage is not in it ({size / 1e6:.1f} MB); --footage takes it along" in done.output
    small = (tmp_path / "small.tar").stat().st_size
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "large.tar"), "--footage", *arguments])
    assert done.exit_code == 0
    assert "recorded footage is not in it" not in done.output
    assert (tmp_path / "large.tar").stat().st_size > small + size
    shutil.rmtree(data / "footage")
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "none.tar"), *arguments])
    assert "footage" not in done.output


def test_an_hour_that_goes_meanwhile_is_no_mistake(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def then_removed(folder: Path) -> list[Segment]:
        found = list(all_segments(folder))
        (folder / found[0].path).unlink()
        return found

    before = footage_of(data)
    monkeypatch.setattr(take, "all_segments", then_removed)
    made = take_backup(data, tmp_path / "site.tar", footage=True)
    restore(tmp_path / "site.tar", tmp_path / "new")
    assert made.missing == ()
    assert footage_of(tmp_path / "new") == dict(list(before.items())[1:])


def test_footage_elsewhere_is_refused(data: Path, tmp_path: Path) -> None:
    (data / "footage").rename(tmp_path / "elsewhere")
    (data / "footage").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link"):
        take_backup(data, tmp_path / "site.tar", footage=True)
    assert not list(tmp_path.glob("site.tar*"))
    assert take_backup(data, tmp_path / "site.tar").files
