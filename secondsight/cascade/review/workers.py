"""Takes cases from the durable queue to the brain and writes the verdicts, off the frame path.

Every step is a state in the database: a worker that is killed leaves a lease that runs out, and its case is taken
up again; a worker that is merely slow finds its lease gone and its late verdict refused. The breaker and the budget
say whether a case may be taken at all, the store which one, and the reviewer sees it through.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from secondsight.brain import Reviewer
from secondsight.cascade.budget.estimates import LatencyEstimate
from secondsight.cascade.review.circuit_breaker import BreakerState, CircuitBreaker
from secondsight.cascade.review.daemon_threads import DaemonThreads
from secondsight.cascade.review.merge import CaseGroup
from secondsight.cascade.review.reviewer import CaseReviewer, LeasedCases, ReviewServices
from secondsight.cascade.review.store_retry import retry_store
from secondsight.clock import Clock
from secondsight.config import BrainSettings
from secondsight.errors import StoreError
from secondsight.log import fields, redact
from secondsight.records import Case
from secondsight.store import LeaseTerms

_log = logging.getLogger(__name__)

_POLL = 0.5
"""Seconds between polls of the queue when nothing wakes the workers: leases and pauses run out by themselves."""
_LET_GO_EVERY = 5
"""Seconds between searches for cases that cannot be reached in time."""
_STOP_PATIENCE = 3.0
"""Seconds that calls under way may take to end; the thread is left behind then."""
_HOPE = 2.0
"""Cases are let go that could not be reached even if the brain were this many times as fast as it is."""


class CaseQueue(LeasedCases, Protocol):
    """What the workers need of the store."""

    def lease(self, worker: str, seconds: float, terms: LeaseTerms) -> Case | None: ...
    def expire_due(self) -> list[str]: ...
    def alert_waiting(self) -> list[str]: ...
    def let_go(self, rate: float, terms: LeaseTerms) -> list[str]: ...


class BrainWorkers:
    """A pool of reviewers in a thread of their own.

    Args:
        services: what reviews share.
        on_settled: called after any case has been settled.
        rng: jitter of the pauses between attempts.
        loop: the event loop to use, such as one that runs on a simulated clock.

    Attributes:
        busy: reviews under way.
        refused: why nothing may be spent on some or all cases, when last asked.
        expired: cases of this run that ended without a verdict.
    """

    def __init__(
        self,
        store: CaseQueue,
        brain: Reviewer,
        settings: BrainSettings,
        clock: Clock,
        services: ReviewServices,
        *,
        on_settled: Callable[[], None],
        name: str = "site",
        rng: random.Random | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._store, self._brain, self._settings, self._name = store, brain, settings, name
        self._services, self._on_settled, self._latency = services, on_settled, LatencyEstimate(clock)
        self._breaker = CircuitBreaker(clock, settings.failures, settings.backoff, rng or random.Random())
        self._reviewer = CaseReviewer(
            store, brain, settings, clock, services, self._breaker, self._latency, on_settled
        )
        self._loop = loop or _make_loop()
        self._wake, self._taking = asyncio.Event(), asyncio.Lock()
        self._stopping = False
        self.busy = self.expired = 0
        self.refused: list[str] = []
        self._thread = threading.Thread(target=self.run, name="brain", daemon=True)

    @property
    def away(self) -> str | None:
        """Why the brain does not answer; None while it does."""
        return self._breaker.trouble

    def start(self) -> None:
        """Begin to take cases, in a thread of their own."""
        self._thread.start()

    def wake(self) -> None:
        """Say that a case has been queued, from any thread."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self) -> None:
        """Take no more cases and end; a call in progress is abandoned, and its case stays in the queue. A store that
        hangs is not waited for."""
        self.stop_soon()
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE)

    def stop_soon(self) -> None:
        """Ask for that from any thread, without waiting; a second time does nothing."""
        if not self._stopping:
            self._stopping = True
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._cancel_all)

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def run(self) -> None:
        """Work in this thread until `stop_soon`."""
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._work())
        except asyncio.CancelledError:
            pass
        finally:
            self._close_brain()
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
            self._write_down()

    def _close_brain(self) -> None:
        try:
            self._loop.run_until_complete(self._brain.close())
        except Exception:  # other people's code may raise anything; what was booked is still to be written
            _log.exception("the brain did not close cleanly")

    def _write_down(self) -> None:
        try:
            self._services.ledger.flush()
        except StoreError as error:
            _log.error("calls of the brain cannot be written down", extra=fields(error=redact(str(error))))

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_house())
            for number in range(self._settings.concurrency):
                group.create_task(self._review_cases(f"{self._name}-{number}"))

    async def _keep_house(self) -> None:
        """Every second: write down the calls, end the cases whose time is over or will not come, and while the
        brain is away act as the policies say.
        """
        second = 0
        while True:
            try:
                await self._tidy(second)
            except Exception:  # nothing may end this: without it no case would ever expire
                _log.exception("housekeeping of the reviews failed")
            second += 1
            await asyncio.sleep(1.0)

    async def _tidy(self, second: int) -> None:
        await retry_store(self._services.ledger.flush)
        expired = await retry_store(self._store.expire_due)
        if self._breaker.state is not BreakerState.CLOSED:
            await retry_store(self._store.alert_waiting)
        if second % _LET_GO_EVERY == 0:
            expired += await self._let_go()
        if expired:
            self.expired += len(expired)
            _log.warning("cases expired before a verdict", extra=fields(cases=len(expired)))
            self._on_settled()

    async def _let_go(self) -> list[str]:
        mean, terms = self._latency.mean, self._terms()
        if mean is None or terms is None or self._breaker.state is not BreakerState.CLOSED:
            return []
        rate = _HOPE * self._settings.concurrency / max(mean, 1e-3)
        return await retry_store(lambda: self._store.let_go(rate, terms))

    def _terms(self) -> LeaseTerms | None:
        """On which terms a case may be taken now; None if the site has nothing left to spend."""
        budget, mean = self._services.budget, self._latency.mean
        if mean:
            budget.expect(self._settings.concurrency / mean)
        exhausted = budget.exhausted(self._services.estimates.estimate)
        self.refused = exhausted.reasons
        if exhausted.site is not None:
            return None
        return LeaseTerms(
            self._latency.most, budget.over_share(), tuple(exhausted.cameras), tuple(exhausted.kinds)
        )

    async def _review_cases(self, worker: str) -> None:
        while not self._stopping:
            wait = self._breaker.admit(worker)
            if wait > 0.0:
                await asyncio.sleep(min(wait, _POLL))
                continue
            try:
                group = await self._take(worker)
            except Exception:  # its lease runs out; one odd case must not end the workers
                _log.exception("no case could be taken")
                group = None
            if group is None:
                self._breaker.unused(worker)
                await self._pause()
                continue
            self.busy += 1
            try:
                await self._reviewer.serve(group, worker)
            except Exception:  # not even its failure could be settled: its lease runs out
                _log.exception("a case could not be settled", extra=fields(case=group.leader.id))
            finally:
                self.busy -= 1

    async def _take(self, worker: str) -> CaseGroup | None:
        # One at a time: two workers must not take two cases of one incident.
        async with self._taking:
            terms = self._terms()
            if terms is None:
                return None
            case = await retry_store(lambda: self._store.lease(worker, self._settings.lease, terms))
            return None if case is None else await self._reviewer.gather(case, worker)

    async def _pause(self) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _POLL)


def _make_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(DaemonThreads())
    return loop
