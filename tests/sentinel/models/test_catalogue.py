import re

import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.families import family_named
from secondsight.sentinel.models import catalogue as published_models
from secondsight.sentinel.models.labels import read_labels
from secondsight.sentinel.models.store import ModelStore
from tests.sentinel.models.material import LABELS, detector_file, sha256


def test_the_catalogue_lists_only_what_can_be_pulled_and_read():
    entries = ModelStore().catalogue()
    assert {"yolox-nano", "yolox-tiny", "yolox-s", "fastestdet"} <= set(entries)
    for entry in entries.values():
        assert entry.url.startswith("https://")
        assert entry.licence in ("Apache-2.0", "MIT", "BSD-3-Clause")
        assert family_named(entry.family)
        assert read_labels(entry.labels)
        assert entry.sha256 is None or re.fullmatch("[0-9a-f]{64}", entry.sha256)
        assert entry.summary


@pytest.fixture
def embedded(tmp_path, monkeypatch, file):
    """A package that comes with one model, `hats`."""
    folder = tmp_path / "package"
    ModelStore(folder).add(file, "hats", labels=LABELS)
    monkeypatch.setattr(published_models, "EMBEDDED", folder)
    return folder


def test_an_embedded_model_is_there_without_a_pull(embedded, store, file):
    assert store.installed() == {}
    model = store.resolve("hats")
    assert (model.path, model.sha256) == (embedded / "hats.onnx", sha256(file))
    assert store.pull("hats") == model == store.available()["hats"]
    assert store.show("hats").installed == model
    assert [check.name for check in store.verify()] == ["hats"]
    assert not store.root.exists(), "nothing is copied"


def test_an_altered_embedded_model_is_refused(embedded, store):
    (embedded / "hats.onnx").write_bytes(b"altered")
    with pytest.raises(ModelError, match="changed"):
        store.resolve("hats")
    assert store.verify()[0].problem


def test_ones_own_model_goes_before_an_embedded_one_but_not_by_accident(embedded, store, tmp_path):
    mine = detector_file(tmp_path / "other.onnx", 1.0)
    with pytest.raises(ModelError, match="another model is called"):
        store.add(mine, "hats", labels=LABELS)
    store.add(mine, "hats", labels=LABELS, replace=True)
    assert store.resolve("hats").path == store.root / "hats.onnx"


def test_a_misspelt_embedded_model_is_suggested(embedded, store):
    with pytest.raises(ModelError, match="did you mean `hats`"):
        store.resolve("hat")
