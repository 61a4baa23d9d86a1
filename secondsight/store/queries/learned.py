"""`Learned`: feedback on events, and what is learned from it and from verdicts; a method is a transaction."""

from collections.abc import Sequence

from secondsight.clock import Clock
from secondsight.store.database.database import Database
from secondsight.store.queries import calibrations, feedback, filters
from secondsight.store.values import (
    Calibration,
    CalibrationSample,
    CameraFilter,
    Feedback,
    FeedbackEntry,
    SeenCase,
    Shadow,
)


class Learned:
    """Feedback, calibrations and filters. Safe to use from several threads, as `Store`; raises as it does.

    Every method may be repeated without harm, but `add_calibration` then leaves one version more of the same.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add_feedback(self, entries: Sequence[FeedbackEntry]) -> list[str]:
        """Add feedback on events; ids of unknown ones. An entry that repeats the newest one changes nothing."""
        now = self._clock.now()
        return self._database.write(lambda c: feedback.add(c, now, entries))

    def feedback(self, limit: int | None = None) -> list[Feedback]:
        """Feedback in the order in which it was given; at most `limit`, the newest."""
        return self._database.read(lambda c: feedback.find(c, limit))

    def samples(self, kind: str | None = None) -> list[CalibrationSample]:
        """What calibrations are fitted to: raw probabilities of events with feedback."""
        return self._database.read(lambda c: feedback.samples(c, kind))

    def add_calibration(self, fitted: Calibration) -> Calibration:
        """Store a calibration as the newest version of its kind, model and source; as it is stored."""
        now = self._clock.now()
        return self._database.write(lambda c: calibrations.add(c, now, fitted))

    def calibration(self, kind: str, model: str, source: str) -> Calibration | None:
        """The newest calibration of a kind, model and source."""
        return self._database.read(lambda c: calibrations.newest(c, kind, model, source))

    def calibrations(self) -> list[Calibration]:
        """The newest calibration of each kind, model and source."""
        return self._database.read(calibrations.all_newest)

    def propose_filter(self, proposed: CameraFilter, rivals: Sequence[str]) -> bool:
        """Store a filter; False if it is known, or one of its camera and kind came that is none of `rivals`."""
        now = self._clock.now()
        return self._database.write(lambda c: filters.propose(c, now, proposed, rivals))

    def filters(self, camera: str | None = None, kind: str | None = None) -> list[CameraFilter]:
        """Filters in the order in which they were proposed, ended ones too."""
        now = self._clock.now()
        return self._database.read(lambda c: filters.find(c, now, camera, kind))

    def active_filters(self, camera: str, kind: str) -> list[CameraFilter]:
        """The filters of a camera and kind that hold now."""
        now = self._clock.now()
        return self._database.read(lambda c: filters.active(c, now, camera, kind))

    def filter(self, id: str) -> CameraFilter | None:
        """One filter by its id."""
        now = self._clock.now()
        return self._database.read(lambda c: filters.get(c, now, id))

    def approve_filter(self, id: str, shadow: Shadow) -> bool:
        """Let a proposed or expired filter hold from now on; False for any other. `shadow`: its newest test."""
        now = self._clock.now()
        return self._database.write(lambda c: filters.approve(c, now, id, shadow))

    def revoke_filter(self, id: str, note: str) -> bool:
        """End a filter for good, at once; False if it has ended already or is unknown."""
        now = self._clock.now()
        return self._database.write(lambda c: filters.revoke(c, now, id, note))

    def seen_cases(
        self, camera: str, kind: str, since: float | None = None, until: float | None = None
    ) -> list[SeenCase]:
        """Every settled case of a camera and kind whose look is known, triggered in [since, until], oldest first."""
        return self._database.read(lambda c: filters.seen_cases(c, camera, kind, since, until))
