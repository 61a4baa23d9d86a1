"""Answering by a vision-language model in this process: questions to plans, pictures to sentences that cite them.

The model fills in a form, so its answer is always of the stated schema; what it says in it is checked as that of any
other model, with one repair.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from PIL import Image

from secondsight.brain.answering import PicturesAnswer, PicturesRequest, PlanRequest, T
from secondsight.brain.backends.transformers.model import GenerationInput, Told, VisionModel, shared_model
from secondsight.brain.backends.transformers.review import open_pictures
from secondsight.brain.backends.transformers.schema_form import SchemaForm
from secondsight.brain.prompts.answer import InvalidAnswer
from secondsight.brain.prompts.answering import (
    pictures_prompt,
    pictures_schema,
    plan_prompt,
    read_plan,
    read_statements,
)
from secondsight.brain.prompts.images import choose, prepare_frame
from secondsight.brain.prompts.wording import repair_prompt
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import TransformersBrainSettings
from secondsight.errors import BrainError
from secondsight.event_words import Language
from secondsight.records import Call, Egress, Outcome, Purpose

T_co = TypeVar("T_co", covariant=True)
Turn = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Inquiry(Generic[T_co]):
    """What is asked.

    Attributes:
        pictures: captions and pictures, which follow what the user says.
        read: what an answer says; raises InvalidAnswer.
    """

    system: str
    user: str
    schema: dict[str, Any]
    read: Callable[[Any], T_co]
    language: Language
    purpose: Purpose
    egress: Egress
    pictures: tuple[tuple[str, Image.Image], ...] = ()


class TransformersAnswerer:
    """Answers by a model in this process, which is loaded with the first question."""

    remote = False

    def __init__(
        self, settings: TransformersBrainSettings, clock: Clock, book: RecordCall = ignore_call
    ) -> None:
        self._settings, self._clock, self._book = settings, clock, book
        self._closed = threading.Event()
        self.name = f"transformers:{Path(settings.model).name}"

    async def plan(self, request: PlanRequest[T]) -> T:
        """See `Answerer.plan`. Raises ModelError, too: the model cannot be loaded."""
        system, user = plan_prompt(request)
        return await self._ask_twice(
            _Inquiry(
                system,
                user,
                dict(request.schema),
                lambda value: read_plan(json.dumps(value), request),
                request.language,
                request.purpose,
                request.egress,
            )
        )

    async def describe(self, request: PicturesRequest) -> PicturesAnswer:
        """See `Answerer.describe`; at most `max_frames` pictures are shown. Raises ModelError, too."""
        shown = choose(len(request.pictures), self._settings.max_frames)
        asked = PicturesRequest(
            request.question,
            request.scenes,
            tuple(request.pictures[position] for position in shown),
            request.language,
            request.most,
        )
        pictures = await asyncio.to_thread(self._prepared, asked)
        system, user, captions = pictures_prompt(asked)
        answer = await self._ask_twice(
            _Inquiry(
                system,
                user,
                _schema_of_pictures(len(pictures)),
                lambda value: read_statements(json.dumps(_numbered(value)), asked),
                request.language,
                request.purpose,
                request.egress,
                tuple(zip(captions, pictures, strict=True)),
            )
        )
        return answer.among(shown)

    async def close(self) -> None:
        """End what runs at its next token. The model stays loaded for the next question."""
        self._closed.set()

    def _prepared(self, request: PicturesRequest) -> tuple[Image.Image, ...]:
        """Raises BrainError."""
        try:
            return open_pictures(
                [
                    prepare_frame(one.frame, self._settings.frame_size, path=one.path)
                    for one in request.pictures
                ]
            )
        except ValueError as error:
            raise BrainError(f"a picture is not usable: {error}", retryable=False) from None

    async def _ask_twice(self, inquiry: _Inquiry[T_co]) -> T_co:
        """The answer, or that to one repair, within `settings.timeout`. Raises BrainError, ModelError."""
        model = await asyncio.to_thread(shared_model, self._settings)
        if model.loaded.template is None:
            raise BrainError(f"{self.name} knows no chat, so it answers no questions", retryable=False)
        turns: list[Turn] = []
        try:
            async with asyncio.timeout(self._settings.timeout):
                for _ in range(2):
                    value = await self._ask(model, inquiry, turns)
                    try:
                        return inquiry.read(value)
                    except InvalidAnswer as error:
                        problem = str(error)
                    turns = [
                        _turn("assistant", json.dumps(value, ensure_ascii=False)),
                        _turn("user", repair_prompt(problem, inquiry.language)),
                    ]
        except TimeoutError:
            text = f"{self.name}: no whole answer within {self._settings.timeout:g} s"
            raise BrainError(text, retryable=True) from None
        raise BrainError(f"{self.name}: no usable answer, asked twice: {problem}", retryable=False)

    async def _ask(self, model: VisionModel, inquiry: _Inquiry[T_co], turns: Sequence[Turn]) -> Any:
        """What the model wrote, as a value of the schema."""
        began, started = self._clock.now(), self._clock.monotonic()
        outcome, told, gone = Outcome.FAILED, None, threading.Event()
        form = SchemaForm(inquiry.schema, model.words.encode, self._settings.max_new_tokens)
        prompt = model.chat(_turns(model, inquiry, turns))
        asked = GenerationInput(prompt, tuple(picture for _, picture in inquiry.pictures), form.template)

        def run() -> Told:
            return model.tell([asked], lambda _: gone.is_set() or self._closed.is_set())[0]

        try:
            told = await asyncio.to_thread(run)
            outcome = Outcome.ANSWERED
        except asyncio.CancelledError:
            outcome = Outcome.ABANDONED
            raise
        finally:
            gone.set()
            self._book(self._call(inquiry, began, self._clock.monotonic() - started, told, outcome))
        if self._closed.is_set():
            raise BrainError(f"{self.name} was closed", retryable=True, away=True)
        return form.value(told.written)

    def _call(
        self, inquiry: _Inquiry[T_co], began: float, seconds: float, told: Told | None, outcome: Outcome
    ) -> Call:
        tokens = (None, None) if told is None else (told.tokens_in, told.written.tokens)
        return Call(
            time=began,
            purpose=inquiry.purpose,
            case_id="",
            camera="",
            kind="",
            backend=self.name,
            destination="",
            remote=False,
            outcome=outcome,
            egress=inquiry.egress,
            frames=len(inquiry.pictures),
            seconds=seconds,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            cost=None if told is None else self._settings.cost(*tokens),
        )


def _turns(model: VisionModel, inquiry: _Inquiry[T_co], further: Sequence[Turn]) -> list[Turn]:
    """The chat, in which no text can end a turn or claim a picture."""
    plain = model.words.plain
    parts = [{"type": "text", "text": plain(inquiry.user)}]
    for caption, _ in inquiry.pictures:
        parts += [{"type": "text", "text": plain(caption)}, {"type": "image"}]
    later = [_turn(turn["role"], plain(turn["content"][0]["text"])) for turn in further]
    return [_turn("system", inquiry.system), {"role": "user", "content": parts}, *later]


def _turn(role: str, text: str) -> Turn:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _schema_of_pictures(count: int) -> dict[str, Any]:
    """The schema of an answer, in which only pictures that are there can be cited."""
    schema = pictures_schema()
    sentence = schema["properties"]["sentences"]["items"]["properties"]
    sentence["pictures"]["items"] = {
        "type": "string",
        "enum": [str(number) for number in range(1, count + 1)],
    }
    return schema


def _numbered(value: dict[str, Any]) -> dict[str, Any]:
    """An answer of that schema with pictures by their numbers."""
    sentences = [
        {**one, "pictures": [int(number) for number in one["pictures"]]} for one in value["sentences"]
    ]
    return {**value, "sentences": sentences}
