from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from secondsight.errors import ModelError
from secondsight.learn.export.onnx import export_yolox
from secondsight.learn.export.published import read_published, thaw
from secondsight.learn.networks.yolox import Plan, Yolox
from tests.sentinel.frames import frames_of


def by_onnxruntime(path: Path, images: np.ndarray) -> np.ndarray:
    from onnxruntime import InferenceSession

    return InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"images": images})[0]


def by_torch(network: Yolox, images: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        rows = network(torch.from_numpy(images))
    return torch.cat((rows[..., :4], rows[..., 4:].sigmoid()), dim=-1).numpy()


@pytest.fixture(scope="module")
def file(data_dir):
    return data_dir / "models" / "yolox_nano.onnx"


@pytest.fixture(scope="module")
def network(file):
    return read_published(file)


def test_the_plan_is_nano(network):
    assert network.plan == Plan(80, 0.25, 0.33, True)


def test_noise_gives_what_the_published_model_gives(file, network):
    noise = np.random.default_rng(0).uniform(0, 255, (1, 3, 416, 416)).astype(np.float32)
    assert np.abs(by_torch(network, noise) - by_onnxruntime(file, noise)).max() < 1e-3


def test_a_real_picture_gives_what_the_published_model_gives(file, network, data_dir):
    video = data_dir / "videos" / "one-by-one-person-detection.mp4"
    picture = list(frames_of(video, 100, 3))[-1].resized(416, 416)
    images = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
    expected = by_onnxruntime(file, images)
    assert expected[..., 4].max() > 0.3, "the picture shows something"
    assert np.abs(by_torch(network, images) - expected).max() < 1e-3


def test_a_dense_network_comes_back_as_it_was_exported(tmp_path):
    torch.manual_seed(1)
    network = Yolox(Plan(5, 0.125, 0.67, False)).eval()
    for value in network.parameters():
        # A trained network has no two equal biases, which the exporter would store as one.
        torch.nn.init.normal_(value, std=0.1)
    export_yolox(network, tmp_path / "own.onnx", (96, 64), list("abcde"))
    # The exporter folds the normalisation, as it did for the published files.
    read = read_published(tmp_path / "own.onnx")
    assert read.plan == network.plan
    images = np.random.default_rng(0).uniform(0, 255, (1, 3, 64, 96)).astype(np.float32)
    assert np.abs(by_torch(read, images) - by_torch(network, images)).max() < 1e-3


def test_other_files_are_refused(data_dir, tmp_path):
    with pytest.raises(ModelError, match="does not begin as a YOLOX"):
        read_published(data_dir / "models" / "fastestdet.onnx")
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    with pytest.raises(ModelError, match="cannot be read"):
        read_published(text)
    with pytest.raises(ModelError, match="cannot be read"):
        read_published(tmp_path / "absent.onnx")


def test_a_graph_of_another_shape_is_refused_by_name(file, tmp_path):
    model = onnx.load(file)
    node = next(node for node in model.graph.node if node.op_type == "Conv" and "preds" in node.input[1])
    model.graph.node.remove(node)
    onnx.save(model, tmp_path / "less.onnx")
    with pytest.raises(ModelError, match="112 convolutions"):
        read_published(tmp_path / "less.onnx")


def test_thawed_it_finds_in_a_batch_what_it_found_before(file):
    """In training normalisations go by the batch: with the frozen ones of the file it would find nothing of it."""
    images = np.random.default_rng(0).uniform(0, 255, (4, 3, 96, 96)).astype(np.float32)
    frozen = read_published(file)
    before = by_torch(frozen, images)
    thawed = thaw(read_published(file), torch.from_numpy(images))
    assert thawed.training
    assert np.abs(by_torch(thawed, images) - before).max() < 0.02 * np.abs(before).max()
    assert np.abs(by_torch(frozen.train(), images) - before).max() > 0.1 * np.abs(before).max()
