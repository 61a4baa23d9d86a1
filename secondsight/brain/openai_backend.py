"""Backend `openai`: any server that speaks the OpenAI chat API (vLLM, SGLang, Ollama, llama.cpp, clouds).

Frames go as JPEG data URIs, each after a caption with its time, which every server takes. The answer is held
to a JSON schema where the server can, and is checked strictly in any case. This module loads the client
library (0.5 s) and is itself loaded only when a brain is made.
"""

import asyncio
import base64
import difflib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import openai

from secondsight.brain.completion import Completion, InvalidBody, Refused, read_completion, read_models
from secondsight.brain.endpoint import NO_KEY, find_api_key, parse_endpoint
from secondsight.brain.faults import Faults
from secondsight.brain.images import choose, prepare_frame
from secondsight.brain.prompts import prompt_version, repair_prompt, review_prompt
from secondsight.brain.protocol import Book, Capability, unbooked
from secondsight.brain.transport import make_client
from secondsight.brain.verdict import Answer, InvalidAnswer, answer_schema, parse_answer
from secondsight.clock import Clock
from secondsight.config import Brain as BrainSettings
from secondsight.errors import BrainError, ConfigError
from secondsight.log import fields
from secondsight.records import Evidence, ReviewRequest, Usage, Verdict

MAX_TOKENS = 1024
"""Tokens of one answer: a summary, a dozen short answers and a few boxes need about 400."""
LIST_TIMEOUT = 10.0
"""Seconds for the list of models, which no server has to compute."""
ECHO = 4000
"""Characters of a malformed answer that are shown to the model again."""
FORMATS = ("json_schema", "json_object", None)
"""Ways to ask for JSON, best first; a server that knows only a later one says so once."""

_log = logging.getLogger(__name__)
_Messages = list[dict[str, Any]]


