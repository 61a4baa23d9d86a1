"""Every published layout, through real runtimes, against an independent decoder on random values."""

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondsight.records import Group
from secondsight.sentinel.families import FAMILIES, family_named
from secondsight.sentinel.families.base import Boxes, logit, nms, sigmoid
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.runtime.opening import describe, open_runtime
from tests.detections import confidences
from tests.sentinel import references
from tests.sentinel.families.layouts import HEIGHT, LAYOUTS, WIDTH, Layout
from tests.sentinel.frames import drawn
from tests.sentinel.graphs import echo_model
from tests.table import table

FRAME = (173, 140)


@dataclass(frozen=True)
class File:
    name: str
    path: Path
    labels: tuple[str, ...]
    family: str | None = None
    size: tuple[int, int] | None = None
    groups: tuple[Group, ...] = ()


def labels(count: int) -> tuple[str, ...]:
    return tuple(f"class {number}" for number in range(count))


@table("runtime", ["openvino", "onnxruntime"])
@table("layout", LAYOUTS, ids=str)
def test_detections_are_those_of_the_independent_decoder(tmp_path, layout: Layout, runtime):
    rng = np.random.default_rng(zlib.crc32(layout.name.encode()))
    outputs = layout.make(rng, tmp_path / "m.onnx")
    model = File("m", tmp_path / "m.onnx", labels(layout.labels), layout.family)
    detector = Detector.open(model, runtime)
    frame = drawn(rng.integers(0, 255, (FRAME[1], FRAME[0], 3), np.uint8))
    tensor, letterbox = detector.prepare(frame)
    got = detector.decode(detector.runtime.submit(tensor).result(60), letterbox, 0.3, 0.5)
    direct = detector.submit(tensor, letterbox, 0.3, 0.5).result(60)
    detector.close()

    rows = layout.answer(outputs, 0.3)
    rows = references.nms(rows, 0.5) if layout.suppressed else rows
    rows = references.onto_frame(rows, FRAME, letterbox.inner, letterbox.left, letterbox.top)
    assert len(rows) > 3
    references.assert_same(got, rows, pixels=0.01, score=1e-5)
    references.assert_same(direct, rows, pixels=0.01, score=1e-5)
    assert got.xyxy.dtype == confidences(got).dtype == np.float32
    assert np.asarray(got.class_id).dtype.kind == "i"


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), threshold=st.floats(0.01, 0.99), iou=st.floats(0.1, 0.95))
def test_any_values_and_thresholds_decode_alike(tmp_path, layout: Layout, seed, threshold, iou):
    path = tmp_path / "m.onnx"
    outputs = layout.make(np.random.default_rng(seed), path)
    info = describe(path)
    decode = family_named(layout.family, info).bind(info, layout.labels)
    arrays = [outputs[spec.name] for spec in info.outputs]
    if layout.name == "rt-detr":
        scale = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)
        arrays = [a * scale if s.name == "boxes" else a for a, s in zip(arrays, info.outputs, strict=True)]
    got = decode(arrays, threshold, iou)
    rows = layout.answer(outputs, threshold)
    # A score that equals the threshold to the last bit, or an overlap that equals the limit, may fall either way.
    near = min((abs(row[4] - threshold) for row in layout.answer(outputs, threshold - 1e-5)), default=1)
    if near < 1e-6:
        return
    if layout.suppressed:
        rows = references.nms(rows[:1000], iou)
    references.assert_same(
        type("D", (), {"xyxy": got.xyxy, "confidence": got.confidence, "class_id": got.class_id}),
        rows,
        pixels=1e-2,
        score=1e-5,
    )


@table("layout", LAYOUTS, ids=str)
def test_the_families_own_counts_and_nothing_above_the_threshold(tmp_path, layout: Layout):
    outputs = layout.make(np.random.default_rng(1), tmp_path / "m.onnx")
    info = describe(tmp_path / "m.onnx")
    family = family_named(layout.family, info)
    assert family.classes(info) == layout.classes
    got = family.bind(info, layout.labels)([outputs[spec.name] for spec in info.outputs], 1.0, 0.5)
    assert got.xyxy.shape == (0, 4)
    assert got.confidence.shape == got.class_id.shape == (0,)


@table("layout", LAYOUTS, ids=str)
def test_a_model_gone_mad_reports_nothing(tmp_path, layout: Layout):
    outputs = layout.make(np.random.default_rng(1), tmp_path / "m.onnx")
    info = describe(tmp_path / "m.onnx")
    decode = family_named(layout.family, info).bind(info, layout.labels)
    arrays = [outputs[spec.name] for spec in info.outputs]
    mad = [np.full_like(array, np.nan) if array.dtype.kind == "f" else array for array in arrays]
    assert len(decode(mad, 0.3, 0.5).xyxy) == 0


rows_strategy = st.lists(
    st.tuples(
        st.floats(0, 50),
        st.floats(0, 50),
        st.floats(1, 50),
        st.floats(1, 50),
        st.floats(0, 1),
        st.integers(0, 2),
    ),
    max_size=40,
)


