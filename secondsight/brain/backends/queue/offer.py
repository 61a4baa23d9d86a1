"""The JSON of a case on the work queue, both ways; documented in docs/queue.md."""

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Base64Bytes, BaseModel, Field, ValidationError

from secondsight.brain.prompts.answer import answer_schema
from secondsight.brain.prompts.images import prepare_frame
from secondsight.brain.prompts.wording import review_prompt
from secondsight.bus import level
from secondsight.clock import iso
from secondsight.errors import BrainError
from secondsight.records import Box, Purpose, Question, ReviewFrame, ReviewRequest

SCHEMA = 1
_SMALLER = (1.0, 0.75, 0.5, 0.35, 0.25)
"""Sizes of the pictures that are tried until the message is small enough, as shares of the wanted size."""
_ID_ROOM = 512

Share = Annotated[float, Field(ge=0, le=1)]
Corners = tuple[Share, Share, Share, Share]


class InvalidOffer(ValueError):
    """A message on the work queue is no case. The text says why, without repeating it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A case as it goes onto the queue.

    Attributes:
        base: what its ids begin with: the same for the same request.
    """

    base: str
    body: dict[str, Any]
    frames: int

    def encode(self, attempt: int, reply: str) -> bytes:
        """The message of an attempt; `reply` is the subject of its answer."""
        return json.dumps({"id": self.id(attempt), "reply": reply, **self.body}, ensure_ascii=False).encode(
            "utf-8", "replace"
        )

    def id(self, attempt: int) -> str:
        """The id of an attempt: after an answer of no use a case is offered again under another one."""
        return f"{self.base}-{attempt}"


def make_offer(request: ReviewRequest, site: str, size: int, room: int) -> Offer:
    """The offer of a request. Nothing is drawn into its pictures.

    Args:
        site: the site's part of the subjects.
        size: longer side of the pictures, in pixels, if there is room for that.
        room: bytes that the message may have.

    Raises:
        BrainError: a picture cannot be read, or the pictures cannot be made small enough.
    """
    body = _body(request, site)
    for share in _SMALLER:
        frames = [_frame(request, index, round(size * share)) for index in range(len(request.frames))]
        whole = {**body, "frames": frames}
        data = json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")
        if len(data) <= room - _ID_ROOM:
            digest = hashlib.blake2b(data, digest_size=6).hexdigest()
            return Offer(f"{level(request.case_id)}-{digest}", whole, len(frames))
    raise BrainError(
        f"case {request.case_id} does not fit into one message of {room} bytes: "
        "raise `max_payload` of the NATS server, or lower `brain.max_frames`",
        retryable=False,
    )


def _body(request: ReviewRequest, site: str) -> dict[str, Any]:
    prompt = review_prompt(request)
    return {
        "schema": SCHEMA,
        "type": "case",
        "site": site,
        "case": request.case_id,
        "purpose": request.purpose.value,
        "kind": request.kind,
        "camera": request.camera,
        "label": request.label,
        "zone": request.zone,
        "start": iso(request.start),
        "triggered": iso(request.triggered),
        "deadline": None if request.deadline is None else iso(request.deadline),
        "language": request.language,
        "sheet": request.sheet,
        "questions": [
            {"key": q.key, "text": q.text, "choices": list(q.choices), "opposite": q.opposite}
            for q in request.questions
        ],
        "prompt": {
            "system": prompt.system,
            "opening": prompt.opening,
            "captions": list(prompt.captions),
            "task": prompt.task,
        },
        "answer_schema": answer_schema(request.questions, len(request.frames)),
        "outline": [list(point) for point in request.outline],
    }


def _frame(request: ReviewRequest, index: int, size: int) -> dict[str, Any]:
    frame = request.frames[index]
    try:
        jpeg = prepare_frame(replace(frame, box=None), size)
    except ValueError as error:
        raise BrainError(f"case {request.case_id}, frame {index}: {error}", retryable=False) from None
    return {
        "time": iso(frame.time),
        "box": None if frame.box is None else list(frame.box),
        "part": None if frame.part is None else list(frame.part),
        "jpeg": base64.b64encode(jpeg).decode(),
    }


class _QuestionJson(BaseModel):
    key: str
    text: str
    choices: tuple[str, ...]
    opposite: str = ""


class _FrameJson(BaseModel):
    time: AwareDatetime
    box: Corners | None
    part: Corners | None
    jpeg: Base64Bytes


class _OfferJson(BaseModel):
    id: Annotated[str, Field(min_length=1, max_length=200)]
    case: str
    kind: str
    camera: str
    label: str
    zone: str | None
    start: AwareDatetime
    triggered: AwareDatetime
    deadline: AwareDatetime | None
    language: Literal["en", "zh"]
    sheet: str
    questions: Annotated[tuple[_QuestionJson, ...], Field(min_length=1, max_length=64)]
    frames: Annotated[tuple[_FrameJson, ...], Field(min_length=1, max_length=64)]
    outline: tuple[tuple[Share, Share], ...]


def read_offer(data: bytes) -> tuple[str, ReviewRequest]:
    """The id and the request of a message on the work queue. Raises InvalidOffer."""
    try:
        found = _OfferJson.model_validate_json(data)
    except ValidationError as error:
        raise InvalidOffer(in_words(error)) from None
    frames = tuple(
        ReviewFrame(one.jpeg, one.time.timestamp(), _box(one.box), _box(one.part)) for one in found.frames
    )
    request = ReviewRequest(
        case_id=found.case,
        kind=found.kind,
        camera=found.camera,
        label=found.label,
        zone=found.zone,
        start=found.start.timestamp(),
        triggered=found.triggered.timestamp(),
        frames=frames,
        questions=tuple(Question(q.key, q.text, q.choices, q.opposite) for q in found.questions),
        sheet=found.sheet,
        language=found.language,
        purpose=Purpose.VERIFY,
        outline=found.outline,
        deadline=None if found.deadline is None else found.deadline.timestamp(),
    )
    return found.id, request


def in_words(error: ValidationError) -> str:
    """What is wrong first, without the value itself.

    >>> from pydantic import TypeAdapter
    >>> try:
    ...     TypeAdapter(dict[str, int]).validate_python({"a": "x"})
    ... except ValidationError as error:
    ...     print(in_words(error))
    a: Input should be a valid integer, unable to parse string as an integer
    """
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _box(corners: Corners | None) -> Box | None:
    return None if corners is None else Box(*corners)
