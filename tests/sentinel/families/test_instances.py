"""Masks, key points, class scores, embeddings and classes of cells: every layout through both runtimes, against plain
loops that share nothing with ours.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.errors import ModelError
from secondsight.records import Box
from secondsight.sentinel.families import family_named
from secondsight.sentinel.families.base import Masks
from secondsight.sentinel.families.heads import probabilities, unit
from secondsight.sentinel.families.semantic import grid_of_classes
from secondsight.sentinel.inference.crop_model import CropModel
from secondsight.sentinel.inference.detector import POINTS, Detector
from secondsight.sentinel.inference.letterbox import Letterbox, fit
from secondsight.sentinel.inference.masks import crops_of
from secondsight.sentinel.runtime.opening import describe
from tests.detections import confidences, rows
from tests.sentinel.families.layouts import LAYOUTS
from tests.sentinel.families.test_decoders import FRAME, File, labels
from tests.sentinel.frames import drawn
from tests.sentinel.graphs import constant_model, save
from tests.table import table

both = pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])


def plain_mask(
    row: np.ndarray, prototypes: np.ndarray, box: np.ndarray, letterbox: Letterbox
) -> tuple[np.ndarray, np.ndarray]:
    """bool (h, w) of the frame, one pixel after the other, and where it is too near to zero to be sure."""
    width, height = letterbox.frame
    _, rows, columns = prototypes.shape
    mask, unsure = np.zeros((height, width), bool), np.zeros((height, width), bool)
    for y in range(math.floor(box[1]), min(math.ceil(box[3]), height)):
        for x in range(math.floor(box[0]), min(math.ceil(box[2]), width)):
            px = ((x + 0.5) * letterbox.inner[0] / width + letterbox.left) * columns / letterbox.canvas[
                0
            ] - 0.5
            py = ((y + 0.5) * letterbox.inner[1] / height + letterbox.top) * rows / letterbox.canvas[1] - 0.5
            px, py = min(max(px, 0), columns - 1), min(max(py, 0), rows - 1)
            x0, y0 = min(int(px), columns - 2), min(int(py), rows - 2)
            value = 0.0
            for j, wy in ((y0, 1 - (py - y0)), (y0 + 1, py - y0)):
                for i, wx in ((x0, 1 - (px - x0)), (x0 + 1, px - x0)):
                    value += wy * wx * float(row @ prototypes[:, j, i])
            mask[y, x] = 1 / (1 + math.exp(-value)) > 0.5
            unsure[y, x] = abs(value) < 1e-4
    return mask, unsure


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    frame=st.tuples(st.integers(20, 60), st.integers(20, 60)),
    how=st.sampled_from(["centre", "stretch", "top-left"]),
    shift=st.tuples(st.integers(0, 32), st.integers(0, 16)),
)
def test_masks_are_those_of_the_plain_loop(seed, frame, how, shift):
    rng = np.random.default_rng(seed)
    letterbox = fit(frame, (96, 64), how)
    if how == "top-left":
        letterbox = letterbox.part(shift[0], shift[1], (64, 32))
    prototypes = rng.normal(0, 1, (8, letterbox.canvas[1] // 4, letterbox.canvas[0] // 4)).astype(np.float32)
    coefficients = rng.normal(0, 1, (3, 8)).astype(np.float32)
    xyxy = np.sort(rng.uniform(0, 1, (3, 2, 2)), axis=1).reshape(3, 4) * np.tile(frame, 2)
    xyxy = xyxy.astype(np.float32)
    got = crops_of(Masks(coefficients, prototypes), xyxy, letterbox)
    assert got.shape == (3, frame[1], frame[0])
    for number in range(3):
        mask, unsure = plain_mask(coefficients[number], prototypes, xyxy[number], letterbox)
        assert not ((got[number] != mask) & ~unsure).any()


@both
@pytest.mark.parametrize("name", ["yolov5-seg", "yolov8-seg"])
def test_masks_of_a_whole_look(tmp_path: Path, name: str, runtime: str):
    layout = next(each for each in LAYOUTS if each.name == name)
    outputs = layout.make(np.random.default_rng(5), tmp_path / "m.onnx")
    detector = Detector.open(File("m", tmp_path / "m.onnx", labels(3), name), runtime)
    frame = drawn(np.zeros((FRAME[1], FRAME[0], 3), np.uint8))
    tensor, letterbox = detector.prepare(frame)
    found = detector.submit(tensor, letterbox, 0.6, 0.5).result(60)
    detector.close()
    assert len(found) > 3
    assert isinstance(found.mask, sv.CompactMask)
    table = outputs["output0"][0] if name == "yolov5-seg" else outputs["output0"][0].T
    scores = table[:, 5:8] * table[:, 4:5] if name == "yolov5-seg" else table[:, 4:7]
    for number in range(0, len(found), 3):
        # Its row in the raw table is the one of its score.
        at = int(np.abs(scores.max(axis=1) - confidences(found)[number]).argmin())
        mask, unsure = plain_mask(table[at, -32:], outputs["output1"][0], found.xyxy[number], letterbox)
        assert not ((found.mask[number] != mask) & ~unsure).any()
    share = found.mask.area.sum() / (found.xyxy[:, 2:] - found.xyxy[:, :2]).prod(axis=1).sum()
    assert 0.2 < share < 0.8
    assert isinstance(rows(found, slice(2)).mask, sv.CompactMask), "what a tracker does"
    assert len(sv.Detections.merge([rows(found, slice(1)), rows(found, slice(1, None))])) == len(found)


@both
def test_key_points_of_many_people(tmp_path: Path, runtime: str):
    layout = next(each for each in LAYOUTS if each.name == "yolo-pose")
    outputs = layout.make(np.random.default_rng(6), tmp_path / "m.onnx")
    detector = Detector.open(File("m", tmp_path / "m.onnx", ("person",)), runtime)
    tensor, letterbox = detector.prepare(drawn(np.zeros((FRAME[1], FRAME[0], 3), np.uint8)))
    found = detector.submit(tensor, letterbox, 0.5, 0.5).result(60)
    detector.close()
    table = outputs["output0"][0].T
    assert len(found) > 2
    for confidence, points in zip(confidences(found), found.data[POINTS], strict=True):
        raw = table[int(np.abs(table[:, 4] - confidence).argmin()), 5:]
        for number in range(17):
            x, y, score = raw[3 * number : 3 * number + 3]
            assert points[number] == pytest.approx(
                (
                    (x - letterbox.left) * FRAME[0] / letterbox.inner[0],
                    (y - letterbox.top) * FRAME[1] / letterbox.inner[1],
                    score,
                ),
                rel=1e-4,
            )


PART = Box(0.2, 0.1, 0.5, 0.7)
"""60x120 of 200x200 pixels: enlarged by a quarter it is 75x150, in the proportions of 64x128 still 75x150."""


def place(x: float, y: float) -> tuple[float, float]:
    """A point in the model's 64x128 picture of PART, relative to the frame."""
    left, top, right, bottom = 0.35 - 0.1875, 0.4 - 0.375, 0.35 + 0.1875, 0.4 + 0.375
    return left + x / 64 * (right - left), top + y / 128 * (bottom - top)


