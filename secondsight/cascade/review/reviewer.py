"""Sees one case through: from the lease to a verdict, or back into the queue.

A verdict that is known already is reused, one that others can share is shared, and only what is left and can be paid
for goes to the brain.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from secondsight.brain import Reviewer
from secondsight.cascade.budget.budget import BudgetGate, Grant, Refusal
from secondsight.cascade.budget.estimates import CostEstimates, LatencyEstimate
from secondsight.cascade.budget.ledger import Ledger
from secondsight.cascade.feedback.experience import LearnedState
from secondsight.cascade.review.circuit_breaker import CircuitBreaker
from secondsight.cascade.review.context import ReviewContext, ReviewContexts
from secondsight.cascade.review.hedge import hedged
from secondsight.cascade.review.merge import CaseGroup, group_cases
from secondsight.cascade.review.request import RequestBuilder
from secondsight.cascade.review.reuse import RecentVerdicts
from secondsight.cascade.review.store_retry import retry_store
from secondsight.clock import Clock
from secondsight.config import BrainSettings, MergeSettings
from secondsight.errors import BrainError, StoreError
from secondsight.log import fields, redact
from secondsight.records import Case, Purpose, ReviewRequest, Verdict, Verification

_log = logging.getLogger(__name__)

_LONGEST_STEP = 600.0
"""Most seconds that a case which may be at fault for an open breaker stands back beyond the pause."""
_MOST_OPENERS = 1000
"""Cases of which it is known how often they opened the breaker."""


class LeasedCases(Protocol):
    """What a reviewer needs of the store."""

    def near(self, camera: str, since: float, until: float) -> list[Case]: ...
    def join(self, leader: str, ids: Sequence[str], worker: str, seconds: float) -> list[str]: ...
    def release(
        self, id: str, not_before: float | None, error: str | None, *, worker: str | None = None
    ) -> bool: ...
    def settle(
        self,
        id: str,
        verification: Verification,
        verdict: Verdict | None = None,
        note: str | None = None,
        *,
        worker: str | None = None,
    ) -> bool: ...


@dataclass(frozen=True, slots=True)
class ReviewServices:
    """What the reviews of a site share, and other users of its brain too.

    Attributes:
        contexts: the questions and the place of each case.
        requests: builds the request of a group of cases.
        budget, ledger, estimates: what may be spent, what was spent, and what a review will take.
        recent: verdicts that may be reused.
        merge: which cases share a review.
        learned: what was learned from earlier verdicts; None learns and knows nothing.
    """

    contexts: ReviewContexts
    requests: RequestBuilder
    budget: BudgetGate
    ledger: Ledger
    estimates: CostEstimates
    recent: RecentVerdicts
    merge: MergeSettings
    learned: LearnedState | None = None


class CaseReviewer:
    """Serves leased cases, any number at once; used by the workers' loop alone.

    Args:
        latency: learns how long reviews take.
        on_settled: called after any case has been settled.
    """

    def __init__(
        self,
        store: LeasedCases,
        brain: Reviewer,
        settings: BrainSettings,
        clock: Clock,
        services: ReviewServices,
        breaker: CircuitBreaker,
        latency: LatencyEstimate,
        on_settled: Callable[[], None],
    ) -> None:
        self._store, self._brain, self._settings, self._clock = store, brain, settings, clock
        self._contexts, self._requests = services.contexts, services.requests
        self._budget, self._ledger = services.budget, services.ledger
        self._estimates, self._recent, self._merge = services.estimates, services.recent, services.merge
        self._learned = services.learned
        self._breaker, self._latency, self._on_settled = breaker, latency, on_settled
        self._openers: Counter[str] = Counter()

    async def gather(self, case: Case, worker: str) -> CaseGroup:
        """A leased case with those that wait and can be looked at in its review, now the worker's as well."""
        window, candidate = self._merge.window, case.candidate
        if window <= 0.0:
            return CaseGroup(case)
        since, until = candidate.start - window, max(candidate.triggered, candidate.end or 0.0) + window
        try:
            near = await retry_store(lambda: self._store.near(candidate.camera, since, until))
            found = group_cases(case, near, self._merge, self._contexts)
            if not found.ids:
                return found
            lease = self._settings.lease
            joined = await retry_store(lambda: self._store.join(case.id, found.ids, worker, lease))
        except asyncio.CancelledError:
            self._give_back([case.id], worker)
            raise
        return found.only(joined)

    async def serve(self, group: CaseGroup, worker: str) -> None:
        """See to leased cases: by a verdict that is known, or by a review, if there is money for it."""
        case = group.leader
        try:
            context = self._contexts.of(case)
            deciding = context.deciding.text
            seen = await asyncio.to_thread(self._recent.appearance, case)
            known = self._recent.find(case, seen, deciding)
            if known is not None:
                self._breaker.unused(worker)
                _log.info("verdict reused", extra=fields(case=case.id, note=known.notes[-1]))
                await self._release_members(group, worker)
                await self._settle(case.id, worker, known.verification, known, None)
                await self._disprove(case, known.verification)
                return
            grant = self._allowed(case)
            if isinstance(grant, Refusal):
                self._breaker.unused(worker)
                await self._release_members(group, worker)
                await self._release(case.id, worker, grant.until, None)
                return
            with grant:
                verdict = await self._review(group, context, worker)
            if verdict is not None:
                verdict = await self._calibrate(case, verdict)
                self._recent.note(case, seen, deciding, verdict)
                await self._conclude(group, verdict, worker)
        except asyncio.CancelledError:
            self._give_back([case.id, *group.ids], worker)
            raise
        except Exception:
            _log.exception("review failed unexpectedly", extra=fields(case=case.id))
            self._breaker.unused(worker)
            await self._release_members(group, worker)
            await self._settle(case.id, worker, Verification.FAILED, None, "internal error; see the log")

    def _allowed(self, case: Case) -> Grant | Refusal:
        candidate = case.candidate
        estimate = self._estimates.estimate(candidate.kind)
        return self._budget.allow(Purpose.VERIFY, candidate.camera, candidate.kind, estimate)

    async def _ask(self, request: ReviewRequest) -> Verdict:
        """The brain's verdict; what would end the program in a backend's code is an error of it."""
        try:
            return await self._brain.review(request)
        except (SystemExit, KeyboardInterrupt) as error:
            name = type(error).__name__
            raise RuntimeError(f"the brain's code raised {name}, which would end the program") from None

    async def _review(self, group: CaseGroup, context: ReviewContext, worker: str) -> Verdict | None:
        """The brain's verdict; None when there is none, and all has been done about it."""
        case = group.leader
        try:
            request = await asyncio.to_thread(self._requests.build, group, context)
        except BrainError as error:
            self._breaker.unused(worker)
            await self._failed(group, worker, error)
            return None
        began, second = self._clock.monotonic(), self._allowed
        spare: list[Grant] = []

        def may() -> bool:
            grant = second(case)
            if isinstance(grant, Grant):
                spare.append(grant)
            return bool(spare)

        try:
            verdict = await hedged(lambda: self._ask(request), self._settings.hedge, may)
        except BrainError as error:
            opened = error.retryable and self._breaker.failed(worker, error, redact(str(error)))
            self._breaker.unused(worker)
            await self._failed(group, worker, error, opened=opened)
            return None
        finally:
            for grant in spare:
                grant.close()
        if verdict.usage.calls == 0:  # nothing in the pictures was worth a call
            self._breaker.unused(worker)
            return verdict
        self._breaker.succeeded(worker)
        self._latency.took(self._clock.monotonic() - began)
        self._estimates.learn(case.candidate.kind, verdict.usage)
        return verdict

    async def _failed(
        self, group: CaseGroup, worker: str, error: BrainError, *, opened: bool = False
    ) -> None:
        case, reason = group.leader, redact(str(error))
        await self._release_members(group, worker)
        if not error.retryable or (not error.away and case.attempts > self._settings.retries):
            _log.error("review failed", extra=fields(case=case.id, attempts=case.attempts, error=reason))
            await self._settle(case.id, worker, Verification.FAILED, None, reason)
            return
        if error.away:
            # It has not looked: the try does not count.
            _log.warning("brain away", extra=fields(case=case.id, error=reason))
            await self._release(case.id, worker, self._clock.now() + self._step_back(case, opened), None)
            return
        pause = self._breaker.pause(case.attempts - 1, error)
        _log.warning(
            "review postponed", extra=fields(case=case.id, attempt=case.attempts, pause=pause, error=reason)
        )
        await self._release(case.id, worker, self._clock.now() + pause, reason)

    def _step_back(self, case: Case, opened: bool) -> float:
        """Seconds for which a case leaves its place to others, so that the next probe is another one: it may be this
        very case that the brain turns away. One that found the brain well and saw it away stands back twice as long
        each time, or such a case could keep the breaker open up to its deadline."""
        step = self._breaker.left + self._settings.backoff
        if not opened:
            return step
        self._openers[case.id] += 1
        if len(self._openers) > _MOST_OPENERS:
            del self._openers[next(iter(self._openers))]
        return step + min(self._settings.backoff * 2.0 ** self._openers[case.id], _LONGEST_STEP)

    async def _conclude(self, group: CaseGroup, verdict: Verdict, worker: str) -> None:
        """Settle a case and those that were looked at with it."""
        own = group.own(verdict)
        await self._settle(group.leader.id, worker, own.verification, own, None)
        await self._learn(group.leader, own.verification)
        verdicts = group.verdicts(verdict)
        for case in group.members:
            theirs = verdicts[case.id]
            if theirs is None:
                await self._release(case.id, worker, None, None)
            else:
                await self._settle(case.id, worker, theirs.verification, theirs, None)
                await self._disprove(case, theirs.verification)

    async def _calibrate(self, case: Case, verdict: Verdict) -> Verdict:
        learned = self._learned
        if learned is None:
            return verdict
        return await retry_store(lambda: learned.calibrate(case.candidate.kind, verdict))

    async def _learn(self, case: Case, verification: Verification) -> None:
        learned = self._learned
        if learned is not None:
            await retry_store(lambda: learned.on_settled(case, verification))

    async def _disprove(self, case: Case, verification: Verification) -> None:
        """A verdict taken over from another case is no new rejection, but a confirmation ends what denies it."""
        if verification is Verification.CONFIRMED:
            await self._learn(case, verification)

    async def _release_members(self, group: CaseGroup, worker: str) -> None:
        """Put those that were to be looked at with a case back into the queue."""
        for id in group.ids:
            await self._release(id, worker, None, None)

    def _give_back(self, ids: Sequence[str], worker: str) -> None:
        """Given up is not the cases' fault: it counts as no attempt. Where the store is away, leases run out."""
        try:
            for id in ids:
                self._store.release(id, None, None, worker=worker)
        except StoreError as error:
            _log.error("cases cannot be given back", extra=fields(error=redact(str(error))))

    async def _release(self, id: str, worker: str, not_before: float | None, error: str | None) -> None:
        await retry_store(lambda: self._store.release(id, not_before, error, worker=worker))

    async def _settle(
        self, id: str, worker: str, verification: Verification, verdict: Verdict | None, note: str | None
    ) -> None:
        def settle() -> bool:
            # What it cost stands in the ledger before anybody can see the verdict.
            self._ledger.flush()
            return self._store.settle(id, verification, verdict, note, worker=worker)

        if await retry_store(settle):
            _log.info("case settled", extra=fields(case=id, verification=verification.value))
            self._on_settled()
        else:
            _log.warning("verdict came too late: the lease was gone", extra=fields(case=id))