@given(rows_strategy, st.sampled_from([0.0, 0.3, 0.5, 0.9, 1.0]))
def test_nms_keeps_what_the_plain_loop_keeps(raw, limit):
    rows = [(x, y, x + w, y + h, score, label) for x, y, w, h, score, label in raw]
    exact: NDArray[Any] = np.array([row[:5] for row in rows], np.float64).reshape(-1, 5)
    boxes = Boxes(
        exact[:, :4],
        exact[:, 4],
        np.array([row[5] for row in rows], np.intp),
    )
    kept = nms(boxes, limit)
    expected = references.nms(rows, limit)
    got = list(zip(*boxes_as_rows(kept), strict=True)) if len(kept.xyxy) else []
    margin = [abs(references.iou(a, b) - limit) for a in rows for b in rows if a is not b]
    if margin and min(margin) < 1e-9:
        return
    assert [row[4] for row in got] == [row[4] for row in expected]


def boxes_as_rows(boxes: Boxes):
    return (*boxes.xyxy.T.tolist(), boxes.confidence.tolist(), boxes.class_id.tolist())


def test_nms_is_bounded():
    count = 30_000
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 1e6, (count, 2)).astype(np.float32)
    boxes = Boxes(np.hstack((corner, corner + 1)), rng.random(count, np.float32), np.zeros(count, np.intp))
    kept = nms(boxes, 0.5)
    assert len(kept.xyxy) == 1000
    assert kept.confidence[0] == boxes.confidence.max()


@given(st.floats(-700, 700))
def test_sigmoid_is_safe_and_logit_its_inverse(value):
    probability = float(sigmoid(np.array([value]))[0])
    assert 0 <= probability <= 1
    if abs(value) < 15:
        assert logit(probability) == pytest.approx(value, abs=1e-6)


ORANGE = (200, 100, 50)
"""Red, green, blue of a picture whose channels cannot be mistaken for each other."""
PUBLISHED = {
    # family: (fit, what the model reads of an orange pixel, channel by channel, and of the padding)
    "yolox": ("top-left", (50, 100, 200), 114),
    "yolox-decoded": ("top-left", (50, 100, 200), 114),
    "yolov5": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "yolov8": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "yolo-e2e": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "rt-detr": ("stretch", (0.78431, 0.39216, 0.19608), None),
    "rf-detr": ("stretch", (1.30704, -0.28501, -0.93298), None),
    "mobilenet-ssd": ("stretch", (-0.60783, -0.21568, 0.56862), None),
    "ssd": ("stretch", (50, 100, 200), None),
    "fastestdet": ("stretch", (0.19608, 0.39216, 0.78431), None),
    "picodet": ("stretch", (-0.93301, -0.28501, 1.30705), None),
    "nanodet": ("stretch", (-0.93301, -0.28501, 1.30705), None),
    "rtmdet": ("top-left", (-0.93301, -0.28501, 1.30705), (0.18249, -0.03992, -0.16568)),
    "yunet": ("top-left", (50, 100, 200), 0),
    "yolov5-seg": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "yolov8-seg": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "yolo-pose": ("centre", (0.78431, 0.39216, 0.19608), 0.44706),
    "simcc": ("centre", (1.30704, -0.28501, -0.93298), (-2.11790, -2.03571, -1.80444)),
    "movenet": ("centre", (200, 100, 50), 0),
    "movenet-multipose": ("top-left", (200, 100, 50), 0),
    "classifier": ("stretch", (1.30704, -0.28501, -0.93298), None),
    "classifier-plain": ("stretch", (0.78431, 0.39216, 0.19608), None),
    "classifier-tf": ("stretch", (0.56863, -0.21569, -0.60784), None),
    "reid": ("stretch", (1.30704, -0.28501, -0.93298), None),
    "retinaface": ("top-left", (-54, -17, 77), (-104, -117, -123)),
    "retinaface-plate": ("top-left", (-54, -17, 77), (-104, -117, -123)),
    "lprnet": ("stretch", (-0.60547, -0.21484, 0.56641), None),
    "ctc": ("stretch", (-0.60784, -0.21569, 0.56863), None),
    "deeplab": ("stretch", (1.30704, -0.28501, -0.93298), None),
    "bisenet": ("stretch", (2.17145, 0.10967, -0.58553), None),
    "pp-liteseg": ("stretch", (0.56863, -0.21569, -0.60784), None),
    "unet": ("stretch", (0.78431, 0.39216, 0.19608), None),
}


@table("family", FAMILIES, ids=lambda each: each.name)
def test_the_model_reads_the_picture_as_published(tmp_path, family):
    fit_, values, padding = PUBLISHED[family.name]
    frame = drawn(np.full((60, 120, 3), ORANGE, np.uint8))
    detector = Detector("m", (), family, None, (64, 64), None)  # type: ignore[arg-type]
    tensor, letterbox = detector.prepare(frame)
    runtime = open_runtime(echo_model(tmp_path / "m.onnx", (1, 3, 64, 64)), pixels=family.pixels)
    (read,) = runtime.submit(tensor).result(60)
    runtime.close()
    tops = {"top-left": 0, "centre": 16, "stretch": 0}
    assert (letterbox.left, letterbox.top) == (0, tops[fit_])
    assert letterbox.inner == ((64, 64) if fit_ == "stretch" else (64, 32))
    # PyAV's colour conversion may be one level off.
    level = 1.01 / (family.pixels.divisor * min(family.pixels.std))
    assert read[0, :, letterbox.top + 16, 32] == pytest.approx(values, abs=level)
    if padding is not None:
        grey = padding if isinstance(padding, tuple) else [padding] * 3
        assert read[0, :, -1, 32] == pytest.approx(grey, abs=1e-4)
