"""A small pair of encoders, pictures and sentences into one space, in plain torch: what `city-clip` is trained with.

Same form as the published CLIPs (Radford et al. 2021), only small: 2.3 million numbers instead of 150, so that one
processor core trains it within an hour. It is exported into the same layout and served by the same code.
"""

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch import Tensor, nn
from torch.nn import functional

SIDE = 96
"""Pixels of a picture's side. Smaller ones lose helmets: a head is a tenth of a person's height."""
LENGTH = 32
"""Most words of a sentence."""
EMBEDDING = 128
PAD, UNKNOWN = 0, 1
MEAN, STD = (0.45, 0.45, 0.45), (0.25, 0.25, 0.25)
_WORD = "[a-z0-9]+"
_HOTTEST = math.log(100.0)
"""Bound of the scale, as published CLIPs have it: beyond it training becomes unstable."""


def make_tokenizer(sentences: Iterable[str]) -> Tokenizer:
    """One number per word of a closed vocabulary, in the order of the alphabet; any other word is unknown."""
    words = sorted({word for sentence in sentences for word in re.findall(_WORD, sentence.lower())})
    vocabulary = {"[PAD]": PAD, "[UNK]": UNKNOWN, **{word: i for i, word in enumerate(words, 2)}}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True)
    return tokenizer


def tokenize(tokenizer: Tokenizer, sentences: list[str]) -> Tensor:
    """int64 (n, longest), filled up with PAD."""
    rows = [encoding.ids[:LENGTH] for encoding in tokenizer.encode_batch(sentences)]
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


class ImageTower(nn.Module):
    """A small residual network. In: `pixel_values` float32 (n, 3, SIDE, SIDE). Out: (n, EMBEDDING), length 1."""

    def __init__(
        self, widths: tuple[int, ...] = (16, 32, 64, 128, 256), blocks: tuple[int, ...] = (0, 1, 1, 1)
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [_convolution(3, widths[0], 5, 2)]
        for before, after, count in zip(widths, widths[1:], blocks, strict=False):
            layers += [_convolution(before, after, 3, 2), *(_Residual(after) for _ in range(count))]
        self.body = nn.Sequential(*layers)
        # Centred first: what follows a ReLU is all positive, and all pictures would begin as nearly the same.
        self.head = nn.Sequential(nn.BatchNorm1d(2 * widths[-1]), nn.Linear(2 * widths[-1], EMBEDDING))

    def forward(self, pixel_values: Tensor) -> Tensor:
        seen = self.body(pixel_values)
        # The mean says what fills the view, the maximum what is somewhere in it.
        pooled = torch.cat([seen.mean(dim=(2, 3)), seen.amax(dim=(2, 3))], dim=1)
        return functional.normalize(self.head(pooled), dim=1)


class TextTower(nn.Module):
    """A small transformer. In: `input_ids` int64 (n, words), PAD at the end. Out: (n, EMBEDDING), length 1."""

    def __init__(self, words: int, width: int = 128, heads: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width, padding_idx=PAD)
        self.places = nn.Parameter(torch.randn(LENGTH, width) * 0.02)
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, EMBEDDING))
        nn.init.normal_(self.words.weight, std=0.5)

    def forward(self, input_ids: Tensor) -> Tensor:
        there = (input_ids != PAD).float()
        state = self.words(input_ids) + self.places[: input_ids.shape[1]]
        for layer in self.layers:
            state = layer(state, there)
        state = self.head(state)
        mean = (state * there[:, :, None]).sum(dim=1) / there.sum(dim=1, keepdim=True).clamp(min=1.0)
        return functional.normalize(mean, dim=1)


