"""State per track: handed over when the same object gets a new number, forgotten when the track is dead.

Trackers lose an object for a moment and find it again under another number. For people that is one walk, so
its state moves on: a number never seen before, whose box overlaps that of a track that vanished a moment
ago, continues it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from secondsight.behaviour.signals.views import TrackView
from secondsight.records import iou

HANDOVER_OVERLAP = 0.3
"""Minimum intersection over union of a vanished box and the new one that continues it."""

MAX_NUMBERS = 16
"""Track numbers remembered of one object, so that one that flickers for days does not fill the memory."""

MISSES = 3
"""A track is not dead before this number of looks in a row missed it. A gated camera may look once in ten
seconds only, and small models flicker: time alone does not tell that a person left."""

S = TypeVar("S")


def _no_longer(state: object) -> float:
    return 0.0


@dataclass(slots=True, eq=False)
class TrackState(Generic[S]):
    """One object.

    Attributes:
        state: what the behaviour keeps about it.
        numbers: track numbers it had: the first, then the latest ones.
        missed: looks in a row that did not show it.
        box: while it is missed, where it was seen last, relative corners.
        seen: while it is missed, when that was; or when it was last held.
    """

    state: S
    numbers: list[int]
    missed: int = 0
    box: tuple[float, ...] = ()
    seen: float = float("-inf")


class LookChanges(NamedTuple, Generic[S]):
    """Who answered in one look: `present` by row of the view, `missing` may come back, `dead` will not."""

    present: list[TrackState[S]]
    missing: list[TrackState[S]]
    dead: list[TrackState[S]]


class TrackStates(Generic[S]):
    """All objects of one rule and camera.

    Args:
        make: makes the state of a new object.
        patience: seconds for which a vanished track may come back, under its own number or a new one.
        longer: seconds for which one in this state may, if that is more.
    """

    def __init__(
        self, make: Callable[[], S], *, patience: float, longer: Callable[[S], float] = _no_longer
    ) -> None:
        self._make, self._patience, self._longer = make, patience, longer
        self._entries: dict[int, TrackState[S]] = {}
        self._missing: dict[int, TrackState[S]] = {}
        self._last: tuple[TrackView, float] | None = None

    def __len__(self) -> int:
        return len(self._entries)

    def look(self, seen: TrackView, time: float) -> LookChanges[S]:
        """Update the states with a fresh look."""
        # Mostly nobody comes, goes or is missing.
        changes = bool(self._missing) or self._entries.keys() != seen.numbers
        dead = self._change(seen, time) if changes else []
        self._last = seen, time
        present = list(map(self._entries.__getitem__, seen.ids))
        return LookChanges(present, list(self._missing.values()), dead)

    def hold(self, numbers: list[int], time: float) -> list[TrackState[S]]:
        """Time has passed and nothing moved: the known ones of these tracks are where they were."""
        held = [self._entries[number] for number in numbers if number in self._entries]
        for entry in held:
            entry.seen = time
        return held

    def clear(self) -> list[TrackState[S]]:
        """Forget everything; returns what there was."""
        entries = list(self._entries.values())
        self._entries.clear()
        self._missing.clear()
        return entries

    def _change(self, seen: TrackView, time: float) -> list[TrackState[S]]:
        """Take note of who is missing, is back or is new; returns those who are dead."""
        dead = self._bury(seen, time)
        for number in self._missing.keys() & seen.numbers:
            self._missing.pop(number).missed = 0
        if not seen.numbers <= self._entries.keys():
            for number, corners in zip(seen.ids, seen.corners, strict=True):
                if number not in self._entries:
                    self._entries[number] = self._continued(number, corners, time)
        return dead

    def _bury(self, seen: TrackView, time: float) -> list[TrackState[S]]:
        """Count who is missing, remove and return those that are missing for too long."""
        dead = []
        for number in self._entries.keys() - seen.numbers:
            entry = self._missing.get(number) or self._lose(number)
            entry.missed += 1
            if entry.missed >= MISSES and self._gone(entry, time):
                dead.append(self._entries.pop(number))
                del self._missing[number]
        return dead

    def _lose(self, number: int) -> TrackState[S]:
        """Note where and when a person was seen last: only of who is lost that need be known."""
        assert self._last is not None
        view, time = self._last
        entry = self._missing[number] = self._entries[number]
        entry.box, entry.seen = view.corners[view.ids.index(number)], max(entry.seen, time)
        return entry

    def _continued(self, number: int, corners: tuple[float, ...], time: float) -> TrackState[S]:
        """The entry that a number never seen before continues, or a new one."""
        best, best_overlap = None, HANDOVER_OVERLAP
        for old, entry in self._missing.items():
            if not self._gone(entry, time):
                share = iou(entry.box, corners)
                if share > best_overlap:
                    best, best_overlap = old, share
        if best is None:
            return TrackState(self._make(), [number])
        entry = self._entries.pop(best)
        del self._missing[best]
        entry.missed = 0
        entry.numbers.append(number)
        if len(entry.numbers) > MAX_NUMBERS:
            del entry.numbers[1]  # the first one names the candidate
        return entry

    def _gone(self, entry: TrackState[S], time: float) -> bool:
        """Whether an object has been out of sight for too long to come back."""
        return time - entry.seen > max(self._patience, self._longer(entry.state))
