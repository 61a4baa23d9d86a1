"""Who teaches an attribute: an image-text model that compares, or a brain that is asked."""

from collections.abc import Sequence

import numpy as np

from secondsight.brain import Embedder
from secondsight.learn.labels.asking import SURE, BrainQuestions
from secondsight.learn.values import AttributeAnswer, AttributeTask, LabelledBox, Sample
from secondsight.sentinel import part_of

_SCALE = 100.0
"""By which cosines are multiplied: what CLIP's own scale is limited to (Radford et al. 2021, section 2.5)."""


class EmbeddingTeacher:
    """An image-text model: it says which answer's words a picture is nearest to, and has embeddings to teach.

    Raises:
        ConfigError: the model does not know the language of the answers.
    """

    def __init__(self, embedder: Embedder, task: AttributeTask) -> None:
        self._embedder, self._task = embedder, task
        self._words = np.stack([embedder.words(text) for _, text in task.answers])
        self.name = embedder.name

    def judge(
        self, sample: Sample, jpeg: bytes, things: Sequence[LabelledBox]
    ) -> list[AttributeAnswer | None]:
        """What it says of each thing.

        Raises:
            ValueError: the bytes are no picture that can be read.
        """
        aspect = sample.width / sample.height
        parts = [part_of(thing.box, self._task.region, aspect) for thing in things]
        seen = self._embedder.parts(jpeg, parts) if parts else np.zeros((0, len(self._words)), np.float32)
        weights = _SCALE * (seen @ self._words.T)
        weights = np.exp(weights - weights.max(axis=1, keepdims=True))
        shares = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
        return [AttributeAnswer(share, one) for share, one in zip(shares, seen, strict=True)]


class BrainTeacher:
    """A brain that is asked whether each answer holds. To exactly one it must say yes: a brain that says the same to
    everything, or answers at random, contradicts itself, and teaches nothing.
    """

    def __init__(self, questions: BrainQuestions, task: AttributeTask) -> None:
        self._questions, self._task = questions, task
        self.name = questions.name

    async def judge(
        self, sample: Sample, jpeg: bytes, things: Sequence[LabelledBox]
    ) -> list[AttributeAnswer | None]:
        """What it says of each thing; None where its answers do not fit together.

        Raises:
            BrainError: no answer now, or the picture may not leave; it says whether to try again.
        """
        return [await self._asked(sample, jpeg, thing) for thing in things]

    async def _asked(self, sample: Sample, jpeg: bytes, thing: LabelledBox) -> AttributeAnswer | None:
        said = []
        for _, text in self._task.answers:
            question = f"Does the marked {thing.label} fit this description: {text}?"
            said.append(await self._questions.probability(sample, jpeg, thing, question))
        sure = [one for one in said if one is not None]
        if len(sure) < len(said) or sum(one >= SURE for one in sure) != 1:
            return None
        shares = np.array(sure, np.float32)
        return AttributeAnswer(shares / shares.sum())