GREY = drawn(np.full((200, 200, 3), 128, np.uint8))


@both
def test_simcc(tmp_path: Path, runtime: str):
    rng = np.random.default_rng(7)
    across, down = (rng.normal(0, 0.1, (1, 26, side)).astype(np.float32) for side in (128, 256))
    for number in range(26):
        across[0, number, 3 * number + 5] = 0.9
        down[0, number, 7 * number + 2] = 0.5 + 0.01 * number
    constant_model(tmp_path / "m.onnx", {"simcc_y": down, "simcc_x": across}, shape=(1, 3, 128, 64))
    model = CropModel.open(File("m", tmp_path / "m.onnx", ("person",)), ("pose",), runtime)
    (points,) = model.poses(GREY, [PART])
    model.close()
    assert points is not None
    for number in range(17):
        expected = (*place((3 * number + 5) / 2, (7 * number + 2) / 2), 0.5 + 0.01 * number)
        assert points[number] == pytest.approx(expected, abs=0.005)


@both
@pytest.mark.parametrize(("shape", "kind"), [((1, 3, 128, 64), np.float32), ((1, 128, 64, 3), np.int32)])
def test_movenet_in_both_orders_of_axes(tmp_path: Path, runtime: str, shape: tuple[int, ...], kind: type):
    """The second is as TensorFlow writes it: colours last, whole numbers."""
    import onnx

    rng = np.random.default_rng(8)
    raw = rng.uniform(0.2, 1, (1, 1, 17, 3)).astype(np.float32)
    nodes = [
        onnx.helper.make_node("Cast", ["images"], ["numbers"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("ReduceMax", ["numbers"], ["top"], keepdims=0),
        onnx.helper.make_node("Div", ["top", "brightness"], ["one"]),
        onnx.helper.make_node("Mul", ["raw", "one"], ["output_0"]),
    ]
    save(
        tmp_path / "m.onnx",
        nodes,
        {"images": (onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)), shape)},
        {"output_0": (onnx.TensorProto.FLOAT, (1, 1, 17, 3))},
        {"raw": raw, "brightness": np.array(128, np.float32)},
    )
    model = CropModel.open(File("m", tmp_path / "m.onnx", ("person",)), ("pose",), runtime)
    assert model.size == (64, 128)
    (points,) = model.poses(GREY, [PART])
    model.close()
    assert points is not None
    for number in range(17):
        y, x, score = raw[0, 0, number]
        assert points[number] == pytest.approx((*place(x * 64, y * 128), score), abs=0.012)


