"""Writes the events page: what happened, shown, with what the brain said about it."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.errors import StoreError
from secondsight.masking import showable
from secondsight.records import Box, Event


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One picture of the page: file relative to the page, and the box to draw over it in percent."""

    path: str
    time: str
    box: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Card:
    """One event, ready to be shown."""

    event: Event
    started: str
    lasted: str
    clip: str | None
    clip_start: float
    pictures: tuple[PagePicture, ...]


def write_page(
    events: Sequence[Event],
    data: Path,
    out: Path,
    *,
    title: str,
    videos: Sequence[Path] = (),
    note: str = "",
    zone: tzinfo = UTC,
) -> Path:
    """Write `out/index.html`, with copies of all clips and frames it shows.

    Args:
        events: what to show, in this order.
        data: the data folder that paths in the events are relative to.
        out: the folder of the page; it is made.
        title: of the page.
        videos: further videos to show on top, such as annotated ones; files inside `out` are linked, others
            copied.
        note: a sentence under the title, such as what the page is about.
        zone: of the times.

    Returns:
        The page's path.

    Raises:
        StoreError: the folder cannot be written.

    Examples:
        >>> from pathlib import Path
        >>> from secondsight.report import write_page
        >>> page = write_page([], Path("data"), Path("page"), title="Night shift")
        >>> page.as_posix(), "Night shift" in page.read_text()
        ('page/index.html', True)
    """
    try:
        return _write(events, data, out, title=title, videos=videos, note=note, zone=zone)
    except OSError as error:
        raise StoreError(f"{out}: the page cannot be written: {error.strerror}") from None


def _write(
    events: Sequence[Event],
    data: Path,
    out: Path,
    *,
    title: str,
    videos: Sequence[Path],
    note: str,
    zone: tzinfo,
) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=PackageLoader("secondsight.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showable,
    )
    page = environment.get_template("events.html").render(
        title=title,
        note=note,
        cards=[_card(event, data, out, zone) for event in events],
        counts=Counter(event.verification.value for event in events),
        videos=[(video.stem, _copied(video, out / "videos" / video.name, out)) for video in videos],
    )
    target = out / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def _card(event: Event, data: Path, out: Path, zone: tzinfo) -> Card:
    pictures = []
    for key in event.key_frames:
        path = _copied(data / key.path, out / "media" / key.path, out)
        if path is not None:
            pictures.append(PagePicture(path, f"{key.time - event.start:+.1f} s", _percent(key.box)))
    clip = None
    if event.clip is not None:
        clip = _copied(data / event.clip.path, out / "media" / event.clip.path, out)
    lasted = "still open" if event.end is None else f"{event.end - event.start:.1f} s"
    offset = event.clip.offset if event.clip else 0.0
    started = f"{datetime.fromtimestamp(event.start, zone):%Y-%m-%d %H:%M:%S} ({zone})"
    return Card(event, started, lasted, clip, offset, tuple(pictures))


def _copied(source: Path, target: Path, out: Path) -> str | None:
    """The file's path relative to the page, copied beside it if need be; None when there is no such file."""
    if source.resolve().is_relative_to(out.resolve()):
        return source.resolve().relative_to(out.resolve()).as_posix()
    if not source.is_file():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return target.relative_to(out).as_posix()


def _percent(box: Box | None) -> tuple[float, float, float, float] | None:
    """Left, top, width, height in percent of the picture."""
    if box is None:
        return None
    return box.x1 * 100, box.y1 * 100, (box.x2 - box.x1) * 100, (box.y2 - box.y1) * 100
