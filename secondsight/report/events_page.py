"""Writes the events page: what happened, shown, with what the brain said about it."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from secondsight.brain import question_sheet
from secondsight.config import SiteConfig
from secondsight.errors import StoreError
from secondsight.event_words import Language, kind_in_words, one_line, verification_in_words
from secondsight.jpeg import jpeg_size
from secondsight.masking import showable
from secondsight.records import Box, Event

_SAID_ZH = {"yes": "是", "no": "否", "unclear": "不清楚"}


@dataclass(frozen=True, slots=True)
class PagePicture:
    """One picture of the page: file relative to the page, and the box to draw over it in percent.

    Attributes:
        size: width and height in pixels; None where the file is no picture.
        close: left, top, width and height of the part around the suspect, in pixels; None where that is not known.
    """

    path: str
    time: str
    box: tuple[float, float, float, float] | None
    size: tuple[int, int] | None = None
    close: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One event, ready to be shown. `answers`: questions in words, each with its answer."""

    event: Event
    camera: str
    kind: str
    verification: str
    answers: tuple[tuple[str, str], ...]
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
    config: SiteConfig | None = None,
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
        config: the site file: titles of cameras, language, zone and questions; without it names, English, UTC.

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
        return _write(events, data, out, _PageWords(config), title=title, videos=videos, note=note)
    except OSError as error:
        raise StoreError(f"{out}: the page cannot be written: {error.strerror}") from None


class _PageWords:
    """How a site speaks to the people who read its page."""

    def __init__(self, config: SiteConfig | None) -> None:
        self._config = config
        self.zone = ZoneInfo("UTC" if config is None else config.site.timezone)
        self.language: Language = "en" if config is None else config.site.language

    def title_of(self, camera: str) -> str:
        return one_line(camera if self._config is None else self._config.title_of(camera))

    def answers(self, event: Event) -> tuple[tuple[str, str], ...]:
        """The questions that the brain was asked, in words as far as they are known, with its answers."""
        if event.verdict is None:
            return ()
        asked: Language = "zh" if ".zh." in event.verdict.prompt_version else "en"
        rule = None if self._config is None else self._config.rules.get(event.rule)
        sheet = question_sheet(event.kind, asked, getattr(rule, "question", None))
        texts = {one.key: one.text for one in sheet.questions}
        said = _SAID_ZH if self.language == "zh" else {}
        return tuple(
            (texts.get(key, key.replace("_", " ")), said.get(answer, answer))
            for key, answer in event.verdict.answers.items()
        )


def _write(
    events: Sequence[Event],
    data: Path,
    out: Path,
    words: _PageWords,
    *,
    title: str,
    videos: Sequence[Path],
    note: str,
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
        language=words.language,
        cards=[_card(event, data, out, words) for event in events],
        counts=[
            (one.value, verification_in_words(one, words.language), count)
            for one, count in sorted(Counter(event.verification for event in events).items())
        ],
        videos=[(video.stem, _copied(video, out / "videos" / video.name, out)) for video in videos],
    )
    target = out / "index.html"
    target.write_text(page, encoding="utf-8")
    return target


def _card(event: Event, data: Path, out: Path, words: _PageWords) -> Card:
    pictures = []
    for key in event.key_frames:
        path = _copied(data / key.path, out / "media" / key.path, out)
        if path is not None:
            size = _size(out / path)
            close = None if size is None or key.box is None else _close(key.box, *size)
            time = f"{key.time - event.start:+.1f} s"
            pictures.append(PagePicture(path, time, _percent(key.box), size, close))
    clip = None
    if event.clip is not None:
        clip = _copied(data / event.clip.path, out / "media" / event.clip.path, out)
    return Card(
        event=event,
        camera=words.title_of(event.camera),
        kind=kind_in_words(event.kind, words.language),
        verification=verification_in_words(event.verification, words.language),
        answers=words.answers(event),
        started=f"{datetime.fromtimestamp(event.start, words.zone):%Y-%m-%d %H:%M:%S} ({words.zone})",
        lasted="" if event.end is None else f"{event.end - event.start:.1f} s",
        clip=clip,
        clip_start=event.clip.offset if event.clip else 0.0,
        pictures=tuple(pictures),
    )


def _size(file: Path) -> tuple[int, int] | None:
    try:
        return jpeg_size(file.read_bytes())
    except ValueError:
        return None


def _close(box: Box, width: int, height: int) -> tuple[float, float, float, float]:
    """The part of a picture around a box, in pixels: the box with half its size more on each side."""
    across, down = (box.x2 - box.x1) / 2, (box.y2 - box.y1) / 2
    left, top = max(0.0, box.x1 - across) * width, max(0.0, box.y1 - down) * height
    right, bottom = min(1.0, box.x2 + across) * width, min(1.0, box.y2 + down) * height
    return left, top, max(1.0, right - left), max(1.0, bottom - top)


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
