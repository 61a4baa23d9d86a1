"""What lies between two exports: the ends are themselves, words are told by their spelling, strangers are refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import require

try:
    import torch
except ImportError:
    require(False, "torch; install the extra `train`")

from secondsight.brain.backends.clip.model import ClipModel
from secondsight.errors import ModelError
from secondsight.learn.networks.clip import TwoTowers, export, make_tokenizer
from secondsight.learn.training.clip_blend import blend


def exported(folder: Path, sentences: list[str], seed: int) -> Path:
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(sentences)
    towers = TwoTowers(tokenizer.get_vocab_size())
    with torch.no_grad():  # an export keeps equal weights, such as fresh normalisations, only once
        for weights in towers.parameters():
            weights.add_(0.01 * torch.randn_like(weights))
    export(towers, tokenizer, folder)
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("models")
    return exported(folder / "before", ["a red dog"], 1), exported(folder / "after", ["a red azure dog"], 2)


def texts(model: Path) -> np.ndarray:
    return ClipModel.open(str(model)).encode_texts(["a red dog"])


@pytest.mark.parametrize(("share", "end"), [(0.0, 0), (1.0, 1)])
def test_the_ends_are_the_models_themselves(
    pair: tuple[Path, Path], tmp_path: Path, share: float, end: int
) -> None:
    """The vocabularies number the words differently; `a red dog` means what it meant."""
    blend(*pair, tmp_path / "out", share)
    assert texts(tmp_path / "out") == pytest.approx(texts(pair[end]), abs=1e-5)


def test_between_them_it_is_neither(pair: tuple[Path, Path], tmp_path: Path) -> None:
    blend(*pair, tmp_path / "out", 0.5)
    for one in pair:
        assert np.abs(texts(tmp_path / "out") - texts(one)).max() > 1e-3
    vocabulary = json.loads((tmp_path / "out" / "tokenizer.json").read_text())["model"]["vocab"]
    assert "azure" in vocabulary


def test_what_is_no_export_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no export"):
        blend(tmp_path, pair[1], tmp_path / "out", 0.5)
