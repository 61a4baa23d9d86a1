"""Readers of one line of text: a score for each character in each step along the line.

They are trained by connectionist temporal classification (Graves et al. 2006): between characters, and where one goes
on, comes a blank. Read greedily: the best class of each step, repetitions as one, without blanks.
- `lprnet`: number plates (Zherzdev and Gruzdev 2018). Output (1, nc, t), the blank last.
- `ctc`: PP-OCR's recognisers, CRNN and others like them. Output (1, t, nc), the blank first.
The blank is a label of its own: `-` at the end of LPRNet's list, and at the start of the other's.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.sentinel.families.base import Family, Read
from secondsight.sentinel.runtime.base import ModelInfo, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_CLASSES = 11
"""Ten digits and the blank."""


def collapsed(scores: NDArray[Any], blank: int) -> NDArray[np.float32]:
    """What a line says, by greedy decoding.

    Args:
        scores: (t, nc), logits or probabilities of each step.
        blank: position of the blank.

    Returns:
        Characters, float32 (n, 2): class, and its largest probability in the steps that say it.
    """
    values = scores.astype(np.float64)
    if values.min() < 0 or not np.allclose(values.sum(axis=1), 1, atol=0.01):
        values = np.exp(values - values.max(axis=1, keepdims=True))
        values /= values.sum(axis=1, keepdims=True)
    best = values.argmax(axis=1)
    runs = np.concatenate(([0], np.flatnonzero(np.diff(best)) + 1))
    sure = np.maximum.reduceat(values[np.arange(len(best)), best], runs)
    said = best[runs] != blank
    return np.column_stack((best[runs][said], sure[said])).astype(np.float32)


def _shape(info: ModelInfo) -> tuple[int | None, ...]:
    """(1, a, b) of the only output; () for any other model."""
    shape = info.outputs[0].shape if len(info.inputs) == len(info.outputs) == 1 else ()
    return shape if len(shape) == 3 else ()


def _of(info: ModelInfo, axis: int) -> int | None:
    count = (_shape(info) or (None, None, None))[axis]
    return count if (count or 0) >= _LEAST_CLASSES else None


def _lprnet(outputs: Sequence[NDArray[Any]], blank: int) -> NDArray[np.float32]:
    return collapsed(outputs[0][0].T, blank)


def _ctc(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    return collapsed(outputs[0][0], 0)


LPRNET: Family[Read] = Family(
    name="lprnet",
    summary="one output (1, nc, t): scores of nc characters, the blank last, in t steps; BGR, -1..1",
    pixels=Pixels(order="bgr", fit="stretch", mean=(127.5,) * 3, std=(128.0,) * 3),
    fits=lambda info: _of(info, 1) is not None,
    certain=lambda info: False,
    classes=lambda info: _of(info, 1),
    bind=lambda info, labels: partial(_lprnet, blank=labels - 1),
    task="read",
)
CTC: Family[Read] = Family(
    name="ctc",
    summary="one output (1, t, nc): scores of nc characters, the blank first, in t steps; BGR, -1..1",
    pixels=Pixels(order="bgr", fit="stretch", mean=(127.5,) * 3, std=(127.5,) * 3),
    fits=lambda info: _of(info, 2) is not None,
    certain=lambda info: False,
    classes=lambda info: _of(info, 2),
    bind=lambda info, labels: _ctc,
    aliases=("crnn", "ppocr-rec"),
    task="read",
)
