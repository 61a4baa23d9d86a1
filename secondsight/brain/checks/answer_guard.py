"""Shows an answerer only pictures that can be judged; an answerer like any other, around one."""

import asyncio
from dataclasses import replace

from secondsight.brain.answering import (
    Answerer,
    PicturesAnswer,
    PicturesRequest,
    PlanRequest,
    T,
)
from secondsight.brain.checks.image_quality import fault_of


class GuardedAnswerer:
    """An answerer that is shown no picture too dark, too blurred or empty; without any other it is not asked."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self.name, self.remote = answerer.name, answerer.remote

    async def plan(self, request: PlanRequest[T]) -> T:
        """See `Answerer.plan`."""
        return await self._answerer.plan(request)

    async def describe(self, request: PicturesRequest) -> PicturesAnswer:
        """See `Answerer.describe`."""
        kept = await asyncio.to_thread(_fit_to_be_judged, request)
        if not kept:
            return PicturesAnswer((), enough=False)
        shown = replace(request, pictures=tuple(request.pictures[position] for position in kept))
        return (await self._answerer.describe(shown)).among(kept)

    async def close(self) -> None:
        """See `Brain.close`."""
        await self._answerer.close()


def _fit_to_be_judged(request: PicturesRequest) -> list[int]:
    kept = []
    for position, picture in enumerate(request.pictures):
        try:
            fault = fault_of(picture.frame)
        except ValueError:  # it cannot be read
            continue
        if not fault:
            kept.append(position)
    return kept
