"""What a site has learned of its brain: how to read its probabilities, and what it need not be asked again."""

from collections.abc import Sequence
from typing import Protocol

from secondsight.cascade.feedback.calibration import calibrated
from secondsight.cascade.feedback.rejection_filters import CameraFilters
from secondsight.config import CalibrationSettings
from secondsight.records import Candidate, Case, KeyFrame, PolicyDecision, Verdict, Verification
from secondsight.store import Calibration, Screening


class CalibrationStore(Protocol):
    """What is needed of the store: asked for every verdict, so that a new calibration holds at once."""

    def newest(self, kind: str, model: str, source: str) -> Calibration | None: ...


class LearnedState:
    """Safe in any thread. Every method raises StoreError when the store cannot answer now."""

    def __init__(
        self, store: CalibrationStore, settings: CalibrationSettings, filters: CameraFilters
    ) -> None:
        self._store, self._settings, self._filters = store, settings, filters

    def calibrate(self, kind: str, verdict: Verdict) -> Verdict:
        """The brain's verdict on a case of a kind, calibrated if that is known."""
        if verdict.raw is None or verdict.calibrated:
            return verdict
        known = self._store.newest(kind, verdict.model, verdict.probability_source)
        if known is None:
            return verdict
        return calibrated(verdict, known, self._settings.confirm, self._settings.reject_below)

    def screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        """What the filters say of a case that has just got its key frames."""
        return self._filters.screen(candidate, decision, key_frames)

    def on_settled(self, case: Case, verification: Verification) -> None:
        """The brain's verdict on a case stands in the store."""
        self._filters.on_settled(case, verification)
