"""Learning goes on from an export: the same answers at first, words by their spelling, clear errors."""

from pathlib import Path

import pytest

from tests.conftest import require

try:
    import torch
except ImportError:
    require(False, "torch; install the extra `train`")

from secondsight.errors import ModelError
from secondsight.learn.networks.clip import SIDE, TwoTowers, export, make_tokenizer, pixels, tokenize
from secondsight.learn.training.clip_resume import resume

SENTENCES = ["a red dog", "a blue ball"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, TwoTowers]:
    """Towers whose normalisation has seen pictures, so that there is something to unfold."""
    torch.manual_seed(3)
    tokenizer = make_tokenizer(SENTENCES)
    towers = TwoTowers(tokenizer.get_vocab_size())
    with torch.no_grad():  # an export keeps equal weights, such as fresh normalisations, only once
        for weights in towers.parameters():
            weights.add_(0.01 * torch.randn_like(weights))
    for _ in range(3):
        towers.image.train()(pixels(pictures(16)))
    folder = tmp_path_factory.mktemp("model")
    export(towers, tokenizer, folder)
    return folder, towers.eval()


def pictures(count: int) -> torch.Tensor:
    return torch.randint(0, 256, (count, SIDE, SIDE, 3), dtype=torch.uint8)


def test_it_answers_as_before(exported: tuple[Path, TwoTowers]) -> None:
    folder, before = exported
    some = pictures(16)
    after = resume(folder, make_tokenizer(SENTENCES), some)
    assert after.training
    after.eval()
    ids = tokenize(make_tokenizer(SENTENCES), SENTENCES)
    assert torch.allclose(after.image(pixels(some)), before.image(pixels(some)), atol=1e-4)
    assert torch.allclose(after.text(ids), before.text(ids), atol=1e-5)
    assert float(after.scale()) == pytest.approx(float(before.scale()), rel=1e-4)


def test_it_can_learn(exported: tuple[Path, TwoTowers]) -> None:
    """Gradients reach the first layer of both towers."""
    folder, _ = exported
    some = pictures(8)
    towers = resume(folder, make_tokenizer(SENTENCES), some)
    ids = tokenize(make_tokenizer(SENTENCES), SENTENCES)
    (towers.image(pixels(some))[:2] * towers.text(ids)).sum().backward()
    for name in ("image.body.0.0.weight", "text.words.weight"):
        gradient = towers.get_parameter(name).grad
        assert gradient is not None
        assert float(gradient.abs().sum()) > 0


def test_words_are_known_by_their_spelling(exported: tuple[Path, TwoTowers]) -> None:
    """`azure` moves all numbers by one; the old words mean what they meant."""
    folder, before = exported
    more = make_tokenizer([*SENTENCES, "azure"])
    assert more.get_vocab()["red"] != make_tokenizer(SENTENCES).get_vocab()["red"]
    after = resume(folder, more, pictures(4)).eval()
    old, new = (tokenize(one, SENTENCES) for one in (make_tokenizer(SENTENCES), more))
    assert torch.allclose(after.text(new), before.text(old), atol=1e-5)


@pytest.mark.parametrize("missing", ["vision_model.onnx", "text_model.onnx", "tokenizer.json", "config.json"])
def test_a_folder_that_is_no_export_is_named(
    exported: tuple[Path, TwoTowers], tmp_path: Path, missing: str
) -> None:
    for file in exported[0].iterdir():
        if file.name != missing:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ModelError, match=str(tmp_path)):
        resume(tmp_path, make_tokenizer(SENTENCES), pictures(4))
