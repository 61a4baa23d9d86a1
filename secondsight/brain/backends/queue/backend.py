"""Backend `queue`: other programs review, which take cases from a work queue of a NATS server (docs/queue.md).

A case is offered under an id made of what it asks, and its answer stays on the server for an hour under the same id.
So nothing is asked twice: not after the program was killed, and not when an answer came too late for the first try.
"""

import asyncio
import hashlib
import itertools
import logging
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from secondsight.brain.backends.queue.answer import Answered, Declined, InvalidReply, read_reply
from secondsight.brain.backends.queue.inbox import VerdictInbox
from secondsight.brain.backends.queue.offer import Offer, make_offer
from secondsight.brain.prompts.images import choose
from secondsight.brain.prompts.wording import prompt_version
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.bus import REVIEWERS, BusConnection, BusPlace, StreamName
from secondsight.clock import Clock
from secondsight.config import QueueBrainSettings
from secondsight.errors import BrainError, DeliveryError
from secondsight.log import fields
from secondsight.records import Call, Evidence, Outcome, ReviewRequest, Usage, Verdict, Verification

if TYPE_CHECKING:
    from nats.js import JetStreamContext

_log = logging.getLogger(__name__)

_LOOK = 1.0
"""Seconds between looks at the server while an answer is awaited: is a worker there, was an answer missed?"""
_MOST_ATTEMPTS = 100
_AGAINST = {Verification.CONFIRMED: 0.5, Verification.REJECTED: -0.5}


@dataclass(slots=True)
class _Review:
    """One review on its way.

    Attributes:
        request: with the frames that are shown, and no others.
        shown: their positions in the request as it came.
        taken: whether some program took the case.
        digest: of what was offered; empty before.
    """

    request: ReviewRequest
    shown: list[int]
    began: float
    started: float
    taken: bool = False
    digest: str = ""
    outcome: Outcome = Outcome.FAILED


