"""Makes notices: of what the store holds, and of nothing, to try a channel."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from secondsight.clock import Clock
from secondsight.config import ChannelSettings, SiteConfig
from secondsight.event_words import one_line
from secondsight.records import (
    Egress,
    Event,
    Severity,
    Step,
    StepKind,
    Verification,
    Word,
    snapshot_path,
)
from secondsight.serve.alerts.channel import Notice
from secondsight.serve.alerts.receivers import is_here
from secondsight.serve.alerts.routing import about
from secondsight.serve.alerts.wording import sentence
from secondsight.store import Delivery, Store

_SNAPSHOT_TIME = 0.5
"""Seconds after which a snapshot does not come any more."""

SeverityOf = Callable[[Event], Severity]
"""How bad an event is, by its rule."""


def severity_in(config: SiteConfig) -> SeverityOf:
    """How bad events of this site are: as their rules say; medium where the rule is gone."""

    def severity(event: Event) -> Severity:
        rule = config.rules.get(event.rule)
        return Severity.MEDIUM if rule is None else rule.severity

    return severity


class NoticeMaker:
    """Makes the notices of one channel.

    Args:
        settings: of the channel.
        severity: of events.
    """

    def __init__(
        self, config: SiteConfig, settings: ChannelSettings, store: Store, severity: SeverityOf, clock: Clock
    ) -> None:
        self._config, self._settings = config, settings
        self._store, self._severity, self._clock = store, severity, clock

    def awaits_picture(self, notice: Notice) -> bool:
        """Whether the notice is so new that its snapshot may come at any moment, and the channel shows it."""
        new = self._clock.now() - notice.step.time < _SNAPSHOT_TIME
        return self._settings.pictures and not notice.pictures and new and notice.step.kind is StepKind.RAISED

    def make(self, delivery: Delivery) -> Notice | None:
        """The notice of a delivery; None where its event is gone. Raises StoreError."""
        event = self._store.events.get(delivery.event)
        steps = self._store.steps.of(delivery.event)
        step = next((step for step in steps if step.number == delivery.number), None)
        if event is None or step is None:
            return None
        if step.word in (Word.UPDATE, Word.ESCALATION) and not self._store.deliveries.had_word(
            delivery.channel, about(step), delivery.position
        ):
            step = replace(step, word=Word.ALERT)
        info, camera = self._config.site, self._config.title_of(event.camera)
        return Notice(
            step=step,
            event=event,
            site=one_line(info.name),
            camera=one_line(camera),
            severity=self._severity(event),
            text=sentence(step, event, info.language, info.timezone, camera),
            pictures=tuple(pictures_of(self._config, self._settings, event)),
        )


def pictures_of(config: SiteConfig, settings: ChannelSettings, event: Event) -> Iterator[Path]:
    """The pictures of an event that may go to a channel and are there: the snapshot, then key frames."""
    if not settings.pictures:
        return
    if config.egress_of(event.camera) is Egress.LOCAL_ONLY and not is_here(settings):
        return
    for path in (snapshot_path(event), *(frame.path for frame in event.key_frames)):
        if (file := config.data / path).is_file():
            yield file


def sample_notice(config: SiteConfig, now: float) -> Notice:
    """A notice of an event that never was, to try a channel; its kind is `test`."""
    camera = next(iter(config.cameras))
    event = Event(
        id=f"test-{int(now * 1000)}",
        camera=camera,
        rule="test",
        kind="test",
        start=now,
        triggered=now,
        end=None,
        score=0.0,
        label="",
        zone=None,
        tracks=(),
        verification=Verification.UNVERIFIED,
        settled=False,
        alert=True,
        note="a test message; nothing has happened",
    )
    step = Step(
        event=event.id,
        number=1,
        kind=StepKind.RAISED,
        time=now,
        verification=Verification.UNVERIFIED,
        settled=False,
        word=Word.ALERT,
    )
    info, title = config.site, config.title_of(camera)
    text = sentence(step, event, info.language, info.timezone, title)
    return Notice(step, event, one_line(info.name), one_line(title), Severity.LOW, text)
