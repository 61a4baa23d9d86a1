"""Shows a run while it runs: a live table on a terminal, plain log lines without one, JSON lines when asked for."""

import logging
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.text import Text

from secondsight.cli.output import Grid, Screen, say_json, words
from secondsight.clock import iso
from secondsight.event_json import event_to_json
from secondsight.log import fields, own
from secondsight.records import STEP_SCHEMA_VERSION, Event, Step, StepKind, Word
from secondsight.site import SiteStatus, status_to_json

_log = logging.getLogger("secondsight.run")

_SAID = {
    Word.NONE: "",
    Word.ALERT: "alert",
    Word.WITHDRAWAL: "withdrawn",
    Word.ESCALATION: "nobody has acknowledged it",
}
_URGENT = (Word.ALERT, Word.ESCALATION)


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
                    drops=_counts(camera.drops),
                    done="" if camera.position is None else f"{camera.position:.0%}",
                ),
            )
        _log.info(
            "site",
            extra=fields(
                open_cases=status.open_cases,
                verdicts=_counts(status.verdicts),
                eta=_eta(status),
                trouble=status.trouble or "",
            ),
        )

    def step(self, step: Step, event: Event) -> None:
        if not _worth_showing(step):
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


class LiveTable:
    """A table on the terminal that is redrawn in place; events scroll above it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._live = Live(
            console=screen.console, refresh_per_second=4, redirect_stdout=False, redirect_stderr=False
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, value, trace)

    def __rich__(self) -> RenderableType:
        """The table as it is now."""
        return self._live.renderable

    def show(self, status: SiteStatus, *, last: bool = False) -> None:
        self._live.update(Group(_table(status), *_footer(status)))

    def step(self, step: Step, event: Event) -> None:
        if not _worth_showing(step):
            return
        style = {"confirmed": "bold green", "rejected": "dim", "unverified": "blue"}.get(
            step.verification.value, "yellow"
        )
        line = words(f"{iso(event.start)}  {event.camera}  {event.kind}  score {event.score:.2f}  ")
        line.append(step.verification.value, style)
        said = _SAID.get(step.word, step.kind.value)
        line.append(f"  {said}", "bold red" if step.word in _URGENT else "")
        self._screen.print(line)


def _worth_showing(step: Step) -> bool:
    """What people are told, and what was decided without a word to them."""
    return step.word is not Word.NONE or step.kind is StepKind.VERIFIED


def _table(status: SiteStatus) -> Grid:
    heads = ("camera", "state", "fps", "gated", "detections/s", "drops", "events", "read")
    table = Grid(*heads, expand=True)
    for camera in status.cameras:
        table.row(
            camera.name,
            camera.state
            if camera.error is None or camera.state == "live"
            else f"{camera.state}: {camera.error}",
            f"{camera.fps:.0f}",
            f"{camera.gated:.0%}",
            f"{camera.detections_per_s:.1f}",
            _counts(camera.drops) or "none",
            str(camera.candidates),
            ProgressBar(total=1.0, completed=camera.position, width=20)
            if camera.position is not None
            else "live",
        )
    return table


def _footer(status: SiteStatus) -> list[Text]:
    text = f"open cases {status.open_cases}   verdicts {_counts(status.verdicts) or 'none yet'}"
    if status.eta is not None:
        text += f"   time left {_eta(status)}"
    lines = [words(text)]
    if status.trouble:
        lines.append(words(status.trouble, "bold red"))
    return lines


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items() if count)


def _eta(status: SiteStatus) -> str:
    if status.eta is None:
        return ""
    minutes, seconds = divmod(int(status.eta + 0.5), 60)
    return f"{minutes}:{seconds:02d}"


def make_display(as_json: bool, screen: Screen | None = None, version: int = STEP_SCHEMA_VERSION) -> Display:
    """The display that fits where the output goes; `version` is that of JSON lines."""
    if as_json:
        return JsonLines(version=version)
    screen = screen or Screen()
    return LiveTable(screen) if screen.console.is_terminal else PlainLines()
