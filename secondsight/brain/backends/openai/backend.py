"""Backend `openai`: any server that speaks the OpenAI chat API (vLLM, SGLang, Ollama, llama.cpp, clouds).

Frames go as JPEG data URIs, each after a caption with its time, which every server takes. The answer is held
to a JSON schema where the server can, and is checked strictly in any case. This module loads the client
library (0.5 s) and is itself loaded only when a brain is made.
"""

import asyncio
import difflib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import openai

from secondsight.brain.backends.openai.client import ChatReply, ChatRequest
from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.backends.openai.logprobs import Unusable, chance
from secondsight.brain.backends.openai.profiles import Profile
from secondsight.brain.backends.openai.request import (
    MAX_TOKENS,
    REPEAT_TEMPERATURE,
    Messages,
    Pictures,
    Sampling,
    encode,
    prepare,
    repair_turns,
    sizes_of,
)
from secondsight.brain.backends.openai.response import Completion, InvalidBody, Listed
from secondsight.brain.prompts.answer import Answer, InvalidAnswer, answer_schema, parse_answer
from secondsight.brain.prompts.image_tokens import fit, rule_of
from secondsight.brain.prompts.repeats import seed_of, share
from secondsight.brain.prompts.trial import trial_request, what_it_saw
from secondsight.brain.prompts.wording import ReviewPrompt, prompt_version, review_prompt
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings
from secondsight.errors import BrainError
from secondsight.log import fields
from secondsight.records import (
    Evidence,
    Purpose,
    ReviewRequest,
    Usage,
    Verdict,
    Verification,
)

_SINGLE = (Purpose.GUARD, Purpose.CHECK)
"""What is asked once, without repeats for a probability."""
_AGAINST = {Verification.CONFIRMED: 0.5, Verification.REJECTED: -0.5}

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Review:
    """One review on its way.

    Attributes:
        request: with the frames that are shown, and no others.
        shown: their positions in the request as it came.
        replies: what has come back so far.
        drawn: repeated answers to the deciding question.
        notes: what was found against the answer.
    """

    request: ReviewRequest
    shown: tuple[int, ...]
    prompt: ReviewPrompt
    pictures: Pictures
    schema: dict[str, Any]
    limit: asyncio.Timeout
    replies: list[Completion] = field(default_factory=list)
    drawn: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    answer: Answer | None = None


