import hashlib
import os
import re
import threading

import numpy as np
import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.models.lockfile import read_lock, write_lock
from secondsight.sentinel.models.store import ModelStore
from secondsight.sentinel.runtime.opening import open_runtime
from tests.sentinel.graphs import constant_model
from tests.sentinel.models.material import LABELS, detector_file, sha256


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
