"""A site that was simulated once for all tests of questions."""

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.accuracy.ask.facts import store_facts
from bench.accuracy.ask.kiosk import Kiosk
from bench.accuracy.ask.sites import SITES
from bench.accuracy.ask.world import World
from secondsight.ask import Questions, Vocabulary
from secondsight.clock import ManualClock
from secondsight.store import Store

SEED = 7


class SimulatedSite:
    """A world, and what answers questions about it."""

    def __init__(self, name: str) -> None:
        self._folder = TemporaryDirectory()
        self.world: World = SITES[name][0](SEED)
        self.store = Store.open(Path(self._folder.name), ManualClock(self.world.now))
        store_facts(self.world, self.store)
        self.asker = Questions(
            self.store, Vocabulary.of_site(self.world.config), clock=ManualClock(self.world.now)
        )


@lru_cache
def site(name: str) -> SimulatedSite:
    """A site of the yardstick with another month than the yardstick's."""
    return SimulatedSite(name)


class SimulatedKiosk:
    """A small shop in which goods and people are followed, and what answers questions about it."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        self.kiosk = Kiosk(SEED)
        self.store = Store.open(Path(self._folder.name), ManualClock(self.kiosk.world.now))
        self.kiosk.store(self.store)
        vocabulary = Vocabulary.of_site(self.kiosk.world.config)
        self.asker = Questions(self.store, vocabulary, clock=ManualClock(self.kiosk.world.now))


@lru_cache
def kiosk() -> SimulatedKiosk:
    """The shop that one camera sees whole."""
    return SimulatedKiosk()
