"""Applies a recorder's writes within a transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from secondsight.errors import RecordError
from secondsight.log import redact
from secondsight.records import Verification
from secondsight.store.database.db_errors import FAILURES
from secondsight.store.facts import presence
from secondsight.store.queries import cases, events, filters, observations
from secondsight.store.writes import (
    AddCounters,
    AddTracks,
    AddVisits,
    Answer,
    AttachClip,
    CloseCandidate,
    OpenCandidate,
    SetCounters,
    SetCoverage,
    Write,
)

_MISTAKES = (StatementError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What comes of a record that cannot be turned into a row."""


def apply(connection: Connection, now: float, writes: Sequence[Write]) -> list[Answer]:
    """Apply writes in their order; what the store says to each. Raises RecordError."""
    try:
        return [_apply(connection, now, write) for write in writes]
    except FAILURES:
        raise
    except _MISTAKES as error:
        raise RecordError(redact(f"a record cannot be stored: {type(error).__name__}: {error}")) from error


def _apply(connection: Connection, now: float, write: Write) -> Answer:
    match write:
        case OpenCandidate():
            return events.open_candidate(connection, now, write.candidate, write.decision)
        case CloseCandidate():
            return events.close_candidate(connection, now, write.candidate)
        case AttachClip():
            return _attach(connection, now, write)
        case AddTracks():
            observations.add_tracks(connection, write.tracks)
        case AddVisits():
            presence.add_visits(connection, write.visits)
        case SetCoverage():
            presence.set_coverage(connection, write.spans)
        case AddCounters():
            observations.add_counters(connection, write.counters)
        case SetCounters():
            observations.set_counters(connection, write.counters)
    return None


def _attach(connection: Connection, now: float, write: AttachClip) -> bool:
    """Note that recording is over; a case that a filter holds back is settled at once."""
    attached = events.attach_clip(connection, now, write.id, write.clip, write.key_frames, write.note)
    screening = write.screening
    if attached and screening is not None and filters.screen(connection, now, write.id, screening):
        held_back = f"held back by filter {screening.filter}"
        cases.settle(connection, now, write.id, Verification.REJECTED, None, held_back, None)
    return attached
