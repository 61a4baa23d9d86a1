"""Samples as tensors, with what each of them teaches: which sentences hold, and which answers to which questions."""

import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from secondsight.brain.backends.clip.sentences import PromptFile, load_prompts
from secondsight.brain.prompts.questions import load_sheets
from secondsight.learn.networks.clip import SIDE, make_tokenizer
from training.clip.samples import load

Lesson = tuple[tuple[int, ...], tuple[int, ...]]
"""One question: numbers of what stands under it, and of those which are true."""

_ANSWERS = {"event": "yes", "lookalike": "no", "nothing": "no", "mistaken": "no"}
"""To the deciding question of the sample's own kind, by its role."""


class Corpus:
    """All samples of some files, in memory.

    Attributes:
        views: uint8 (n, frames, views, SIDE, SIDE, 3).
        facts: of each sample, see `Sample`.
        deciding, asking: lessons of each sample from deciding and from further questions.
    """

    def __init__(self, paths: Sequence[Path], vocabulary: "Vocabulary") -> None:
        views, self.facts = load(paths)
        self.views = torch.from_numpy(views)
        self.deciding = [deciding(fact, vocabulary) for fact in self.facts]
        self.asking = [asking(fact, vocabulary) for fact in self.facts]

    def groups(self) -> list[list[int]]:
        """Numbers of samples that teach the same, so that rare things can be drawn as often as common ones."""
        found = defaultdict(list)
        for number, fact in enumerate(self.facts):
            named = fact["seen"] and fact["role"] != "mistaken"
            found[fact["role"], fact["seen"][0] if named else fact["kind"]].append(number)
        return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The sentences of the prompt file: `names` of what may be seen, and `sentences` with the name of each."""

    prompts: PromptFile
    names: tuple[str, ...]
    sentences: tuple[str, ...]
    owner: tuple[int, ...]

    @classmethod
    def load(cls) -> "Vocabulary":
        """From the file that ships."""
        prompts = load_prompts()
        names = tuple(prompts.seen)
        pairs = [(sentence, i) for i, name in enumerate(names) for sentence in prompts.seen[name]]
        return cls(prompts, names, tuple(sentence for sentence, _ in pairs), tuple(i for _, i in pairs))

    def numbers(self, names: Sequence[str]) -> tuple[int, ...]:
        """Positions of names."""
        return tuple(self.names.index(name) for name in names)


def tokenizer_of(vocabulary: Vocabulary, paths: Sequence[Path], start: Path | None = None) -> Tokenizer:
    """One for every word of the prompts, of the captions in these files, and of a model to go on from."""
    import numpy as np

    captions = set(vocabulary.sentences)
    if start:
        captions.update(Tokenizer.from_file(str(start / "tokenizer.json")).get_vocab())
    for path in paths:
        with np.load(path) as data:
            captions.update(
                caption for fact in json.loads(str(data["facts"])) for caption in fact["captions"]
            )
    return make_tokenizer(sorted(captions))


def deciding(fact: Mapping[str, Any], vocabulary: Vocabulary) -> list[Lesson]:
    """Deciding questions that the sample answers: of its own kind first, then others whose sides it stands on."""
    kinds = vocabulary.prompts.kinds
    sheets = load_sheets("en").sheets
    lessons = []
    for kind in [fact["kind"], *(kind for kind in kinds if kind != fact["kind"])]:
        if kind not in kinds or kind not in sheets:
            continue
        choices = kinds[kind].get(sheets[kind].questions[0].key)
        if not isinstance(choices, dict):
            continue
        if kind == "intrusion" and fact["role"] == "ordinary":
            continue  # whether it is one depends on where the closed area lies
        if vocabulary.prompts.framed(kind) != vocabulary.prompts.framed(fact["kind"]):
            continue  # whoever asks that looks at something else
        own = kind == fact["kind"]
        answer = _ANSWERS.get(fact["role"], "") if own else ""
        lesson = _lesson(fact["seen"], choices, answer, vocabulary)
        if lesson:
            lessons.append(lesson)
    return lessons


def asking(fact: Mapping[str, Any], vocabulary: Vocabulary) -> list[Lesson]:
    """Further questions of the sample's own kind: those with a known answer, and what is being done."""
    lessons = []
    for key, choices in vocabulary.prompts.kinds.get(fact["kind"], {}).items():
        if isinstance(choices, dict):
            answer = fact["answers"].get(key, "")
            lesson = _lesson((), choices, answer, vocabulary) if answer in choices else None
        else:
            true = [name for name in fact["seen"] if name in choices]
            lesson = (vocabulary.numbers(choices), vocabulary.numbers(true)) if true else None
        if lesson:
            lessons.append(lesson)
    return lessons


