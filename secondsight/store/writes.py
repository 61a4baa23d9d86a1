"""What a recorder writes: one value per write, so that many can wait, travel and be committed together by
`Store.apply`.

Each may be applied again without harm, except `AddCounters`.
"""

from dataclasses import dataclass

from secondsight.records import Candidate, Clip, Counter, Coverage, KeyFrame, PolicyDecision, Track, Visit
from secondsight.store.values import OpenResult, Screening


@dataclass(frozen=True, slots=True)
class OpenCandidate:
    """Store a candidate and its decision; its event, unless dropped; its case, if to be reviewed."""

    candidate: Candidate
    decision: PolicyDecision


@dataclass(frozen=True, slots=True)
class CloseCandidate:
    """Note end and final scores, before or after its event is settled. Answer: False when it is unknown."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class AttachClip:
    """Recording is over, with or without a clip (then say why in `note`).

    A reviewed candidate's case becomes `queued`, an accepted one's event settled. The files must be durable by
    now. Answer: False when there was nothing to do: unknown id, or attached before, and that stays.

    Attributes:
        screening: what the camera's filters say of the case; one that is held back is settled as rejected instead
            of queued, unless its filter has ended meanwhile.
    """

    id: str
    clip: Clip | None
    key_frames: tuple[KeyFrame, ...] = ()
    note: str | None = None
    screening: Screening | None = None


@dataclass(frozen=True, slots=True)
class AddTracks:
    """Add finished tracks; one that is known stays as it is."""

    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class AddVisits:
    """Add visits of finished tracks; one that is known stays as it is."""

    visits: tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class SetCoverage:
    """Note when cameras were watched; what began at the same moment is made longer."""

    spans: tuple[Coverage, ...]


@dataclass(frozen=True, slots=True)
class AddCounters:
    """Add each value to what is counted already for its camera, minute and name."""

    counters: tuple[Counter, ...]


@dataclass(frozen=True, slots=True)
class SetCounters:
    """Replace what is counted for each camera, minute and name."""

    counters: tuple[Counter, ...]


CaseWrite = OpenCandidate | CloseCandidate | AttachClip
"""What a case consists of; the rest are observations."""
Write = CaseWrite | AddTracks | AddVisits | SetCoverage | AddCounters | SetCounters
Answer = OpenResult | bool | None
"""What the store says to a write: to `OpenCandidate` what it found, else whether anything was done."""


def case_of(write: Write) -> str | None:
    """Id of the candidate that a write is about; None for observations."""
    match write:
        case OpenCandidate() | CloseCandidate():
            return write.candidate.id
        case AttachClip():
            return write.id
    return None
