"""State per track: handed over when the same object gets a new number, forgotten when the track is dead.

Trackers lose an object for a moment and find it again under another number. For people that is one walk, so
its state moves on: a number never seen before, whose box overlaps that of a track that vanished a moment
ago, continues it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from secondsight.behaviour.geometry import overlap
from secondsight.behaviour.view import View

HANDOVER_OVERLAP = 0.3
"""Least intersection over union of a vanished box and the new one that continues it."""

MAX_NUMBERS = 16
"""Track numbers remembered of one object, so that one that flickers for days does not fill the memory."""

MISSES = 3
"""A track is not dead before so many looks in a row missed it. A gated camera may look once in ten seconds only, and
small models flicker: time alone does not tell that somebody left."""

S = TypeVar("S")


def _no_longer(state: object) -> float:
    return 0.0


@dataclass(slots=True)
class Entry(Generic[S]):
    """One object.

    Attributes:
        state: what the behaviour keeps about it.
        numbers: track numbers it had: the first, then the latest ones.
        box: where it was seen last, relative corners.
        seen: when that was.
        missed: looks in a row that did not show it.
    """

    state: S
    numbers: list[int]
    box: tuple[float, ...]
    seen: float
    missed: int = 0


@dataclass(frozen=True, slots=True)
class Roll(Generic[S]):
    """Who answered in one look: `present` by row of the view, `missing` may come back, `dead` will not."""

    present: list[Entry[S]]
    missing: list[Entry[S]]
    dead: list[Entry[S]]


class Roster(Generic[S]):
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
        self._entries: dict[int, Entry[S]] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def look(self, seen: View, time: float) -> Roll[S]:
        """Call the roll for a fresh look."""
        dead = self._bury(seen, time)
        present = []
        for number, corners in zip(seen.ids, seen.corners, strict=True):
            entry = self._entries.get(number)
            if entry is None:
                entry = self._entries[number] = self._continued(number, corners, time)
            entry.box, entry.seen, entry.missed = corners, time, 0
            present.append(entry)
        # Usually nobody is.
        everybody = len(self._entries) == len(present)
        missing = [] if everybody else [entry for entry in self._entries.values() if entry.missed]
        return Roll(present, missing, dead)

    def hold(self, numbers: list[int], time: float) -> list[Entry[S]]:
        """Time has passed and nothing moved: the known ones of these tracks are where they were."""
        held = [self._entries[number] for number in numbers if number in self._entries]
        for entry in held:
            entry.seen = time
        return held

    def clear(self) -> list[Entry[S]]:
        """Forget everything; returns what there was."""
        entries = list(self._entries.values())
        self._entries.clear()
        return entries

    def _bury(self, seen: View, time: float) -> list[Entry[S]]:
        """Count who is missing, remove and return those that are missing for too long."""
        ids = set(seen.ids)
        dead = []
        for number in [number for number in self._entries if number not in ids]:
            entry = self._entries[number]
            entry.missed += 1
            if entry.missed >= MISSES and self._gone(entry, time):
                dead.append(self._entries.pop(number))
        return dead

    def _continued(self, number: int, corners: tuple[float, ...], time: float) -> Entry[S]:
        """The entry that a number never seen before continues, or a new one."""
        best, best_overlap = None, HANDOVER_OVERLAP
        for old, entry in self._entries.items():
            if entry.missed and not self._gone(entry, time):
                share = overlap(entry.box, corners)
                if share > best_overlap:
                    best, best_overlap = old, share
        if best is None:
            return Entry(self._make(), [number], corners, time)
        entry = self._entries.pop(best)
        entry.numbers.append(number)
        if len(entry.numbers) > MAX_NUMBERS:
            del entry.numbers[1]  # the first one names the suspicion
        return entry

    def _gone(self, entry: Entry[S], time: float) -> bool:
        """Whether an object has been out of sight for too long to come back."""
        return time - entry.seen > max(self._patience, self._longer(entry.state))
