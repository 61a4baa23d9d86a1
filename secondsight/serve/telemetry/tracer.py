"""Follows the published steps of a site, and sends the spans that end with them, in a thread of its own."""

import logging
import random
import threading
from collections import defaultdict
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from secondsight.clock import Clock, SystemClock
from secondsight.errors import DeliveryError, StoreError
from secondsight.log import fields
from secondsight.masking import redact
from secondsight.records import Call, Event, Step, Word
from secondsight.serve.alerts.pacing import RetryPauses
from secondsight.serve.telemetry.spans import CaseSpan, span_of_delivery, spans_of_step
from secondsight.store import Store

_log = logging.getLogger(__name__)

_EVERY = 1.0
"""Seconds between looks at the store."""
_BATCH = 100
"""Steps that are told together."""
_LONGEST_REST = 60.0
_AWAITED = 3600.0
"""Seconds after an announcement in which it is known that its receiver has it."""
_MOST_AWAITED = 1000
_PATIENCE = 2.0


class SpanTaker(Protocol):
    """Where spans go; `Collector` is one."""

    def send(self, spans: list[CaseSpan], /) -> int: ...
    def close(self) -> None: ...


class CaseTracer:
    """Sends the traces of a site that runs, from now on; a context manager. Nothing waits for it.

    While the collector is away nothing is lost: what it missed is read again from the store once it is back. What is
    untold when the run ends stays so.

    Args:
        collector: takes the spans; closed at the end.
        store: of the site.
        clock: the machine's by default.
        rng: draws the jitter of pauses.
    """

    def __init__(
        self, collector: SpanTaker, store: Store, clock: Clock | None = None, rng: random.Random | None = None
    ) -> None:
        self._collector, self._store, self._clock = collector, store, clock or SystemClock()
        self._rest = RetryPauses(rng or random.Random(), longest=_LONGEST_REST)
        self._position: int | None = None
        self._awaited: dict[str, Step] = {}
        self._told: set[tuple[str, int]] = set()
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)
        self.trouble: str | None = None
        """Why no traces leave now; None while they do."""

    def __enter__(self) -> Self:
        with suppress(StoreError):  # its thread tries again
            self.begin()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(_PATIENCE)
        self._collector.close()

    def begin(self) -> None:
        """Leave the past untold: traces begin with what comes. Raises StoreError."""
        if self._position is None:
            self._position = self._store.steps.last()

    def send_due(self) -> int:
        """Send the spans that have ended; how many. Raises StoreError, DeliveryError."""
        self.begin()
        sent = 0
        while (more := self._send_steps()) is not None:
            sent += more
        return sent + self._send_announcements()

    def _send_steps(self) -> int | None:
        """The spans of the next steps; None when there are no more steps."""
        steps = self._store.steps.after(self._position or 0, _BATCH)
        if not steps:
            return None
        ids = list(dict.fromkeys(step.event for step in steps))
        events, whole = self._store.events.of(ids), self._store.steps.earlier(ids)
        calls: defaultdict[str, list[Call]] = defaultdict(list)
        for call in self._store.ledger.find(cases=ids):
            calls[call.case_id].append(call)
        spans: list[CaseSpan] = []
        for step in steps:
            event = events.get(step.event)
            if event is not None:
                spans += spans_of_step(step, event, whole[step.event], calls[step.event])
        self._send(spans)
        self._position = steps[-1].position
        self._await([step for step in steps if step.word is not Word.NONE])
        return len(spans)

    def _await(self, steps: list[Step]) -> None:
        """Remember announcements until their receivers have them."""
        self._awaited |= {step.id: step for step in steps}
        now = self._clock.now()
        for id, step in list(self._awaited.items()):
            if len(self._awaited) > _MOST_AWAITED or now - step.time > _AWAITED:
                del self._awaited[id]
        known = {step.position for step in self._awaited.values()}
        self._told = {one for one in self._told if one[1] in known}

    def _send_announcements(self) -> int:
        if not self._awaited:
            return 0
        ids = {step.event for step in self._awaited.values()}
        events: dict[str, Event] = {}
        spans, told = [], set()
        for delivery in self._store.deliveries.of(ids):
            step, key = self._awaited.get(delivery.id), (delivery.channel, delivery.position)
            if step is None or key in self._told:
                continue
            events = events or self._store.events.of(sorted(ids))
            event = events.get(delivery.event)
            span = None if event is None else span_of_delivery(delivery, step, event)
            if span is not None:
                spans.append(span)
                told.add(key)
        self._send(spans)
        self._told |= told
        self._await([])
        return len(spans)

    def _send(self, spans: list[CaseSpan]) -> None:
        if not spans:
            return
        try:
            refused = self._collector.send(spans)
        except DeliveryError as error:
            if error.retry:
                raise
            _log.warning("spans refused", extra=fields(spans=len(spans), error=redact(str(error))))
            return
        if refused:
            _log.warning("spans refused", extra=fields(spans=refused))

    def _run(self) -> None:
        over = False
        while not over:
            pause = self._rest.pause(self._failures) if self._failures else _EVERY
            # Once more at the end: a run over recordings may be over before the second look.
            over = self._stopping.wait(pause if self._position is not None else 0.0)
            trouble = None
            try:
                self.send_due()
            except (DeliveryError, StoreError) as error:
                trouble = redact(str(error))
            except Exception:  # nothing may end this: traces would stay away without a word
                _log.exception("traces could not be sent")
                self._failures += 1
                continue
            if trouble is not None and trouble != self.trouble:
                _log.warning("traces wait for the collector", extra=fields(error=trouble))
            self._failures = self._failures + 1 if trouble else 0
            self.trouble = trouble
