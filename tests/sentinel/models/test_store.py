import hashlib
import os
import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.clock import ManualClock
from secondsight.errors import ModelError
from secondsight.sentinel.families import family_named
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.models import store as models
from secondsight.sentinel.models.labels import read_labels
from secondsight.sentinel.models.lockfile import read_lock, write_lock
from secondsight.sentinel.models.store import CatalogueEntry, ModelStore
from secondsight.sentinel.runtime.opening import open_runtime
from tests.sentinel.graphs import constant_model
from tests.sentinel.servers import Conduct, serving

LABELS = "hat,cap,none"


def detector_file(path: Path, value: float = 0.0, **options) -> Path:
    """A YOLOv8 of three classes; other values make another hash."""
    table = np.full((1, 7, 126), value, np.float32)
    return constant_model(path, {"output0": table}, shape=(1, 3, 64, 96), **options)


@pytest.fixture
def file(tmp_path):
    return detector_file(tmp_path / "mine.onnx")


@pytest.fixture
def store(tmp_path):
    return ModelStore(tmp_path / "models", clock=ManualClock())


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


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_add_then_resolve(store, file):
    added = store.add(file, "hats", labels=LABELS, licence="mine")
    assert added == store.resolve("hats") == store.installed()["hats"]
    assert (added.family, added.labels) == ("yolov8", ("hat", "cap", "none"))
    assert added.sha256 == sha256(file) == sha256(added.path)
    assert added.bytes == file.stat().st_size
    assert added.licence == "mine"
    assert added.source == f"file:{file}"
    assert added.added == "2023-11-14T22:13:20.000Z"
    assert not added.pinned
    assert file.exists()


def test_real_models_are_added_and_open(store, data_dir):
    from secondsight.sentinel.inference.detector import Detector

    for name, family in (("yolox_nano", "yolox"), ("fastestdet", "fastestdet")):
        store.add(data_dir / "models" / f"{name}.onnx", name, labels="coco")
        detector = Detector.open(store.resolve(name))
        assert (detector.family.name, len(detector.labels)) == (family, 80)
        detector.close()


def test_labels_named_by_the_file_itself(store, tmp_path):
    file = detector_file(tmp_path / "m.onnx", metadata={"names": "{0: 'hat', 1: 'cap', 2: 'none'}"})
    assert store.add(file, "hats").labels == ("hat", "cap", "none")
    assert store.add(file, "hats2", labels="a,b,c").labels == ("a", "b", "c")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "state them: --labels"),
        ({"labels": "coco"}, "3 classes, but 80 labels"),
        ({"labels": LABELS, "family": "yolox"}, "not yolox"),
        ({"labels": LABELS, "family": "yolo"}, "unknown family"),
        ({"labels": LABELS, "name": "../hats"}, "cannot be a model's name"),
        ({"labels": LABELS, "name": ""}, "cannot be a model's name"),
        ({"labels": LABELS, "path": "nowhere.onnx"}, "no such model file"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(store, file, options, words):
    arguments = {"path": file, "name": "hats", **options}
    with pytest.raises(ModelError, match=words):
        store.add(arguments.pop("path"), arguments.pop("name"), **arguments)
    assert store.installed() == {}
    assert list(store.root.rglob("*.onnx*")) == []


def test_an_ambiguous_file_needs_its_family(store, tmp_path):
    table = np.zeros((1, 126, 8), np.float32)
    file = constant_model(tmp_path / "m.onnx", {"outputs": table}, shape=(1, 3, 64, 96))
    with pytest.raises(ModelError, match="--family"):
        store.add(file, "m", labels=LABELS)
    assert store.add(file, "m", family="yolov5", labels=LABELS).family == "yolov5"


def test_a_file_that_is_no_model_is_refused(store, tmp_path):
    file = tmp_path / "m.onnx"
    file.write_text("<html>sign in</html>")
    with pytest.raises(ModelError, match="web page"):
        store.add(file, "m", labels=LABELS)


def test_a_tensorflow_lite_model_is_added_as_it_is(store, data_dir, file):
    name, path = "multipose", data_dir / "models" / "movenet-multipose-lightning-fp16.tflite"
    store.add(file, name, labels=LABELS)
    model = store.add(path, name, size=(256, 192), replace=True)
    assert (model.family, model.labels, model.size) == ("movenet-multipose", ("person",), (256, 192))
    assert model.path.suffix == ".tflite"
    assert store.resolve(name) == model
    # The file that it replaces is gone.
    assert [each.name for each in store.root.glob("multipose.*")] == ["multipose.tflite"]
    with pytest.raises(ModelError, match="only OpenVINO reads"):
        open_runtime(model.path, "onnxruntime")


@pytest.mark.parametrize(
    "content", [b"", b"<html>please sign in</html>", b"\x1c\0\0\0TFL2", b"\x1c\0\0\0TFL3 and no more"]
)
def test_what_is_no_tensorflow_lite_model_is_refused(store, tmp_path, content):
    (tmp_path / "m.tflite").write_bytes(content)
    with pytest.raises(ModelError, match="TensorFlow Lite"):
        store.add(tmp_path / "m.tflite", "m")
    assert not store.installed()


def test_a_taken_name_is_not_overwritten_by_accident(store, file, tmp_path):
    store.add(file, "hats", labels=LABELS)
    assert store.add(file, "hats", labels="a,b,c").labels == ("a", "b", "c")
    other = detector_file(tmp_path / "other.onnx", 0.5)
    with pytest.raises(ModelError, match="called `hats` already"):
        store.add(other, "hats", labels=LABELS)
    assert store.resolve("hats").sha256 == sha256(file)
    assert store.add(other, "hats", labels=LABELS, replace=True).sha256 == sha256(other)
    assert store.resolve("hats").sha256 == sha256(other)


def test_a_model_that_leaves_its_size_open_keeps_the_stated_one(store, tmp_path):
    from secondsight.sentinel.inference.detector import Detector

    file = constant_model(
        tmp_path / "m.onnx", {"output0": np.zeros((1, 7, 126), np.float32)}, shape=(1, 3, "height", "width")
    )
    store.add(file, "m", labels=LABELS, size=(96, 64))
    detector = Detector.open(store.resolve("m"))
    assert detector.size == (96, 64)
    detector.close()


def test_an_altered_file_is_refused_and_verify_names_it(store, file):
    store.add(file, "good", labels=LABELS)
    bad = store.add(file, "bad", labels=LABELS).path
    gone = store.add(file, "gone", labels=LABELS).path
    content = bytearray(bad.read_bytes())
    content[-1] ^= 1
    bad.write_bytes(content)
    gone.unlink()
    with pytest.raises(ModelError, match=r"model `bad`.*has changed.*refused"):
        store.resolve("bad")
    with pytest.raises(ModelError, match="is missing"):
        store.resolve("gone")
    problems = {check.name: check.problem for check in store.verify()}
    assert problems["good"] is None
    assert "changed" in problems["bad"]
    assert "missing" in problems["gone"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("yolox-nano", "secondsight models pull yolox-nano"),
        ("yolox_nano", "did you mean `yolox-nano`"),
        ("YOLOX-Tiny", "did you mean `yolox-tiny`"),
        ("zzzz", "known: .*yolox-nano"),
    ],
)
def test_a_name_that_is_not_installed_says_what_to_do(store, name, words):
    with pytest.raises(ModelError, match=words):
        store.resolve(name)


