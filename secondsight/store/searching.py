"""What is searched for among events, and what a search gives; free of SQLAlchemy."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from secondsight.records import Event, Verification

Place = tuple[float, str]
"""Where a page ends: time of the trigger and id of its last event. Neither ever changes, so a place is stable."""


@dataclass(frozen=True, slots=True)
class EventSearch:
    """Conditions, all of which an event meets. An empty tuple, None or an empty text is no condition.

    Attributes:
        cameras: names; None for all cameras, an empty tuple for none at all: rights are given so.
        since, until: triggered in [since, until), UTC seconds.
        text: words, each of which stands somewhere in what is known of the event in words: label, zone, rule,
            attributes, note, and the verdict's summary and answers.
        attributes: attributes of the suspects by name, such as a helmet or a number plate.
        truth: what people said last.
        settled: whether the verdict has come, or none is expected.
        waiting: whether it still waits for a person: people were alerted, and nobody has taken or judged it.
        taken_by: a person who has taken it, or to whom it was given; nobody has judged it.
    """

    cameras: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    verifications: tuple[Verification, ...] = ()
    since: float | None = None
    until: float | None = None
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    truth: bool | None = None
    settled: bool | None = None
    waiting: bool | None = None
    taken_by: str | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and where to go on; `next` is None when there are no more."""

    events: tuple[Event, ...]
    next: Place | None


@dataclass(frozen=True, slots=True)
class EventTally:
    """How many events of a camera and kind have one verification."""

    camera: str
    kind: str
    verification: Verification
    events: int
