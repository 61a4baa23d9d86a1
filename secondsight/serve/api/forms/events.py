"""Events, their steps and cases, as the API shows them."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, computed_field

from secondsight.records import (
    Action,
    Box,
    CaseState,
    Event,
    StepKind,
    Verification,
    Word,
)
from secondsight.serve.access.events import PublishedStep
from secondsight.serve.api.forms.common import FormIn, FormOut, NameText, NoteText, Number, Sides, Time

TrackText = Annotated[str, BeforeValidator(str)]


def _told(value: Any) -> Any:
    return [{"label": label, "box": list(box)} for label, box in value]


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, Box) else value


Corners = Annotated[Sides, BeforeValidator(_listed)]


class ClipOut(FormOut):
    """A video. `offset`: seconds from its first frame to the moment asked for."""

    start: Time
    end: Time
    offset: Number
    codec: str
    reencoded: bool
    size: int


class NeighbourOut(FormOut):
    """Something that was tracked in the same picture."""

    label: str
    box: Corners


class KeyFrameOut(FormOut):
    """A picture with the suspect's box, if that is known, and everything else that was tracked."""

    time: Time
    box: Corners | None
    around: Annotated[list[NeighbourOut], BeforeValidator(_told)]


class EvidenceOut(FormOut):
    """Position among the key frames, and the place in that picture; null for all of it."""

    frame: int
    box: Corners | None


class UsageOut(FormOut):
    """What a verdict took; null where unknown. `latency` in seconds, `cost` in the site's currency."""

    calls: int
    tokens_in: int | None
    tokens_out: int | None
    cost: Number
    latency: Number


class VerdictOut(FormOut):
    """The brain's answer."""

    verification: Verification
    probability: Number
    calibrated: bool
    answers: dict[str, str]
    evidence: list[EvidenceOut]
    summary: str
    model: str
    prompt_version: str
    usage: UsageOut
    raw: Number
    probability_source: str
    notes: list[str]


class EventLinks(FormOut):
    """Where the files of an event are; null where there are none (any more, or yet)."""

    clip: str | None
    key_frames: list[str]
    snapshot: str


class EventOut(FormOut):
    """What people see. Keys are those of docs/json.md."""

    id: str
    camera: str
    rule: str
    kind: str
    start: Time
    triggered: Time
    end: Time | None
    score: Number
    label: str
    zone: str | None
    tracks: list[TrackText]
    verification: Verification
    settled: bool
    alert: bool
    clip: ClipOut | None
    key_frames: list[KeyFrameOut]
    verdict: VerdictOut | None
    note: str | None
    attributes: dict[str, str]
    truth: bool | None
    bundle: str | None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def links(self) -> EventLinks:
        """Paths of this API."""
        base = f"/api/v1/events/{quote(self.id, safe='')}"
        return EventLinks(
            clip=f"{base}/clip" if self.clip else None,
            key_frames=[f"{base}/key-frames/{number}" for number in range(len(self.key_frames))],
            snapshot=f"{base}/snapshot",
        )


class StepOut(FormOut):
    """One step of an event's life, and what was announced to people."""

    id: str
    event: str
    number: int
    kind: StepKind
    time: Time
    verification: Verification
    settled: bool
    by: str
    note: str | None
    truth: bool | None
    position: int | None
    word: Word
    why: str
    incident: str | None


class EventPageOut(FormOut):
    """Some events, newest first. `next` is the cursor of the following page; null on the last."""

    events: list[EventOut]
    next: str | None


class EventWithStepsOut(FormOut):
    """An event and its life so far."""

    event: EventOut
    steps: list[StepOut]


class PublishedStepOut(FormOut):
    """What a message of the stream carries: a step, and the event as it was when the message was sent."""

    step: StepOut
    event: EventOut

    @classmethod
    def of(cls, published: PublishedStep) -> "PublishedStepOut":
        """The form of a published step."""
        return cls(
            step=StepOut.model_validate(published.step), event=EventOut.model_validate(published.event)
        )


class FeedbackIn(FormIn):
    """What a person says of an event."""

    truth: Literal["true", "false", "unsure"]
    note: NoteText | None = None

    @property
    def said(self) -> bool | None:
        """As it is stored."""
        return {"true": True, "false": False}.get(self.truth)


class FeedbackOut(FormOut):
    """What a person said of an event; `truth` is null where it could not be told. The newest word counts."""

    event: str
    truth: bool | None
    author: str
    note: str | None
    time: Time


class AcknowledgeIn(FormIn):
    """A remark of who takes the event."""

    note: NoteText | None = None


class EventTallyOut(FormOut):
    """How many events of a camera and kind have one verification."""

    camera: str
    kind: str
    verification: Verification
    events: int


class AssignIn(FormIn):
    """To whom an event is given, and a remark."""

    to: NameText
    note: NoteText | None = None


class AcknowledgeOut(FormOut):
    """`new` is false where the same person had taken it before. The steps so far."""

    new: bool
    steps: list[StepOut]


class DecisionOut(FormOut):
    """What the policy did with a candidate, and why."""

    action: Action
    reason: str
    version: str
    priority: int
    thresholds: tuple[float, float] | None
    probability: Number
    alert_without_brain: bool
    deadline: Time | None


class CaseOut(FormOut):
    """A candidate on its way to a verdict."""

    id: str
    camera: str
    kind: str
    rule: str
    triggered: Time
    score: Number
    scores: dict[str, Number]
    state: CaseState
    attempts: int
    error: str | None
    merged_into: str | None
    decision: DecisionOut


class CasePageOut(FormOut):
    """Some cases, newest first. `next` is the cursor of the following page; null on the last."""

    cases: list[CaseOut]
    next: str | None


def event_out(event: Event) -> EventOut:
    """The form of an event."""
    return EventOut.model_validate(event)
