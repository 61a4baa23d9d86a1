"""The classifiers of the second stage: network, file, and the embedded ones as their card says."""

import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from secondsight.learn.export.attribute import export_attribute
from secondsight.learn.networks.attribute_classifier import AttributeNet
from secondsight.sentinel import ModelStore
from secondsight.sentinel.models.catalogue import EMBEDDED
from training.attributes import TASKS, Samples, quick, train

CARD = EMBEDDED / "city-attributes.md"


def test_the_file_says_the_same_as_the_network_for_any_batch(tmp_path: Path) -> None:
    torch.manual_seed(3)
    network, path = AttributeNet(3).eval(), tmp_path / "a.onnx"
    export_attribute(network, path, (48, 32), ("a", "b", "c"), {"seed": "3"})
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    pictures = np.random.default_rng(1).random((5, 3, 32, 48), np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(pictures)).softmax(1).numpy()
    for count in (1, 5):
        (found,) = session.run(None, {"images": pictures[:count]})
        np.testing.assert_allclose(found, expected[:count], atol=1e-5)
    properties = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert properties == {"task": "classify", "names": "{0: 'a', 1: 'b', 2: 'c'}", "seed": "3"}
    assert list(tmp_path.iterdir()) == [path], "no half file is left"


def test_training_learns_what_differs() -> None:
    """Helmets as bright upper halves, on noise."""
    task, rng = TASKS[0], np.random.default_rng(1)
    crops = rng.integers(0, 120, (200, 32, 32, 3), np.uint8)
    answers = rng.integers(0, 2, 200)
    crops[answers == 0, :16] += 120
    samples = Samples(
        {task.name: crops}, {task.name: answers}, np.full(200, 80, np.float32), np.ones(200, bool)
    )
    network = train(task, samples, seed=1, epochs=6)
    with torch.no_grad():
        found = network(torch.from_numpy(crops.transpose(0, 3, 1, 2)).float() / 255).argmax(1).numpy()
    assert (found == answers).mean() > 0.95


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_card_is_about_the_files(task, tmp_path: Path) -> None:
    model = ModelStore(tmp_path).resolve(task.name)
    assert (model.labels, model.family) == (task.labels, "classifier-plain")
    assert model.sha256 in CARD.read_text(encoding="utf-8")
    assert model.bytes < 400_000


@pytest.mark.slow
def test_they_do_what_the_card_says(tmp_path: Path) -> None:
    rows = dict(re.findall(r"^\| (city-\w+) \| (0\.\d+) \|$", CARD.read_text(encoding="utf-8"), re.MULTILINE))
    for name, share in quick(tmp_path).items():
        assert share == pytest.approx(float(rows[name]), abs=0.03)
