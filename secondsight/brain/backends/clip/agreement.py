"""How far a smaller CLIP model agrees with the one it was made of: the numbers that say whether it will do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.model import ClipModel, Embeddings
from secondsight.brain.backends.clip.scoring import Scorer, answer_probability
from secondsight.brain.backends.clip.sentences import Prompt, load_prompts
from secondsight.brain.prompts.questions import DECISION, question_sheet
from secondsight.clock import Clock

_TIMED = 8
"""Pictures that are timed, one by one as in a review of one frame."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two models on the same pictures.

    Attributes:
        pictures, questions: how many of each; every picture is asked every question.
        cosine, least_cosine: mean and least cosine between the two embeddings of a picture.
        answers: share of the zero-shot answers, yes or no, that are the same.
        probability: mean distance between the two probabilities of yes.
        ms, original_ms: for one picture, the fastest of a few.
    """

    pictures: int
    questions: int
    cosine: float
    least_cosine: float
    answers: float
    probability: float
    ms: float
    original_ms: float


def agreement(
    original: ClipModel, made: ClipModel, pictures: Sequence[Image.Image], clock: Clock
) -> Agreement:
    """Compare on at least one picture, square and RGB, over the deciding question of every kind that `clip` knows."""
    first, second = original.encode_images(pictures), made.encode_images(pictures)
    cosines = (first * second).sum(axis=1)
    prompts = _deciding()
    sure = np.stack([_yes(original, first, prompt) for prompt in prompts])
    found = np.stack([_yes(made, second, prompt) for prompt in prompts])
    return Agreement(
        pictures=len(pictures),
        questions=len(prompts),
        cosine=float(cosines.mean()),
        least_cosine=float(cosines.min()),
        answers=float(((sure >= 0.5) == (found >= 0.5)).mean()),
        probability=float(np.abs(sure - found).mean()),
        ms=_milliseconds(made, pictures, clock),
        original_ms=_milliseconds(original, pictures, clock),
    )


def _deciding() -> list[Prompt]:
    prompts = load_prompts()
    asked = (prompts.prompt(kind, question_sheet(kind, "en").questions[0]) for kind in prompts.kinds)
    return [prompt for prompt in asked if prompt is not None]


def _yes(model: ClipModel, seen: Embeddings, prompt: Prompt) -> NDArray[np.float64]:
    return answer_probability(Scorer(model).shares(seen, prompt), prompt, DECISION[0])


def _milliseconds(model: ClipModel, pictures: Sequence[Image.Image], clock: Clock) -> float:
    took = []
    for picture in pictures[:_TIMED]:
        started = clock.monotonic()
        model.encode_images([picture])
        took.append(clock.monotonic() - started)
    return 1000 * min(took)
