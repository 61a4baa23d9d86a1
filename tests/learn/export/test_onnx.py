import numpy as np
import onnx
import pytest
import torch

from secondsight.learn.export.onnx import export_yolox
from secondsight.learn.networks.yolox import Plan, Yolox, boxes, cells
from secondsight.sentinel import Detector, ModelStore
from tests.detections import class_ids, confidences
from tests.sentinel.frames import drawn

LABELS = ("hat", "cap", "shoe")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    network = Yolox(Plan(len(LABELS), 0.125, 0.33, False)).eval()
    for value in network.parameters():
        if value.ndim == 1:
            torch.nn.init.uniform_(value, 0.5, 1.5)
    return network


@pytest.mark.parametrize("size", [(96, 64), (64, 64), (160, 96)])
def test_the_file_says_what_the_network_says(network, tmp_path, size):
    from onnxruntime import InferenceSession

    export_yolox(network, tmp_path / "m.onnx", size, LABELS)
    images = np.random.default_rng(0).uniform(0, 255, (1, 3, size[1], size[0])).astype(np.float32)
    session = InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    found = session.run(["output"], {"images": images})[0]
    with torch.no_grad():
        rows = network(torch.from_numpy(images)).numpy()
    assert found[..., :4] == pytest.approx(rows[..., :4], abs=1e-4, rel=1e-4)
    assert found[..., 4:] == pytest.approx(1 / (1 + np.exp(-rows[..., 4:])), abs=1e-4)


def test_the_sentinel_reads_it_as_it_is(network, tmp_path):
    """Family, labels and boxes, of a picture that is not square, from nothing but the file."""
    export_yolox(network, tmp_path / "m.onnx", (160, 96), LABELS)
    model = ModelStore(tmp_path / "models").add(tmp_path / "m.onnx", "mine")
    assert (model.family, model.labels) == ("yolox", LABELS)
    picture = np.random.default_rng(1).integers(0, 255, (96, 160, 3)).astype(np.uint8)
    with torch.no_grad():
        image = torch.from_numpy(picture[..., ::-1].copy()).permute(2, 0, 1)[None].float()
        rows = network(image)[0]
    scores = (rows[:, 4:5].sigmoid() * rows[:, 5:].sigmoid()).max(dim=1)
    best = int(scores.values.argmax())
    x, y, w, h = boxes(rows, *cells(160, 96))[best].tolist()
    detector = Detector.open(model)
    try:
        tensor, letterbox = detector.prepare(drawn(picture))
        found = detector.submit(tensor, letterbox, 0.0, 1.0).result()
    finally:
        detector.close()
    assert class_ids(found)[0] == scores.indices[best]
    assert confidences(found)[0] == pytest.approx(float(scores.values[best]), abs=1e-3)
    inside = np.clip([x - w / 2, y - h / 2, x + w / 2, y + h / 2], 0, [160, 96, 160, 96])
    assert found.xyxy[0] == pytest.approx(inside, abs=0.5)


def test_the_same_weights_give_the_same_bytes_and_facts(network, tmp_path):
    for name in ("a.onnx", "b.onnx"):
        export_yolox(network, tmp_path / name, (64, 64), LABELS, {"seed": "7"})
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.onnx", "b.onnx"]
    model = onnx.load(tmp_path / "a.onnx")
    assert {item.key: item.value for item in model.metadata_props}["seed"] == "7"
    assert model.opset_import[0].version >= 17


def test_exporting_leaves_the_network_as_it_was(network, tmp_path):
    trained = Yolox(network.plan).train()
    export_yolox(trained, tmp_path / "m.onnx", (64, 64), LABELS)
    assert trained.training