class OpenAIBrain:
    """A brain behind an OpenAI-compatible endpoint. It retries nothing: the case's queue does."""

    reads_questions = True

    def __init__(
        self,
        settings: OpenAIBrainSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: RecordCall = ignore_call,
    ) -> None:
        """Raises ConfigError for a malformed address or a missing key. Opens no connection."""
        self._to = OpenAIConnection.make(settings, clock, environ, book)
        self.name, self.remote = self._to.name, self._to.remote
        self._settings, self._clock = settings, clock
        self._where, self._faults, self._caller = self._to.where, self._to.faults, self._to.caller

    async def review(self, request: ReviewRequest) -> Verdict:
        """Ask, check the answer, ask once more if it is malformed. `settings.timeout` bounds all of it."""
        if not request.frames:
            raise BrainError(f"case {request.case_id} has no frames to look at", retryable=False)
        started = self._clock.monotonic()
        review: _Review | None = None
        probability, source = None, ""
        try:
            async with asyncio.timeout(self._settings.timeout) as limit:
                review = await asyncio.to_thread(self._begin, request, limit)
                review.answer = await self._ask(review)
                probability, source = await self._probability(review)
        except TimeoutError:
            if review is None or review.answer is None:
                text = f"no whole answer within {self._settings.timeout:g} s"
                raise self._faults.fault(text, retryable=True) from None
            review.notes.append("the repeated answers did not come in time")
        verdict = self._verdict(review, probability, source, self._clock.monotonic() - started)
        _log.debug(
            "brain answered",
            extra=fields(case=request.case_id, verification=verdict.verification.value),
        )
        return verdict

    async def check(self) -> str:
        """Whether the server answers, has the model, and the model sees: it gets one drawn picture and a question."""
        model = self._settings.model
        try:
            models = await self._caller.models()
        except TimeoutError:
            raise self._faults.fault("no answer in time", retryable=True) from None
        except openai.OpenAIError as error:
            raise self._faults.explain(error) from None
        except InvalidBody as error:
            raise self._faults.fault(f"not an OpenAI-compatible server: {error}", retryable=False) from None
        profile = self._caller.recognise(models or [])
        known = "" if profile == "generic" else f", profile {profile}"
        if models is None or _offered(model, models):
            verdict = await self.review(trial_request())
            return f"{self._where} answers; model `{model}` is there{known}; {what_it_saw(verdict)}"
        names = [listed.name for listed in models]
        near = difflib.get_close_matches(model, names, n=1)
        some = ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
        hint = f"did you mean `{near[0]}`?" if near else f"it offers: {some or 'none'}"
        raise self._faults.fault(f"no model `{model}`; {self._faults.clean(hint)}", retryable=False)

    async def close(self) -> None:
        await self._to.client.close()

    def _begin(self, request: ReviewRequest, limit: asyncio.Timeout) -> _Review:
        """Choose and prepare the pictures. Raises BrainError for one that cannot be read."""
        settings = self._settings
        nearest = min(
            range(len(request.frames)), key=lambda i: abs(request.frames[i].time - request.triggered)
        )
        fitted = fit(
            sizes_of(request),
            keep=nearest,
            most=settings.max_frames,
            side=settings.frame_size,
            budget=settings.max_image_tokens,
            rule=rule_of(settings.model),
        )
        asked = replace(request, frames=tuple(request.frames[i] for i in fitted.shown))
        return _Review(
            request=asked,
            shown=fitted.shown,
            prompt=review_prompt(asked),
            pictures=prepare(asked, fitted.side),
            schema=answer_schema(asked.questions, len(asked.frames)),
            limit=limit,
        )

    async def _ask(self, review: _Review) -> Answer:
        """The checked answer; what it took is in `review.replies`, whatever comes of it."""
        request = review.request
        problem = (await self._send(review, request.purpose)).answer
        if isinstance(problem, InvalidAnswer):
            _log.info("brain answer malformed", extra=fields(case=request.case_id, problem=str(problem)))
            turns = repair_turns(review.replies[-1].text, str(problem), request.language)
            try:
                problem = (await self._send(review, request.purpose, turns)).answer
            except BrainError as error:
                # It was there for the first answer, which has cost something: this try counts.
                error.away = False
                raise
        if isinstance(problem, InvalidAnswer):
            text = f"no usable answer to case {request.case_id}, asked twice: {problem}"
            raise self._faults.fault(text, retryable=False)
        if problem.mended:
            mended = "; ".join(problem.mended)
            _log.info("brain answer mended", extra=fields(case=request.case_id, mended=mended))
            review.notes.append(f"the answer was mended: {mended}")
        return problem

    async def _probability(self, review: _Review) -> tuple[float | None, str]:
        """Probability of yes and where it comes from: the tokens of the answer, else repeated answers, else none."""
        reply = review.replies[-1]
        try:
            found = chance(reply.text, reply.logprobs, review.request.questions)
        except Unusable as error:
            review.notes.append(f"the token probabilities {error}")
            found = None
        if found is not None:
            return found, "logprobs"
        if self._settings.repeats == 1 or review.request.purpose in _SINGLE:
            return None, ""
        await asyncio.gather(*(self._draw(review, number) for number in range(1, self._settings.repeats)))
        missing = self._settings.repeats - 1 - len(review.drawn)
        if missing:
            review.notes.append(f"{missing} of {self._settings.repeats - 1} repeated answers were of no use")
        found = share(review.drawn)
        return found, "" if found is None else "repeats"

    async def _draw(self, review: _Review, number: int) -> None:
        """One more answer, drawn at random, for its decision alone. One that does not come is left out."""
        sampling = Sampling(REPEAT_TEMPERATURE, seed_of(review.request.case_id, number))
        try:
            answer = (await self._send(review, Purpose.REPEAT, sampling=sampling)).answer
        except BrainError as error:
            _log.info("brain repeat failed", extra=fields(case=review.request.case_id, problem=str(error)))
            return
        if isinstance(answer, Answer):
            review.drawn.append(answer.answers[review.request.questions[0].key])

    async def _send(
        self,
        review: _Review,
        purpose: Purpose,
        turns: Messages | None = None,
        sampling: Sampling | None = None,
    ) -> ChatReply[Answer]:
        request = review.request

        def body(profile: Profile) -> bytes:
            return encode(
                self._settings.model,
                review.prompt,
                review.pictures,
                turns or [],
                review.schema,
                profile,
                sampling or Sampling(),
            )

        entry = replace(
            self._to.entry(purpose),
            case_id=request.case_id,
            camera=request.source,
            kind=request.kind,
            egress=request.egress,
            frames=len(request.frames),
        )
        reply = await self._caller.ask(
            ChatRequest(entry, body, lambda answer: _read(answer, request), review.limit)
        )
        review.replies.append(reply.completion)
        return reply

    def _verdict(self, review: _Review, probability: float | None, source: str, latency: float) -> Verdict:
        answer = review.answer
        assert answer is not None
        verification = answer.verification
        if probability is not None and (probability - 0.5) * _AGAINST.get(verification, 0.0) < 0:
            review.notes.append(f"the {source} speak against the answer")
            verification = Verification.UNSURE
        return Verdict(
            verification=verification,
            probability=probability,
            raw=probability,
            probability_source=source,
            answers=answer.answers,
            evidence=tuple(Evidence(review.shown[e.frame], e.box) for e in answer.evidence),
            summary=answer.summary,
            model=review.replies[-1].model or self._settings.model,
            prompt_version=prompt_version(review.request),
            usage=_usage(self._settings, review.replies, latency),
            notes=tuple(review.notes),
        )


def _read(reply: Completion, request: ReviewRequest) -> Answer | InvalidAnswer:
    if reply.cut:
        return InvalidAnswer(f"it was cut off after {MAX_TOKENS} tokens; be much shorter")
    try:
        return parse_answer(reply.text, request.questions, len(request.frames))
    except InvalidAnswer as error:
        return error


def _offered(model: str, models: list[Listed]) -> bool:
    return any(listed.name in (model, f"{model}:latest") for listed in models)


def _usage(settings: OpenAIBrainSettings, replies: list[Completion], latency: float) -> Usage:
    tokens_in = _sum([reply.tokens_in for reply in replies])
    tokens_out = _sum([reply.tokens_out for reply in replies])
    return Usage(len(replies), tokens_in, tokens_out, settings.cost(tokens_in, tokens_out), latency)


def _sum(counts: list[int | None]) -> int | None:
    """A total with an unknown part is unknown."""
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None