def test_multipose_puts_points_in_the_pixels_of_a_padded_frame(tmp_path: Path):
    """Of a 128x128 picture a frame of 256x128 fills the upper half."""
    rng = np.random.default_rng(9)
    table = np.concatenate((rng.uniform(0, 0.5, (6, 51)), np.zeros((6, 5))), axis=1).astype(np.float32)
    table[2, 51:] = 0.1, 0.2, 0.4, 0.6, 0.36  # top, left, bottom, right, score
    table[4, 51:] = 0.0, 0.7, 0.5, 0.9, 0.01
    constant_model(tmp_path / "m.onnx", {"o": table[None]}, shape=(1, 3, 128, 128))
    detector = Detector.open(File("m", tmp_path / "m.onnx", ("person",)), "openvino")
    tensor, letterbox = detector.prepare(drawn(np.full((128, 256, 3), 128, np.uint8)))
    found = detector.submit(tensor, letterbox, 0.25, 0.5).result()
    detector.close()
    assert found.xyxy.tolist() == [pytest.approx((51.2, 25.6, 153.6, 102.4), abs=0.01)]
    assert found.confidence == pytest.approx([0.6])
    (points,) = found.data[POINTS]
    for number, (y, x, score) in enumerate(table[2, :51].reshape(17, 3).tolist()):
        assert points[number] == pytest.approx((x * 256, y * 256, score), abs=0.01)


def test_nobody_is_no_pose(tmp_path: Path):
    constant_model(tmp_path / "m.onnx", {"o": np.zeros((1, 1, 17, 3), np.float32)}, shape=(1, 3, 64, 64))
    model = CropModel.open(File("m", tmp_path / "m.onnx", ("person",)), ("pose",))
    assert model.poses(GREY, [PART, PART]) == [None, None]
    assert model.poses(GREY, []) == []
    model.close()


def colour_model(path: Path, *, softmax: bool, batch: int | str, rank: int = 2) -> Path:
    """Three logits: the mean of each colour, as the model reads it, times four."""
    import onnx

    h = onnx.helper
    nodes = [
        h.make_node("ReduceMean", ["images"], ["mean"], axes=[2, 3], keepdims=int(rank == 4)),
        h.make_node("Mul", ["mean", "four"], ["logits"]),
        h.make_node("Softmax", ["logits"], ["out"], axis=1)
        if softmax
        else h.make_node("Identity", ["logits"], ["out"]),
    ]
    shape = (batch, 3) if rank == 2 else (batch, 3, 1, 1)
    return save(
        path,
        nodes,
        {"images": (onnx.TensorProto.FLOAT, (batch, 3, 32, 32))},
        {"out": (onnx.TensorProto.FLOAT, shape)},
        {"four": np.array(4, np.float32)},
    )


