"""Shows a run while it runs: a live table on a terminal, plain log lines without one, JSON lines when asked for."""

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, Self

from secondsight.cli.live_table import LiveTable
from secondsight.cli.output import Screen, say_json
from secondsight.cli.progress_words import counts, time_left, worth_showing
from secondsight.cli.stores import RunPlace
from secondsight.clock import iso
from secondsight.event_json import event_to_json
from secondsight.log import fields, own
from secondsight.records import STEP_SCHEMA_VERSION, Event, Step, StepKind
from secondsight.site import SiteStatus, status_to_json

_log = logging.getLogger("secondsight.run")


class Display(AbstractContextManager["Display"], Protocol):
    """Where progress and events go."""

    def show(self, status: SiteStatus, *, last: bool = False) -> None:
        """Called a few times a second; `last`: the run is over and these figures are final."""
        ...

    def step(self, step: Step, event: Event) -> None:
        """Called for each step of an event, as it is published."""
        ...


class JsonLines:
    """One JSON object per line on standard output: steps of events, progress every `every` seconds.

    Args:
        version: of the form of events; 1 writes events as they settle instead of their steps.
    """

    def __init__(self, every: float = 5.0, version: int = STEP_SCHEMA_VERSION) -> None:
        self._every, self._next, self._version = every, 0.0, version

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        own(sys.stdout).flush()

    def show(self, status: SiteStatus, *, last: bool = False) -> None:
        if last or status.elapsed >= self._next:
            self._next = status.elapsed + self._every
            say_json(status_to_json(status))

    def step(self, step: Step, event: Event) -> None:
        if self._version == STEP_SCHEMA_VERSION:
            say_json(event_to_json(event, step))
        elif step.kind is StepKind.VERIFIED:
            say_json(event_to_json(event))


class PlainLines:
    """Log lines for runs without a terminal: what people are told, and every camera's figures once in a while."""

    def __init__(self, every: float = 10.0) -> None:
        self._every, self._next = every, every

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, status: SiteStatus, *, last: bool = False) -> None:
        if status.elapsed < self._next and not last:
            return
        self._next = status.elapsed + self._every
        for camera in status.cameras:
            _log.info(
                "camera",
                extra=fields(
                    name=camera.name,
                    state=camera.state,
                    fps=round(camera.fps, 1),
                    gated=f"{camera.gated:.0%}",
                    detections_per_s=round(camera.detections_per_s, 1),
                    drops=counts(camera.drops),
                    done="" if camera.position is None else f"{camera.position:.0%}",
                ),
            )
        _log.info(
            "site",
            extra=fields(
                open_cases=status.open_cases,
                verdicts=counts(status.verdicts),
                eta=time_left(status),
                trouble=status.trouble or "",
            ),
        )

    def step(self, step: Step, event: Event) -> None:
        if not worth_showing(step):
            return
        _log.info(
            "event",
            extra=fields(
                id=event.id,
                camera=event.camera,
                kind=event.kind,
                start=iso(event.start),
                score=event.score,
                verification=step.verification.value,
                step=step.kind.value,
                word=step.word.value,
                note=step.note or event.note or "",
            ),
        )


def make_display(
    as_json: bool,
    screen: Screen | None = None,
    place: Callable[[], RunPlace] | None = None,
    version: int = STEP_SCHEMA_VERSION,
) -> Display:
    """The display that fits where the output goes.

    Args:
        place: whose zone, language and titles of cameras hold at this moment; UTC, English and names by default.
        version: of JSON lines.
    """
    if as_json:
        return JsonLines(version=version)
    screen = screen or Screen()
    if not screen.console.is_terminal:
        return PlainLines()
    return LiveTable(screen, place) if place is not None else LiveTable(screen)
