"""YuNet against OpenCV's own reader of it, cv2.FaceDetectorYN, on the same file."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from secondsight.records import Box
from secondsight.sentinel.inference.crop_model import NONE, CropModel
from secondsight.sentinel.inference.detector import Detector
from secondsight.sentinel.second.second_stage import TASKS
from tests.sentinel.families.layouts import HEIGHT, LAYOUTS, WIDTH
from tests.sentinel.families.test_decoders import File
from tests.sentinel.frames import drawn
from tests.sentinel.graphs import constant_model

LAYOUT = next(layout for layout in LAYOUTS if layout.name == "yunet")


@pytest.mark.parametrize("seed", range(4))
def test_it_finds_what_opencv_finds(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "yunet.onnx"
    LAYOUT.make(np.random.default_rng(seed), path)
    theirs = cv2.FaceDetectorYN.create(str(path), "", (WIDTH, HEIGHT), 0.6, 0.45, 1000)
    _, faces = theirs.detect(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    detector = Detector.open(File("yunet", path, ("face",)))
    tensor, letterbox = detector.prepare(drawn(np.zeros((HEIGHT, WIDTH, 3), np.uint8)))
    # Theirs are not clipped to the picture, and their suppression counts whole pixels; ours is compared unsuppressed.
    raw = detector.runtime.submit(tensor).result(60)
    ours = detector._decoder(letterbox.canvas)(raw, 0.6, 1.0)
    detector.close()
    assert detector.family.name == "yunet", "recognised"
    assert len(faces) > 3
    for x, y, width, height, *_, score in faces.tolist():
        away = np.abs(ours.xyxy - (x, y, x + width, y + height)).max(axis=1)
        at = int(away.argmin())
        assert away[at] < 0.01
        assert ours.confidence[at] == pytest.approx(score, abs=1e-5)
    assert ours.confidence.max() == pytest.approx(faces[:, -1].max(), abs=1e-5)


def face_model(path: Path, score: float) -> Path:
    """One face at column 2, row 1 of stride 16: 16 wide, 32 high in the middle of the cell."""
    outputs = {}
    for stride in (8, 16, 32):
        count = (WIDTH // stride) * (HEIGHT // stride)
        for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
            outputs[f"{part}_{stride}"] = np.zeros((1, count, columns), np.float32)
    cell = 1 * (WIDTH // 16) + 2
    outputs["cls_16"][0, cell], outputs["obj_16"][0, cell] = score, score
    outputs["bbox_16"][0, cell] = (0.5, 0.5, 0.0, np.log(2))
    return constant_model(path, outputs, image="input", shape=(1, 3, HEIGHT, WIDTH))


@pytest.mark.parametrize(("score", "expected"), [(0.8, (0.8, 0.2)), (0.1, (0.0, 1.0))])
def test_as_a_second_stage_it_says_whether_there_is_a_face(
    tmp_path: Path, score: float, expected: tuple[float, float]
) -> None:
    model = CropModel.open(File("yunet", face_model(tmp_path / "m.onnx", score), ("face",)), TASKS)
    frame = drawn(np.zeros((HEIGHT * 2, WIDTH * 4, 3), np.uint8))
    part = Box(0.25, 0.5, 0.5, 1.0)
    (vector,) = model.vectors(frame, [part])
    (found,) = model.found(frame, [part])
    model.close()
    assert model.labels == ("face", NONE)
    assert vector == pytest.approx(expected, abs=1e-5)
    if score < 0.3:
        assert found == []
        return
    # The part has the model's own size, so its pixels are the model's: 32..48 by 8..40.
    assert found == [
        pytest.approx(((96 + 32) / 384, (64 + 8) / 128, (96 + 48) / 384, (64 + 40) / 128), abs=1e-4)
    ]
