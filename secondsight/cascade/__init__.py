"""Reviews by the brain. In: candidates with their camera's packets and tracks. Out: settled events in the store.

A candidate becomes a durable case at once, gets its clip and key frames when their last packet has come, waits in
the store's queue, is reviewed by the brain within its lease, deadline and budget, and ends as a verdict.
`policy.decide` says which candidates go that way; `Recorder` and `BrainWorkers` run beside the frame path, never on
it. Every user of the brain pays from the same `BudgetGate`, and each call is in the same `Ledger`. `announce` says
what people are told at each step of an event.
"""

from secondsight.cascade.announcing.announce import Announcement, announce
from secondsight.cascade.budget.budget import BudgetGate, CostEstimate, Grant, Refusal
from secondsight.cascade.budget.estimates import CostEstimates
from secondsight.cascade.budget.ledger import Ledger
from secondsight.cascade.egress.egress import EgressGate, Redactor
from secondsight.cascade.feedback.by_people import approve_filter, filter_of, judge, revoke_filter
from secondsight.cascade.feedback.calibration import CalibrationGroup, fit_groups
from secondsight.cascade.feedback.experience import LearnedState
from secondsight.cascade.feedback.rejection_filters import CameraFilters, try_in_shadow
from secondsight.cascade.policy import DecisionStudents, StudentRejection, decide
from secondsight.cascade.recording.clip_buffer import ClipBuffer, ClipRecording
from secondsight.cascade.recording.intake import CaseStore
from secondsight.cascade.recording.journal import FOLDER as JOURNAL
from secondsight.cascade.recording.journal import replay
from secondsight.cascade.recording.key_frames import best_view, choose_times
from secondsight.cascade.recording.recorder import Recorder
from secondsight.cascade.recording.snapshots import SnapshotWriter
from secondsight.cascade.recording.track_history import TrackHistory, box_at, hull_at
from secondsight.cascade.review.context import ReviewContext, ReviewContexts
from secondsight.cascade.review.request import RequestBuilder
from secondsight.cascade.review.reuse import RecentVerdicts
from secondsight.cascade.review.reviewer import ReviewServices
from secondsight.cascade.review.workers import BrainWorkers

__all__ = [
    "JOURNAL",
    "approve_filter",
    "filter_of",
    "judge",
    "revoke_filter",
    "CalibrationGroup",
    "TrackHistory",
    "best_view",
    "box_at",
    "choose_times",
    "fit_groups",
    "try_in_shadow",
    "Announcement",
    "BrainWorkers",
    "BudgetGate",
    "CameraFilters",
    "CaseStore",
    "ClipBuffer",
    "ClipRecording",
    "CostEstimate",
    "CostEstimates",
    "DecisionStudents",
    "EgressGate",
    "Grant",
    "LearnedState",
    "Ledger",
    "StudentRejection",
    "RecentVerdicts",
    "Recorder",
    "Redactor",
    "Refusal",
    "RequestBuilder",
    "ReviewContext",
    "ReviewContexts",
    "ReviewServices",
    "SnapshotWriter",
    "announce",
    "decide",
    "hull_at",
    "replay",
]
