"""Takes cases from the durable queue to the brain and writes the verdicts, off the frame path.

Every step is a state in the database: a worker that is killed leaves a lease that runs out, and its case is taken
up again; a worker that is merely slow finds its lease gone and its late verdict refused.
"""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from secondsight.brain import Brain, QuestionSheet
from secondsight.clock import Clock
from secondsight.config import Brain as BrainSettings
from secondsight.errors import BrainError, StoreError
from secondsight.log import fields, redact
from secondsight.records import Case, ReviewFrame, ReviewRequest, Verdict, Verification

_log = logging.getLogger(__name__)

T = TypeVar("T")

_POLL = 0.5
"""Seconds between looks at the queue when nothing wakes the workers: leases and pauses run out by themselves."""
_LONGEST_PAUSE = 30.0
"""Seconds that the growing pause between attempts does not exceed: a brain that is back is soon found."""


class CaseQueue(Protocol):
    """What the workers need of the store."""

    def lease_case(self, worker: str, lease_seconds: float) -> Case | None: ...
    def release_case(
        self, case_id: str, not_before: float | None, error: str | None, *, worker: str | None = None
    ) -> bool: ...
    def settle_case(
        self,
        case_id: str,
        verification: Verification,
        verdict: Verdict | None = None,
        note: str | None = None,
        *,
        worker: str | None = None,
    ) -> bool: ...
    def expire_due(self) -> list[str]: ...


class BrainWorkers:
    """A pool of reviewers in a thread of their own.

    Args:
        describe: camera name -> its description for the brain.
        sheet_of: case -> the questions to ask.
        on_settled: called after any case has been settled.
        rng: jitter of the pauses between attempts.
    """

    def __init__(
        self,
        store: CaseQueue,
        brain: Brain,
        settings: BrainSettings,
        data: Path,
        clock: Clock,
        *,
        describe: Callable[[str], str],
        sheet_of: Callable[[Case], QuestionSheet],
        on_settled: Callable[[], None],
        name: str = "site",
        rng: random.Random | None = None,
    ) -> None:
        self._store, self._brain, self._settings, self._data = store, brain, settings, data
        self._clock, self._describe, self._sheet_of = clock, describe, sheet_of
        self._on_settled, self._name, self._rng = on_settled, name, rng or random.Random()
        self._loop = asyncio.new_event_loop()
        self._wake = asyncio.Event()
        self._stopping = False
        self.busy = 0
        self.away: str | None = None
        self._absences = 0
        self._thread = threading.Thread(target=self._run, name="brain", daemon=True)

    def start(self) -> None:
        """Begin to take cases."""
        self._thread.start()

    def wake(self) -> None:
        """Say that a case has been queued, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self) -> None:
        """Take no more cases and end; a call in progress is abandoned, and its case stays in the queue."""
        self._stopping = True
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._cancel_all)
            self._thread.join()

    def _cancel_all(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._work())
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.run_until_complete(self._brain.close())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._expire())
            for number in range(self._settings.concurrency):
                group.create_task(self._review_cases(f"{self._name}-{number}"))

    async def _expire(self) -> None:
        while True:
            expired = await self._ask_store(self._store.expire_due)
            if expired:
                _log.warning("cases expired before a verdict", extra=fields(cases=len(expired)))
                self._on_settled()
            await asyncio.sleep(1.0)

    async def _review_cases(self, worker: str) -> None:
        while not self._stopping:
            case = await self._ask_store(lambda: self._store.lease_case(worker, self._settings.lease))
            if case is None:
                await self._pause()
                continue
            self.busy += 1
            try:
                await self._review(case, worker)
            except asyncio.CancelledError:
                # Not the case's fault: given back without counting as an attempt.
                self._store.release_case(case.id, None, None, worker=worker)
                raise
            except Exception:
                _log.exception("review failed unexpectedly", extra=fields(case=case.id))
                await self._settle(case, worker, Verification.FAILED, None, "internal error; see the log")
            finally:
                self.busy -= 1

    async def _pause(self) -> None:
        self._wake.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), _POLL)

    async def _review(self, case: Case, worker: str) -> None:
        try:
            request = await asyncio.to_thread(self._request, case)
            verdict = await self._brain.review(request)
        except BrainError as error:
            await self._failed(case, worker, error)
            return
        self.away, self._absences = None, 0
        await self._settle(case, worker, verdict.verification, verdict, None)

    def _request(self, case: Case) -> ReviewRequest:
        """The self-contained request; raises BrainError when the case has no pictures to show."""
        candidate = case.candidate
        try:
            frames = tuple(
                ReviewFrame((self._data / key.path).read_bytes(), key.time, key.box)
                for key in case.key_frames
            )
        except OSError as error:
            raise BrainError(f"a key frame cannot be read: {error.strerror}", retryable=False) from None
        if not frames:
            raise BrainError("the case has no pictures to show", retryable=False)
        sheet = self._sheet_of(case)
        return ReviewRequest(
            case_id=case.id,
            kind=candidate.kind,
            camera=self._describe(candidate.camera),
            label=candidate.label,
            zone=candidate.zone,
            start=candidate.start,
            triggered=candidate.triggered,
            frames=frames,
            questions=sheet.questions,
            sheet=sheet.version,
            language=sheet.language,
        )

    async def _failed(self, case: Case, worker: str, error: BrainError) -> None:
        reason = redact(str(error))
        if not error.retryable or (not error.away and case.attempts > self._settings.retries):
            _log.error("review failed", extra=fields(case=case.id, attempts=case.attempts, error=reason))
            await self._settle(case, worker, Verification.FAILED, None, reason)
            return
        self.away = reason
        self._absences = self._absences + 1 if error.away else 0
        tries = max(self._absences // self._settings.concurrency, case.attempts - 1)
        pause = min(self._settings.backoff * 2.0 ** min(tries, 16), _LONGEST_PAUSE)
        pause *= self._rng.uniform(0.5, 1.5)
        pause = max(pause, error.retry_after or 0.0)
        _log.warning(
            "review postponed", extra=fields(case=case.id, attempt=case.attempts, pause=pause, error=reason)
        )
        not_before = self._clock.now() + pause
        # A brain that is away has not looked: the try does not count, and the case waits until its deadline.
        counted = None if error.away else reason
        await self._ask_store(lambda: self._store.release_case(case.id, not_before, counted, worker=worker))

    async def _settle(
        self, case: Case, worker: str, verification: Verification, verdict: Verdict | None, note: str | None
    ) -> None:
        settled = await self._ask_store(
            lambda: self._store.settle_case(case.id, verification, verdict, note, worker=worker)
        )
        if settled:
            _log.info("case settled", extra=fields(case=case.id, verification=verification.value))
            self._on_settled()
        else:
            _log.warning("verdict came too late: the lease was gone", extra=fields(case=case.id))

    async def _ask_store(self, call: Callable[[], T]) -> T:
        """Run one store call in a thread; a store that fails is asked again until it answers."""
        pause = 0.1
        while True:
            try:
                return await asyncio.to_thread(call)
            except StoreError as error:
                _log.error("store failed, retrying", extra=fields(error=redact(str(error))))
                await asyncio.sleep(pause)
                pause = min(2 * pause, 5.0)
