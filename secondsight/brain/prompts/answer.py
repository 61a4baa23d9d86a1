"""From the model's text to a checked answer, or to a sentence that says what is wrong with it.

The model's text is untrusted input: the result is either exactly of the asked form or refused. The
decision is not a field the model fills in; it follows from its answer to the deciding question alone.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from secondsight.brain.prompts import strict_json
from secondsight.brain.prompts.questions import DECISION
from secondsight.records import Box, Evidence, Question, Verification

MAX_ANSWER = 64 * 1024
"""Characters of an answer that are looked at; a good one has a few hundred."""
MAX_TEXT = 1000
"""Characters of one text within an answer."""
MAX_EVIDENCE = 64

_FENCE = re.compile(r"\s*```json[ \t]*\r?\n(.*?)\r?\n?```\s*", re.DOTALL)
_OUTCOME = dict(
    zip(DECISION, (Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE), strict=True)
)


class InvalidAnswer(ValueError):
    """The answer is not of the asked form. The text says why, in words fit to be sent back to the model."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer. `answers` has exactly the keys of the questions, in their order."""

    verification: Verification
    answers: dict[str, str]
    evidence: tuple[Evidence, ...]
    summary: str


def answer_schema(questions: Sequence[Question], frames: int) -> dict[str, Any]:
    """JSON Schema of the answer, within what `strict` structured output allows.

    The summary comes first on purpose: a model that writes in order describes before it decides.

    Raises:
        ValueError: there is no question, or the first one is not to be answered yes, no or unclear, in any order.
    """
    _check_questions(questions)
    point = {
        "frame": {"type": "integer", "enum": list(range(frames))},
        "box": {"anyOf": [_BOX, {"type": "null"}]},
    }
    return _object(
        {
            "summary": {"type": "string"},
            "answers": _object({q.key: _answer_type(q) for q in questions}),
            "evidence": {"type": "array", "items": _object(point)},
        }
    )


def parse_answer(text: str, questions: Sequence[Question], frames: int) -> Answer:
    """The answer in `text`: one JSON object of the asked form, bare or in one ```json fence.

    Args:
        frames: count of frames that were shown; evidence must point below it.

    Raises:
        InvalidAnswer: for anything else, with the first thing that is wrong.
    """
    _check_questions(questions)
    if len(text) > MAX_ANSWER:
        raise InvalidAnswer(f"the answer is longer than {MAX_ANSWER} characters")
    fenced = _FENCE.fullmatch(text)
    try:
        data = strict_json.loads(fenced[1] if fenced else text, MAX_ANSWER)
    except ValueError as error:
        raise InvalidAnswer(f"the answer is {error}") from None
    top = _members(data, "the answer", ("summary", "answers", "evidence"))
    given = _members(top["answers"], "`answers`", tuple(q.key for q in questions))
    answers = {q.key: _one_answer(given[q.key], q) for q in questions}
    return Answer(
        verification=_OUTCOME[answers[questions[0].key]],
        answers=answers,
        evidence=_evidence(top["evidence"], frames),
        summary=_text(top["summary"], "`summary`"),
    )


_BOX = {
    "type": "array",
    "items": {"type": "number", "minimum": 0, "maximum": 1},
    "minItems": 4,
    "maxItems": 4,
}


def _check_questions(questions: Sequence[Question]) -> None:
    if not questions or sorted(questions[0].choices) != sorted(DECISION):
        raise ValueError(f"the first question decides and must have the choices {DECISION}")


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _answer_type(question: Question) -> dict[str, Any]:
    return {"type": "string", "enum": list(question.choices)} if question.choices else {"type": "string"}


def _members(value: Any, where: str, keys: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidAnswer(f"{where} must be a JSON object")
    for key in keys:
        if key not in value:
            raise InvalidAnswer(f"{where} lacks the key `{key}`")
    if len(value) > len(keys):
        raise InvalidAnswer(f"{where} has more keys than these: {', '.join(keys)}")
    return value


def _one_answer(value: Any, question: Question) -> str:
    if not question.choices:
        return _text(value, f"`{question.key}`")
    if not isinstance(value, str) or value not in question.choices:
        raise InvalidAnswer(f"`{question.key}` must be one of: {', '.join(question.choices)}")
    return value


def _text(value: Any, where: str) -> str:
    """One line of storable text: line breaks and control characters become spaces."""
    if not isinstance(value, str):
        raise InvalidAnswer(f"{where} must be a text")
    if len(value) > MAX_TEXT:
        raise InvalidAnswer(f"{where} is longer than {MAX_TEXT} characters")
    kinds = [unicodedata.category(character) for character in value]
    if "Cs" in kinds:
        raise InvalidAnswer(f"{where} holds half a character")
    plain = "".join(
        " " if kind in ("Cc", "Zl", "Zp") else character for character, kind in zip(value, kinds, strict=True)
    )
    return " ".join(plain.split())


def _evidence(value: Any, frames: int) -> tuple[Evidence, ...]:
    if not isinstance(value, list) or len(value) > MAX_EVIDENCE:
        raise InvalidAnswer(f"`evidence` must be a list of at most {MAX_EVIDENCE}")
    return tuple(_point(item, frames) for item in value)


def _point(value: Any, frames: int) -> Evidence:
    point = _members(value, "an item of `evidence`", ("frame", "box"))
    frame = point["frame"]
    if type(frame) is not int or not 0 <= frame < frames:
        raise InvalidAnswer(f"`frame` must be a whole number from 0 to {frames - 1}")
    return Evidence(frame, None if point["box"] is None else _box(point["box"]))


def _box(value: Any) -> Box:
    if not isinstance(value, list) or len(value) != 4 or any(type(v) not in (int, float) for v in value):
        raise InvalidAnswer("`box` must be null or four numbers: left, top, right, bottom")
    if not all(0 <= v <= 1 for v in value):
        raise InvalidAnswer("`box` must lie within 0 to 1, as shares of the picture's width and height")
    box = Box(*(float(v) for v in value))
    if box.x1 >= box.x2 or box.y1 >= box.y2:
        raise InvalidAnswer("`box` must be left, top, right, bottom with left < right and top < bottom")
    return box
