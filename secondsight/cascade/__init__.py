"""The second look. In: candidates with their camera's packets and tracks. Out: settled events in the store.

A candidate becomes a durable case at once, gets its clip and key frames when their last packet has come, waits in
the store's queue, is reviewed by the brain within its lease, deadline and budget, and ends as a verdict.
`policy.decide` says which candidates go that way; `Recorder` and `BrainWorkers` run beside the frame path, never on
it. Whoever else asks the brain pays from the same `Purse`, and each call is in the same `Ledger`.
"""

from secondsight.cascade.border import Border, Redactor
from secondsight.cascade.experience import Experience
from secondsight.cascade.filters import CameraFilters
from secondsight.cascade.ledger import Ledger
from secondsight.cascade.policy import decide
from secondsight.cascade.purse import Estimate, Grant, Purse, Refusal
from secondsight.cascade.recorder import CaseStore, Recorder
from secondsight.cascade.request import Requests
from secondsight.cascade.reuse import RecentVerdicts
from secondsight.cascade.reviewer import Means
from secondsight.cascade.tape import Recording, Tape
from secondsight.cascade.workers import BrainWorkers
from secondsight.cascade.worth import Prices

__all__ = [
    "Border",
    "BrainWorkers",
    "CameraFilters",
    "CaseStore",
    "Estimate",
    "Experience",
    "Grant",
    "Ledger",
    "Means",
    "Prices",
    "Purse",
    "RecentVerdicts",
    "Recorder",
    "Recording",
    "Redactor",
    "Refusal",
    "Requests",
    "Tape",
    "decide",
]
