"""What a CLIP model is asked: sentences to compare pictures with, since it can read no question.

Data, like the question sheets, and held to them: every question of every sheet either has its sentences or stands
under `silent`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondsight.brain.prompts.questions import Language, load_sheets
from secondsight.packaged import packaged_yaml
from secondsight.records import Question

_SENTENCES = "clip.en.yaml"
Choices = dict[str, tuple[str, ...]]
"""Answer -> names of what speaks for it."""
Framing = Literal["suspect", "head"]
"""What of a suspect is to be looked at."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question as a CLIP model gets it.

    Attributes:
        answers: the answer that each ensemble speaks for, or the text that it means.
        ensembles: sentences that say the same, for each answer.
    """

    answers: tuple[str, ...]
    ensembles: tuple[tuple[str, ...], ...]


class PromptFile(BaseModel):
    """See the head of `sheets/clip.en.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Annotated[int, Field(ge=1)]
    seen: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]
    kinds: dict[str, dict[str, Choices | tuple[str, ...]]]
    silent: dict[str, tuple[str, ...]]
    framing: dict[str, Framing] = {}

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for kind, questions in self.kinds.items():
            for key, choices in questions.items():
                names = [name for part in _parts(choices) for name in part]
                unknown = [name for name in names if name not in self.seen]
                if unknown or len(set(names)) < max(len(names), 2):
                    raise ValueError(f"{kind}.{key}: {unknown or 'names stand twice, or only one stands'}")
        if nowhere := set(self.framing) - set(self.kinds):
            raise ValueError(f"framing: no kinds of this file: {', '.join(sorted(nowhere))}")
        return self

    def framed(self, kind: str) -> Framing:
        """What of the suspect is to be looked at for a kind."""
        return self.framing.get(kind, "suspect")

    def prompt(self, kind: str, question: Question) -> Prompt | None:
        """How to put a question of a kind; None if this file has no words for it."""
        choices = self.kinds.get(kind, {}).get(question.key)
        if isinstance(choices, dict):
            named = [(answer, name) for answer, names in choices.items() for name in names]
            return Prompt(tuple(a for a, _ in named), tuple(self.seen[name] for _, name in named))
        if choices is not None:
            ensembles = tuple(self.seen[name] for name in choices)
            return Prompt(tuple(ensemble[0] for ensemble in ensembles), ensembles)
        return None

    def decides(self, kind: str) -> bool:
        """Whether there are words for the deciding question of a kind."""
        sheet = load_sheets("en").sheets.get(kind)
        return sheet is not None and sheet.questions[0].key in self.kinds.get(kind, {})


def unasked(kind: str, custom: str | None) -> str | None:
    """Why backend `clip` cannot decide on events of a kind, and what to do; None if it can.

    Args:
        custom: deciding question in the user's own words.
    """
    if custom:
        return "backend clip cannot read questions: remove `question`, or use another backend"
    prompts = load_prompts()
    if prompts.decides(kind):
        return None
    known = ", ".join(sorted(name for name in prompts.kinds if prompts.decides(name)))
    return (
        f"backend clip has no sentences for kind {kind}: set `kind` to one of {known}, or use another backend"
    )


@lru_cache
def load_prompts() -> PromptFile:
    """The sentences that ship with the program, checked. English: published models read little else."""
    return PromptFile.model_validate(packaged_yaml("secondsight.brain", "sheets", _SENTENCES))


def told(sentence: str, language: Language) -> str:
    """What people read of the first sentence of an ensemble, in their language."""
    return _chinese().get(sentence, sentence) if language == "zh" else sentence


@lru_cache
def _chinese() -> Mapping[str, str]:
    """Chinese by the English sentence."""
    words: dict[str, str] = packaged_yaml("secondsight.brain", "sheets", "clip.zh.yaml")
    return {sentences[0]: words[name] for name, sentences in load_prompts().seen.items()}


@lru_cache
def prompts_version() -> str:
    """Changes with any word of the file."""
    text = files("secondsight.brain").joinpath("sheets", _SENTENCES).read_bytes()
    digest = hashlib.blake2b(text, digest_size=4).hexdigest()
    return f"clip.{load_prompts().version}-{digest}"


def _parts(choices: Choices | tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(choices.values()) if isinstance(choices, Mapping) else [choices]
