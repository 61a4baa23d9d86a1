"""The live display of a run: cameras in a table that is redrawn in place, trouble below it, events and log lines
above. It never grows beyond the terminal: what is worst comes first, and the others take turns."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Column
from rich.text import Text

from secondsight.cli.output import Grid, Screen, counted, words
from secondsight.cli.progress_words import clock_time, counts, time_left, worth_showing
from secondsight.cli.stores import RunPlace
from secondsight.event_words import kind_in_words, one_line
from secondsight.records import Event, Step, Word
from secondsight.site import CameraStatus, SiteStatus

_FRAME = 6
"""Lines of the terminal that are neither cameras nor trouble: rules and head of the table, the footer, the prompt."""
_TURN = 5.0
"""Seconds for which the cameras of one page are shown."""
_SAID = {
    Word.NONE: "",
    Word.ALERT: "alert",
    Word.WITHDRAWAL: "withdrawn",
    Word.ESCALATION: "nobody has acknowledged it",
}
_URGENT = (Word.ALERT, Word.ESCALATION)
_WORST = {"failed": 0, "retrying": 1, "connecting": 3}
"""How bad a state is; a camera that goes on in spite of an error lies between."""


class LiveTable:
    """A table on the terminal that is redrawn in place; events scroll above it.

    Args:
        place: whose zone, language and titles of cameras hold at this moment.
    """

    def __init__(self, screen: Screen, place: Callable[[], RunPlace] = lambda: RunPlace(Path())) -> None:
        self._screen, self._place = screen, place
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
        place = self._place()
        trouble = _trouble(status, place)
        ranked = sorted(status.cameras, key=_rank)
        if last:
            self._live.update(Group(_table(ranked, place), *trouble, *_totals(status, place)))
            return
        room = max(2, self._screen.console.size.height - _FRAME)
        told = _first(trouble, max(1, room // 2))
        shown = _page(ranked, room - len(told), status.elapsed)
        self._live.update(Group(_table(shown, place), _footer(status, len(shown), place), *told))

    def step(self, step: Step, event: Event) -> None:
        if not worth_showing(step):
            return
        place = self._place()
        style = {"confirmed": "bold green", "rejected": "dim", "unverified": "blue"}.get(
            step.verification.value, "yellow"
        )
        kind = kind_in_words(event.kind, place.language) if place.language != "en" else event.kind
        head = f"{place.time(event.start)}  {place.title_of(event.camera)}  {kind}  "
        line = words(f"{head}{place.word('score')} {event.score:.2f}  ")
        line.append(place.word(step.verification.value), style)
        said = _SAID.get(step.word, step.kind.value)
        line.append(f"  {place.word(said)}", "bold red" if step.word in _URGENT else "")
        self._screen.print(line)


class LinesAbove:
    """A stream for log lines: they scroll above what is redrawn on the same terminal, instead of into it."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def write(self, text: str) -> int:
        if line := text.rstrip("\n"):
            self._screen.print(line, whole=True)
        return len(text)


def _rank(camera: CameraStatus) -> tuple[int, str]:
    """The worst first."""
    return _WORST.get(camera.state, 2 if camera.error else 4), camera.name


def _troubled(camera: CameraStatus) -> bool:
    return camera.error is not None or camera.state in ("failed", "retrying")


def _page(ranked: Sequence[CameraStatus], room: int, elapsed: float) -> Sequence[CameraStatus]:
    """The cameras that fit: those with trouble, and as many of the others as there is room for, in turns."""
    if len(ranked) <= room:
        return ranked
    stay = [camera for camera in ranked if _troubled(camera)][: max(1, room // 2)]
    others = [camera for camera in ranked if camera not in stay]
    free = max(1, room - len(stay))
    first = int(elapsed // _TURN) % -(-len(others) // free) * free
    return [*stay, *others[first : first + free]]


def _table(cameras: Sequence[CameraStatus], place: RunPlace) -> Grid:
    heads = ("camera", "state", "fps", "gated", "detections/s", "drops", "events", "read")
    table = Grid(
        *(Column(place.word(head), no_wrap=True, overflow="ellipsis") for head in heads), expand=True
    )
    for camera in cameras:
        table.row(
            one_line(place.title_of(camera.name)),
            words(place.word(camera.state), "bold red" if _troubled(camera) else ""),
            f"{camera.fps:.0f}",
            f"{camera.gated:.0%}",
            f"{camera.detections_per_s:.1f}",
            counts(camera.drops) or place.word("none"),
            str(camera.candidates),
            ProgressBar(total=1.0, completed=camera.position, width=20)
            if camera.position is not None
            else place.word("live"),
        )
    return table


def _trouble(status: SiteStatus, place: RunPlace) -> list[Text]:
    """One line for the site and for each camera that has an error, also for one that goes on in spite of it."""
    lines = [status.trouble] if status.trouble else []
    lines += [
        f"{place.title_of(camera.name)}: {camera.error}"
        for camera in sorted(status.cameras, key=_rank)
        if camera.error is not None
    ]
    told = [words(one_line(line), "bold red") for line in lines]
    for line in told:
        line.no_wrap, line.overflow = True, "ellipsis"
    return told


def _first(lines: list[Text], most: int) -> list[Text]:
    if len(lines) <= most:
        return lines
    return [
        *lines[: most - 1],
        words(f"and {counted(len(lines) - most + 1, 'more trouble', 'more troubles')}", "red"),
    ]


def _footer(status: SiteStatus, shown: int, place: RunPlace) -> Text:
    word = place.word
    said = _verdicts(status, place) or word("none yet")
    text = f"{word('open cases')} {status.open_cases}   {word('verdicts')} {said}"
    if status.eta is not None:
        text += f"   {word('time left')} {time_left(status)}"
    if shown < len(status.cameras):
        states = Counter(camera.state for camera in status.cameras)
        text += f"   {counted(len(status.cameras), 'camera')}, {shown} shown: {counts(states)}"
    line = words(text)
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _totals(status: SiteStatus, place: RunPlace) -> list[Text]:
    """What the whole run came to."""
    cameras = status.cameras
    frames, looks = sum(one.frames for one in cameras), sum(one.looks for one in cameras)
    dropped: Counter[str] = Counter()
    for camera in cameras:
        dropped.update(camera.drops)
    word = place.word
    lines = [
        f"{word('in all')}: {counted(len(cameras), 'camera')}, {counted(frames, 'frame')}, {counted(looks, 'look')}, "
        f"{counted(sum(one.candidates for one in cameras), 'suspicion')} in {clock_time(status.elapsed)}",
        f"{word('verdicts')} {_verdicts(status, place) or word('none')}   {word('open cases')} {status.open_cases}",
    ]
    if drops := counts(dropped):
        lines.append(f"{word('drops')} {drops}")
    return [words(line) for line in lines]


def _verdicts(status: SiteStatus, place: RunPlace) -> str:
    return counts({place.word(name): count for name, count in status.verdicts.items()})