class QueueBrain:
    """A brain made of the programs that take cases from the queue. Where they run nobody knows: it counts as remote.

    Attributes:
        counts: of answers, by what came of them: `answered`, `malformed`, `declined`, `late`, `duplicate`.
    """

    name = "queue"
    remote = True
    reads_questions = True

    def __init__(
        self, settings: QueueBrainSettings, place: BusPlace, clock: Clock, book: RecordCall = ignore_call
    ) -> None:
        """Raises ConfigError when nats-py is missing or a file cannot be used. Opens no connection."""
        self._settings, self._place, self._clock, self._book = settings, place, clock, book
        self._bus = BusConnection(place)
        self._stream = StreamName.REVIEWS.of(place.settings.prefix)
        self.counts: Counter[str] = Counter()
        self._inbox = VerdictInbox(place.subjects, self.counts)

    async def review(self, request: ReviewRequest) -> Verdict:
        """Offer the case, and wait for its answer. `settings.timeout` bounds all of it."""
        if not request.frames:
            raise BrainError(f"case {request.case_id} has no frames to look at", retryable=False)
        shown = choose(len(request.frames), self._settings.max_frames)
        asked = replace(request, frames=tuple(request.frames[i] for i in shown))
        review = _Review(asked, shown, self._clock.now(), self._clock.monotonic())
        answered: Answered | None = None
        try:
            async with asyncio.timeout(self._settings.timeout):
                answered = await self._ask(review)
            review.outcome = Outcome.ANSWERED
        except asyncio.CancelledError:
            review.outcome = Outcome.ABANDONED
            raise
        except TimeoutError:
            what = "no verdict" if review.taken else "nobody took the case"
            if not review.digest:
                what = f"no answer from {self._place.shown}"
            text = f"{self.name}: {what} within {self._settings.timeout:g} s"
            raise BrainError(text, retryable=True, away=not review.taken) from None
        except DeliveryError as error:
            raise BrainError(f"{self.name}: {error}", retryable=True, away=error.retry) from None
        finally:
            usage = self._usage(answered, self._clock.monotonic() - review.started)
            if review.digest:
                self._book(self._call(review, usage))
        return self._verdict(review, answered, usage)

    async def check(self) -> str:
        """Whether the server is there, and a worker that takes cases."""
        try:
            js = await self._bus.jetstream(StreamName.REVIEWS, StreamName.VERDICTS)
            info = await self._bus.run(lambda: js.consumer_info(self._stream, REVIEWERS))
        except DeliveryError as error:
            raise BrainError(f"{self.name}: {error}", retryable=True, away=True) from None
        if not _somebody(info):
            text = f"{self.name}: nobody takes cases from {self._place.shown}; start `secondsight worker`"
            raise BrainError(text, retryable=True, away=True)
        waiting = info.num_pending + info.num_ack_pending
        return f"{self._place.shown} answers; a worker takes cases ({waiting} wait or are under review)"

    async def close(self) -> None:
        await self._bus.close()

    # -- one review

    async def _ask(self, review: _Review) -> Answered:
        js = await self._bus.jetstream(StreamName.REVIEWS, StreamName.VERDICTS)
        await self._inbox.listen(await self._bus.open(), self._bus)
        offer = await asyncio.to_thread(
            make_offer,
            review.request,
            self._place.subjects.site,
            self._settings.frame_size,
            await self._bus.room(),
        )
        for attempt in itertools.islice(itertools.count(), _MOST_ATTEMPTS):
            id = offer.id(attempt)
            known = await self._stored(js, id)
            if known is None:
                return await self._ask_once(js, review, offer, attempt)
            found = self._read(known, id, review)
            if isinstance(found, Answered):  # it came too late for an earlier try, or for an earlier run
                self.counts["answered"] += 1
                review.digest, review.taken = _digest(known), True
                return found
            if isinstance(found, Declined) and not found.retry:
                raise self._declined(found)
        raise BrainError(f"{self.name}: {_MOST_ATTEMPTS} answers of no use", retryable=False)

    async def _ask_once(
        self, js: "JetStreamContext", review: _Review, offer: Offer, attempt: int
    ) -> Answered:
        id = offer.id(attempt)
        with self._inbox.expecting(id) as coming:
            sequence = await self._offer(js, review, offer, attempt)
            data = await self._wait(js, review, id, sequence, coming)
        found = self._read(data, id, review)
        if isinstance(found, Answered):
            self.counts["answered"] += 1
            return found
        if isinstance(found, Declined):
            self.counts["declined"] += 1
            raise self._declined(found)
        self.counts["malformed"] += 1
        review.outcome = Outcome.MALFORMED
        about = fields(case=review.request.case_id, problem=str(found), malformed=self.counts["malformed"])
        _log.warning("answer from the queue is malformed", extra=about)
        raise BrainError(f"{self.name}: malformed answer: {found}", retryable=True)

    async def _offer(self, js: "JetStreamContext", review: _Review, offer: Offer, attempt: int) -> int:
        """Put the case onto the queue, unless it waits there already; its place in the stream."""
        id = offer.id(attempt)
        subject = self._place.subjects.case(id)
        data = offer.encode(attempt, self._place.subjects.verdict(id))
        review.digest = _digest(data)
        waiting = await self._last(js, self._stream, subject)
        if waiting is not None:
            return int(waiting.seq)
        headers = {"Nats-Msg-Id": id}
        ack = await self._bus.run(lambda: js.publish(subject, data, headers=headers))
        if ack.duplicate and await self._last(js, self._stream, subject) is None:
            # A worker took it and never answered, within the server's memory of ids.
            again = {"Nats-Msg-Id": f"{id} {self._clock.now()}"}
            ack = await self._bus.run(lambda: js.publish(subject, data, headers=again))
        return int(ack.seq)

    async def _wait(
        self,
        js: "JetStreamContext",
        review: _Review,
        id: str,
        sequence: int,
        coming: "asyncio.Future[bytes]",
    ) -> bytes:
        """The answer, or BrainError when nobody is there to give one."""
        alone_since: float | None = None
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(coming), _LOOK)
            except TimeoutError:
                pass
            stored = await self._stored(js, id)
            if stored is not None:
                return stored
            info = await self._bus.run(lambda: js.consumer_info(self._stream, REVIEWERS))
            review.taken = review.taken or (
                info.delivered is not None and info.delivered.stream_seq >= sequence
            )
            now = self._clock.monotonic()
            if _somebody(info):
                alone_since = None
                continue
            alone_since = now if alone_since is None else alone_since
            if now - alone_since >= self._settings.absence:
                text = f"{self.name}: nobody takes cases from {self._place.shown}"
                raise BrainError(text, retryable=True, away=True)

    async def _stored(self, js: "JetStreamContext", id: str) -> bytes | None:
        """The answer to a case that the server keeps."""
        stream = StreamName.VERDICTS.of(self._place.settings.prefix)
        found = await self._last(js, stream, self._place.subjects.verdict(id))
        return None if found is None else bytes(found.data or b"")

    async def _last(self, js: "JetStreamContext", stream: str, subject: str) -> Any:
        from nats.js.errors import NotFoundError

        async def last() -> Any:
            try:
                return await js.get_last_msg(stream, subject)
            except NotFoundError:
                return None

        return await self._bus.run(last)

    def _read(self, data: bytes, id: str, review: _Review) -> Answered | Declined | InvalidReply:
        try:
            return read_reply(data, id, review.request.questions, len(review.request.frames))
        except InvalidReply as error:
            return error

    def _declined(self, found: Declined) -> BrainError:
        return BrainError(f"{self.name}: the reviewer has no answer: {found.error}", retryable=found.retry)

    # -- what comes of it

    def _verdict(self, review: _Review, answered: Answered, usage: Usage) -> Verdict:
        answer, notes = answered.answer, list(answered.notes)
        if answer.mended:
            notes.append(f"the answer was mended: {'; '.join(answer.mended)}")
        verification, probability = answer.verification, answered.probability
        if probability is not None and (probability - 0.5) * _AGAINST.get(verification, 0.0) < 0:
            notes.append("its probability speaks against the answer")
            verification = Verification.UNSURE
        return Verdict(
            verification=verification,
            probability=probability,
            raw=probability,
            probability_source=answered.source,
            answers=answer.answers,
            evidence=tuple(Evidence(review.shown[one.frame], one.box) for one in answer.evidence),
            summary=answer.summary,
            model=answered.model or self.name,
            prompt_version=prompt_version(review.request),
            usage=usage,
            notes=tuple(notes),
        )

    def _usage(self, answered: Answered | None, latency: float) -> Usage:
        if answered is None:
            return Usage(latency=latency)
        tokens = answered.tokens_in, answered.tokens_out
        return Usage(
            tokens_in=tokens[0], tokens_out=tokens[1], cost=self._settings.cost(*tokens), latency=latency
        )

    def _call(self, review: _Review, usage: Usage) -> Call:
        request = review.request
        return Call(
            time=review.began,
            purpose=request.purpose,
            case_id=request.case_id,
            camera=request.source,
            kind=request.kind,
            backend=self.name,
            destination=self._place.shown,
            remote=True,
            outcome=review.outcome,
            egress=request.egress,
            frames=len(request.frames),
            digest=review.digest,
            seconds=usage.latency,
            tokens_in=usage.tokens_in,
            tokens_out=usage.tokens_out,
            cost=usage.cost,
        )


def _somebody(info: Any) -> bool:
    """Whether some program asks for cases, or has one under review."""
    return bool(info.num_waiting or info.num_ack_pending)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
