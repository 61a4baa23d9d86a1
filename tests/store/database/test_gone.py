"""An SQLite database whose folder goes away while it is open, and comes back."""

import shutil
from pathlib import Path

import pytest

from secondsight.clock import ManualClock
from secondsight.errors import StoreError
from secondsight.store import Store


def test_a_folder_that_went_away_is_said_and_not_made_anew(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    with Store.open(data, ManualClock(), patience=0.1) as store:
        store.observations.upsert_camera("hall", "")
        data.rename(elsewhere)
        for call in (store.cases.counts, lambda: store.observations.upsert_camera("gate", "")):
            with pytest.raises(StoreError, match="has gone away") as caught:
                call()
            assert caught.value.retryable
        data.mkdir()
        with pytest.raises(StoreError, match="has gone away"):
            store.cases.counts()
        assert not list(data.iterdir()), "no new database at the old place"
        data.rmdir()
        elsewhere.rename(data)
        store.observations.upsert_camera("gate", "")


def test_another_database_in_its_place_is_not_written_to(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with Store.open(data, ManualClock(), patience=0.1) as store:
        data.rename(tmp_path / "old")
        shutil.copytree(tmp_path / "old", data)
        with pytest.raises(StoreError, match="has gone away"):
            store.observations.upsert_camera("gate", "")
