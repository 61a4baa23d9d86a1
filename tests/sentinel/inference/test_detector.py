"""The two real models against an independent decode, and what a detector refuses."""

import time
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.errors import ModelError
from secondsight.sentinel.attention.roi import smallest_window, window_sizes
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.inference.letterbox import fit
from secondsight.sentinel.models.labels import named_labels
from tests.detections import class_ids, confidences
from tests.sentinel import references
from tests.sentinel.families.test_decoders import File, labels
from tests.sentinel.frames import drawn, frames_of
from tests.sentinel.graphs import constant_model
from tests.table import table

VIDEOS = [
    ("one-by-one-person-detection.mp4", 120, 5),
    ("car-detection.mp4", 60, 5),
    ("people-detection.gif", 10, 2),
    ("person-bicycle-car-detection.gif", 10, 3),
    ("worker-zone-detection.gif", 20, 2),
]
THRESHOLD, IOU = 0.25, 0.5


def reference(session, frame, name: str):
    """Preprocessing, run and decode by hand, from the layouts' description."""
    size = session.get_inputs()[0].shape[2:]
    if name == "yolox_nano":
        ratio = min(size[1] / frame.width, size[0] / frame.height)
        inner = (int(frame.width * ratio + 1e-6), int(frame.height * ratio + 1e-6))
        picture = np.full((*size, 3), 114, np.float32)
        picture[: inner[1], : inner[0]] = frame.resized(*inner, "bgr")
    else:
        inner = (size[1], size[0])
        picture = frame.resized(*inner, "bgr").astype(np.float32) / 255
    (output,) = session.run(None, {session.get_inputs()[0].name: picture.transpose(2, 0, 1)[None]})
    decode = references.yolox if name == "yolox_nano" else references.fastestdet
    rows = references.nms(decode(output, size[1], size[0], THRESHOLD), IOU)
    return references.onto_frame(rows, (frame.width, frame.height), inner, 0, 0)


@pytest.mark.parametrize(
    ("name", "runtime"),
    [
        ("yolox_nano", "openvino"),
        ("fastestdet", "onnxruntime"),
        pytest.param("yolox_nano", "onnxruntime", marks=pytest.mark.slow),
        pytest.param("fastestdet", "openvino", marks=pytest.mark.slow),
    ],
)
def test_real_models_on_real_frames_agree_with_an_independent_decode(data_dir: Path, name, runtime):
    path = data_dir / "models" / f"{name}.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    detector = Detector.open(File(name, path, named_labels("coco")), runtime)
    boxes = 0
    for video, every, count in VIDEOS:
        for frame in frames_of(data_dir / "videos" / video, every, count):
            tensor, letterbox = detector.prepare(frame)
            got = detector.submit(tensor, letterbox, THRESHOLD, IOU).result(60)
            rows = reference(session, frame, name)
            references.assert_same(got, rows, pixels=1.0, score=1e-3)
            boxes += len(rows)
    detector.close()
    assert boxes >= 20


def test_the_person_who_walks_is_seen(data_dir: Path):
    path = data_dir / "models" / "yolox_nano.onnx"
    detector = Detector.open(File("yolox-nano", path, named_labels("coco")))
    assert detector.family.name == "yolox"
    seen = 0
    for frame in frames_of(data_dir / "videos" / "one-by-one-person-detection.mp4", 40, 12):
        tensor, letterbox = detector.prepare(frame)
        got = detector.submit(tensor, letterbox, 0.5, IOU).result(60)
        seen += "person" in [detector.labels[i] for i in class_ids(got)]
        assert (got.xyxy >= 0).all()
        assert (got.xyxy <= [frame.width, frame.height] * 2).all()
    detector.close()
    assert seen >= 5


def test_prepare_and_decode_cost_less_than_a_millisecond_beyond_the_resize(data_dir: Path):
    path = data_dir / "models" / "yolox_nano.onnx"
    detector = Detector.open(File("yolox-nano", path, named_labels("coco")))
    frame = list(frames_of(data_dir / "videos" / "one-by-one-person-detection.mp4", 120, 3))[-1]
    letterbox = fit((frame.width, frame.height), detector.size, "top-left")
    picture = frame.resized(*letterbox.inner, "bgr")
    outputs = detector.runtime.submit(letterbox.place(picture, 114)).result(60)
    spent = []
    for _ in range(50):
        start = time.thread_time()
        letterbox.place(picture, 114)
        detector.decode(outputs, letterbox, THRESHOLD, IOU)
        spent.append(time.thread_time() - start)
    detector.close()
    assert min(spent) < 1e-3


