"""An answer to a question, as the API shows it (docs/json.md)."""

from typing import Any

from secondsight.serve.api.forms.common import FormOut, Number, Time
from secondsight.serve.api.forms.events import EventOut


class SpanOut(FormOut):
    """The time that was looked at."""

    since: Time
    until: Time


class FigureOut(FormOut):
    """A value, with the bounds between which the truth lies as far as cameras saw."""

    value: Number
    low: Number
    high: Number


class GroupOut(FigureOut):
    """A part: a name, or a local hour or day."""

    key: str


class ComparedOut(FigureOut):
    """The same of the second time."""

    groups: list[GroupOut]


class StandingOut(FormOut):
    """What is known of what was counted; rejected ones are not in the value."""

    confirmed: int
    unverified: int
    rejected: int


class ReceiptEventOut(FormOut):
    """An event that the answer rests on. `sha256`: of the clip's file, if it is there."""

    id: str
    camera: str
    kind: str
    zone: str | None
    time: Time
    verification: str
    clip: str | None
    sha256: str | None
    pictures: list[str]


class GapOut(FormOut):
    """When a camera saw nothing, or little."""

    camera: str
    why: str
    since: Time
    until: Time


class CitedPictureOut(FormOut):
    """A picture that a sentence rests on, by its number; files are relative to the data folder."""

    number: int
    event: str
    camera: str
    kind: str
    verification: str
    clip: str | None
    time: Time
    path: str


class SeenSentenceOut(FormOut):
    """A sentence of a large model, and the numbers of its pictures."""

    text: str
    pictures: list[int]


class SeenOut(FormOut):
    """What a large model sees in pictures, which nobody has checked. `enough`: whether that answers the question."""

    model: str
    enough: bool
    sentences: list[SeenSentenceOut]
    pictures: list[CitedPictureOut]


class ReadingOut(FormOut):
    """One way to read the question. `plan`: to be sent with the question, to choose it."""

    words: str
    plan: dict[str, Any]


class RefusalOut(FormOut):
    """Why there is no answer. `instead`: questions that can be answered. `readings`: what the question may mean."""

    why: str
    words: list[str]
    instead: list[str]
    readings: list[ReadingOut]


class AnswerOut(FormOut):
    """An answer. `plan`: the question as it was understood, to be sent as `before` with the next one."""

    question: str
    language: str
    answer: str
    value: Number
    low: Number
    high: Number
    plan: dict[str, Any] | None
    when: SpanOut | None
    counts: StandingOut | None
    groups: list[GroupOut]
    compared: ComparedOut | None
    events: list[ReceiptEventOut]
    coverage: list[GapOut]
    seen: SeenOut | None
    refused: RefusalOut | None
    further: list["AnswerOut"]


class FoundOut(FormOut):
    """A find. `score`: only its order means something. `box`: the place in key frame `frame`, relative.
    `verification`: what a large model says; null where it has not looked."""

    event: EventOut
    score: float
    frame: int
    box: list[float]
    verification: str | None


class FindsOut(FormOut):
    """Finds, the best first. `note`: why a large model has not looked at all that it should."""

    found: list[FoundOut]
    note: str


class TranscriptOut(FormOut):
    """What was said; `text` is empty where nothing was heard."""

    text: str
    language: str
    seconds: Number
