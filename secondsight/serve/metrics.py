"""Figures for Prometheus: of cameras, queue, verdicts, money, deliveries, disk and memory.

Labels are camera and kind (and channel, of deliveries): names from the site file, never ids. Each app has a registry
of its own. Sums over the database are kept for a while: a scrape every few seconds costs no more than one a minute.
"""

import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from secondsight import __version__
from secondsight.brain.backends.queue import QueueBrain
from secondsight.records import CaseState, Outcome, Verification
from secondsight.serve.site import ServedSite
from secondsight.site import CameraStatus
from secondsight.store import CallTotals, EventTally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_KEEP = 15.0
"""Seconds for which sums over the database are good enough."""
_BY = ("camera", "kind")
_REVIEWS = {
    Outcome.ANSWERED: "Cases on the message queue that another program answered.",
    Outcome.MALFORMED: "Cases on the message queue whose answer was of no use.",
    Outcome.FAILED: "Cases on the message queue that nobody took, or that were declined or not answered in time.",
    Outcome.ABANDONED: "Cases on the message queue whose answer was not needed any more.",
}
T = TypeVar("T")


class SiteMetrics:
    """The metrics of one site. Thread-safe."""

    def __init__(self, site: ServedSite) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_SiteCollector(site))
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        """All of them, in Prometheus's text format. Raises StoreError."""
        return generate_latest(self._registry)


class _SiteCollector(Collector):
    def __init__(self, site: ServedSite) -> None:
        self._site = site
        self._tallies: _Kept[list[EventTally]] = _Kept(site, site.store.search.tallies)
        self._calls: _Kept[list[CallTotals]] = _Kept(site, lambda: site.store.ledger.costs(_BY))
        self._reviews: _Kept[list[CallTotals]] = _Kept(
            site, lambda: site.store.ledger.costs((*_BY, "backend", "outcome"))
        )
        self._clips: _Kept[int] = _Kept(site, site.store.files.total_bytes)

    def describe(self) -> list[Metric]:
        return []  # else the registry would ask the database at once

    def collect(self) -> Iterator[Metric]:
        yield _one("secondsight_build_info", "The program, by version.", {"version": __version__}, 1)
        status = self._site.live.status()
        if status is not None:
            yield from _of_cameras(status.cameras)
        yield from self._of_queue()
        yield from _of_events(self._tallies())
        yield from _of_calls(self._calls())
        yield from _of_queue_reviews(self._reviews())
        yield from self._of_deliveries()
        yield from self._of_disk()

    def _of_queue(self) -> Iterator[Metric]:
        counts = self._site.store.cases.counts()
        waiting = {state: count for state, count in counts.items() if state is not CaseState.SETTLED}
        yield GaugeMetricFamily(
            "secondsight_queue_cases", "Cases that are recorded, wait or are reviewed.", sum(waiting.values())
        )
        oldest = self._site.store.cases.oldest_open()
        age = 0.0 if oldest is None else max(0.0, self._site.clock.now() - oldest)
        yield GaugeMetricFamily(
            "secondsight_queue_oldest_age_seconds", "Age of the oldest case without a verdict.", age
        )

    def _of_deliveries(self) -> Iterator[Metric]:
        counts = self._site.store.search.delivery_counts()
        for wanted, about in (("waiting", "Deliveries that wait."), ("dead", "Deliveries given up.")):
            family = GaugeMetricFamily(f"secondsight_deliveries_{wanted}", about, labels=["channel"])
            for (channel, state), count in sorted(counts.items()):
                if state == wanted:
                    family.add_metric([channel], count)
            yield family

    def _of_disk(self) -> Iterator[Metric]:
        disk = shutil.disk_usage(self._site.data)
        yield GaugeMetricFamily(
            "secondsight_disk_free_bytes", "Free space of the data folder's disk.", disk.free
        )
        yield GaugeMetricFamily("secondsight_disk_size_bytes", "Size of the data folder's disk.", disk.total)
        yield GaugeMetricFamily("secondsight_clips_bytes", "Clips and key frames.", self._clips())