COLOURS = np.zeros((40, 60, 3), np.uint8)
COLOURS[:, :20], COLOURS[:, 20:40], COLOURS[:, 40:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
THIRDS = [Box(number / 3, 0, (number + 1) / 3, 1) for number in range(3)]


@both
@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize(("batch", "rank"), [(1, 2), (4, 4), ("N", 2)])
def test_classifiers_on_parts_of_a_picture(tmp_path, runtime, softmax, batch, rank):
    path = colour_model(tmp_path / "m.onnx", softmax=softmax, batch=batch, rank=rank)
    file = File("m", path, ("red", "green", "blue"), "classifier-plain")
    model = CropModel.open(file, ("classify",), runtime)
    found = model.vectors(drawn(COLOURS), [*THIRDS, *THIRDS[::-1]])
    model.close()
    high = math.exp(4) / (math.exp(4) + 2)
    for row, number in zip(found, (0, 1, 2, 2, 1, 0), strict=True):
        assert row.dtype == np.float32
        assert row[number] == pytest.approx(high, abs=0.01)
        assert row.sum() == pytest.approx(1, abs=1e-5)


@both
def test_embeddings_have_length_one_and_tell_parts_apart(tmp_path, runtime):
    path = colour_model(tmp_path / "m.onnx", softmax=False, batch="N")
    model = CropModel.open(File("m", path, (), "reid"), ("embed",), runtime)
    found = np.stack(model.vectors(drawn(COLOURS), THIRDS + THIRDS))
    model.close()
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    cosines = found @ found.T
    assert cosines[0, 3] == pytest.approx(1, abs=1e-5)
    assert cosines[0, 1] < 0.7


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=20))
def test_logits_become_probabilities_and_probabilities_stay(values):
    top = max(values)
    weights = [math.exp(value - top) for value in values]
    expected = [weight / sum(weights) for weight in weights]
    if min(values) > -0.01 and abs(sum(values) - 1) < 0.01:  # they are probabilities as they stand
        return
    got = probabilities(np.array(values, np.float32).reshape(1, -1, 1, 1))
    assert got.tolist() == pytest.approx(expected, abs=1e-4)
    assert probabilities(got).tolist() == pytest.approx(expected, abs=1e-4)


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=20))
def test_an_embedding_keeps_its_direction(values):
    got = unit(np.array([values], np.float32))
    length = math.sqrt(sum(value * value for value in values))
    if length > 1e-3:
        assert got.tolist() == pytest.approx([value / length for value in values], abs=1e-5)
    assert unit(np.zeros((1, 4), np.float32)).tolist() == [0, 0, 0, 0]


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), classes=st.integers(2, 6))
def test_every_layout_of_classes_says_the_same(seed, classes):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (1, classes, 5, 7)).astype(np.float32)
    expected = [
        [max(range(classes), key=lambda c: float(logits[0, c, y, x])) for x in range(7)] for y in range(5)
    ]
    chosen = np.array(expected)
    layouts = [logits, chosen[None], chosen[None, None], chosen[None].astype(np.float32)]
    assert all(grid_of_classes(layout).tolist() == expected for layout in layouts)
    if classes == 2:
        plane = (logits[:, 1:] - logits[:, :1]).astype(np.float32)
        assert grid_of_classes(plane).tolist() == expected
        assert grid_of_classes(1 / (1 + np.exp(-plane))).tolist() == expected


@both
@pytest.mark.parametrize("stride", [1, 4, 8])
@pytest.mark.parametrize("layout", ["logits", "classes", "chosen plane"])
def test_regions_of_a_picture(tmp_path, runtime, stride, layout):
    """The left third is road, the right third smoke, whatever the stride and the layout."""
    across, down = 96 // stride, 64 // stride
    third = np.arange(across) * 3 // across
    classes = np.broadcast_to(np.array([1, 0, 2])[third], (down, across))
    outputs: dict[str, NDArray[Any]] = {
        "logits": np.stack([(classes == number) * 5.0 for number in range(3)])[None].astype(np.float32),
        "classes": classes[None].astype(np.int64),
        "chosen plane": classes[None, None].astype(np.int32),
    }
    constant_model(tmp_path / "m.onnx", {"out": outputs[layout]}, shape=(1, 3, 64, 96))
    file = File("m", tmp_path / "m.onnx", ("background", "road", "smoke"), "deeplab")
    model = CropModel.open(file, ("regions",), runtime)
    found = {region.label: region for region in model.regions(GREY)}
    model.close()
    assert set(found) == {"road", "smoke"}
    assert found["road"].area == pytest.approx(1 / 3, abs=0.05)
    assert found["road"].box == pytest.approx((0, 0, 1 / 3, 1), abs=0.05)
    assert found["smoke"].box == pytest.approx((2 / 3, 0, 1, 1), abs=0.05)


def test_a_model_of_another_task_is_refused(tmp_path):
    path = colour_model(tmp_path / "m.onnx", softmax=True, batch=1)
    file = File("m", path, ("red", "green", "blue"), "classifier")
    with pytest.raises(ModelError, match=r"model `m`.*family classifier \(classify\); wanted: pose"):
        CropModel.open(file, ("pose",))
    with pytest.raises(ModelError, match=r"model `m`.*classifier, which finds no objects"):
        Detector.open(file)
    with pytest.raises(ModelError, match="3 classes, but 2 labels"):
        CropModel.open(File("m", path, ("red", "green"), "classifier"), ("classify",))


@table("name", ["rtmpose", "deeplabv3+", "resnet", "osnet", "yolo11-seg", "ppliteseg"])
def test_families_are_found_by_the_names_of_networks(name):
    assert family_named(name).task != "detect"


def test_an_open_batch_is_described(tmp_path):
    info = describe(colour_model(tmp_path / "m.onnx", softmax=True, batch="N"))
    assert family_named("mobilenet", info).classes(info) == 3
