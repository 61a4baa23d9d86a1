"""Shows a brain the suspect close to: its surroundings cut out, instead of the whole picture or beside it.

A person of 40 pixels is nothing in a picture that is scaled to what a model takes in; cut out, it keeps its pixels.
The brain inside meets ordinary frames (`ReviewFrame.part` says what they show); what it points at is led back to the
camera's own frames.
"""

import asyncio
from dataclasses import replace
from typing import Literal

from secondsight.brain.prompts.images import choose, crop_frame
from secondsight.brain.protocol import Reviewer
from secondsight.errors import BrainError
from secondsight.records import Box, Evidence, ReviewFrame, ReviewRequest, Verdict

View = Literal["drawn", "cropped", "both"]


class CroppingBrain:
    """A brain that sees cut-outs.

    Args:
        most: frames that the brain takes in one request; `both` needs two for each.
    """

    def __init__(self, brain: Reviewer, view: View, most: int) -> None:
        self._brain, self._view, self._most = brain, view, most
        self.name, self.remote = brain.name, brain.remote
        self.reads_questions = brain.reads_questions

    async def review(self, request: ReviewRequest) -> Verdict:
        """The brain's verdict. Raises BrainError, also for a picture that cannot be read."""
        try:
            frames, origins = await asyncio.to_thread(self._frames, request)
        except ValueError as error:
            raise BrainError(f"case {request.case_id}: {error}", retryable=False) from None
        verdict = await self._brain.review(replace(request, frames=frames))
        evidence = tuple(
            _back(point, frames, origins) for point in verdict.evidence if point.frame < len(frames)
        )
        return replace(verdict, evidence=tuple(dict.fromkeys(evidence)))

    async def check(self) -> str:
        return await self._brain.check()

    async def close(self) -> None:
        await self._brain.close()

    def _frames(self, request: ReviewRequest) -> tuple[tuple[ReviewFrame, ...], list[int]]:
        """What the brain is shown, and which of the request's frames each is from."""
        most = max(self._most // 2, 1) if self._view == "both" else self._most
        frames, origins = [], []
        for index in choose(len(request.frames), most):
            for frame in self._views(request.frames[index]):
                frames.append(frame)
                origins.append(index)
        return tuple(frames), origins

    def _views(self, frame: ReviewFrame) -> list[ReviewFrame]:
        if frame.box is None or self._view == "drawn":
            return [frame]
        jpeg, part = crop_frame(frame.jpeg, frame.box)
        close = ReviewFrame(jpeg, frame.time, None, part)
        return [frame, close] if self._view == "both" and self._most > 1 else [close]


def _back(point: Evidence, frames: tuple[ReviewFrame, ...], origins: list[int]) -> Evidence:
    part, box = frames[point.frame].part, point.box
    if part is None:
        return Evidence(origins[point.frame], box)
    if box is None:
        return Evidence(origins[point.frame], part)
    width, height = part.x2 - part.x1, part.y2 - part.y1
    return Evidence(
        origins[point.frame],
        Box(
            part.x1 + box.x1 * width,
            part.y1 + box.y1 * height,
            part.x1 + box.x2 * width,
            part.y1 + box.y2 * height,
        ),
    )
