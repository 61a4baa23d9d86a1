"""Question sheets: what the brain is asked about each kind of event. They are data (`sheets/*.yaml`),
versioned by content, so that every stored verdict says exactly which words it answered.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from secondsight.packaged import packaged_yaml
from secondsight.records import Question

Language = Literal["en", "zh"]
DECISION = ("yes", "no", "unclear")
"""Choices of every deciding question: confirmed, rejected, unsure."""
SWAPPED = ("no", "yes", "unclear")
"""The order in which the opposite of a deciding question offers them."""
OPPOSITE = "decision"
"""Key of the opposite question; it must not say that it is one."""
GENERIC = "generic"
_OPPOSITE_OF_CUSTOM: dict[Language, str] = {
    "en": "Is `no` the right answer, for the marked place and these frames, to the question {}?",
    "zh": "针对标记位置和这些画面，下面这个问题的正确答案是否为 no：{}",
}


@dataclass(frozen=True, slots=True)
class QuestionSheet:
    """The questions of one kind in one language; the first decides.

    Attributes:
        version: `kind.language.number-hash`; the hash covers every word of the questions.
        questions: in the order in which they are asked.
        language: of the questions.

    Examples:
        >>> from secondsight.brain import QuestionSheet
        >>> from secondsight.records import Question
        >>> sheet = QuestionSheet("spill.en.1-00000000", (Question("decision", "Is the floor wet?"),))
        >>> sheet.questions[0].choices
        ('yes', 'no', 'unclear')
    """

    version: str
    questions: tuple[Question, ...]
    language: Language = "en"


def question_sheet(kind: str, language: Language, custom: str | None = None) -> QuestionSheet:
    """Find the questions about a kind of event; the generic ones for a kind without a sheet of its own.

    Args:
        kind: such as `intrusion`.
        language: of the questions.
        custom: deciding question in the user's own words, to be answered yes, no or unclear. It takes the
            place of the built-in one and changes the version.

    Returns:
        The sheet.

    Examples:
        >>> from secondsight.brain import question_sheet
        >>> sheet = question_sheet("fall", "en", custom="Does the person lie on the floor?")
        >>> sheet.questions[0].text, sheet.version.split(".")[:2]
        ('Does the person lie on the floor?', ['fall', 'en'])
    """
    sheets = load_sheets(language).sheets
    name = kind if kind in sheets else GENERIC
    questions = tuple(Question(q.key, q.text, q.choices, q.opposite) for q in sheets[name].questions)
    words = " ".join((custom or "").split())
    if words:
        opposite = _OPPOSITE_OF_CUSTOM[language].format(json.dumps(words, ensure_ascii=False))
        questions = (Question("custom", words, DECISION, opposite), *questions[1:])
    version = f"{name}.{language}.{sheets[name].version}-{sheet_hash(questions)}"
    return QuestionSheet(version, questions, language)


def opposite_of(question: Question) -> Question:
    """The same decision, asked the other way round and with its choices in another order.

    Of a question that has no opposite of its own, the general form in its place, in English.
    """
    text = question.opposite or _OPPOSITE_OF_CUSTOM["en"].format(json.dumps(question.text))
    return Question(OPPOSITE, text, SWAPPED)


def sheet_hash(questions: tuple[Question, ...]) -> str:
    """Eight hex digits that change with any word of the questions."""
    return hashlib.blake2b(json.dumps(questions).encode(), digest_size=4).hexdigest()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class SheetQuestion(_Strict):
    """One question of a file. No `choices`: yes, no or unclear. Empty `choices`: a short text.

    `opposite` stands at the deciding one: a question to be answered yes exactly where that one is answered no.
    """

    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    text: Annotated[str, Field(min_length=1, max_length=500)]
    choices: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")], ...] = DECISION
    opposite: Annotated[str, Field(max_length=500)] = ""


class Sheet(_Strict):
    """The questions of one kind. `version` is raised by hand when their meaning changes."""

    version: Annotated[int, Field(ge=1)]
    questions: Annotated[tuple[SheetQuestion, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        keys = [question.key for question in self.questions]
        if len(set(keys)) != len(keys):
            raise ValueError(f"a question's key stands twice: {keys}")
        if self.questions[0].choices != DECISION:
            raise ValueError(f"the first question decides; its choices are {DECISION}")
        if not self.questions[0].opposite:
            raise ValueError("the first question decides; it needs its `opposite`")
        if OPPOSITE in keys or any(question.opposite for question in self.questions[1:]):
            raise ValueError(f"`opposite` belongs to the first question, and no key is `{OPPOSITE}`")
        return self


class SheetFile(_Strict):
    """All sheets of one language, by kind. `generic` serves the kinds that have none."""

    language: Language
    sheets: dict[str, Sheet]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if GENERIC not in self.sheets:
            raise ValueError(f"sheet `{GENERIC}` is missing")
        return self


@lru_cache
def load_sheets(language: Language) -> SheetFile:
    """The sheets that ship with the program, checked."""
    return SheetFile.model_validate(packaged_yaml("secondsight.brain", "sheets", f"{language}.yaml"))
