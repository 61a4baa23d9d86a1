"""What every large model looks like from outside, so that the pipeline never knows which one serves it."""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from secondsight.clock import Clock
from secondsight.config import PluginBrainSettings
from secondsight.records import Call, ReviewRequest, Verdict

RecordCall = Callable[[Call], None]
"""Where a brain reports each call it makes, when it is over, from the thread it was made in; it must not block."""


def ignore_call(call: Call) -> None:
    """For callers that keep no ledger."""


@runtime_checkable
class Brain(Protocol):
    """What every large model has; `Reviewer`, `Answerer`, `Writer` and `Transcriber` say what it can.

    It keeps its connections in the event loop of its first call: use one brain per event loop, and close it there.
    """

    @property
    def name(self) -> str:
        """For people and logs, such as `openai:qwen2.5-vl-7b`."""
        ...

    @property
    def remote(self) -> bool:
        """False only when it is certain that requests stay on this machine (loopback or a unix socket)."""
        ...

    async def close(self) -> None:
        """Give up connections. Further calls are a mistake."""
        ...


@runtime_checkable
class Reviewer(Brain, Protocol):
    """A brain that takes the second look.

    Requests are self-contained and stateless; any number of them may be awaited at once.

    Examples:
        A reviewer that confirms what has at least two pictures:

        >>> import asyncio
        >>> from secondsight.brain import Reviewer, question_sheet
        >>> from secondsight.records import ReviewFrame, ReviewRequest, Usage, Verdict, Verification
        >>> class Pictures:
        ...     name, remote, reads_questions = "pictures", False, False
        ...
        ...     async def review(self, request: ReviewRequest) -> Verdict:
        ...         count = len(request.frames)
        ...         said = Verification.CONFIRMED if count >= 2 else Verification.UNSURE
        ...         return Verdict(said, None, {}, (), f"{count} pictures", self.name, "1", Usage())
        ...
        ...     async def check(self) -> str:
        ...         return "pictures: always there"
        ...
        ...     async def close(self) -> None:
        ...         pass
        >>> brain: Reviewer = Pictures()
        >>> frames = (ReviewFrame(b"JPEG", 100.2, None), ReviewFrame(b"JPEG", 100.6, None))
        >>> questions = question_sheet("fall", "en").questions
        >>> request = ReviewRequest("1", "fall", "A hall", "person", None, 100.0, 101.0, frames, questions)
        >>> print(asyncio.run(brain.review(request)).verification)
        confirmed
    """

    @property
    def reads_questions(self) -> bool:
        """Whether it answers the words of a question. If not, asking them another way round tells nothing."""
        ...

    async def review(self, request: ReviewRequest) -> Verdict:
        """Take the second look at one case.

        Args:
            request: pictures, boxes and questions.

        Returns:
            The checked verdict.

        Raises:
            BrainError: there is no usable answer; it says whether to try again.
        """
        ...

    async def check(self) -> str:
        """Make one cheap call: is it reachable, is the model there?

        Returns:
            A short sentence for people.

        Raises:
            BrainError: it cannot be used now.
        """
        ...


Factory = Callable[[PluginBrainSettings, Clock, Mapping[str, str], RecordCall], Brain]
"""Makes a backend from settings, clock, environment and where to book calls. Raises ConfigError or ModelError."""
