"""What a recorder writes: one value per write, so that many can wait, travel and be committed together.

Each may be applied again without harm, except `AddCounters`.
"""

from dataclasses import dataclass

from secondsight.records import Candidate, Clip, Counter, KeyFrame, PolicyDecision, Track
from secondsight.store.values import OpenResult, Screening


@dataclass(frozen=True, slots=True)
class OpenCandidate:
    """See `Store.open_candidate`."""

    candidate: Candidate
    decision: PolicyDecision


@dataclass(frozen=True, slots=True)
class CloseCandidate:
    """See `Store.close_candidate`."""

    candidate: Candidate


@dataclass(frozen=True, slots=True)
class AttachClip:
    """See `Store.attach_clip`."""

    id: str
    clip: Clip | None
    key_frames: tuple[KeyFrame, ...] = ()
    note: str | None = None
    screening: Screening | None = None


@dataclass(frozen=True, slots=True)
class AddTracks:
    """See `Store.add_tracks`."""

    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class AddCounters:
    """See `Store.add_counters`."""

    counters: tuple[Counter, ...]


@dataclass(frozen=True, slots=True)
class SetCounters:
    """See `Store.set_counters`."""

    counters: tuple[Counter, ...]


CaseWrite = OpenCandidate | CloseCandidate | AttachClip
"""What a case consists of; the rest are observations."""
Write = CaseWrite | AddTracks | AddCounters | SetCounters
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
