"""What an answer rests on: events with their verdicts, clips and the hashes of these."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from secondsight.records import Event, Verification


@dataclass(frozen=True, slots=True)
class ReceiptEvent:
    """One event.

    Attributes:
        time: of its trigger, UTC seconds.
        clip: file of its clip relative to the data folder; None without one.
        sha256: of that file; None where it is not there, or was not looked for.
        pictures: its key frames, relative to the data folder.
    """

    id: str
    camera: str
    kind: str
    zone: str | None
    time: float
    verification: Verification
    clip: str | None
    sha256: str | None
    pictures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CitedPicture:
    """A picture that a sentence rests on.

    Attributes:
        number: as it is cited, from 1.
        event: id of its event; clip: the file of that event's clip, relative to the data folder; None without one.
        time: of the picture, UTC seconds.
        path: of the picture, relative to the data folder.
    """

    number: int
    event: str
    camera: str
    kind: str
    verification: Verification
    clip: str | None
    time: float
    path: str

    @classmethod
    def of(cls, number: int, event: Event, frame: int) -> "CitedPicture":
        """The key frame of an event with this number."""
        clip = event.clip.path if event.clip is not None else None
        key = event.key_frames[frame]
        return cls(number, event.id, event.camera, event.kind, _known(event), clip, key.time, key.path)


def evidence_of(event: Event, data: Path | None) -> ReceiptEvent:
    """An event as evidence; with its data folder, its clip is hashed."""
    clip = event.clip.path if event.clip is not None else None
    return ReceiptEvent(
        id=event.id,
        camera=event.camera,
        kind=event.kind,
        zone=event.zone,
        time=event.triggered,
        verification=_known(event),
        clip=clip,
        sha256=None if clip is None or data is None else _hash(data, clip),
        pictures=tuple(frame.path for frame in event.key_frames),
    )


def _known(event: Event) -> Verification:
    """People's word before the verdict's."""
    if event.truth is None:
        return event.verification
    return Verification.CONFIRMED if event.truth else Verification.REJECTED


def _hash(data: Path, name: str) -> str | None:
    root = data.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        return None
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