class OpenAIBrain:
    """A brain behind an OpenAI-compatible endpoint. It retries nothing: the case's queue does."""

    capabilities = frozenset({Capability.REVIEW})

    def __init__(
        self,
        settings: BrainSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: Book = unbooked,
    ) -> None:
        """Raises ConfigError for a malformed address or a missing key. Opens no connection."""
        if settings.base_url is None:
            raise ConfigError("backend openai needs base_url", key="brain.base_url")
        endpoint = parse_endpoint(settings.base_url.get_secret_value())
        key = find_api_key(settings, environ)
        self.name = f"openai:{settings.model}"
        self.remote = endpoint.remote
        self._settings, self._clock, self._book = settings, clock, book
        self._where = endpoint.shown
        self._format = 0
        secrets = (key, endpoint.login and endpoint.login[1])
        self._faults = Faults(
            where=endpoint.shown,
            key_source=_key_source(settings),
            secrets=tuple(secret for secret in secrets if secret),
            clock=clock,
        )
        client: Any = make_client(endpoint, settings.timeout, settings.concurrency)
        self._client = openai.AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=endpoint.url,
            max_retries=0,
            timeout=client.timeout,
            http_client=client,
        )
        # The library takes these from the environment, where they are meant for another server.
        self._client.organization = self._client.project = None

    async def review(self, request: ReviewRequest) -> Verdict:
        """Ask, check the answer, ask once more if it is malformed. `settings.timeout` bounds all of it."""
        if not request.frames:
            raise BrainError(f"case {request.case_id} has no frames to look at", retryable=False)
        started = self._clock.monotonic()
        shown = choose(len(request.frames), self._settings.max_frames)
        asked = replace(request, frames=tuple(request.frames[i] for i in shown))
        replies: list[Completion] = []
        try:
            async with asyncio.timeout(self._settings.timeout):
                answer = await self._ask(asked, replies)
        except TimeoutError:
            text = f"no whole answer within {self._settings.timeout:g} s"
            raise self._faults.fault(text, retryable=True) from None
        usage = _usage(self._settings, replies, self._clock.monotonic() - started)
        _log.debug(
            "brain answered",
            extra=fields(case=request.case_id, verification=answer.verification.value, calls=usage.calls),
        )
        return Verdict(
            verification=answer.verification,
            probability=None,
            answers=answer.answers,
            evidence=tuple(Evidence(shown[e.frame], e.box) for e in answer.evidence),
            summary=answer.summary,
            model=replies[-1].model or self._settings.model,
            prompt_version=prompt_version(request),
            usage=usage,
        )

    async def check(self) -> str:
        """Whether the server answers and has the model. Free; one token where models are not listed."""
        model = self._settings.model
        try:
            names = await self._models()
            if names is None:
                async with asyncio.timeout(self._settings.timeout):
                    await self._client.chat.completions.with_raw_response.create(
                        model=model, messages=[{"role": "user", "content": "Say yes."}], max_tokens=1
                    )
        except TimeoutError:
            raise self._faults.fault("no answer in time", retryable=True) from None
        except openai.OpenAIError as error:
            raise self._faults.explain(error) from None
        except InvalidBody as error:
            raise self._faults.fault(f"not an OpenAI-compatible server: {error}", retryable=False) from None
        if names is None or model in names or f"{model}:latest" in names:
            return f"{self._where} answers; model `{model}` is there"
        near = difflib.get_close_matches(model, names, n=1)
        known = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        hint = f"did you mean `{near[0]}`?" if near else f"it offers: {known or 'none'}"
        raise self._faults.fault(f"no model `{model}`; {self._faults.clean(hint)}", retryable=False)

    async def _models(self) -> list[str] | None:
        """Names of the models on offer; None if the server keeps no list."""
        try:
            async with asyncio.timeout(min(LIST_TIMEOUT, self._settings.timeout)):
                raw = await self._client.models.with_raw_response.list()
        except openai.NotFoundError:
            return None
        return read_models(raw.content)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, request: ReviewRequest, replies: list[Completion]) -> Answer:
        """The checked answer; what it took is appended to `replies`, whatever comes of it."""
        messages = await asyncio.to_thread(_messages, request, self._settings.frame_size)
        schema = answer_schema(request.questions, len(request.frames))
        problem = await self._try(messages, schema, request, replies)
        if isinstance(problem, InvalidAnswer):
            _log.info("brain answer malformed", extra=fields(case=request.case_id, problem=str(problem)))
            messages += _repair(replies[-1].text, str(problem), request)
            try:
                problem = await self._try(messages, schema, request, replies)
            except BrainError as error:
                # It was there for the first answer, which has cost something: this try counts.
                error.away = False
                raise
        if isinstance(problem, InvalidAnswer):
            text = f"no usable answer to case {request.case_id}, asked twice: {problem}"
            raise self._faults.fault(text, retryable=False)
        return problem

    async def _try(
        self, messages: _Messages, schema: dict[str, Any], request: ReviewRequest, replies: list[Completion]
    ) -> Answer | InvalidAnswer:
        reply = await self._complete(messages, schema)
        replies.append(reply)
        if reply.cut:
            return InvalidAnswer(f"it was cut off after {MAX_TOKENS} tokens; be much shorter")
        try:
            return parse_answer(reply.text, request.questions, len(request.frames))
        except InvalidAnswer as error:
            return error

    async def _complete(self, messages: _Messages, schema: dict[str, Any]) -> Completion:
        """One answer of the model. Raises BrainError."""
        try:
            return read_completion(await self._post(messages, schema))
        except openai.OpenAIError as error:
            raise self._faults.explain(error) from None
        except InvalidBody as error:
            raise self._faults.fault(str(error), retryable=True) from None
        except Refused as error:
            raise self._faults.fault(str(error), retryable=False) from None

    async def _post(self, messages: _Messages, schema: dict[str, Any]) -> bytes:
        """The body of the answer, asked for in the best format the server has not yet declined."""
        chat: Any = self._client.chat.completions.with_raw_response
        while True:
            tried = self._format
            try:
                raw = await chat.create(
                    model=self._settings.model,
                    messages=messages,
                    temperature=0,
                    max_tokens=MAX_TOKENS,
                    **_response_format(FORMATS[tried], schema),
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if tried + 1 == len(FORMATS) or not _declines_format(error.response.text):
                    raise
                # Another request in flight may have learned the same meanwhile.
                self._format = max(self._format, tried + 1)
                _log.info(
                    "brain declines answer format", extra=fields(server=self._where, format=FORMATS[tried])
                )
            else:
                content: bytes = raw.content
                return content


def _messages(request: ReviewRequest, size: int) -> _Messages:
    """The chat messages of one review, pictures included."""
    prompt = review_prompt(request)
    parts: list[dict[str, Any]] = [_text(prompt.opening)]
    for index, (caption, frame) in enumerate(zip(prompt.captions, request.frames, strict=True)):
        try:
            jpeg = prepare_frame(frame.jpeg, frame.box, size)
        except ValueError as error:
            text = f"case {request.case_id}, frame {index}: {error}"
            raise BrainError(text, retryable=False) from None
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        parts += [_text(caption), {"type": "image_url", "image_url": {"url": url}}]
    parts.append(_text(prompt.task))
    return [{"role": "system", "content": prompt.system}, {"role": "user", "content": parts}]


def _repair(answer: str, problem: str, request: ReviewRequest) -> _Messages:
    """The two turns that follow a malformed answer. Half characters in it could not be sent back."""
    echo = answer[:ECHO].encode("utf-8", "replace").decode() or "(empty)"
    return [
        {"role": "assistant", "content": echo},
        {"role": "user", "content": repair_prompt(problem, request.language)},
    ]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _response_format(kind: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    if kind is None:
        return {}
    if kind == "json_object":
        return {"response_format": {"type": "json_object"}}
    described = {"name": "review", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": described}}


def _declines_format(text: str) -> bool:
    """Whether an error is about the asked format; servers have no common code for it, only these words."""
    return any(
        word in text.lower()
        for word in ("response_format", "json_schema", "json_object", "schema", "grammar")
    )


def _key_source(settings: BrainSettings) -> str:
    if settings.api_key_env is not None:
        return f"environment variable {settings.api_key_env}"
    if settings.api_key_file is not None:
        return f"file {settings.api_key_file}"
    return "brain.api_key_env, which is not set"


def _usage(settings: BrainSettings, replies: list[Completion], latency: float) -> Usage:
    tokens_in = _sum([reply.tokens_in for reply in replies])
    tokens_out = _sum([reply.tokens_out for reply in replies])
    cost = _cost(settings, tokens_in, tokens_out)
    return Usage(len(replies), tokens_in, tokens_out, cost, latency)


def _sum(counts: list[int | None]) -> int | None:
    """A total with an unknown part is unknown."""
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _cost(settings: BrainSettings, tokens_in: int | None, tokens_out: int | None) -> float | None:
    prices = (settings.price_in, settings.price_out)
    if prices == (None, None) or tokens_in is None or tokens_out is None:
        return None
    return (tokens_in * (prices[0] or 0.0) + tokens_out * (prices[1] or 0.0)) / 1e6
