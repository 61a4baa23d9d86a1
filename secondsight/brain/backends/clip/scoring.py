"""From embeddings to probabilities: the arithmetic of `backend: clip`, apart from pictures and requests."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from secondsight.brain.backends.clip.model import ClipModel, Embeddings, unit
from secondsight.brain.backends.clip.sentences import Prompt

Shares = NDArray[np.float64]
"""float64 (n, c): how each row of pictures divides itself among a prompt's ensembles; rows sum to 1."""


@dataclass(frozen=True, slots=True)
class PooledEmbeddings:
    """A clip's pictures as embeddings.

    Attributes:
        whole: (1, d), all frames together.
        frames: (n, d), each frame with all its views.
    """

    whole: Embeddings
    frames: Embeddings


def pool(views: Embeddings, counts: Sequence[int]) -> PooledEmbeddings:
    """Every frame as the mean of its views, the clip as the mean of its frames.

    Args:
        views: (sum of counts, d), frame after frame.
        counts: views of each frame, at least one.
    """
    parts = np.split(views, np.cumsum(counts)[:-1])
    frames = unit(np.stack([part.mean(axis=0) for part in parts]))
    return PooledEmbeddings(unit(frames.mean(axis=0, keepdims=True)), frames)


@dataclass(frozen=True, slots=True)
class Scorer:
    """One model's comparisons. A `temperature` above 1 brings the shares closer to each other."""

    model: ClipModel
    temperature: float = 1.0

    def shares(self, seen: Embeddings, prompt: Prompt) -> Shares:
        """How much of each row falls on each ensemble.

        An ensemble is the mean of its sentences (Radford et al. 2021, section 3.1.4).
        """
        means = [self.model.encode_texts(ensemble).mean(axis=0) for ensemble in prompt.ensembles]
        weights = self.model.log_weights(seen @ unit(np.stack(means)).T, self.temperature)
        weights = np.exp(weights - weights.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def answer_probability(shares: Shares, prompt: Prompt, answer: str) -> NDArray[np.float64]:
    """Share of each row that falls on what speaks for one answer, 0..1."""
    wanted = np.array([each == answer for each in prompt.answers])
    return np.asarray(np.clip(shares[:, wanted].sum(axis=1), 0.0, 1.0))
