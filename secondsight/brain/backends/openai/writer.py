"""Writing by an OpenAI-compatible server: figures in, sentences with slots out, checked and once repaired."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace

from secondsight.brain.backends.openai.client import ChatRequest
from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.backends.openai.profiles import Profile
from secondsight.brain.backends.openai.request import MAX_TOKENS, Messages, repair_turns, response_format
from secondsight.brain.backends.openai.response import Completion
from secondsight.brain.prompts.answer import InvalidAnswer
from secondsight.brain.prompts.writing import read_sentences, writing_prompt, writing_schema
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.brain.writing import WritingRequest
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings


class OpenAIWriter:
    """Writes by an endpoint. It retries nothing but one repair."""

    def __init__(
        self,
        settings: OpenAIBrainSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: RecordCall = ignore_call,
    ) -> None:
        """Raises ConfigError for a malformed address or a missing key. Opens no connection."""
        self._settings = settings
        self._to = OpenAIConnection.make(settings, clock, environ, book)
        self.name, self.remote = self._to.name, self._to.remote

    async def write(self, request: WritingRequest) -> tuple[str, ...]:
        """See `Writer.write`."""
        if not request.slots:
            return ()
        try:
            async with asyncio.timeout(self._settings.timeout) as limit:
                first = await self._ask(request, [], limit)
                if not isinstance(first[1], InvalidAnswer):
                    return first[1]
                turns = repair_turns(first[0], str(first[1]), request.language)
                second = await self._ask(request, turns, limit)
        except TimeoutError:
            text = f"no whole text within {self._settings.timeout:g} s"
            raise self._to.faults.fault(text, retryable=True) from None
        if isinstance(second[1], InvalidAnswer):
            text = f"no usable text, asked twice: {second[1]}"
            raise self._to.faults.fault(text, retryable=False)
        return second[1]

    async def close(self) -> None:
        """See `Writer.close`."""
        await self._to.client.close()

    async def _ask(
        self, request: WritingRequest, turns: Messages, limit: asyncio.Timeout
    ) -> tuple[str, tuple[str, ...] | InvalidAnswer]:
        """What the model wrote, and the sentences in it."""
        system, user = writing_prompt(request)
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}, *turns]

        def body(profile: Profile) -> bytes:
            fields = {
                "model": self._settings.model,
                "messages": messages,
                profile.limit: MAX_TOKENS,
                **response_format(profile, "report", writing_schema()),
                **({"temperature": 0.0} if profile.temperature else {}),
            }
            return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()

        entry = replace(self._to.entry(request.purpose), kind="", egress=request.egress)
        reply = await self._to.caller.ask(ChatRequest(entry, body, lambda said: _read(said, request), limit))
        return reply.completion.text, reply.answer


def _read(reply: Completion, request: WritingRequest) -> tuple[str, ...] | InvalidAnswer:
    if reply.cut:
        return InvalidAnswer(f"it was cut off after {MAX_TOKENS} tokens; be much shorter")
    try:
        return read_sentences(reply.text, request)
    except InvalidAnswer as error:
        return error
