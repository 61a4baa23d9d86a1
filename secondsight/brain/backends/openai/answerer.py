"""Answering by an OpenAI-compatible server: questions to plans, pictures to sentences that cite them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from secondsight.brain.answering import (
    PicturesAnswer,
    PicturesRequest,
    PlanRequest,
    T,
)
from secondsight.brain.backends.openai.asking import Inquiry, ask_twice
from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.prompts.answering import (
    pictures_prompt,
    pictures_schema,
    plan_prompt,
    read_plan,
    read_statements,
)
from secondsight.brain.prompts.image_tokens import fit, rule_of
from secondsight.brain.prompts.images import prepare_frame
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings
from secondsight.errors import BrainError
from secondsight.jpeg import jpeg_size


class OpenAIAnswerer:
    """Answers by an endpoint. It retries nothing but one repair."""

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

    async def plan(self, request: PlanRequest[T]) -> T:
        """See `Answerer.plan`."""
        system, user = plan_prompt(request)
        inquiry = Inquiry(
            system,
            user,
            "plan",
            request.schema,
            lambda text: read_plan(text, request),
            request.language,
            request.purpose,
            request.egress,
        )
        return await ask_twice(self._to, self._settings, inquiry)

    async def describe(self, request: PicturesRequest) -> PicturesAnswer:
        """See `Answerer.describe`; fewer pictures are shown where their tokens would exceed the settings."""
        shown, jpegs = await asyncio.to_thread(self._prepared, request)
        asked = replace(request, pictures=tuple(request.pictures[position] for position in shown))
        system, user, captions = pictures_prompt(asked)
        inquiry = Inquiry(
            system,
            user,
            "answer",
            pictures_schema(),
            lambda text: read_statements(text, asked),
            request.language,
            request.purpose,
            request.egress,
            tuple(zip(captions, jpegs, strict=True)),
        )
        return (await ask_twice(self._to, self._settings, inquiry)).among(shown)

    async def close(self) -> None:
        """See `Brain.close`."""
        await self._to.client.close()

    def _prepared(self, request: PicturesRequest) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
        """Positions of the pictures that are shown, and those as they leave. Raises BrainError."""
        settings = self._settings
        try:
            sizes = [jpeg_size(one.frame.jpeg) for one in request.pictures]
            fitted = fit(
                sizes,
                keep=0,
                most=settings.max_frames,
                side=settings.frame_size,
                budget=settings.max_image_tokens,
                rule=rule_of(settings.model),
            )
            chosen = [request.pictures[position] for position in fitted.shown]
            jpegs = tuple(prepare_frame(one.frame, fitted.side, path=one.path) for one in chosen)
        except ValueError as error:
            raise BrainError(f"a picture is not usable: {error}", retryable=False) from None
        return fitted.shown, jpegs
