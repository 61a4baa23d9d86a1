"""The two towers of `city-clip`: their losses by hand, that they learn, and that their export says the same."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import require

try:
    import torch
except ImportError:
    require(False, "torch; install the extra `train`")

from secondsight.brain.backends.clip.model import ClipModel
from secondsight.brain.backends.clip.scoring import pool
from secondsight.learn.networks.clip import (
    EMBEDDING,
    PAD,
    SIDE,
    UNKNOWN,
    TwoTowers,
    contrastive_loss,
    export,
    make_tokenizer,
    mass_loss,
    pixels,
    tokenize,
)

SENTENCES = ["a red dog", "a blue ball rolls", "two dogs, and a ball!"]


def test_the_vocabulary_is_closed_and_in_order() -> None:
    tokenizer = make_tokenizer(SENTENCES)
    words = ["a", "and", "ball", "blue", "dog", "dogs", "red", "rolls", "two"]
    assert tokenizer.get_vocab() == {"[PAD]": PAD, "[UNK]": UNKNOWN, **{w: i for i, w in enumerate(words, 2)}}
    assert tokenize(tokenizer, ["A red-dog", "zebra"]).tolist() == [[2, 8, 6], [UNKNOWN, PAD, PAD]]
    assert tokenize(tokenizer, ["a " * 99]).shape == (1, 32)


def test_mass_loss_by_hand() -> None:
    """Row 1: 1 and 3 of 1, 2, 3 are true, (1 + 4) / (1 + 2 + 4). Row 2: 2 among 2 and 3. Row 3 does not count."""
    logits = torch.log(torch.tensor([[1.0, 2.0, 4.0], [9.0, 3.0, 1.0], [5.0, 6.0, 7.0]]))
    among = torch.tensor([[True, True, True], [False, True, True], [True, True, True]])
    positive = torch.tensor([[True, False, True], [False, True, False], [False, False, False]])
    expected = (-math.log(5 / 7) - math.log(3 / 4)) / 2
    assert float(mass_loss(logits, among, positive)) == pytest.approx(expected)
    assert float(mass_loss(logits, among, torch.zeros_like(positive))) == 0.0


def test_contrastive_loss_by_hand() -> None:
    """Clips 1 and 2 share sentence 1; sentence 2 is of clip 3."""
    weights = torch.tensor([[3.0, 1.0], [2.0, 2.0], [1.0, 4.0]])
    positive = torch.tensor([[True, False], [True, False], [False, True]])
    clips = -(math.log(3 / 4) + math.log(2 / 4) + math.log(4 / 5)) / 3
    sentences = -(math.log(5 / 6) + math.log(4 / 7)) / 2
    assert float(contrastive_loss(weights.log(), positive)) == pytest.approx((clips + sentences) / 2)


def test_padding_changes_no_text() -> None:
    torch.manual_seed(0)
    tower, tokenizer = TwoTowers(20).text.eval(), make_tokenizer(SENTENCES)
    together = tower(tokenize(tokenizer, SENTENCES))
    alone = torch.cat([tower(tokenize(tokenizer, [sentence])) for sentence in SENTENCES])
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(together.norm(dim=1), torch.ones(3))
    swapped = tower(tokenize(tokenizer, ["dog red a"]))
    assert not torch.allclose(swapped, alone[:1], atol=1e-3), "the order of words counts"


def shapes(count: int, rng: np.random.Generator) -> tuple["torch.Tensor", list[int]]:
    """Clips of one view each, of 8 classes: a bar that stands or lies, in four colours."""
    colours = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200], [200, 200, 40]])
    views = rng.integers(60, 110, (count, 1, 1, SIDE, SIDE, 3), dtype=np.uint8)
    classes = rng.integers(0, 8, count).tolist()
    for clip, number in zip(views, classes, strict=True):
        long, short = 50, 16
        width, height = (long, short) if number % 2 else (short, long)
        x, y = rng.integers(5, SIDE - long - 5, 2)
        clip[:, :, y : y + height, x : x + width] = colours[number // 2]
    return torch.from_numpy(views), classes


@pytest.mark.slow
def test_eight_classes_are_learned_in_seconds() -> None:
    """From captions alone, and told apart afterwards on clips that were not seen."""
    names = [f"a {c} bar {p}" for c in ("red", "green", "blue", "yellow") for p in ("stands", "lies")]
    tokenizer = make_tokenizer(names)
    torch.manual_seed(1)
    rng, towers = np.random.default_rng(1), TwoTowers(tokenizer.get_vocab_size())
    optimiser = torch.optim.AdamW(towers.parameters(), 1.5e-3)
    tokens = tokenize(tokenizer, names)
    for _ in range(60):
        views, classes = shapes(20, rng)
        positive = torch.nn.functional.one_hot(torch.tensor(classes), 8).bool()
        logits = towers.scale() * towers.pooled(views) @ towers.text(tokens).T
        loss = contrastive_loss(logits, positive)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    towers.eval()
    views, classes = shapes(64, rng)
    with torch.no_grad():
        found = (towers.pooled(views) @ towers.text(tokens).T).argmax(dim=1)
    assert (found == torch.tensor(classes)).float().mean() >= 0.9


def test_the_export_says_the_same(tmp_path: Path) -> None:
    torch.manual_seed(2)
    tokenizer = make_tokenizer(SENTENCES)
    towers = TwoTowers(tokenizer.get_vocab_size())
    towers.pooled(shapes(8, np.random.default_rng(0))[0])  # moves the running means of the normalisation
    export(towers, tokenizer, tmp_path / "m", logit_scale=2.5)
    assert json.loads((tmp_path / "m" / "config.json").read_text())["logit_scale"] == 2.5
    model = ClipModel.open(str(tmp_path / "m"))
    views, _ = shapes(3, np.random.default_rng(3))
    flat = views.flatten(0, 2)
    pictures = [Image.fromarray(view) for view in flat.numpy()]
    seen = model.encode_images(pictures)
    with torch.no_grad():
        assert np.abs(seen - towers.image(pixels(flat)).numpy()).max() < 1e-4
        frames = [towers.pooled(views[:1]), towers.pooled(views[1:].reshape(1, 1, 2, SIDE, SIDE, 3))]
        assert np.abs(pool(seen, [1, 2]).frames - torch.cat(frames).numpy()).max() < 1e-4
        whole = torch.nn.functional.normalize(torch.cat(frames).mean(dim=0), dim=0)
        assert np.abs(pool(seen, [1, 2]).whole[0] - whole.numpy()).max() < 1e-4
        texts = towers.text(tokenize(tokenizer, SENTENCES)).numpy()
    assert np.abs(model.encode_texts(SENTENCES) - texts).max() < 1e-4
    assert seen.shape == (3, EMBEDDING)
    size = sum(path.stat().st_size for path in (tmp_path / "m").iterdir())
    assert size < 12e6
