"""Readers of text lines: greedy decoding, which model is of which family, and a real reader of number plates."""

from pathlib import Path

import numpy as np
import pytest

from bench.accuracy.plate_readers import FONT, Disturbance, plate, seen
from secondsight.config import PLATE_FORMATS
from secondsight.errors import ModelError
from secondsight.records import Box
from secondsight.sentinel import CropModel, ModelStore, TextReader
from secondsight.sentinel.families import family_named, recognise
from secondsight.sentinel.families.heads import collapsed
from secondsight.sentinel.runtime.base import ModelInfo, TensorSpec
from tests.behaviour.city import Painted
from tests.table import table


def steps(said: str, labels: str = "AB-", sure: float = 0.8) -> np.ndarray:
    """Probabilities (t, nc) of a reader that is this sure of one class in each step."""
    rest = (1 - sure) / (len(labels) - 1)
    return np.array([[sure if one == label else rest for label in labels] for one in said])


@table(
    ("said", "characters"),
    [
        ("AB", [0, 1]),
        ("AAB", [0, 1]),  # one that goes on
        ("A-A", [0, 0]),  # twice, with a blank between
        ("--A--B-", [0, 1]),
        ("---", []),
        ("-", []),
    ],
)
def test_repetitions_are_one_and_blanks_none(said: str, characters: list[int]) -> None:
    found = collapsed(steps(said), blank=2)
    assert found.shape == (len(characters), 2)
    assert found[:, 0].tolist() == characters
    assert found[:, 1].tolist() == pytest.approx([0.8] * len(characters))


def test_logits_become_probabilities_and_the_surest_step_counts() -> None:
    scores = np.log(np.concatenate((steps("A", sure=0.6), steps("A", sure=0.9)))) + 5
    assert collapsed(scores, blank=2).tolist() == [pytest.approx([0.0, 0.9])]


def info(*shape: int | None) -> ModelInfo:
    return ModelInfo((TensorSpec("x", (1, 3, 24, 94), "float32"),), (TensorSpec("y", shape, "float32"),), {})


def test_families_by_shape() -> None:
    assert family_named("lprnet", info(1, 68, 18)).classes(info(1, 68, 18)) == 68
    assert family_named("ctc", info(1, None, 73)).classes(info(1, None, 73)) == 73
    assert family_named("crnn").name == family_named("ppocr-rec").name == "ctc"
    for name, shape in (("ctc", (1, 40, 5)), ("lprnet", (1, 5, 18)), ("ctc", (1, 40))):
        with pytest.raises(ModelError, match=f"that is not {name}"):
            family_named(name, info(*shape))
    with pytest.raises(ModelError, match=r"may be one of .*lprnet .*ctc "):
        recognise(info(1, 68, 18))


@pytest.mark.skipif(not FONT.is_file(), reason=f"drawing Chinese plates needs {FONT}")
def test_a_real_reader_reads_drawn_plates(data_dir: Path, tmp_path: Path) -> None:
    """LPRNet as published; of plates in this typeface it reads some, and these."""
    folder = data_dir / "models"
    labels = folder / "lprnet-chars.txt"
    model = ModelStore(tmp_path).add(folder / "lprnet.onnx", "reader", "lprnet", labels)
    reader = TextReader.open(None, PLATE_FORMATS["chinese"], CropModel.open(model, ("read",)))
    try:
        reader.rehearse()
        rng = np.random.default_rng(1)
        for text in ("黑DPQ13F", "琼BFC0021", "吉FFV4102"):
            picture = seen(plate(text), 35, Disturbance(noise=0.0, blur=0.3), rng)
            (said,) = reader.texts(Painted(picture, 0.0), [Box(0, 0, 1, 1)])
            assert said is not None
            assert said.text == text
            assert len(said.characters) == len(text)
    finally:
        reader.close()
