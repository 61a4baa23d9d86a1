"""The JSON of an answer to a case, both ways; documented in docs/queue.md. What came from elsewhere is not trusted:
it is read as any model's answer is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from secondsight.brain.backends.queue.offer import SCHEMA, in_words
from secondsight.brain.prompts.answer import MAX_ANSWER, Answer, InvalidAnswer, parse_answer
from secondsight.brain.prompts.questions import DECISION
from secondsight.foreign import visible
from secondsight.records import MOST_TOKENS, Question, ReviewRequest, Verdict, Verification

_MOST_BYTES = 4 * MAX_ANSWER
_MOST_NOTES = 10
_WORD = dict(zip((Verification.CONFIRMED, Verification.REJECTED, Verification.UNSURE), DECISION, strict=True))

Tokens = Annotated[int, Field(ge=0, le=MOST_TOKENS)]


class InvalidReply(ValueError):
    """An answer is not of the documented form. The text says why, without repeating it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A usable answer.

    Attributes:
        model: name of the model, as its program says.
        notes: what that program found against the answer.
    """

    answer: Answer
    probability: float | None
    source: str
    model: str
    tokens_in: int | None
    tokens_out: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """The program has no answer.

    Attributes:
        retry: whether it, or another one, may have one later.
    """

    error: str
    retry: bool


class _UsageJson(BaseModel):
    tokens_in: Tokens | None = None
    tokens_out: Tokens | None = None


class _ReplyJson(BaseModel):
    id: str
    answer: str | dict[str, Any] | None = None
    probability: Annotated[float, Field(ge=0, le=1)] | None = None
    probability_source: Annotated[str, Field(max_length=50)] = "reviewer"
    model: Annotated[str, Field(max_length=200)] = ""
    usage: _UsageJson = _UsageJson()
    notes: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=_MOST_NOTES)] = ()
    error: Annotated[str, Field(max_length=1000)] | None = None
    retry: bool = False


def read_reply(data: bytes, id: str, questions: Sequence[Question], frames: int) -> Answered | Declined:
    """What a program has answered to the case `id`.

    Args:
        questions: that were asked.
        frames: count of frames that were shown.

    Raises:
        InvalidReply: it is not of the documented form, or does not decide.
    """
    if len(data) > _MOST_BYTES:
        raise InvalidReply(f"it is longer than {_MOST_BYTES} bytes")
    try:
        found = _ReplyJson.model_validate_json(data)
    except ValidationError as error:
        raise InvalidReply(in_words(error)) from None
    if found.id != id:
        raise InvalidReply("`id` is another one's")
    if found.error is not None:
        return Declined(visible(found.error), found.retry)
    if found.answer is None:
        raise InvalidReply("it has neither `answer` nor `error`")
    text = found.answer if isinstance(found.answer, str) else json.dumps(found.answer, ensure_ascii=False)
    try:
        answer = parse_answer(text, questions, frames)
    except InvalidAnswer as error:
        raise InvalidReply(str(error)) from None
    return Answered(
        answer=answer,
        probability=found.probability,
        source="" if found.probability is None else visible(found.probability_source),
        model=visible(found.model),
        tokens_in=found.usage.tokens_in,
        tokens_out=found.usage.tokens_out,
        notes=tuple(visible(note) for note in found.notes),
    )


def reply(id: str, request: ReviewRequest, verdict: Verdict) -> bytes:
    """The message that answers the case `id` with a verdict."""
    answers = {**verdict.answers, request.questions[0].key: _WORD[verdict.verification]}
    return _encode(
        {
            "id": id,
            "answer": {
                "summary": verdict.summary,
                "answers": {q.key: answers.get(q.key, "") for q in request.questions},
                "evidence": [
                    {"frame": one.frame, "box": None if one.box is None else list(one.box)}
                    for one in verdict.evidence
                ],
            },
            "probability": verdict.probability,
            "probability_source": verdict.probability_source,
            "model": verdict.model,
            "usage": {"tokens_in": verdict.usage.tokens_in, "tokens_out": verdict.usage.tokens_out},
            "notes": [note[:1000] for note in verdict.notes[:_MOST_NOTES]],
        }
    )


def decline(id: str, error: str, *, retry: bool) -> bytes:
    """The message that says why there is no answer to the case `id`."""
    return _encode({"id": id, "error": error[:1000], "retry": retry})


def _encode(values: dict[str, Any]) -> bytes:
    return json.dumps({"schema": SCHEMA, "type": "verdict", **values}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
