"""From the model's text to a checked answer, or to a sentence that says what is wrong with it.

The model's text is untrusted input. The decision is not a field the model fills in; it follows from its answer to the
deciding question alone, which must be there once and clear beyond doubt. Around it, what is of another form than was
asked is mended where it can mean one thing only (`leniency`), else left out; the answer says what was mended.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from secondsight.brain.prompts import strict_json
from secondsight.brain.prompts.leniency import Ambiguous, find_object, folded, read_choice, unwrapped
from secondsight.brain.prompts.questions import DECISION
from secondsight.records import Box, Evidence, Question, Verification

MAX_ANSWER = 64 * 1024
"""Characters of an answer that are looked at; a good one has a few hundred."""
MAX_TEXT = 1000
"""Characters of one text within an answer."""
MAX_EVIDENCE = 64

_ANSWERS = "answers"
_KEYS = ("summary", _ANSWERS, "evidence")
_OUTCOME = dict(
    zip(DECISION, (Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE), strict=True)
)


class InvalidAnswer(ValueError):
    """The answer is not of the asked form. The text says why, in words fit to be sent back to the model."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer.

    Attributes:
        answers: by the keys of the questions, in their order; an empty text where an answer could not be read.
        mended: what was of another form than was asked, and how it was read.
    """

    verification: Verification
    answers: dict[str, str]
    evidence: tuple[Evidence, ...]
    summary: str
    mended: tuple[str, ...] = ()


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
    """The answer in `text`: a JSON object that clearly answers the deciding question.

    Args:
        text: what the model wrote.
        questions: that were asked, the deciding one first.
        frames: count of frames that were shown; evidence must point below it.

    Returns:
        The answer, with what had to be mended.

    Raises:
        InvalidAnswer: there is no such object, more than one, or its decision is not clear.
    """
    _check_questions(questions)
    if len(text) > MAX_ANSWER:
        raise InvalidAnswer(f"the answer is longer than {MAX_ANSWER} characters")
    reading = _Reading(frames)
    keys = [question.key for question in questions]
    top = reading.top(text, keys)
    given = reading.members(top[_ANSWERS])
    decision = reading.decision(given, questions[0])
    if any(word != decision for word in _said_beside(top)):
        raise InvalidAnswer(
            "the answer contradicts itself: a further key says another word than the deciding answer"
        )
    reading.extra(top, _KEYS)
    reading.extra(given, keys)
    answers = {question.key: reading.answer(given, question) for question in questions[1:]}
    return Answer(
        verification=_OUTCOME[decision],
        answers={questions[0].key: decision, **answers},
        evidence=reading.evidence(top.get("evidence")),
        summary=reading.text(top.get("summary"), "the summary"),
        mended=tuple(dict.fromkeys(reading.mended)),
    )


def _said_beside(value: object, *, top: bool = True) -> Iterator[str]:
    """The deciding words that stand elsewhere in an answer: under keys that nobody asked for."""
    if isinstance(value, list):
        for item in value:
            yield from _said_beside(item, top=False)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if top and key in _KEYS:
            continue
        word = read_choice(item, DECISION)
        if word is not None:
            yield word
        elif isinstance(item, dict | list):
            yield from _said_beside(item, top=False)


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


@dataclass(slots=True)
class _Reading:
    """Reads one answer and notes what it mends.

    Attributes:
        frames: count of frames that were shown.
    """

    frames: int
    mended: list[str] = field(default_factory=list)

    def top(self, text: str, keys: Sequence[str]) -> dict[str, Any]:
        """The object that the text holds, with its answers under one key.

        Args:
            keys: of the questions, the deciding one first.
        """
        wanted = (_ANSWERS, keys[0])
        try:
            data = strict_json.loads(text, MAX_ANSWER, lenient=True)
        except ValueError as error:
            data = self._found(text, wanted, error)
        try:
            whole = unwrapped(data, wanted)
        except Ambiguous as problem:
            raise InvalidAnswer(f"the answer is {problem}") from None
        if whole is None:
            what = f"lacks the key `{_ANSWERS}`" if isinstance(data, dict) else "must be a JSON object"
            raise InvalidAnswer(f"the answer {what}")
        if whole is not data:
            self.mended.append("the answer stood within a list, a text or another object")
        whole = self.members(whole)
        if _ANSWERS not in whole:
            self.mended.append(f"the answers did not stand under `{_ANSWERS}`")
            given = {key: value for key, value in whole.items() if key in keys}
            whole = {key: value for key, value in whole.items() if key not in keys} | {_ANSWERS: given}
        return whole

    def members(self, value: object) -> dict[str, Any]:
        """The members of an object, with keys in the letters of the form; what stands twice has no value."""
        if not isinstance(value, dict):
            raise InvalidAnswer("`answers` must be a JSON object")
        keys = [folded(key) for key in value]
        if keys != list(value):
            self.mended.append("keys were written in other letters")
        return {
            key: one if keys.count(key) == 1 else None for key, one in zip(keys, value.values(), strict=True)
        }

    def _found(self, text: str, keys: Sequence[str], error: ValueError) -> Any:
        try:
            whole = find_object(text, *keys)
            data = strict_json.loads(whole, MAX_ANSWER, lenient=True)
        except Ambiguous as problem:
            several = str(problem) == "more than one answer"
            raise InvalidAnswer(f"the answer is {problem}" if several else f"the answer is {error}") from None
        except ValueError as problem:
            raise InvalidAnswer(f"the answer is {problem}") from None
        around = "".join(text.replace(whole, "", 1).split())
        if around not in ("```json```", "``````"):
            self.mended.append("the JSON object stood within other text")
        return data

    def decision(self, given: dict[str, Any], question: Question) -> str:
        """The deciding word, clear beyond doubt."""
        if question.key not in given:
            raise InvalidAnswer(f"`answers` lacks the key `{question.key}`")
        value = given[question.key]
        word = read_choice(value, question.choices)
        if word is None:
            raise InvalidAnswer(f"`{question.key}` must be one of: {', '.join(question.choices)}")
        if value != word:
            self.mended.append(f"`{question.key}` was not one of the words offered, and is read as `{word}`")
        return word

    def answer(self, given: dict[str, Any], question: Question) -> str:
        """The answer to a question that does not decide; an empty text where it cannot be read."""
        value = given.get(question.key)
        if not question.choices:
            return self.text(value, f"`{question.key}`")
        word = read_choice(value, question.choices)
        if word is None:
            self.mended.append(f"`{question.key}` has no answer that can be read")
        elif value != word:
            self.mended.append(f"`{question.key}` was not one of the words offered, and is read as `{word}`")
        return word or ""

    def text(self, value: Any, where: str) -> str:
        """One line of storable text: line breaks and control characters become spaces."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.mended.append(f"{where} was a number")
            value = str(value)
        if not isinstance(value, str):
            self.mended.append(f"{where} is missing or no text")
            return ""
        kinds = [unicodedata.category(character) for character in value]
        if "Cs" in kinds:
            self.mended.append(f"{where} held half a character")
        plain = "".join(
            " " if kind in ("Cc", "Cs", "Zl", "Zp") else character
            for character, kind in zip(value, kinds, strict=True)
        )
        line = " ".join(plain.split())
        if len(line) > MAX_TEXT:
            self.mended.append(f"{where} is cut after {MAX_TEXT} characters")
        return line[:MAX_TEXT]

    def extra(self, value: dict[str, Any], known: Sequence[str]) -> None:
        """Note that keys nobody asked for are passed over."""
        if any(key not in known for key in value):
            self.mended.append("further keys were passed over")

    def evidence(self, value: Any) -> tuple[Evidence, ...]:
        """The places that can be read; a box that is not within the picture is left out, its frame kept."""
        if not isinstance(value, list):
            self.mended.append("the evidence is missing or no list")
            return ()
        if len(value) > MAX_EVIDENCE:
            self.mended.append(f"the evidence is cut after {MAX_EVIDENCE} places")
        points = [self._point(item) for item in value[:MAX_EVIDENCE]]
        return tuple(point for point in points if point is not None)

    def _point(self, value: Any) -> Evidence | None:
        frame = value.get("frame") if isinstance(value, dict) else None
        if isinstance(frame, bool) or not isinstance(frame, int) or not 0 <= frame < self.frames:
            self.mended.append("evidence in frames that were not shown was left out")
            return None
        self.extra(value, ("frame", "box"))
        box = value.get("box")
        if box is None:
            return Evidence(frame, None)
        read = _box(box)
        if read is None:
            self.mended.append("a box that does not lie in 0 to 1 was left out")
        return Evidence(frame, read)


def _box(value: Any) -> Box | None:
    """A box in shares of the picture; None for anything else, as pixels and thousandths cannot be told apart."""
    if (
        not isinstance(value, list)
        or len(value) != 4
        or any(type(side) not in (int, float) for side in value)
    ):
        return None
    left, top, right, bottom = (float(side) for side in value)
    inside = 0 <= left < right <= 1 and 0 <= top < bottom <= 1
    return Box(left, top, right, bottom) if inside else None
