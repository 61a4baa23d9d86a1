"""One call of an OpenAI-compatible server: sent in the words the server knows, read, and booked whatever comes of it.

What a server declines (a field, a format) is learned here and not sent again; every such try is a call of its own
and stands in the ledger like any other, because the pictures have left with it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import httpx
import openai

from secondsight.brain.backends.openai.endpoint import Endpoint
from secondsight.brain.backends.openai.errors import ErrorMapper
from secondsight.brain.backends.openai.profiles import (
    GENERIC,
    PROFILES,
    Profile,
    by_host,
    by_owners,
    without,
    without_format,
)
from secondsight.brain.backends.openai.response import (
    Completion,
    InvalidBody,
    Listed,
    read_completion,
    read_models,
    server_message,
)
from secondsight.brain.prompts.answer import InvalidAnswer
from secondsight.brain.protocol import RecordCall
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings
from secondsight.errors import BrainError
from secondsight.log import fields
from secondsight.records import Call, Outcome

LIST_TIMEOUT = 10.0
"""Seconds for the list of models, which no server has to compute."""
GUESS_TIMEOUT = 2.0
"""Seconds for the same list where it only helps to guess the profile, and a review waits."""
_COMPLAINT = 2000
"""Characters of an error's body that are searched for what is declined: further on, some repeat the request."""
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

_log = logging.getLogger(__name__)

T = TypeVar("T")
"""What a usable answer is read as."""


@dataclass(frozen=True, slots=True)
class ChatRequest(Generic[T]):
    """One thing to ask.

    Attributes:
        entry: what the ledger says of it, but for what only the call itself tells.
        encode: the body, for a profile.
        read: what the answer says, or what is wrong with it.
        limit: the time within which all of it must end; what is cancelled after it has failed, not been given up.
    """

    entry: Call
    encode: Callable[[Profile], bytes]
    read: Callable[[Completion], T | InvalidAnswer]
    limit: asyncio.Timeout


@dataclass(frozen=True, slots=True)
class ChatReply(Generic[T]):
    """What came back."""

    completion: Completion
    answer: T | InvalidAnswer


class OpenAIClient:
    """Calls one endpoint. It retries nothing but what the server does not know."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        endpoint: Endpoint,
        settings: OpenAIBrainSettings,
        faults: ErrorMapper,
        clock: Clock,
        book: RecordCall,
    ) -> None:
        self._client, self._where = client, endpoint.shown
        self._settings, self._faults, self._clock, self._book = settings, faults, clock, book
        known = PROFILES.get(settings.profile) or by_host(urlsplit(endpoint.url).hostname or "")
        self._profile = self._allowed(known) if known else None

    async def ask(self, ask: ChatRequest[T]) -> ChatReply[T]:
        """The answer, asked for again in simpler words as often as the server declines some. Raises BrainError."""
        first: Profile | None = None
        while True:
            profile = self._profile or await self._guess()
            first = first or profile
            try:
                return await self._once(ask, profile)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if self._profile in (None, profile) and not self._learn(profile, error):
                    raise self._faults.explain(error) from None
            except openai.InternalServerError as error:
                # Some servers fail over a schema instead of declining it. Where they fail without it too, it stays.
                if self._profile in (None, profile) and not self._learn(profile, error):
                    self._profile = first
                    raise self._faults.explain(error) from None
            except openai.OpenAIError as error:
                raise self._faults.explain(error) from None
            except InvalidBody as error:
                raise self._faults.unreadable(error) from None

    async def models(self, timeout: float = LIST_TIMEOUT) -> list[Listed] | None:
        """The models on offer; None if the server keeps no list. Raises OpenAIError, InvalidBody or TimeoutError."""
        try:
            async with asyncio.timeout(min(timeout, self._settings.timeout)):
                raw = await self._client.models.with_raw_response.list()
        except openai.NotFoundError:
            return None
        return read_models(raw.content)

    def recognise(self, models: list[Listed]) -> str:
        """Name of the profile that will be used, given what the server lists."""
        if self._profile is None:
            self._profile = self._allowed(by_owners(model.owner for model in models))
        return self._profile.name

    async def _guess(self) -> Profile:
        """The profile of a server of which nothing is known. What hinders the guess hinders nothing else."""
        try:
            models = await self.models(GUESS_TIMEOUT) or []
        except openai.APITimeoutError:
            models = []
        except openai.APIConnectionError:
            return GENERIC  # it may be there next time
        except (openai.OpenAIError, InvalidBody, TimeoutError):
            models = []
        name = self.recognise(models)
        _log.info("brain profile", extra=fields(server=self._where, profile=name))
        return self._profile or GENERIC

    def _allowed(self, profile: Profile) -> Profile:
        return profile if self._settings.video else replace(profile, video=None)

    def _learn(self, profile: Profile, error: openai.APIStatusError) -> bool:
        """Give up what an error speaks of; False if it speaks of nothing that was asked for."""
        complaint = server_message(error.response.content) or error.response.text[:_COMPLAINT]
        broke = isinstance(error, openai.InternalServerError)
        less = without_format(profile, complaint) if broke else without(profile, complaint)
        if less is None:
            return False
        self._profile = less
        _log.info("brain declines part of a request", extra=fields(server=self._where, now=str(less)))
        return True

    async def _once(self, ask: ChatRequest[T], profile: Profile) -> ChatReply[T]:
        """One HTTP call, booked."""
        data = await asyncio.to_thread(ask.encode, profile)
        entry = replace(
            ask.entry, time=self._clock.now(), digest=hashlib.blake2b(data, digest_size=16).hexdigest()
        )
        started, reply = self._clock.monotonic(), None
        try:
            response = await self._client.post(
                "/chat/completions", cast_to=openai.HttpxBinaryResponseContent, content=data
            )
            completion = read_completion(response.content)
            entry = self._counted(entry, completion)
            if completion.refusal:
                raise self._faults.fault(completion.refusal, retryable=False)
            reply = ChatReply(completion, ask.read(completion))
            entry = replace(entry, outcome=_outcome(reply))
            return reply
        except BrainError:
            entry = replace(entry, outcome=Outcome.MALFORMED)
            raise
        except asyncio.CancelledError:
            if not ask.limit.expired():
                entry = replace(entry, outcome=Outcome.ABANDONED)
            raise
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, _UNSENT):
                entry = replace(entry, digest="", frames=0)
            raise
        finally:
            self._book(replace(entry, seconds=self._clock.monotonic() - started))

    def _counted(self, entry: Call, completion: Completion) -> Call:
        tokens = completion.tokens_in, completion.tokens_out
        return replace(entry, tokens_in=tokens[0], tokens_out=tokens[1], cost=self._settings.cost(*tokens))


def _outcome(reply: ChatReply[T]) -> Outcome:
    return Outcome.MALFORMED if isinstance(reply.answer, InvalidAnswer) else Outcome.ANSWERED
