"""The life of an event, step by step, and what each step means for the people who are told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from secondsight.records.verdict import Verification


class Severity(StrEnum):
    """How bad it is if an event is true."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class StepKind(StrEnum):
    """What has happened to an event, in the order in which it normally comes.

    RAISED: its rule has triggered; there is no clip and no verdict yet. RECORDED: clip and key frames are there, or a
    note that says why not. LATE: no verdict came within the rule's patience. VERIFIED: its verification is settled:
    confirmed, rejected, unsure, expired, failed, or unverified where nobody reviews. ENDED: the behaviour is over.
    ACKNOWLEDGED: a person has taken it. CORRECTED: a person said true or false alarm. ESCALATED: nobody acknowledged
    it in time.
    """

    RAISED = "raised"
    RECORDED = "recorded"
    LATE = "late"
    VERIFIED = "verified"
    ENDED = "ended"
    ACKNOWLEDGED = "acknowledged"
    CORRECTED = "corrected"
    ESCALATED = "escalated"


class Word(StrEnum):
    """What a step means for the people who are told.

    NONE: nothing to tell. ALERT: the first word about this event. UPDATE: more about an event, or an incident, that
    was announced. WITHDRAWAL: what was announced is taken back. ESCALATION: an alert still waits for a person.
    """

    NONE = "none"
    ALERT = "alert"
    UPDATE = "update"
    WITHDRAWAL = "withdrawal"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an event's life. It is stored with the change that it tells of, and published once.

    Attributes:
        event: id of the event.
        number: 1, 2, 3 ... within the event.
        kind: what has happened.
        time: UTC seconds at which it was stored, by this machine's clock, also for recordings.
        verification: of the event after this step.
        settled: whether that is final.
        by: the person who acknowledged or corrected.
        note: a person's remark, or the reason.
        truth: what the person who corrected said.
        position: place in the order of publication: 1, 2, 3 ... without gaps; None until it is published.
        word: what people are told; decided at publication.
        why: why nothing is told, in words, such as `cooldown`; empty where something is.
        incident: id of the first event of the incident that this one belongs to; None without grouping.

    Examples:
        >>> from secondsight.records import Step, StepKind, Verification
        >>> step = Step("20260101T080000-75efa9ac2b0f", 1, StepKind.RAISED, 1.0, Verification.UNVERIFIED, False)
        >>> step.id, step.word.value
        ('20260101T080000-75efa9ac2b0f-1', 'none')
    """

    event: str
    number: int
    kind: StepKind
    time: float
    verification: Verification
    settled: bool
    by: str = ""
    note: str | None = None
    truth: bool | None = None
    position: int | None = None
    word: Word = Word.NONE
    why: str = ""
    incident: str | None = None

    @property
    def id(self) -> str:
        """The same whenever and wherever it is sent: receivers know by it what they have had before."""
        return f"{self.event}-{self.number}"