def test_show_tells_all(store, file):
    store.add(file, "hats", labels=LABELS, licence="mine")
    card = store.show("hats")
    assert card.info.inputs[0].shape == (1, 3, 64, 96)
    assert card.info.outputs == (("output0", (1, 7, 126), "float32"),)
    assert (card.family, card.labels, card.licence) == ("yolov8", ("hat", "cap", "none"), "mine")
    assert (card.sha256, card.source) == (sha256(file), f"file:{file}")
    listed = store.show("yolox-nano")
    assert listed.installed is listed.info is None
    assert listed.source.startswith("https://github.com/Megvii-BaseDetection/YOLOX/")
    with pytest.raises(ModelError, match="did you mean"):
        store.show("yolox-nan")


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


def test_many_models_at_once_all_stay_in_the_lock(tmp_path, file):
    threads = [
        threading.Thread(target=ModelStore(tmp_path / "models").add, args=(file, f"m{i}", None, LABELS))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ModelStore(tmp_path / "models").installed()) == [f"m{i}" for i in range(8)]


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


def test_an_unknown_model_suggests_the_nearest(store):
    with pytest.raises(ModelError, match="did you mean `yolox-nano`"):
        store.pull("yolox-nanno")


@pytest.mark.parametrize("given", ["argument", "environment"])
def test_the_folder_is_the_argument_or_the_environments(tmp_path, monkeypatch, file, given):
    if given == "environment":
        monkeypatch.setenv("SECONDSIGHT_MODELS", str(tmp_path / "there"))
    store = ModelStore(tmp_path / "there" if given == "argument" else None)
    assert store.add(file, "hats", labels=LABELS).path == tmp_path / "there" / "hats.onnx"


def test_without_either_it_is_the_users_data_folder(monkeypatch):
    monkeypatch.delenv("SECONDSIGHT_MODELS", raising=False)
    assert ModelStore().root.parts[-2:] == ("secondsight", "models")


def test_a_folder_that_cannot_be_written_is_named(tmp_path, file):
    (tmp_path / "models").write_text("in the way")
    with pytest.raises(ModelError, match=r"models cannot be written.*SECONDSIGHT_MODELS"):
        ModelStore(tmp_path / "models").add(file, "hats", labels=LABELS)


@pytest.mark.parametrize(
    "content", ["models: [", "models:\n  hats: 3\n", "models:\n  hats: {file: a}\n", "- a\n", "\x00"]
)
def test_a_damaged_lock_is_refused_not_overwritten(store, file, content):
    store.root.mkdir()
    lock = store.root / "models.lock"
    lock.write_text(content)
    for use in (store.installed, store.verify, lambda: store.add(file, "hats", labels=LABELS)):
        with pytest.raises(ModelError, match=r"models\.lock is damaged"):
            use()
    assert lock.read_text() == content


