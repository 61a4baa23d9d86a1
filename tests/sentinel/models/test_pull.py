import shutil
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.models import store as models
from secondsight.sentinel.models.catalogue import CatalogueEntry
from secondsight.sentinel.models.store import ModelStore
from tests.sentinel.graphs import constant_model
from tests.sentinel.models.material import detector_file, sha256
from tests.sentinel.servers import Conduct, serving


@pytest.fixture
def published(tmp_path, monkeypatch, file):
    """A server with one published model, and a catalogue that lists it."""
    conduct: Any
    with serving(Conduct(files={"/hats.onnx": file.read_bytes()})) as conduct:
        entry = CatalogueEntry(
            name="hats",
            url=f"{conduct.url}/hats.onnx",
            licence="Apache-2.0",
            family="yolov8",
            labels="labels.txt",
            summary="hats",
        )
        labels = tmp_path / "labels.txt"
        labels.write_text("hat\ncap\nnone\n")
        conduct.entry = replace(entry, labels=str(labels))
        monkeypatch.setattr(models, "catalogue", lambda: {"hats": conduct.entry})
        yield conduct


def test_pull_trusts_the_first_download_and_no_other(store, published, file):
    progress = []
    model = store.pull("hats", lambda done, total: progress.append((done, total)))
    assert progress[-1] == (file.stat().st_size,) * 2
    assert model == store.resolve("hats")
    assert (model.sha256, model.pinned, model.licence) == (sha256(file), False, "Apache-2.0")
    assert model.source == published.entry.url

    assert store.pull("hats") == model
    assert len(published.requests) == 1

    model.path.unlink()
    published.files["/hats.onnx"] = detector_file(file, 0.5).read_bytes()
    published.etag = '"v2"'
    with pytest.raises(ModelError, match=r"must have.*delete the entry of `hats` from models\.lock"):
        store.pull("hats")
    assert not model.path.exists()

    lock = store.root / "models.lock"
    lock.unlink()
    assert store.pull("hats").sha256 == sha256(file)


def test_a_pinned_hash_is_enforced_from_the_first_download(store, published, file):
    published.entry = replace(published.entry, sha256="0" * 64)
    with pytest.raises(ModelError, match="must have 0000"):
        store.pull("hats")
    assert store.installed() == {}
    published.entry = replace(published.entry, sha256=sha256(file))
    assert store.pull("hats").pinned


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>please sign in</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"", "empty"),
    ],
)
def test_wrong_content_is_never_trusted(store, published, content, words):
    published.files["/hats.onnx"] = content
    with pytest.raises(ModelError, match=words):
        store.pull("hats")
    assert store.installed() == {}
    assert not list(store.root.rglob("*.onnx"))


def test_a_model_of_another_kind_is_never_trusted(store, published, tmp_path):
    other = constant_model(tmp_path / "o.onnx", {"output0": np.zeros((1, 300, 6), np.float32)})
    published.files["/hats.onnx"] = other.read_bytes()
    with pytest.raises(ModelError, match="not yolov8"):
        store.pull("hats")
    assert store.installed() == {}


def test_an_interrupted_pull_goes_on_in_the_next(store, published, file):
    published.breaks = [200]
    with pytest.raises(ModelError, match="cannot be fetched"):
        store.pull("hats", retries=0)
    assert store.pull("hats").sha256 == sha256(file)
    assert published.ranges_asked() == [None, "bytes=200-"]


def test_two_pulls_at_once_download_once(published, tmp_path, file):
    results, errors = [], []

    def pull():
        try:
            results.append(ModelStore(tmp_path / "models").pull("hats"))
        except Exception as error:  # pragma: no cover
            errors.append(error)

    threads = [threading.Thread(target=pull) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert {model.sha256 for model in results} == {sha256(file)}
    assert len(published.requests) == 1


def test_a_mirror_folder_is_asked_instead(tmp_path, published, file):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for address in (str(mirror), f"file://{mirror}"):
        store = ModelStore(tmp_path / "models", mirror=address)
        with pytest.raises(ModelError, match=r"the mirror has no .*hats\.onnx"):
            store.pull("hats")
    shutil.copy(file, mirror / "hats.onnx")
    model = store.pull("hats")
    assert model.sha256 == sha256(file)
    assert model.source == f"file:{mirror / 'hats.onnx'}"
    assert published.requests == []


def test_a_mirror_address_is_asked_instead(tmp_path, published, file, monkeypatch):
    published.files["/mirror/hats.onnx"] = file.read_bytes()
    mirror = published.url.replace("://", "://user:hunter2@") + "/mirror/"
    monkeypatch.setenv("SECONDSIGHT_MODEL_MIRROR", mirror)
    model = ModelStore(tmp_path / "models").pull("hats")
    assert [path for path, _ in published.requests] == ["/mirror/hats.onnx"]
    assert model.source.endswith("/mirror/hats.onnx")
    assert "hunter2" not in (tmp_path / "models" / "models.lock").read_text()


def test_a_hash_of_ones_own_is_enforced_where_the_catalogue_has_none(store, published, file):
    with pytest.raises(ModelError, match="must have 1111"):
        store.pull("hats", sha256="1" * 64)
    assert store.installed() == {}
    assert store.pull("hats", sha256=sha256(file).upper()).pinned
    with pytest.raises(ModelError, match="must have 1111"):
        store.pull("hats", sha256="1" * 64)


def test_a_mirror_that_leads_elsewhere_is_refused(tmp_path, published, file):
    """A file of the mirror's choice would be trusted as the mirror is."""
    mirror, published.redirects["/hats.onnx"] = published.url, "http://127.0.0.2:9/hats.onnx"
    store = ModelStore(tmp_path / "m", mirror=mirror)
    with pytest.raises(ModelError, match="leads to another host"):
        store.pull("hats")
