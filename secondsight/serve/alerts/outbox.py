r"""Carries the published steps to one channel, at least once and in order per event, across failures of everything.

    published steps --route--> deliveries (waiting) --send--> sent
                                       ^    |
                     pause, with jitter \---+--> dead, after max_age or max_attempts, or when refused for good

The channel's cursor moves in the transaction that makes the deliveries, so that no step is lost and none is routed
twice. A delivery counts as sent once that is stored: what was sent by a process that died just then goes out again,
under the same id.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from secondsight.clock import Clock
from secondsight.config import ChannelSettings
from secondsight.errors import ConfigError, DeliveryError, SecondSightError, StoreError
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.records import Step
from secondsight.serve.alerts.channel import Channel
from secondsight.serve.alerts.limited import HangingCall, LimitedCalls
from secondsight.serve.alerts.notices import NoticeMaker, SeverityOf
from secondsight.serve.alerts.pacing import RateLimit, RetryPauses
from secondsight.serve.alerts.reports import ReportNoticeMaker
from secondsight.serve.alerts.routing import about, goes
from secondsight.store import Delivery, ReportDelivery, Store

_log = logging.getLogger(__name__)

_IDLE = 0.2
"""Seconds between looks at the store while there is nothing to send."""
_SOON = 0.05
_BATCH = 200
"""Steps that are routed in one transaction."""
_LONGEST_REST = 30.0
"""Longest pause of a whole channel whose receiver is away, seconds; so much later than the receiver it is back."""
_STORE_REST = 1.0
_GRACE = 1.0
"""Seconds that a message under way may take when the program ends."""

Letter = TypeVar("Letter", Delivery, ReportDelivery, contravariant=True)


class Letters(Protocol[Letter]):
    """Where the store keeps what becomes of deliveries."""

    def sent(self, delivery: Letter, /) -> None: ...
    def postpone(self, delivery: Letter, until: float, error: str, /) -> None: ...
    def bury(self, delivery: Letter, error: str, /) -> None: ...


class Outbox:
    """The outbox of one channel, and the thread that empties it.

    Args:
        name: of the channel.
        channel: takes the messages; the outbox closes it.
        make: opens another one after a message hung. Raises SecondSightError.
        reports: makes reports ready to be sent.
        severity: of events.
        rng: draws the jitter of pauses.
    """

    def __init__(
        self,
        name: str,
        settings: ChannelSettings,
        channel: Channel,
        make: Callable[[], Channel],
        notices: NoticeMaker,
        reports: ReportNoticeMaker,
        store: Store,
        severity: SeverityOf,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self.name, self._settings, self._make = name, settings, make
        self._notices, self._reports = notices, reports
        self._store, self._severity, self._clock = store, severity, clock
        self._retries, self._rest = RetryPauses(rng), RetryPauses(rng, longest=_LONGEST_REST)
        self._rate = RateLimit(settings.max_per_minute, clock)
        self._calls = LimitedCalls(f"alert: {name}", _GRACE)
        self._channel: Channel | None = channel
        self._cursor: int | None = None
        self._unstored: Callable[[], None] | None = None
        self._failures, self._resting_until = 0, clock.monotonic()
        self._woken = threading.Condition()
        self._stopping = self._poked = False
        self._thread: threading.Thread | None = None
        self.trouble: str | None = None
        """Why messages do not go out now; None while they do."""

    # -- the thread

    def begin(self) -> None:
        """Note from which step on a new channel is told: it begins with what comes, not with the past. Raises
        StoreError."""
        self._cursor = self._store.deliveries.begin(self.name, self._store.steps.last())

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"outbox: {self.name}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something may be there to send."""
        with self._woken:
            self._poked = True
            self._woken.notify_all()

    def ask_to_stop(self) -> None:
        """End soon; what is not sent waits for the next run."""
        with self._woken:
            self._stopping = True
            self._woken.notify_all()
        self._calls.stop()

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the thread to end and the channel to close; what hangs is left."""
        until = time.monotonic() + timeout
        if self._thread is not None:
            self._thread.join(timeout)
        closing = self._drop_channel()
        if closing is not None:
            closing.join(max(0.0, until - time.monotonic()))

    def _run(self) -> None:
        while not self._stopping:
            try:
                wait = self.turn()
            except Exception as error:
                expected = isinstance(error, StoreError)
                self._say(redact(str(error)), "alerts wait for the store", unexpected=not expected)
                wait = _STORE_REST
            if wait > 0.0:
                with self._woken:
                    self._woken.wait_for(lambda: self._stopping or self._poked, min(wait, _IDLE))
                    self._poked = False

    # -- one step at a time

    def turn(self) -> float:
        """Do one piece of what there is to do; seconds until there may be more, 0 where there is. Raises
        StoreError."""
        if self._unstored is not None:
            self._store_sent()
        self._route()
        rest = max(self._resting_until - self._clock.monotonic(), self._rate.wait())
        if rest > 0.0:
            return rest
        due = self._store.deliveries.due(self.name)
        if due:
            return self._deliver(due[0])
        report = self._store.reports.due(self.name)
        if report is not None:
            return self._deliver_report(report)
        upcoming = [at for at in self._upcoming() if at is not None]
        return max(0.0, min(upcoming) - self._clock.now()) if upcoming else _IDLE

    def is_empty(self) -> bool:
        """Whether everything published so far was sent, or given up. Raises StoreError."""
        routed = self._cursor is not None and self._cursor >= self._store.steps.last()
        return routed and self._unstored is None and self._upcoming() == (None, None)

    def _upcoming(self) -> tuple[float | None, float | None]:
        """When the next message and the next report are due."""
        return self._store.deliveries.next_at(self.name), self._store.reports.next_at(self.name)

    def _route(self) -> None:
        if self._cursor is None:
            self.begin()
        assert self._cursor is not None
        while steps := self._store.steps.after(self._cursor, _BATCH):
            position = steps[-1].position
            assert position is not None
            self._store.deliveries.route(self.name, position, self._chosen(steps))
            self._cursor = position

    def _chosen(self, steps: list[Step]) -> list[Step]:
        told = self._store.deliveries.told(self.name, {event for step in steps for event in about(step)})
        events = self._store.events.of(list(dict.fromkeys(step.event for step in steps)))
        chosen = []
        for step in steps:
            event = events.get(step.event)
            if event is None:
                continue
            known = not told.isdisjoint(about(step))
            if goes(self._settings, step, event, self._severity(event), known):
                chosen.append(step)
                told.add(step.event)
        return chosen

    def _deliver(self, delivery: Delivery) -> float:
        """Try to send; seconds to wait before the next thing to do."""
        notice = self._notices.make(delivery)
        if notice is None:
            self._store.deliveries.bury(delivery, "the event is no longer in the store")
            return 0.0
        if self._notices.awaits_picture(notice):
            return _SOON
        self._try(self._store.deliveries, delivery, lambda channel: channel.send(notice))
        return 0.0

    def _deliver_report(self, delivery: ReportDelivery) -> float:
        """Try to send a report; seconds to wait before the next thing to do."""
        try:
            report = self._reports.make(delivery)
        except ConfigError as error:
            self._store.reports.bury(delivery, str(error))
            return 0.0
        if report is None:
            self._store.reports.bury(delivery, "the report is no longer in the store")
            return 0.0
        self._try(self._store.reports, delivery, lambda channel: channel.send_report(report))
        return 0.0

    def _try(self, letters: Letters[Letter], delivery: Letter, send: Callable[[Channel], None]) -> None:
        self._rate.take()
        try:
            self._send(send)
        except DeliveryError as error:
            self._failed(letters, delivery, error)
            return
        self._unstored = lambda: letters.sent(delivery)
        if self._failures:
            _log.info("alerts go out again", extra=fields(channel=self.name))
        self._failures, self.trouble = 0, None
        self._store_sent()

    def _store_sent(self) -> None:
        if self._unstored is not None:
            self._unstored()
        self._unstored = None

    def _send(self, give: Callable[[Channel], None]) -> None:
        """Send within the channel's time. Raises DeliveryError."""

        def send() -> None:
            if self._channel is None:
                self._channel = self._make()
            give(self._channel)

        # Channels have timeouts of their own, which tell more; this one is for what they cannot see.
        limit = 1.5 * self._settings.timeout + 0.5
        try:
            self._calls.run(send, limit)
        except DeliveryError:
            raise
        except HangingCall:
            self._drop_channel()
            raise DeliveryError(f"no answer within {limit:g} s") from None
        except SecondSightError as error:
            raise DeliveryError(str(error)) from None
        except Exception as error:  # the channel's own libraries may raise anything
            _log.exception("a channel failed in an unexpected way", extra=fields(channel=self.name))
            raise DeliveryError(f"{type(error).__name__}: {error}") from None

    def _failed(self, letters: Letters[Letter], delivery: Letter, error: DeliveryError) -> None:
        text, now, tries = redact(str(error)), self._clock.now(), delivery.attempts + 1
        if self._stopping:
            return
        if error.retry and self._may_try(delivery, tries, now):
            letters.postpone(delivery, now + self._retries.pause(tries, error.after), text)
            if not error.partly:
                self._failures += 1
                rest = self._rest.pause(self._failures, error.after)
                self._resting_until = self._clock.monotonic() + rest
            self._say(text, "an alert was not delivered, it will be tried again")
            return
        letters.bury(delivery, text)
        about_it = fields(channel=self.name, message=delivery.id, tries=tries, error=text)
        _log.error("an alert could not be delivered; see `secondsight alerts dead`", extra=about_it)

    def _may_try(self, delivery: Delivery | ReportDelivery, tries: int, now: float) -> bool:
        limit = self._settings.max_attempts
        return now - delivery.created_at < self._settings.max_age and (limit is None or tries < limit)

    def _drop_channel(self) -> threading.Thread | None:
        """Close the channel, in a thread that may be waited for."""
        channel, self._channel = self._channel, None
        if channel is None:
            return None
        closing = threading.Thread(target=channel.close, name=f"closing: {self.name}", daemon=True)
        closing.start()
        return closing

    def _say(self, trouble: str, what: str, *, unexpected: bool = False) -> None:
        """Log a trouble once, not at every try."""
        if trouble != self.trouble:
            _log.warning(what, extra=fields(channel=self.name, error=trouble), exc_info=unexpected)
        self.trouble = trouble