class TwoTowers(nn.Module):
    """Both towers and the scale of their cosines. `words` is the size of the vocabulary."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.image = ImageTower()
        self.text = TextTower(words)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def scale(self) -> Tensor:
        """Factor on cosines, at most 100."""
        return self.logit_scale.clamp(max=_HOTTEST).exp()

    def pooled(self, views: Tensor) -> Tensor:
        """Clips as embeddings, as the backend pools them.

        Args:
            views: uint8 (clips, frames, views, SIDE, SIDE, 3), RGB.

        Returns:
            float32 (clips, EMBEDDING), length 1.
        """
        clips, frames, each = views.shape[:3]
        single = self.image(pixels(views.flatten(0, 2))).view(clips, frames, each, EMBEDDING)
        by_frame = functional.normalize(single.mean(dim=2), dim=2)
        return functional.normalize(by_frame.mean(dim=1), dim=1)


def pixels(pictures: Tensor) -> Tensor:
    """`pixel_values` float32 (n, 3, h, w) of RGB pictures, uint8 or float 0..255 (n, h, w, 3)."""
    mean, std = torch.tensor(MEAN) * 255, torch.tensor(STD) * 255
    return ((pictures.float() - mean) / std).permute(0, 3, 1, 2)


def mass_loss(logits: Tensor, among: Tensor, positive: Tensor) -> Tensor:
    """Mean of -log(share of the softmax that falls on what is true).

    With several true ones it asks for their sum only (MIL-NCE, Miech et al. 2020, equation 1), which is what the
    backend computes as the probability of an answer.

    Args:
        logits: (n, m).
        among: bool (n, m), what takes part in the softmax of a row; the rest is left out.
        positive: bool (n, m), what is true. Rows without any do not count.
    """
    everything = logits.masked_fill(~(among | positive), -torch.inf)
    counts = positive.any(dim=1)
    if not bool(counts.any()):
        return logits.sum() * 0.0
    true = logits.masked_fill(~positive, -torch.inf)
    return (everything[counts].logsumexp(dim=1) - true[counts].logsumexp(dim=1)).mean()


def contrastive_loss(logits: Tensor, positive: Tensor) -> Tensor:
    """Clips against sentences and sentences against clips, several of which may belong together.

    Args:
        logits: (clips, sentences), each different sentence once.
        positive: bool, which sentences are true of which clip.
    """
    everything = torch.ones_like(positive)
    return (mass_loss(logits, everything, positive) + mass_loss(logits.T, everything.T, positive.T)) / 2


def export(
    towers: TwoTowers, tokenizer: Tokenizer, folder: Path, *, logit_scale: float | None = None
) -> None:
    """Write the five files that `backend: clip` loads; any batch size.

    Args:
        logit_scale: natural logarithm of the scale, instead of the trained one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    towers.eval()
    _write(
        towers.image,
        torch.zeros(2, 3, SIDE, SIDE),
        folder / "vision_model.onnx",
        "pixel_values",
        "image_embeds",
    )
    sample = torch.tensor([[2, 3, 4, 0], [2, 0, 0, 0]])
    _write(towers.text, sample, folder / "text_model.onnx", "input_ids", "text_embeds")
    tokenizer.save(str(folder / "tokenizer.json"))
    scale = float(towers.scale().log()) if logit_scale is None else logit_scale
    _write_json(
        folder / "config.json",
        {
            "model_type": "clip",
            "logit_scale": round(scale, 6),
            "projection_dim": EMBEDDING,
            "text_config": {"max_position_embeddings": LENGTH, "pad_token_id": PAD},
        },
    )
    _write_json(
        folder / "preprocessor_config.json",
        {
            "size": {"height": SIDE, "width": SIDE},
            "do_center_crop": False,
            "resample": 2,
            "rescale_factor": 1 / 255,
            "image_mean": MEAN,
            "image_std": STD,
        },
    )


def _write(tower: nn.Module, sample: Tensor, path: Path, source: str, result: str) -> None:
    axes = {source: {0: "batch", **({1: "words"} if sample.dim() == 2 else {})}, result: {0: "batch"}}
    torch.onnx.export(
        tower,
        (sample,),
        str(path),
        input_names=[source],
        output_names=[result],
        dynamic_axes=axes,
        dynamo=False,
    )


def _write_json(path: Path, values: dict[str, object]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _convolution(before: int, after: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolution(width, width, 3, 1)
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width))

    def forward(self, state: Tensor) -> Tensor:
        return functional.relu(state + self.second(self.first(state)))


class _Layer(nn.Module):
    """Attention and a small network, each after its own normalisation (Xiong et al. 2020)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.sources, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, state: Tensor, there: Tensor) -> Tensor:
        count, words, width = state.shape
        parts = self.sources(self.before(state)).view(count, words, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        scores = query @ key.transpose(2, 3) / (self.width / self.heads) ** 0.5
        scores = scores - 1e4 * (1.0 - there)[:, None, None, :]
        mixed = (scores.softmax(dim=3) @ value).transpose(1, 2).reshape(count, words, width)
        state = state + self.mix(mixed)
        thought: Tensor = state + self.think(self.between(state))
        return thought
