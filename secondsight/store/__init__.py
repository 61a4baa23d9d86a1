"""What a site remembers: cameras, tracks, candidates, cases, verdicts, events, clips, counters per minute.

In: the records of `secondsight.records`, from any thread of the one process that writes. Out: the same
records, from SQLite in the data folder or from PostgreSQL. A call that returned is durable; a call that
raised changed nothing. `StoreError.retryable` says whether to try the same call again. SQLAlchemy is loaded
only with `Store`.
"""

from typing import TYPE_CHECKING, Any

from secondsight.store.counting import Count, TimeGrouping, summed
from secondsight.store.database.locking import DataLock, prepare_data_folder
from secondsight.store.people.values import AccessPass, AuditEntry, PassKind, User, UserRole
from secondsight.store.searching import EventPage, EventSearch, EventTally, Place
from secondsight.store.values import (
    DATABASE,
    Appearance,
    Calibration,
    CalibrationSample,
    CallTotals,
    CameraFilter,
    ChannelTotals,
    Delivery,
    DeliveryState,
    DueStep,
    Feedback,
    FeedbackEntry,
    FilterState,
    LeaseTerms,
    Mark,
    OpenResult,
    Screening,
    SeenCase,
    Shadow,
    StoredCandidate,
    StoredClip,
    ToldEvent,
)
from secondsight.store.writes import (
    AddCounters,
    AddTracks,
    Answer,
    AttachClip,
    CaseWrite,
    CloseCandidate,
    OpenCandidate,
    SetCounters,
    Write,
    case_of,
)

if TYPE_CHECKING:
    from secondsight.store.store import Store

__all__ = [
    "Count",
    "Place",
    "TimeGrouping",
    "summed",
    "DATABASE",
    "AddCounters",
    "AddTracks",
    "Answer",
    "Appearance",
    "AttachClip",
    "Calibration",
    "CalibrationSample",
    "CallTotals",
    "CameraFilter",
    "CaseWrite",
    "ChannelTotals",
    "CloseCandidate",
    "DataLock",
    "Delivery",
    "DeliveryState",
    "DueStep",
    "Feedback",
    "FeedbackEntry",
    "FilterState",
    "LeaseTerms",
    "Mark",
    "OpenCandidate",
    "OpenResult",
    "Screening",
    "SeenCase",
    "SetCounters",
    "Shadow",
    "Store",
    "StoredCandidate",
    "StoredClip",
    "ToldEvent",
    "AuditEntry",
    "AccessPass",
    "PassKind",
    "UserRole",
    "User",
    "EventPage",
    "EventSearch",
    "EventTally",
    "Write",
    "case_of",
    "prepare_data_folder",
]


def __getattr__(name: str) -> Any:
    if name == "Store":
        from secondsight.store.store import Store

        return Store
    raise AttributeError(f"module 'secondsight.store' has no attribute {name!r}")