def _lesson(
    seen: Sequence[str], choices: Mapping[str, Sequence[str]], answer: str, vocabulary: Vocabulary
) -> Lesson | None:
    """What is seen, as far as it stands under the question; else the whole side that is known to be true."""
    stood_on = {side for side, names in choices.items() if any(name in names for name in seen)}
    sides = {answer} if answer else stood_on
    if len(sides) != 1:
        return None
    (side,) = sides
    true = [name for name in choices[side] if name in seen] or list(choices[side])
    everything = [name for names in choices.values() for name in names]
    return vocabulary.numbers(everything), vocabulary.numbers(true)


def augment(views: Tensor, generator: torch.Generator) -> Tensor:
    """Other framing, side, light and grain, the same for all views of a clip.

    Args:
        views: uint8 (clips, frames, views, SIDE, SIDE, 3).

    Returns:
        float32 of the same shape, 0..255.
    """
    clips = len(views)

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(clips, generator=generator) * (high - low) + low

    count = views[0].shape[0] * views[0].shape[1]
    flip = torch.where(draw(0, 1) < 0.5, -1.0, 1.0)
    zoom, x, y = draw(0.88, 1.1), draw(-0.08, 0.08), draw(-0.08, 0.08)
    zero = torch.zeros(clips)
    moves = torch.stack([torch.stack([zoom * flip, zero, x], 1), torch.stack([zero, zoom, y], 1)], 1)
    pictures = views.flatten(0, 2).permute(0, 3, 1, 2).float()
    grid = functional.affine_grid(moves.repeat_interleave(count, 0), [len(pictures), 3, SIDE, SIDE], False)
    pictures = functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
    gain, lift, grain = draw(0.75, 1.3), draw(-20.0, 20.0), draw(0.0, 14.0)
    tint = torch.rand(clips, 3, generator=generator) * 0.24 + 0.88
    shape = (clips, 1, 1, 1, 1, 1)
    pictures = pictures.permute(0, 2, 3, 1).view(views.shape)
    pictures = pictures * (gain[:, None] * tint).view(clips, 1, 1, 1, 1, 3) + lift.view(shape)
    noise = torch.randn(pictures.shape, generator=generator)
    return (pictures + noise * grain.view(shape)).clamp(0.0, 255.0)


def pick(groups: Sequence[Sequence[int]], count: int, rng: random.Random) -> list[int]:
    """Samples of a batch: a group by the square root of its size, then one of it."""
    weights = [len(group) ** 0.5 for group in groups]
    return [rng.choice(group) for group in rng.choices(groups, weights, k=count)]


def lesson_masks(lessons: Sequence[Lesson | None], width: int) -> tuple[Tensor, Tensor]:
    """(among, positive), bool (n, width); rows of None are empty."""
    among, positive = (torch.zeros(len(lessons), width, dtype=torch.bool) for _ in range(2))
    for row, lesson in enumerate(lessons):
        if lesson:
            among[row, list(lesson[0])] = True
            positive[row, list(lesson[1])] = True
    return among, positive
