"""What `models add` finds out by trying a model: the unit of its boxes, and values that are no numbers."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from secondsight.errors import ModelError
from secondsight.sentinel import Detector, ModelStore, sees_person
from secondsight.sentinel.families import family_named, recognise
from secondsight.sentinel.models.self_test import try_out
from secondsight.sentinel.runtime.opening import describe
from tests.sentinel.graphs import constant_model, echo_model
from tests.table import table

NAMES = {"names": "{0: 'a', 1: 'b'}"}
CELLS = 64 + 16 + 4
"""Cells of a 64x64 picture at strides 8, 16, 32."""


def yolov8(path: Path, box: tuple[float, float, float, float]) -> Path:
    """A model that sees one thing of class `b`: centre, width and height in whatever unit."""
    table = np.zeros((1, 6, CELLS), np.float32)
    table[0, :4, 5], table[0, 5, 5] = box, 0.9
    return constant_model(path, {"output0": table}, metadata=NAMES)


@table(
    ("box", "family"),
    [
        ((32.0, 16.0, 16.0, 8.0), "yolov8"),
        ((0.5, 0.25, 0.25, 0.125), "yolov8-shares"),
        ((0.0, 0.0, 0.0, 0.0), "yolov8"),
    ],
)
def test_the_unit_of_boxes_is_found_by_trying(
    tmp_path: Path, box: tuple[float, float, float, float], family: str
) -> None:
    model = ModelStore(tmp_path / "models").add(yolov8(tmp_path / "m.onnx", box), "m", replace=True)
    assert model.family == family
    assert model.labels == ("a", "b")
    if any(box):
        detector = Detector.open(model)
        tensor = np.zeros((1, 64, 64, 3), np.uint8)
        outputs = detector.runtime.submit(tensor).result(30)
        found = detector.family.bind(describe(model.path), 2)([output[:1] for output in outputs], 0.5, 0.5)
        assert found.xyxy.tolist() == [[24.0, 12.0, 40.0, 20.0]]
        assert found.class_id.tolist() == [1]
        detector.close()


@table(
    ("names", "scores", "seen"),
    [
        ("{0: 'car', 1: 'person'}", [0.1, 0.9], 0.9),
        ("{0: 'person', 1: 'car'}", [0.1, 0.9], 0.0),
        ("{0: 'car', 1: 'truck'}", [0.1, 0.9], None),
        ('{"0": "car", "1": "Person"}', [0.1, 0.8], 0.8),
        ('["person", "car"]', [0.0, 0.0], 0.0),
    ],
)
def test_what_a_detector_of_people_makes_of_one(
    tmp_path: Path, names: str, scores: list[float], seen: float | None
) -> None:
    outputs = np.zeros((1, 6, CELLS), np.float32)
    outputs[0, :4, 5], outputs[0, 4:, 5] = (32.0, 16.0, 16.0, 8.0), scores
    file = constant_model(tmp_path / "m.onnx", {"output0": outputs}, metadata={"names": names})
    model = ModelStore(tmp_path / "models").add(file, "m", replace=True)
    assert sees_person(model) == (seen if seen is None else pytest.approx(seen))


@table("names", ["{0: 'a', 1: 'b'", "person, car", "{'a': 0}", "0", "{0: 'a', 2: 'b'}"])
def test_names_that_cannot_be_read_are_said(tmp_path: Path, names: str) -> None:
    file = constant_model(
        tmp_path / "m.onnx", {"output0": np.zeros((1, 6, CELLS), np.float32)}, metadata={"names": names}
    )
    with pytest.raises(ModelError, match="`names` property cannot be read; state them"):
        ModelStore(tmp_path / "models").add(file, "m")


def test_a_stated_family_is_taken_at_its_word(tmp_path: Path) -> None:
    file = yolov8(tmp_path / "m.onnx", (32.0, 16.0, 16.0, 8.0))
    store = ModelStore(tmp_path / "models")
    assert store.add(file, "m", "yolov8-shares").family == "yolov8-shares"
    with pytest.raises(ModelError, match="that is not yolo-e2e"):
        family_named("yolo-e2e", describe(file))


def test_a_model_that_gives_no_numbers_is_refused(tmp_path: Path) -> None:
    file = yolov8(tmp_path / "m.onnx", (float("nan"), 1.0, 1.0, 1.0))
    info = describe(file)
    with pytest.raises(ModelError, match="values that are no numbers"):
        try_out(file, recognise(info), info)


def test_weights_in_another_file_are_named(tmp_path: Path) -> None:
    model = onnx.load(str(yolov8(tmp_path / "one.onnx", (32.0, 16.0, 16.0, 8.0))))
    onnx.save_model(
        model, str(tmp_path / "m.onnx"), save_as_external_data=True, location="m.onnx.data", size_threshold=0
    )
    with pytest.raises(
        ModelError, match=r"keeps its weights in another file, m\.onnx\.data; write both into one"
    ):
        ModelStore(tmp_path / "models").add(tmp_path / "m.onnx", "m")
    assert ModelStore(tmp_path / "models").installed() == {}


@table("runtime", ["openvino", "onnxruntime"])
def test_an_input_of_bytes_gets_the_pixels_as_they_are(tmp_path: Path, runtime: str) -> None:
    from secondsight.sentinel.families.yolo import PIXELS
    from secondsight.sentinel.runtime.opening import open_runtime

    opened = open_runtime(
        echo_model(tmp_path / "m.onnx", kind=onnx.TensorProto.UINT8), runtime, pixels=PIXELS
    )
    picture = np.random.default_rng(0).integers(0, 256, (1, 4, 6, 3), np.uint8)
    (echo,) = opened.submit(picture).result(30)
    opened.close()
    assert np.array_equal(echo.reshape(3, 4, 6), picture[0].transpose(2, 0, 1))


def test_an_input_that_holds_no_byte_is_refused(tmp_path: Path) -> None:
    from secondsight.sentinel.families.yolo import PIXELS
    from secondsight.sentinel.runtime.opening import open_runtime

    with pytest.raises(ModelError, match="int8"):
        open_runtime(echo_model(tmp_path / "m.onnx", kind=onnx.TensorProto.INT8), pixels=PIXELS)