class _Kept(Generic[T]):
    """What a slow question was answered last, for a while."""

    def __init__(self, site: ServedSite, ask: Callable[[], T]) -> None:
        self._clock, self._ask = site.clock, ask
        self._lock = threading.Lock()
        self._answer: T | None = None
        self._until = float("-inf")

    def __call__(self) -> T:
        with self._lock:
            if self._answer is None or self._clock.monotonic() >= self._until:
                self._answer = self._ask()
                self._until = self._clock.monotonic() + _KEEP
            return self._answer


def _one(name: str, about: str, labels: dict[str, str], value: float) -> Metric:
    family = GaugeMetricFamily(name, about, labels=list(labels))
    family.add_metric(list(labels.values()), value)
    return family


def _of_cameras(cameras: tuple[CameraStatus, ...]) -> Iterator[Metric]:
    gauges: list[tuple[str, str, Callable[[CameraStatus], float]]] = [
        (
            "up",
            "Whether pictures come, or the recording has ended well.",
            lambda c: c.state in ("live", "ended"),
        ),
        ("frames_per_second", "Frames per second of the last seconds.", lambda c: c.fps),
        ("gated_ratio", "Share of frames that needed no look.", lambda c: c.gated),
        ("tracks", "Tracks so far in this run.", lambda c: c.tracks),
    ]
    counters: list[tuple[str, str, Callable[[CameraStatus], float]]] = [
        ("frames", "Frames since the start.", lambda c: c.frames),
        ("looks", "Frames that went through the model.", lambda c: c.looks),
        ("candidates", "Suspicions of rules.", lambda c: c.candidates),
        ("drops", "Frames and writes lost, of all causes.", lambda c: sum(c.drops.values())),
    ]
    for name, about, read in gauges:
        gauge = GaugeMetricFamily(f"secondsight_camera_{name}", about, labels=["camera"])
        for camera in cameras:
            gauge.add_metric([camera.name], float(read(camera)))
        yield gauge
    for name, about, read in counters:
        counter = CounterMetricFamily(f"secondsight_camera_{name}", about, labels=["camera"])
        for camera in cameras:
            counter.add_metric([camera.name], float(read(camera)))
        yield counter


def _of_events(tallies: list[EventTally]) -> Iterator[Metric]:
    every: dict[tuple[str, str], int] = defaultdict(int)
    by: dict[Verification, dict[tuple[str, str], int]] = {one: {} for one in Verification}
    for tally in tallies:
        every[tally.camera, tally.kind] += tally.events
        by[tally.verification][tally.camera, tally.kind] = tally.events
    yield _counter("secondsight_events", "Events.", every)
    for verification, counted in by.items():
        yield _counter(
            f"secondsight_events_{verification.value}", f"Events that are {verification.value}.", counted
        )


def _of_calls(totals: list[CallTotals]) -> Iterator[Metric]:
    columns: list[tuple[str, str, Callable[[CallTotals], float]]] = [
        ("calls", "Calls of large models.", lambda t: t.calls),
        ("calls_unanswered", "Calls that brought no usable answer.", lambda t: t.unanswered),
        ("tokens_sent", "Tokens sent to large models.", lambda t: t.tokens_in),
        ("tokens_received", "Tokens received from large models.", lambda t: t.tokens_out),
        (
            "money_spent",
            "Cost of calls in the site's currency, as far as prices are known.",
            lambda t: t.money,
        ),
    ]
    for name, about, read in columns:
        counted = {(str(one.key[0]), str(one.key[1])): float(read(one)) for one in totals}
        yield _counter(f"secondsight_{name}", about, counted)


def _of_queue_reviews(totals: list[CallTotals]) -> Iterator[Metric]:
    by: dict[str, dict[tuple[str, str], int]] = {one: {} for one in Outcome}
    for total in totals:
        camera, kind, backend, outcome = map(str, total.key)
        if backend == QueueBrain.name:
            by[outcome][camera, kind] = total.calls
    for outcome, counted in by.items():
        yield _counter(f"secondsight_message_queue_reviews_{outcome}", _REVIEWS[Outcome(outcome)], counted)


def _counter(
    name: str, about: str, counted: dict[tuple[str, str], int] | dict[tuple[str, str], float]
) -> Metric:
    family = CounterMetricFamily(name, about, labels=_BY)
    for (camera, kind), value in counted.items():
        family.add_metric([camera, kind], value)
    return family
