"""A day of a simulated site: its films are watched by the product, and verdicts become labels."""

import time
from collections.abc import Sequence

from secondsight.clock import SystemClock
from secondsight.config import SiteConfig
from secondsight.learn import LearnCatalogue, keep_disputed, new_labels, propagate, track_labels
from secondsight.records import Event
from secondsight.site import Site
from secondsight.store import Store


class SimulatedClock(SystemClock):
    """The machine's clock, set to another day.

    Attributes:
        start: the time that it was set to, UTC seconds.
    """

    def __init__(self, start: float) -> None:
        self.start = start
        self._ahead = start - time.time()

    def now(self) -> float:
        return time.time() + self._ahead


def watch_day(config: SiteConfig, morning: SimulatedClock) -> list[Event]:
    """Watch the films of a day to their end; the events since that morning."""
    with Site(config, clock=morning) as site:
        for _ in site.events(once=True):
            pass
    with Store.open(config.data, read_only=True) as store:
        return [event for event in store.events.find() if event.triggered >= morning.start]


def label_by_events(catalogue: LearnCatalogue, events: Sequence[Event], clock: SystemClock) -> int:
    """What `secondsight label auto --events` does: verdicts are carried along their tracks. How many labels."""
    keep_disputed(catalogue, events, bundle=catalogue.bundles()[-1].name, min_free=0)
    said = new_labels(propagate(catalogue.samples(), track_labels(events), clock.now()), catalogue.labels())
    catalogue.add_labels(said)
    return len(said)
