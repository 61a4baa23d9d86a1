"""Turns to decode: few at once, first come first served, fewer while looks starve, none lost."""

import threading

from secondsight.media import DecodingTurns

PATIENCE = 30.0


class Cameras:
    """Threads that take turns; each waits inside until it is let go."""

    def __init__(self, turns: DecodingTurns) -> None:
        self._turns, self._changed = turns, threading.Condition()
        self.inside: list[int] = []
        self.order: list[int] = []
        self._go: set[int] = set()
        self._threads: list[threading.Thread] = []

    def begin(self, number: int) -> None:
        thread = threading.Thread(target=self._run, args=(number,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def let_go(self, number: int) -> None:
        with self._changed:
            self._go.add(number)
            self._changed.notify_all()

    def until(self, count: int) -> None:
        """Wait until so many are inside."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.inside) == count, PATIENCE)

    def entered(self, count: int) -> None:
        """Wait until so many have had their turn or have it."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.order) >= count, PATIENCE)

    def end(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _run(self, number: int) -> None:
        with self._turns, self._changed:
            self.inside.append(number)
            self.order.append(number)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: number in self._go, PATIENCE)
            self.inside.remove(number)
            self._changed.notify_all()


def waiting(turns: DecodingTurns, count: int) -> None:
    """Wait until so many wait for their turn."""
    done = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if len(turns._waiting) == count:
            return
        done.wait(0.01)
    raise AssertionError(f"{len(turns._waiting)} wait, not {count}")


def test_few_at_once_and_first_come_first_served() -> None:
    turns = DecodingTurns(2)
    cameras = Cameras(turns)
    for number in range(6):
        cameras.begin(number)
        cameras.until(min(number + 1, 2))
        waiting(turns, max(0, number - 1))
    for number in range(6):
        cameras.let_go(number)
        cameras.entered(min(number + 3, 6))
    cameras.end()
    assert cameras.order == list(range(6))


def test_half_as_many_while_looks_starve_and_never_none() -> None:
    starved = threading.Event()
    turns = DecodingTurns(2, starved.is_set)
    cameras = Cameras(turns)
    starved.set()
    cameras.begin(0)
    cameras.until(1)
    cameras.begin(1)
    waiting(turns, 1)
    cameras.begin(2)
    waiting(turns, 2)
    starved.clear()
    cameras.let_go(0)
    cameras.until(2)
    assert sorted(cameras.inside) == [1, 2], "two again, once one has ended"
    for number in (1, 2):
        cameras.let_go(number)
    cameras.end()
    with DecodingTurns(0):
        pass


def test_an_error_gives_the_turn_back() -> None:
    turns = DecodingTurns(1)
    for _ in range(3):
        try:
            with turns:
                raise ValueError
        except ValueError:
            pass
    with turns:
        pass