def test_the_lock_is_readable_and_survives_a_round_trip(store, file, tmp_path):
    store.add(file, "hats", labels="on,off,17")
    text = (store.root / "models.lock").read_text()
    assert text.startswith("# Models installed here")
    assert re.search(rf"^    sha256: {sha256(file)}$", text, re.MULTILINE)
    again = tmp_path / "again"
    again.mkdir()
    write_lock(again, read_lock(store.root))
    assert (again / "models.lock").read_text() == text
    assert read_lock(store.root)["hats"].labels == ("on", "off", "17")
    assert [path.name for path in again.iterdir()] == ["models.lock"]


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
    monkeypatch.setattr(models, "EMBEDDED", folder)
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


def test_the_lock_is_written_under_a_name_that_nobody_can_foresee(store, file, tmp_path):
    """Where others may write in the folder, a link in the way would send it anywhere."""
    store.root.mkdir(parents=True)
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (store.root / f".models.lock.{os.getpid()}.part").symlink_to(precious)
    store.add(file, "hats", labels=LABELS)
    assert precious.read_text() == "mine"
    (store.root / ".partial" / "models.lock").unlink()
    (store.root / ".partial" / "models.lock").symlink_to(precious)
    with pytest.raises(ModelError, match="cannot be written"):
        store.add(file, "caps", labels=LABELS)
    assert precious.read_text() == "mine"


def test_twenty_megabytes_of_class_names_are_refused(store, tmp_path):
    names = str(dict.fromkeys(range(20000), "x" * 1000))
    value = np.zeros((1, 7, 126), np.float32)
    path = constant_model(
        tmp_path / "m.onnx", {"output0": value}, shape=(1, 3, 64, 96), metadata={"names": names}
    )
    with pytest.raises(ModelError, match=r"property `names` has 20\.\d MB"):
        store.add(path, "many", "yolov8")
    assert store.installed() == {}


@pytest.fixture
def graph(tmp_path, file):
    """The same detector in OpenVINO's own form: a graph and its weights."""
    import openvino as ov

    path = tmp_path / "mine.xml"
    ov.save_model(ov.Core().read_model(str(file)), str(path), compress_to_fp16=False)
    return path


def test_an_openvino_model_is_installed_with_its_weights(store, graph, tmp_path):
    model = store.add(graph, "ir", "yolov8", LABELS)
    assert model.path == store.root / "ir.xml"
    assert (store.root / "ir.bin").read_bytes() == graph.with_suffix(".bin").read_bytes()
    both = graph.read_bytes() + graph.with_suffix(".bin").read_bytes()
    assert (model.sha256, model.bytes) == (hashlib.sha256(both).hexdigest(), len(both))
    assert store.resolve("ir") == model
    detector = Detector.open(model)
    assert detector.size == (96, 64)
    detector.close()
    with pytest.raises(ModelError, match="only OpenVINO reads"):
        Detector.open(model, "onnxruntime")
    store.remove("ir")
    assert {file.name for file in store.root.iterdir()} == {"models.lock", ".partial"}


def test_weights_that_are_missing_or_changed_are_told(store, graph):
    weights = graph.with_suffix(".bin")
    kept = weights.read_bytes()
    weights.unlink()
    with pytest.raises(ModelError, match=r"weights, mine.bin, are not beside it"):
        store.add(graph, "ir", "yolov8", LABELS)
    weights.write_bytes(kept)
    store.add(graph, "ir", "yolov8", LABELS)
    (store.root / "ir.bin").write_bytes(kept + b"x")
    with pytest.raises(ModelError, match="has changed"):
        store.resolve("ir")
    (store.root / "ir.bin").unlink()
    (check,) = (one for one in store.verify() if one.name == "ir")
    assert "ir.bin is missing" in str(check.problem)


def test_a_graph_that_is_none_is_no_traceback(store, tmp_path):
    (tmp_path / "page.xml").write_text("<html></html>")
    (tmp_path / "page.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be read as a model of OpenVINO"):
        store.add(tmp_path / "page.xml", "page", "yolov8", LABELS)
    assert not store.installed()


def test_another_form_of_a_model_replaces_the_first(store, file, graph):
    store.add(file, "mine", "yolov8", LABELS)
    store.add(graph, "mine", "yolov8", LABELS, replace=True)
    assert sorted(each.name for each in store.root.glob("mine.*")) == ["mine.bin", "mine.xml"]


def test_groups_are_stated_kept_and_checked(store, file):
    model = store.add(
        file, "mine", "yolov8", "voiture,velo,person", groups="voiture=vehicles, velo=two-wheelers"
    )
    assert model.groups == ("vehicles", "two-wheelers", "people")
    assert store.resolve("mine").groups == model.groups
    for groups, words in (
        ("car=vehicles", "no class of the model"),
        ("velo=bikes", "`bikes` is no group"),
        ("velo", "`nothing` is no group"),
    ):
        with pytest.raises(ModelError, match=words):
            store.add(file, "mine", "yolov8", "voiture,velo,person", groups=groups, replace=True)
