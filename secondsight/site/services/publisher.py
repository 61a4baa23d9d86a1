"""Publishes the steps of events: decides what each announces, and gives it its place in the one order.

A thread of its own, woken when a write commits. What is due because nothing came (no verdict within a rule's
patience, nobody who took an alert) becomes a step here too. All of it is in the store: a run that is killed leaves
steps that the next one publishes, and starts its clocks where they stood.
"""

import heapq
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from secondsight.cascade import announce
from secondsight.clock import Clock
from secondsight.config import RuleBase, SiteConfig
from secondsight.errors import StoreError
from secondsight.log import fields, redact
from secondsight.records import Event, Step, StepKind, Word
from secondsight.store import Store, ToldEvent

_log = logging.getLogger(__name__)

_POLL = 0.5
"""Seconds after which other programs' writes, such as feedback, are noticed."""
_AT_ONCE = 200
_LOOK_BACK = 86400.0
"""Seconds before the start of a run in which an alert that nobody took is still escalated."""
_NO_RULE = RuleBase()
"""For events of rules that the site no longer has."""


@dataclass(frozen=True, slots=True, order=True)
class _Timer:
    """What happens to an event at a time unless something else does before."""

    due: float
    event: str
    kind: StepKind
    note: str = field(compare=False)


class Publisher:
    """The one publisher of a site.

    Args:
        on_published: called after steps were published, in the publisher's thread; must not wait.

    Attributes:
        position: of the last step that this run has published; 0 before the first.
        trouble: what keeps it from publishing, if anything.
    """

    def __init__(
        self, store: Store, config: SiteConfig, clock: Clock, on_published: Callable[[], None]
    ) -> None:
        self._store, self._clock, self._on_published = store, clock, on_published
        self.take(config)
        self._timers: list[_Timer] = []
        self._seeded = False
        self._stopping = False
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self.position = 0
        self.trouble: str | None = None

    def take(self, config: SiteConfig) -> None:
        """Go over to other rules; what waits already keeps its time."""
        self._config = config
        rules = config.rules.values()
        remembered = [max(rule.announce.cooldown, rule.announce.group.within) for rule in rules]
        # What is told late was triggered before its verdict.
        slowest = max((rule.policy.deadline for rule in rules), default=0.0)
        self._memory = max(remembered, default=0.0) + slowest if any(remembered) else 0.0

    def start(self) -> None:
        """Begin to publish."""
        self._store.on_write(self.wake)
        self._thread.start()

    def wake(self) -> None:
        """Something was written. Returns at once."""
        self._woken.set()

    def stop(self, patience: float) -> None:
        """Publish what there is, then end; a store that hangs is left behind after `patience` seconds."""
        self._stopping = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        last = False
        while not last:
            last = self._stopping
            self._woken.clear()
            try:
                self.publish()
                self.trouble = None
            except Exception as error:
                text = redact(str(error)) or type(error).__name__
                if text != self.trouble:
                    expected = isinstance(error, StoreError)
                    _log.error(
                        "steps not published, tried again", extra=fields(error=text), exc_info=not expected
                    )
                self.trouble = text
                if not last:
                    self._woken.wait(_POLL)
                continue
            if not last:
                self._woken.wait(self._pause())

    def publish(self) -> None:
        """Publish all steps that wait, and what is due. Raises StoreError; nothing is lost then."""
        self._seed()
        self._publish_waiting()
        while self._timers and self._timers[0].due <= self._clock.now():
            self._ring(self._timers[0])
            heapq.heappop(self._timers)
        self._publish_waiting()

    def _publish_waiting(self) -> None:
        while some := self._store.steps.unpublished(_AT_ONCE):
            events = self._store.events.of(list(dict.fromkeys(step.event for step in some)))
            done = self._store.steps.publish(self._decide(some, events))
            for step in done:
                self._after(step, events[step.event])
            if done:
                self.position = done[-1].position or 0
                self._on_published()

    def _decide(self, waiting: Sequence[Step], events: Mapping[str, Event]) -> list[Step]:
        earlier = self._store.steps.earlier(list(events))
        told = self._store.steps.told(self._clock.now() - self._memory) if self._memory else []
        decided = []
        for step in waiting:
            event, before = events[step.event], earlier[step.event]
            said = announce(step, event, self._rule(event.rule), before, told, self._config.site.timezone)
            step = replace(step, word=said.word, why=said.why, incident=said.incident)
            earlier[step.event] = (*before, step)
            told = _with(told, step, event)
            decided.append(step)
        return decided

    def _rule(self, name: str) -> RuleBase:
        return self._config.rules.get(name, _NO_RULE)

    # -- what is due when nothing comes

    def _seed(self) -> None:
        """The timers of events that an earlier run has left."""
        if self._seeded:
            return
        for due in self._store.steps.undecided():
            self._await_verdict(due.event, due.rule, due.since)
        for due in self._store.steps.unacknowledged(self._clock.now() - _LOOK_BACK):
            self._await_person(due.event, due.rule, due.since)
        self._seeded = True

    def _after(self, step: Step, event: Event) -> None:
        """Set the timers that a published step starts."""
        if step.kind is StepKind.RAISED and step.word is Word.NONE:
            self._await_verdict(event.id, event.rule, step.time)
        elif step.word is Word.ALERT:
            # From now on, not from the trigger: people hear of it only now.
            self._await_person(event.id, event.rule, self._clock.now())

    def _await_verdict(self, event: str, name: str, since: float) -> None:
        rule = self._rule(name)
        if rule.policy.on_brain_failure == "open" and rule.announces == "after_verdict":
            patience = rule.announce.patience
            note = f"not verified: no verdict within {patience:g} s"
            heapq.heappush(self._timers, _Timer(since + patience, event, StepKind.LATE, note))

    def _await_person(self, event: str, name: str, since: float) -> None:
        patience = self._rule(name).announce.escalate_after
        if patience is not None:
            note = f"nobody has acknowledged it within {patience:g} s"
            heapq.heappush(self._timers, _Timer(since + patience, event, StepKind.ESCALATED, note))

    def _ring(self, timer: _Timer) -> None:
        steps = self._store.steps
        note_it = steps.late if timer.kind is StepKind.LATE else steps.escalate
        note_it(timer.event, timer.note)

    def _pause(self) -> float:
        if not self._timers:
            return _POLL
        return min(_POLL, max(0.001, self._timers[0].due - self._clock.now()))


def _with(told: list[ToldEvent], step: Step, event: Event) -> list[ToldEvent]:
    """What people were told, after one more step."""
    if step.word is Word.NONE:
        return told
    others = [other for other in told if other.event != event.id]
    stands = step.word is not Word.WITHDRAWAL
    now = ToldEvent(event.id, event.camera, event.rule, event.triggered, step.incident, stands)
    return [*others, now]
