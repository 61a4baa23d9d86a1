"""How many tokens pictures take, and how many and how large ones fit a budget. Pure arithmetic.

A vision model pays by area: a 768x432 key frame is 405 tokens for Qwen2.5-VL, a 1920x1080 one 2,691. Half the
side is a quarter of the price, which is why pictures become smaller before any is left out.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

Rule = Callable[[int, int], int]
"""(width, height) in pixels -> tokens of a picture."""

FLOOR = 224
"""Longer side in pixels below which no picture is shrunk while another one can be left out: a person at a third of
the picture's height has 40 pixels then, and what they do cannot be seen any more."""
STEP = 16
"""Pixels between two sizes that are tried."""


@dataclass(frozen=True, slots=True)
class PictureFit:
    """What of a request's pictures is sent.

    Attributes:
        shown: positions of the pictures, in order; never empty.
        side: pixels that their longer side is scaled down to.
        tokens: what they take together.
    """

    shown: tuple[int, ...]
    side: int
    tokens: int


def cells(width: int, height: int, *, cell: int, least: int, most: int) -> int:
    """Tokens of one picture for the Qwen-VL family, its two marks (start, end) included.

    The picture is scaled so that both sides are multiples of `cell` and the area lies within `least` to `most`
    pixels, then every cell is a token: 28 pixels for Qwen2-VL and Qwen2.5-VL (patches of 14, merged 2x2), 32 for
    Qwen3-VL (patches of 16). Source: Qwen2-VL (arXiv:2409.12191), section 2.1; `smart_resize` in the library
    transformers.
    """
    columns, rows = grid(width, height, cell=cell, least=least, most=most)
    return columns * rows + 2


def grid(width: int, height: int, *, cell: int, least: int, most: int) -> tuple[int, int]:
    """Cells across and down, see `cells`."""
    columns, rows = round(width / cell), round(height / cell)
    if columns * rows * cell * cell > most:
        shrink = math.sqrt(width * height / most)
        columns = max(1, math.floor(width / shrink / cell))
        rows = max(1, math.floor(height / shrink / cell))
    elif columns * rows * cell * cell < least:
        grow = math.sqrt(least / (width * height))
        columns, rows = math.ceil(width * grow / cell), math.ceil(height * grow / cell)
    return columns, rows


def tiles(width: int, height: int) -> int:
    """Tokens of one picture in high detail for GPT-4o: 85, and 170 for each tile of 512 pixels.

    The picture is first fitted into 2048x2048, then its shorter side is brought down to 768. Source: OpenAI's guide
    "Images and vision", calculating costs.
    """
    scale = min(1.0, 2048 / max(width, height), 768 / min(width, height))
    across, down = math.ceil(width * scale / 512), math.ceil(height * scale / 512)
    return 85 + 170 * across * down


_QWEN3: Rule = partial(cells, cell=32, least=65536, most=16777216)
_QWEN2: Rule = partial(cells, cell=28, least=3136, most=12845056)
_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = (
    (re.compile(r"qwen[-_]?3"), _QWEN3),
    (re.compile(r"qwen|qvq"), _QWEN2),
    (re.compile(r"gpt-|chatgpt|\bo\d"), tiles),
)


def rule_of(model: str) -> Rule:
    """How a model counts, by its name; one that is not known counts as Qwen2.5-VL, which is an estimate."""
    name = model.lower()
    return next((rule for pattern, rule in _RULES if pattern.search(name)), _QWEN2)


def scaled(width: int, height: int, side: int) -> tuple[int, int]:
    """Size of a picture whose longer side is at most `side` pixels, of the same shape; it is never enlarged."""
    scale = min(1.0, side / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def spread(count: int, most: int, keep: int) -> tuple[int, ...]:
    """Positions of at most `most` of `count` pictures, in order, evenly spread, `keep` always among them.

    >>> spread(7, 3, 1)
    (1, 3, 6)
    """
    if count <= most:
        return tuple(range(count))
    if most == 1:
        return (keep,)
    chosen = [round(i * (count - 1) / (most - 1)) for i in range(most)]
    nearest = min(range(most), key=lambda i: abs(chosen[i] - keep))
    chosen[nearest] = keep
    return tuple(sorted(chosen))


def fit(
    sizes: Sequence[tuple[int, int]], keep: int, most: int, side: int, budget: int, rule: Rule
) -> PictureFit:
    """The most and the largest of the pictures that `budget` tokens allow.

    They become smaller, down to `FLOOR`; if that is not enough, fewer; and one alone smaller than that.

    Args:
        sizes: width and height of every picture, in pixels.
        keep: position of the picture that is never left out.
        most: count of pictures at most.
        side: longer side at most, in pixels.

    Raises:
        ValueError: there is no picture.
    """
    if not sizes:
        raise ValueError("no pictures")

    def cost(shown: Sequence[int], side: int) -> int:
        return sum(rule(*scaled(*sizes[position], side)) for position in shown)

    floor = min(side, FLOOR)
    for count in range(min(most, len(sizes)), 0, -1):
        shown = spread(len(sizes), count, keep)
        least = floor if count > 1 else 1
        if cost(shown, least) > budget:
            continue
        for size in (*range(side, least, -STEP), least):
            if (tokens := cost(shown, size)) <= budget:
                return PictureFit(shown, size, tokens)
    return PictureFit((keep,), 1, cost((keep,), 1))