def test_a_trimmed_input_sees_the_same_people(data_dir: Path):
    model = File("yolox-nano", data_dir / "models" / "yolox_nano.onnx", named_labels("coco"))
    square, wide = Detector.open(model), Detector.open(model, flexible=True)
    assert square.whole((768, 432)).canvas == (416, 416)
    assert wide.whole((768, 432)).canvas == (416, 256)
    seen = 0
    for frame in frames_of(data_dir / "videos" / "one-by-one-person-detection.mp4", 100, 8):
        found = []
        for detector in (square, wide):
            tensor, letterbox = detector.prepare(frame)
            got = detector.submit(tensor, letterbox, 0.5, IOU).result(60)
            found.append([(*box.tolist(), 0.0, 0) for box in got.xyxy[got.class_id == 0]])
        assert len(found[0]) == len(found[1])
        assert all(max(references.iou(a, b) for b in found[1]) > 0.85 for a in found[0])
        seen += len(found[0])
    square.close()
    wide.close()
    assert seen >= 3


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_trimming_leaves_alone_what_does_not_bear_it(tmp_path, data_dir: Path, runtime):
    rows = np.zeros((1, 126, 8), np.float32)
    constant_model(
        tmp_path / "m.onnx", {"output": rows}, shape=(1, 3, 64, 96)
    )  # its output does not shrink along
    detector = Detector.open(File("m", tmp_path / "m.onnx", labels(3)), runtime, flexible=True)
    assert not detector.flexible
    assert detector.whole((96, 10)).canvas == (96, 64)
    detector.close()
    # FastestDet states sizes as shares of its input, and this runtime takes one size.
    for name in ("fastestdet",) if runtime == "openvino" else ("fastestdet", "yolox_nano"):
        model = File(name, data_dir / "models" / f"{name}.onnx", named_labels("coco"))
        detector = Detector.open(model, runtime, flexible=True)
        assert not detector.flexible
        assert detector.whole((768, 432)).canvas == detector.size
        detector.close()


def test_a_window_shows_what_the_whole_shows_there(data_dir: Path):
    model = File("yolox-nano", data_dir / "models" / "yolox_nano.onnx", named_labels("coco"))
    detector = Detector.open(model, flexible=True)
    seen = 0
    for frame in frames_of(data_dir / "videos" / "one-by-one-person-detection.mp4", 100, 12):
        tensor, whole = detector.prepare(frame)
        people = _people(detector.submit(tensor, whole, 0.5, IOU).result(60))
        for box in people:
            nothing = np.empty((0, 4), np.float32)
            part = smallest_window(whole, window_sizes(whole.canvas), np.array([box], np.float32), nothing)
            assert part is not None
            small, letterbox = detector.prepare(frame, part)
            left, top = -part.left, -part.top
            shown = tensor[:, top : top + part.canvas[1], left : left + part.canvas[0]]
            assert (small == shown).all()
            got = _people(detector.submit(small, letterbox, 0.3, IOU).result(60))
            assert max(references.iou((*box, 0.0, 0), (*other, 0.0, 0)) for other in got) > 0.8
            seen += 1
    detector.close()
    assert seen >= 4


def test_a_picture_larger_than_the_model_takes_is_refused(data_dir: Path):
    model = File("yolox-nano", data_dir / "models" / "yolox_nano.onnx", named_labels("coco"))
    detector = Detector.open(model, flexible=True)
    with pytest.raises(ValueError, match="where the model takes 1x416x416x3"):
        detector.runtime.submit(np.zeros((1, 448, 416, 3), np.uint8)).result(60)
    detector.close()


def _people(found) -> list[list[float]]:
    return found.xyxy[found.class_id == 0].tolist()


