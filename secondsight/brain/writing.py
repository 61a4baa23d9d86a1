"""Writing: a large model says in sentences what figures mean, and supplies none of them."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from secondsight.brain.protocol import Brain
from secondsight.event_words import Language
from secondsight.records import Egress, Purpose


@dataclass(frozen=True, slots=True)
class FigureSlot:
    """A figure or a name that a sentence may speak of.

    Attributes:
        key: what the model writes in braces for it, such as `alarms.confirmed`.
        meaning: what it is, in English.
        value: of a figure, as it will be shown; empty for a name, which is never sent: people call cameras, zones
            and products what they like.
    """

    key: str
    meaning: str
    value: str


@dataclass(frozen=True, slots=True)
class WritingRequest:
    """Everything that a brain needs to write about figures; self-contained and stateless.

    Attributes:
        subject: what is written, such as `hourly`; a word of ours.
        slots: what there is to speak of.
        most: sentences, at most.
        purpose, egress: for the ledger.
    """

    subject: str
    slots: tuple[FigureSlot, ...]
    language: Language
    most: int = 8
    purpose: Purpose = Purpose.REPORT
    egress: Egress = Egress.FULL


@runtime_checkable
class Writer(Brain, Protocol):
    """A brain that can write."""

    async def write(self, request: WritingRequest) -> tuple[str, ...]:
        """Write sentences with slots.

        Args:
            request: what there is to speak of.

        Returns:
            Sentences in the request's language. Each has at least one slot `{key}`, only slots of the request, and no
            figure, name or comparison of the model's own (`secondsight.brain.prompts.slots`).

        Raises:
            BrainError: there is no usable text; it says whether to try again.
        """
        ...
