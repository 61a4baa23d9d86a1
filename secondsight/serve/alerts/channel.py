"""What the outbox hands to a channel, and what a channel is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from secondsight.records import Event, Severity, Step


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: a step of an event, ready to be sent.

    Attributes:
        step: what has happened. Its word is that of this channel: what is an update elsewhere is an alert where
            nothing was said before.
        event: as it is now, which may be further than the step.
        site: name of the site.
        camera: what people call the camera.
        text: one plain sentence in the site's language.
        pictures: files that exist, absolute: the snapshot, then key frames.
    """

    step: Step
    event: Event
    site: str
    camera: str
    severity: Severity
    text: str
    pictures: tuple[Path, ...] = ()

    @property
    def id(self) -> str:
        """The same at every try: receivers know by it what they have had before."""
        return self.step.id


@dataclass(frozen=True, slots=True)
class ReportNotice:
    """One report, ready to be sent.

    Attributes:
        id: of the report; the same at every try.
        kind: such as `daily`.
        start, end: of the time that it is about, UTC seconds; `made_at` is when it was made.
        title, text: plain text; `text` has its sentences, one a line.
        name, media_type, content: the report as a file.
    """

    id: str
    site: str
    kind: str
    start: float
    end: float
    made_at: float
    title: str
    text: str
    name: str
    media_type: str
    content: bytes


class Channel(Protocol):
    """Sends notices and reports to one receiver. Called by one thread at a time; `close` may come from another."""

    def send(self, notice: Notice) -> None:
        """Return when the receiver has it.

        Raises:
            DeliveryError: it does not have it, or it is not known.
        """
        ...

    def send_report(self, report: ReportNotice) -> None:
        """Return when the receiver has a report.

        Raises:
            DeliveryError: it does not have it, or it is not known.
        """
        ...

    def check(self) -> str:
        """Try to reach the receiver without sending it anything; what was found, in words. Raises DeliveryError."""
        ...

    def close(self) -> None:
        """End connections at once; a `send` under way fails soon."""
        ...
