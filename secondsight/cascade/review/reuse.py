"""Recent verdicts for cases that look the same: the same camera, kind, zone, place and picture, within limits.

Two pictures look the same when the fingerprints of what is in the suspect's box differ in few of their 64 bits. The
fingerprint says of neighbouring cells of a 9 x 8 grid whether the right one is clearly brighter (after Krawetz, "Kind
of Like That", 2013): light and noise hardly change it, another posture does. Pictures without contrast have none, for
noise would decide. Only confirmations and rejections that a review gave are reused, each a few times and for a short
while; what is known is forgotten at a restart.
"""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from secondsight.cascade.review.merge import box_of, shared
from secondsight.config import ReuseSettings
from secondsight.records import Box, Case, Verdict, Verification, iou

_GRID = (9, 8)
_SAME_PLACE = 0.5
"""Intersection over union of two boxes in the same place."""
_LEAST_CONTRAST = 24
"""Grey levels between the darkest and the brightest cell below which a picture shows nothing."""
_CLEARLY = 1 / 16
"""Share of a picture's contrast that two cells must differ by: noise decides between less."""
_KEPT = 8
"""Verdicts that are remembered for each camera, kind and zone."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a case looks like: its fingerprint, and where in the picture that is."""

    bits: int
    box: Box


@dataclass(slots=True)
class _Known:
    case: Case
    look: Fingerprint
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

    def look(self, case: Case) -> Fingerprint | None:
        """What a case looks like; None without a picture, a box or any contrast, or when nothing is reused."""
        box = box_of(case)
        if box is None or not case.key_frames or not self._settings.within or not self._settings.times:
            return None
        peak = case.candidate.peak
        frame = min(case.key_frames, key=lambda key: (key.box is None, abs(key.time - peak)))
        bits = fingerprint(self._data / frame.path, frame.box or box)
        return None if bits is None else Fingerprint(bits, frame.box or box)

    def find(self, case: Case, look: Fingerprint | None, deciding: str) -> Verdict | None:
        """A recent verdict that holds for a case as well, with a note of where it comes from.

        Args:
            deciding: words of the question that decides.
        """
        if look is None:
            return None
        for known in reversed(self._known.get(_key(case, deciding), ())):
            apart = (known.look.bits ^ look.bits).bit_count()
            age = abs(case.candidate.triggered - known.case.candidate.triggered)
            if known.times >= self._settings.times or age > self._lifetime(known.verdict):
                continue
            if apart <= self._settings.distance and iou(known.look.box, look.box) >= _SAME_PLACE:
                known.times += 1
                note = f"reused from {known.case.id}, {age:.0f} s apart: {apart} of 64 bits differ"
                return shared(known.verdict, note)
        return None

    def note(self, case: Case, look: Fingerprint | None, deciding: str, verdict: Verdict) -> None:
        """Remember what a review found."""
        if look is not None and self._lifetime(verdict) > 0.0:
            known = self._known.setdefault(_key(case, deciding), deque(maxlen=_KEPT))
            known.append(_Known(case, look, verdict))

    def _lifetime(self, verdict: Verdict) -> float:
        within = self._settings.within
        if verdict.verification is Verification.CONFIRMED:
            return min(self._settings.confirmed_within, within)
        return within if verdict.verification is Verification.REJECTED else 0.0


def _key(case: Case, deciding: str) -> _Key:
    candidate = case.candidate
    return candidate.camera, candidate.kind, candidate.zone, deciding


def fingerprint(picture: Path, box: Box) -> int | None:
    """64 bits of what a picture shows within a relative box; None if it cannot be read or shows nothing."""
    from PIL import Image

    try:
        with Image.open(picture) as image:
            width, height = image.size
            left, top = int(box.x1 * width), int(box.y1 * height)
            right, bottom = max(left + 1, round(box.x2 * width)), max(top + 1, round(box.y2 * height))
            grey = image.convert("L").resize(_GRID, Image.Resampling.BOX, (left, top, right, bottom))
    except (OSError, ValueError):
        return None
    cells = grey.tobytes()
    contrast = max(cells) - min(cells)
    if contrast < _LEAST_CONTRAST:
        return None
    clearly = _CLEARLY * contrast
    columns, rows = _GRID
    bits = 0
    for row in range(rows):
        for column in range(columns - 1):
            here = row * columns + column
            bits = bits << 1 | (cells[here] + clearly < cells[here + 1])
    return bits
