"""One thing asked of an endpoint, with one repair of a malformed answer: what writing and answering share."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from secondsight.brain.backends.openai.client import ChatRequest
from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.backends.openai.profiles import Profile
from secondsight.brain.backends.openai.request import (
    MAX_TOKENS,
    Messages,
    picture_part,
    repair_turns,
    response_format,
    text_part,
)
from secondsight.brain.backends.openai.response import Completion
from secondsight.brain.prompts.answer import InvalidAnswer
from secondsight.config import OpenAIBrainSettings
from secondsight.event_words import Language
from secondsight.records import Egress, Purpose

T_co = TypeVar("T_co", covariant=True)
"""What a usable answer is read as."""


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[T_co]):
    """What is asked.

    Attributes:
        system, user: what either says; the user before the pictures.
        pictures: captions and JPEGs, as they leave.
        name, schema: of the answer's form.
        read: what an answer says; raises InvalidAnswer.
    """

    system: str
    user: str
    name: str
    schema: Mapping[str, Any]
    read: Callable[[str], T_co]
    language: Language
    purpose: Purpose
    egress: Egress
    pictures: tuple[tuple[str, bytes], ...] = ()


async def ask_twice(to: OpenAIConnection, settings: OpenAIBrainSettings, inquiry: Inquiry[T_co]) -> T_co:
    """The answer, or that to one repair, within `settings.timeout`.

    Raises:
        BrainError: there is none, or none of use.
    """
    try:
        async with asyncio.timeout(settings.timeout) as limit:
            said, answer = await _ask(to, settings, inquiry, [], limit)
            if not isinstance(answer, InvalidAnswer):
                return answer
            turns = repair_turns(said, str(answer), inquiry.language)
            _, repaired = await _ask(to, settings, inquiry, turns, limit)
    except TimeoutError:
        text = f"no whole {inquiry.name} within {settings.timeout:g} s"
        raise to.faults.fault(text, retryable=True) from None
    if isinstance(repaired, InvalidAnswer):
        raise to.faults.fault(f"no usable {inquiry.name}, asked twice: {repaired}", retryable=False)
    return repaired


async def _ask(
    to: OpenAIConnection,
    settings: OpenAIBrainSettings,
    inquiry: Inquiry[T_co],
    turns: Messages,
    limit: asyncio.Timeout,
) -> tuple[str, T_co | InvalidAnswer]:
    """What the model wrote, and what it says."""

    def body(profile: Profile) -> bytes:
        content: str | Messages = inquiry.user
        if inquiry.pictures:
            content = [text_part(inquiry.user)]
            for caption, jpeg in inquiry.pictures:
                content += [text_part(caption), picture_part(jpeg, profile)]
        messages = [
            {"role": "system", "content": inquiry.system},
            {"role": "user", "content": content},
            *turns,
        ]
        fields = {
            "model": settings.model,
            "messages": messages,
            profile.limit: MAX_TOKENS,
            **response_format(profile, inquiry.name, dict(inquiry.schema)),
            **({"temperature": 0.0} if profile.temperature else {}),
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()

    def read(said: Completion) -> T_co | InvalidAnswer:
        if said.cut:
            return InvalidAnswer(f"it was cut off after {MAX_TOKENS} tokens; be much shorter")
        try:
            return inquiry.read(said.text)
        except InvalidAnswer as error:
            return error

    entry = replace(to.entry(inquiry.purpose), egress=inquiry.egress, frames=len(inquiry.pictures))
    reply = await to.caller.ask(ChatRequest(entry, body, read, limit))
    return reply.completion.text, reply.answer
