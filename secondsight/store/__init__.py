"""What a site remembers: cameras, tracks, candidates, cases, verdicts, events, clips, counters per minute.

In: the records of `secondsight.records`, from any thread of the one process that writes. Out: the same
records, from SQLite in the data folder or from PostgreSQL. A call that returned is durable; a call that
raised changed nothing. `StoreError.retryable` says whether to try the same call again. SQLAlchemy is loaded
only with `Store`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from secondsight.store.counting import Count, TimeGrouping, summed
from secondsight.store.database.locking import DataLock, prepare_data_folder
from secondsight.store.database.swap import contents, discard, staging, swap_in
from secondsight.store.facts.values import (
    Absence,
    AgedRows,
    EventGroup,
    FactGroup,
    PeopleEstimate,
    TakeFate,
    TakenGoods,
    TakeSearch,
    VisitGroup,
    VisitSearch,
)
from secondsight.store.people.values import AccessPass, AuditEntry, PassKind, User, UserRole
from secondsight.store.reporting import (
    AlertResponse,
    CountedHour,
    EventCount,
    EventSpan,
    KeptReport,
    ReportDelivery,
    ReportHeading,
)
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
    AddVisits,
    Answer,
    AttachClip,
    CaseWrite,
    CloseCandidate,
    OpenCandidate,
    SetCounters,
    SetCoverage,
    Write,
    case_of,
)

if TYPE_CHECKING:
    from secondsight.store.copies.schema_state import (
        SchemaState,
        SchemaStep,
        TableSize,
        revision_at,
        schema_state,
    )
    from secondsight.store.copies.snapshots import (
        Snapshot,
        copy_sqlite,
        load_dump,
        require_room,
        take_snapshot,
    )
    from secondsight.store.copies.upgrading import copy_before_upgrade, prepare_for_run
    from secondsight.store.store import Store

_LAZY = {
    "SchemaState": "copies.schema_state",
    "SchemaStep": "copies.schema_state",
    "Snapshot": "copies.snapshots",
    "Store": "store",
    "TableSize": "copies.schema_state",
    "copy_before_upgrade": "copies.upgrading",
    "copy_sqlite": "copies.snapshots",
    "load_dump": "copies.snapshots",
    "prepare_for_run": "copies.upgrading",
    "require_room": "copies.snapshots",
    "revision_at": "copies.schema_state",
    "schema_state": "copies.schema_state",
    "take_snapshot": "copies.snapshots",
}
"""Names that need SQLAlchemy, and the modules that have them."""

__all__ = [
    "Absence",
    "AgedRows",
    "EventGroup",
    "FactGroup",
    "PeopleEstimate",
    "TakeFate",
    "TakeSearch",
    "TakenGoods",
    "VisitGroup",
    "VisitSearch",
    "Count",
    "Place",
    "TimeGrouping",
    "summed",
    "DATABASE",
    "AddCounters",
    "AddTracks",
    "AddVisits",
    "AlertResponse",
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
    "CountedHour",
    "DataLock",
    "EventCount",
    "EventSpan",
    "KeptReport",
    "ReportDelivery",
    "ReportHeading",
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
    "SetCoverage",
    "SchemaState",
    "SchemaStep",
    "Shadow",
    "Snapshot",
    "Store",
    "StoredCandidate",
    "StoredClip",
    "TableSize",
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
    "contents",
    "discard",
    "copy_before_upgrade",
    "copy_sqlite",
    "load_dump",
    "prepare_data_folder",
    "prepare_for_run",
    "require_room",
    "revision_at",
    "schema_state",
    "staging",
    "swap_in",
    "take_snapshot",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(importlib.import_module(f"secondsight.store.{_LAZY[name]}"), name)
    raise AttributeError(f"module 'secondsight.store' has no attribute {name!r}")
