"""Takes cases from the work queue and reviews them with a brain that runs here, or that is reached from here.

A case is acknowledged once its verdict is on the server: a worker that is killed loses none, since the server hands
its cases to others when it no longer says that it is at work.
"""

import asyncio
import logging
import random
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from secondsight.brain import Reviewer
from secondsight.brain.backends.queue import InvalidOffer, decline, read_offer, reply
from secondsight.bus import ACK_WAIT, REVIEWERS, BusConnection, BusPlace, StreamName, Subjects
from secondsight.clock import Clock
from secondsight.errors import BrainError, DeliveryError
from secondsight.log import fields, redact
from secondsight.records import ReviewRequest

if TYPE_CHECKING:
    from nats.aio.msg import Msg
    from nats.js import JetStreamContext

_log = logging.getLogger(__name__)

_FETCH = 2.0
"""Seconds that one request for a case stands; ending waits for it."""
_AT_WORK = ACK_WAIT / 3
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class ReviewWorker:
    """Reviews cases until it is stopped.

    Args:
        place: the queue; cases of all sites with its prefix are taken.
        brain: gives the verdicts.
        concurrency: cases under review at a time.
        rng: draws the jitter of pauses.

    Attributes:
        counts: of cases, by what came of them: `reviewed`, `declined`, `returned`, `expired`, `malformed`.
    """

    def __init__(
        self,
        place: BusPlace,
        brain: Reviewer,
        concurrency: int,
        clock: Clock,
        rng: random.Random | None = None,
    ) -> None:
        self._place, self._brain, self._clock = place, brain, clock
        self._concurrency, self._rng = concurrency, rng or random.Random()
        self._bus = BusConnection(place)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._away = 0
        self._resting_until = 0.0
        self.counts: Counter[str] = Counter()

    async def run(self) -> None:
        """Take cases until `stop`."""
        self._tasks = [asyncio.create_task(self._take_cases()) for _ in range(self._concurrency)]
        try:
            await asyncio.wait(self._tasks)
        finally:
            await self._bus.close()
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    def stop(self) -> None:
        """Take no more, and end; what is under review goes back to the queue at once. Of the worker's loop alone."""
        self._stopping = True  # nats' own code may swallow a cancellation
        for task in self._tasks:
            task.cancel()

    async def _take_cases(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                await self._take_while_connected()
            except DeliveryError as error:
                failures += 1
                if failures == 1:
                    _log.warning("no cases from the queue", extra=fields(error=redact(str(error))))
                await asyncio.sleep(self._pause(failures))
                continue
            failures = 0

    async def _take_while_connected(self) -> None:
        """Take cases, until the connection gives trouble or for a while. Raises DeliveryError."""
        js = await self._bus.jetstream(StreamName.REVIEWS, StreamName.VERDICTS)
        stream = StreamName.REVIEWS.of(self._place.settings.prefix)
        cases = await self._bus.run(lambda: js.pull_subscribe_bind(consumer=REVIEWERS, stream=stream))
        try:
            while not self._stopping:
                rest = self._resting_until - self._clock.monotonic()
                if rest > 0.0:
                    await asyncio.sleep(rest)
                    continue
                with suppress(TimeoutError):  # nothing to do; nats' own error is one, too
                    for message in await self._fetch(cases):
                        await self._handle(js, message)
        finally:
            with suppress(Exception):
                await cases.unsubscribe()

    async def _fetch(self, cases: "JetStreamContext.PullSubscription") -> "list[Msg]":
        async def fetch() -> "list[Msg]":
            try:
                return await cases.fetch(1, timeout=_FETCH)
            except TimeoutError:
                if not (await self._bus.open()).is_connected:
                    raise DeliveryError("the connection is broken") from None
                return []

        found: list[Msg] = await self._bus.run(fetch)
        return found

    async def _handle(self, js: "JetStreamContext", message: "Msg") -> None:
        answer_to = Subjects.verdict_for(message.subject)
        try:
            if answer_to is None:
                raise InvalidOffer("its subject is no case's")
            id, request = await asyncio.to_thread(read_offer, message.data)
        except InvalidOffer as error:
            self.counts["malformed"] += 1
            _log.warning("not a case", extra=fields(subject=message.subject, problem=str(error)))
            await self._bus.run(message.term)
            return
        if request.deadline is not None and request.deadline <= self._clock.now():
            self.counts["expired"] += 1
            _log.info("case is too old", extra=fields(case=request.case_id))
            await self._bus.run(message.term)
            return
        assert answer_to is not None
        working = asyncio.create_task(_say_at_work(message))
        try:
            data = await self._review(id, request, message)
        except asyncio.CancelledError:
            with suppress(Exception):
                await message.nak()
            raise
        finally:
            working.cancel()
        if data is not None:
            headers = {"Nats-Msg-Id": id}
            await self._bus.run(lambda: js.publish(answer_to, data, headers=headers))
            await self._bus.run(message.ack)

    async def _review(self, id: str, request: ReviewRequest, message: "Msg") -> bytes | None:
        """The answer; None when the case went back to the queue. Raises DeliveryError."""
        try:
            verdict = await self._brain.review(request)
        except BrainError as error:
            reason = redact(str(error))
            _log.warning("review failed", extra=fields(case=request.case_id, error=reason))
            if error.away:
                self._away += 1
                pause = max(self._pause(self._away), error.retry_after or 0.0)
                self._resting_until = self._clock.monotonic() + pause
                self.counts["returned"] += 1
                await self._bus.run(lambda: message.nak(delay=_FIRST_PAUSE))
                return None
            self.counts["declined"] += 1
            return decline(id, reason, retry=error.retryable)
        except Exception as error:  # a backend's code may raise anything; the site must hear of it
            _log.exception("review failed unexpectedly", extra=fields(case=request.case_id))
            self.counts["declined"] += 1
            return decline(id, f"internal error ({type(error).__name__})", retry=False)
        self._away = 0
        self.counts["reviewed"] += 1
        about = fields(case=request.case_id, verification=verdict.verification.value)
        _log.info("case reviewed", extra=about)
        return reply(id, request, verdict)

    def _pause(self, failures: int) -> float:
        whole: float = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
        return whole * self._rng.uniform(0.5, 1.0)


async def _say_at_work(message: "Msg") -> None:
    """Keep the case: the server would hand it to another one after `ACK_WAIT`."""
    while True:
        await asyncio.sleep(_AT_WORK)
        with suppress(Exception):
            await message.in_progress()