@given(st.integers(1, 300), st.integers(1, 300))
def test_prepare_makes_fresh_tensors_of_the_models_size(width, height):
    detector = _sized(96, 64)
    frame = drawn(np.full((height, width, 3), 200, np.uint8))
    first, letterbox = detector.prepare(frame)
    second, _ = detector.prepare(frame)
    assert first.shape == second.shape == (1, 64, 96, 3)
    assert first.dtype == np.uint8
    assert not np.shares_memory(first, second)
    assert letterbox == fit((width, height), (96, 64), "centre")


def _sized(width: int, height: int) -> Detector:
    """A detector that can prepare, but has no model behind it."""
    from secondsight.sentinel.families import family_named

    return Detector("m", (), family_named("yolov8"), None, (width, height), None)  # type: ignore[arg-type]


def test_boxes_outside_the_frame_are_dropped_and_the_rest_clipped(tmp_path):
    rows = np.zeros((1, 300, 6), np.float32)
    rows[0, 0] = (-20, -10, 30, 20, 0.9, 1)
    rows[0, 1] = (70, 10, 80, 20, 0.8, 2)  # right of the frame, in the padding
    rows[0, 2] = (10, 10, 20, 30, 0.7, 0)
    constant_model(tmp_path / "m.onnx", {"output0": rows})
    detector = Detector.open(File("m", tmp_path / "m.onnx", labels(3)))
    tensor, letterbox = detector.prepare(drawn(np.zeros((128, 120, 3), np.uint8)))
    got = detector.submit(tensor, letterbox, 0.5, 0.5).result(60)
    detector.close()
    assert letterbox.left == 2
    assert got.xyxy.tolist() == [[0, 0, 56, 40], [16, 20, 36, 60]]
    assert class_ids(got) == [1, 0]


@table(
    ("outputs", "count", "family", "words"),
    [
        ({"output0": (1, 84, 126)}, 79, None, "80 classes, but 79 labels"),
        ({"output0": (1, 84, 126)}, 81, None, "80 classes, but 81 labels"),
        ({"outputs": (1, 126, 85)}, 80, None, "State its family"),
        ({"output0": (1, 84, 126)}, 80, "yolox", "not yolox"),
        ({"output0": (1, 84, 126)}, 80, "yolov9000", "unknown family"),
        ({"dets": (1, 9, 4), "labels": (1, 9, 5)}, 3, None, "5 classes, but 3 labels"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_models_name(tmp_path, outputs, count, family, words):
    arrays = {name: np.zeros(shape, np.float32) for name, shape in outputs.items()}
    constant_model(tmp_path / "m.onnx", arrays, shape=(1, 3, 64, 96))
    with pytest.raises(ModelError, match=words) as caught:
        Detector.open(File("door-cam", tmp_path / "m.onnx", labels(count), family))
    assert "door-cam" in str(caught.value)


def test_the_background_slot_of_ones_own_rf_detr_is_left_out(tmp_path):
    logits = np.full((1, 5, 4), -9, np.float32)
    logits[0, 0] = (1, 0, 0, 5)  # background is likelier, but it is no class
    boxes = np.full((1, 5, 4), 0.5, np.float32)
    constant_model(tmp_path / "m.onnx", {"dets": boxes, "labels": logits}, image="input")
    detector = Detector.open(File("m", tmp_path / "m.onnx", labels(3)))
    tensor, letterbox = detector.prepare(drawn(np.zeros((64, 64, 3), np.uint8)))
    got = detector.submit(tensor, letterbox, 0.5, 0.5).result(60)
    detector.close()
    assert class_ids(got) == [0]
    assert confidences(got)[0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_a_single_class_rf_detr_of_three_classes_is_matched_by_name_not_shape(tmp_path):
    boxes = np.full((1, 5, 4), 0.25, np.float32)
    logits = np.full((1, 5, 4), -9, np.float32)
    logits[0, 3, 2] = 3
    constant_model(tmp_path / "m.onnx", {"labels": logits, "dets": boxes}, image="input")
    detector = Detector.open(File("m", tmp_path / "m.onnx", labels(3)))
    tensor, letterbox = detector.prepare(drawn(np.zeros((64, 64, 3), np.uint8)))
    got = detector.submit(tensor, letterbox, 0.5, 0.5).result(60)
    detector.close()
    assert got.xyxy.tolist() == [[8, 8, 24, 24]]
    assert class_ids(got) == [2]
