"""Answering: a large model reads questions as plans, and tells what pictures show. No figure or name is its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from secondsight.brain.protocol import Brain
from secondsight.event_words import Language
from secondsight.records import Egress, Outline, Purpose, ReviewFrame

T = TypeVar("T")
"""What a question is read as."""


@dataclass(frozen=True, slots=True)
class PlanRequest(Generic[T]):
    """A question that is to be read as a plan; self-contained and stateless.

    Attributes:
        question: in a person's words; data.
        known: lines of JSON about the site and its clock; data.
        guide: what the members of the plan mean, in English.
        key: the one member of the answer's object.
        schema: JSON Schema of that object, within what `strict` structured output allows.
        read: the plan of that member's value; raises ValueError with what is wrong, for the model.
        purpose, egress: for the ledger.
    """

    question: str
    known: tuple[str, ...]
    guide: str
    key: str
    schema: Mapping[str, Any]
    read: Callable[[object], T]
    language: Language
    purpose: Purpose = Purpose.ANSWER
    egress: Egress = Egress.FULL


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A picture of an event.

    Attributes:
        scene: position of its event in the request.
        path: where the suspect came along until then, in shares of the picture.
    """

    scene: int
    frame: ReviewFrame
    path: Outline = ()


@dataclass(frozen=True, slots=True)
class PicturesRequest:
    """A question about what pictures show; self-contained and stateless.

    Attributes:
        question: in a person's words; data.
        scenes: of each event, what is known of it: a line of JSON; data.
        pictures: in the order in which they are shown.
        most: sentences of the answer, at most.
        purpose, egress: for the ledger.
    """

    question: str
    scenes: tuple[str, ...]
    pictures: tuple[ScenePicture, ...]
    language: Language
    most: int = 6
    purpose: Purpose = Purpose.ANSWER
    egress: Egress = Egress.FULL


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """A sentence, and the pictures that show what it says.

    Attributes:
        pictures: positions in the request; at least one.
    """

    text: str
    pictures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PicturesAnswer:
    """What pictures show.

    Attributes:
        sentences: without figures, names and accusations (`secondsight.brain.prompts.slots`).
        enough: whether they answer the question.
    """

    sentences: tuple[CitedSentence, ...]
    enough: bool

    def among(self, shown: Sequence[int]) -> "PicturesAnswer":
        """This answer about some pictures of a request, at these positions, as one about all of them."""
        sentences = (
            CitedSentence(one.text, tuple(shown[number] for number in one.pictures)) for one in self.sentences
        )
        return PicturesAnswer(tuple(sentences), self.enough)


@runtime_checkable
class Answerer(Brain, Protocol):
    """A brain that can read questions and tell what pictures show."""

    async def plan(self, request: PlanRequest[T]) -> T:
        """Read a question as a plan.

        Returns:
            What `request.read` made of the answer.

        Raises:
            BrainError: there is no usable plan; it says whether to try again.
        """
        ...

    async def describe(self, request: PicturesRequest) -> PicturesAnswer:
        """Tell what pictures show of what is asked.

        Returns:
            Sentences, each with the pictures that it rests on.

        Raises:
            BrainError: there is no usable answer; it says whether to try again.
        """
        ...
