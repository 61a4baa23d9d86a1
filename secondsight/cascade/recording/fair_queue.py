"""A queue of many cameras' items: each camera has its turn and its quota, and who floods it loses its own."""

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Rank = tuple[float, ...]
MUST = (float("inf"),)
"""Rank of an item that is never shed."""


@dataclass(slots=True, eq=False)
class _Waiting(Generic[T]):
    item: T
    rank: Rank


class FairQueue(Generic[T]):
    """Items in order within each camera, cameras in turn. Thread-safe.

    Args:
        quota: most items of one camera that wait. capacity: of all cameras together.
    """

    def __init__(self, quota: int, capacity: int) -> None:
        self._quota, self._capacity = quota, capacity
        self._lines: dict[str, deque[_Waiting[T]]] = {}
        self._turns: deque[str] = deque()
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, camera: str, item: T, rank: Rank = MUST) -> list[T]:
        """Add an item. Returns what had to make room for it, perhaps itself: of the camera that has the most, or too
        much, the items of lowest rank, the newest first."""
        with self._changed:
            line = self._lines.setdefault(camera, deque())
            if not line:
                self._turns.append(camera)
            line.append(_Waiting(item, rank))
            self._count += 1
            shed: list[T] = []
            if len(line) > self._quota:
                shed += self._shed(camera)
            elif self._count > self._capacity:
                shed += self._shed(max(self._lines, key=lambda name: len(self._lines[name])))
            self._changed.notify_all()
            return shed

    def wait_for_room(self, camera: str) -> None:
        """Return when the camera's next item will shed nothing, or the queue is closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._closed
                    or (len(self._lines.get(camera, ())) < self._quota and self._count < self._capacity)
                )
            )

    def take(self, most: int = 1, timeout: float | None = None) -> list[T]:
        """Up to `most` items, one camera after the other; waits for the first. Empty when the time is over, or the
        queue is closed and empty."""
        until = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._turns and not self._closed:
                left = None if until is None else until - time.monotonic()
                if left is not None and left <= 0:
                    return []
                self._changed.wait(left)
            taken: list[T] = []
            while self._turns and len(taken) < most:
                camera = self._turns.popleft()
                line = self._lines[camera]
                taken.append(line.popleft().item)
                if line:
                    self._turns.append(camera)
                else:
                    del self._lines[camera]
            self._count -= len(taken)
            self._changed.notify_all()
            return taken

    def shed_one(self) -> list[T]:
        """Remove the least item of the camera that has the most; empty when there is nothing that may be shed."""
        with self._changed:
            for camera in sorted(self._lines, key=lambda name: -len(self._lines[name])):
                if shed := self._shed(camera):
                    return shed
            return []

    def remove(self, camera: str, items: list[T]) -> None:
        """Take out items that need not be served any more."""
        with self._changed:
            line = self._lines.get(camera)
            if line is None:
                return
            gone = set(map(id, items))
            kept = deque(one for one in line if id(one.item) not in gone)
            self._count -= len(line) - len(kept)
            self._lines[camera] = kept
            if not kept:
                del self._lines[camera]
                self._turns.remove(camera)
            self._changed.notify_all()

    def close(self) -> None:
        """Let nobody wait any more; what is there can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is expected."""
        return self._closed

    def __len__(self) -> int:
        return self._count

    def _shed(self, camera: str) -> list[T]:
        line = self._lines[camera]
        place = -1
        least: Rank = MUST
        for number, one in enumerate(line):
            if one.rank <= least and one.rank != MUST:
                place, least = number, one.rank
        if place < 0:
            return []
        item = line[place].item
        del line[place]
        self._count -= 1
        if not line:
            del self._lines[camera]
            self._turns.remove(camera)
        return [item]
