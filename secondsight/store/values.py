"""The few values that only the store speaks of; free of SQLAlchemy, so that importing them costs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from secondsight.records import Candidate, Event, PolicyDecision, Verification

DATABASE = "secondsight.db"
"""Name of the SQLite file in a data folder."""


class Opened(StrEnum):
    """What `Store.open_candidate` found.

    NEW: stored now. RESUME: known, but its clip was never attached (the process died while recording): record
    it again. KNOWN: nothing is left to do; a replayed file reports what it had reported before.
    """

    NEW = "new"
    RESUME = "resume"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a previous process left behind.

    Attributes:
        requeued: cases whose worker is gone; they wait for a worker again.
        unrecorded: events whose clip was never attached, reviewed and accepted ones alike. A file that is
            replayed will report them again (`Opened.RESUME`); for a live camera the moment is gone: attach
            None with a note.
    """

    requeued: tuple[str, ...]
    unrecorded: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class StoredCandidate:
    """One line of the log that guarantees and learning are computed from.

    Attributes:
        candidate: with the score and scores *the policy saw*; `end` is set once the behaviour is over.
        decision: what the policy did with it, and from which thresholds.
        final_score: score when it was over; None while it goes on. `final_scores` likewise.
        verification: that of its event; None for a dropped candidate, which has none.
        settled: whether that event is settled; False for a dropped candidate.
    """

    candidate: Candidate
    decision: PolicyDecision
    final_score: float | None
    final_scores: Mapping[str, float] | None
    verification: Verification | None
    settled: bool


@dataclass(frozen=True, slots=True)
class StoredClip:
    """What retention needs to know about one event's files.

    Attributes:
        id: the event's id.
        paths: clip and key frames, relative to the data folder.
        size: bytes of the clip (0 without one); key frames are not counted.
        end: UTC seconds from which its age counts: the last moment shown, or when it was stored if that is
            later, as with old recordings.
        protected: pinned by a user, or its event is not settled yet: not to be removed.
    """

    id: str
    paths: tuple[str, ...]
    size: int
    end: float
    protected: bool
