"""Transcribing: what people say, as text. A transcript is shown before anything is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from secondsight.brain.protocol import Brain
from secondsight.event_words import Language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Samples per second of all sound here; more tell a model of speech nothing."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording.

    Attributes:
        samples: float32 (n,), -1..1, mono, `SAMPLE_RATE` per second.
        speaks: whether there may be speech in it; in silence a model of speech invents text.
    """

    samples: NDArray[np.float32]
    speaks: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said.

    Attributes:
        text: on one line; empty where nothing was heard.
        language: as it was found out, such as `zh`; empty where nothing was heard.
        seconds: length of the recording.
        model: name of what heard it.
    """

    text: str
    language: str
    seconds: float
    model: str


@runtime_checkable
class Transcriber(Brain, Protocol):
    """A brain that can hear."""

    async def transcribe(self, sound: Sound, words: tuple[str, ...], language: Language | None) -> Transcript:
        """Write down what is said.

        Args:
            sound: the recording; without speech nothing is asked, and nothing heard.
            words: the site's own, which are likely to be said.
            language: that is spoken; found out if None.

        Returns:
            The transcript; its text is empty where nothing was heard.

        Raises:
            BrainError: it cannot be heard now; it says whether to try again.
        """
        ...
