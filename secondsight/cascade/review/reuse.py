"""Recent verdicts for cases that look the same: the same camera, kind, zone, place and appearance, within limits.

Only confirmations and rejections that a review gave are reused, each for a few cases and for a short while; they are
forgotten at a restart. Pictures without contrast are not compared, as noise would decide.
"""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from secondsight.cascade.feedback.appearance import appearance, distance, same_appearance
from secondsight.cascade.review.merge import shared
from secondsight.config import ReuseSettings
from secondsight.records import Case, Verdict, Verification
from secondsight.store import Appearance

_SAME_PLACE = 0.5
"""Least intersection over union of two boxes in the same place."""
_MIN_CONTRAST = 24.0
"""Grey levels between the darkest and the brightest part, below which a picture shows nothing."""
_KEPT = 8
"""Verdicts that are remembered for each camera, kind and zone."""


@dataclass(slots=True)
class _Known:
    case: Case
    seen: Appearance
    verdict: Verdict
    times: int = 0


_Key = tuple[str, str, str | None, str]


class RecentVerdicts:
    """The verdicts of the last minutes. Safe in any thread as long as one case is asked about in one thread.

    Args:
        data: folder that the key frames' paths begin in.
    """

    def __init__(self, settings: ReuseSettings, data: Path) -> None:
        self._settings, self._data = settings, data
        self._known: dict[_Key, deque[_Known]] = {}

    def appearance(self, case: Case) -> Appearance | None:
        """What a case looks like; None without a picture, a box or contrast, or when nothing is reused."""
        if not self._settings.within or not self._settings.max_uses:
            return None
        return appearance(self._data, case.candidate, case.key_frames, min_contrast=_MIN_CONTRAST)

    def find(self, case: Case, seen: Appearance | None, deciding: str) -> Verdict | None:
        """A recent verdict that holds for a case as well, with a note of where it comes from.

        Args:
            seen: the case's appearance.
            deciding: text of the question that decides.
        """
        if seen is None:
            return None
        for known in reversed(self._known.get(_key(case, deciding), ())):
            age = abs(case.candidate.triggered - known.case.candidate.triggered)
            if known.times >= self._settings.max_uses or age > self._lifetime(known.verdict):
                continue
            if same_appearance(known.seen, seen, _SAME_PLACE, self._settings.distance):
                known.times += 1
                apart = distance(known.seen, seen)
                note = f"reused from {known.case.id}, {age:.0f} s apart: appearance differs by {apart:.3f}"
                return shared(known.verdict, note)
        return None

    def note(self, case: Case, seen: Appearance | None, deciding: str, verdict: Verdict) -> None:
        """Remember what a review found."""
        if seen is not None and self._lifetime(verdict) > 0.0:
            known = self._known.setdefault(_key(case, deciding), deque(maxlen=_KEPT))
            known.append(_Known(case, seen, verdict))

    def _lifetime(self, verdict: Verdict) -> float:
        within = self._settings.within
        if verdict.verification is Verification.CONFIRMED:
            return min(self._settings.confirmed_within, within)
        return within if verdict.verification is Verification.REJECTED else 0.0


def _key(case: Case, deciding: str) -> _Key:
    candidate = case.candidate
    return candidate.camera, candidate.kind, candidate.zone, deciding
