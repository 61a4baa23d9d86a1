"""`secondsight feedback`: what people say of events, one by one or in bulk; calibration and filters learn from it."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondsight.cli.output import Grid, Screen, counted, say, say_json
from secondsight.cli.stores import DataOfSite, RunPlace, SiteFile, StoreUrl, run_place, whole_id
from secondsight.errors import ConfigError

if TYPE_CHECKING:
    from secondsight.store import Feedback, FeedbackEntry, Store

_SAID = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class Truth(StrEnum):
    """What can be said of an event."""

    TRUE = "true"
    FALSE = "false"
    UNSURE = "unsure"

    @property
    def said(self) -> bool | None:
        """As it is stored."""
        return {"true": True, "false": False}.get(self.value)


def feedback(
    event: Annotated[str | None, typer.Argument(help="Id of an event, whole or abbreviated.")] = None,
    truth: Annotated[Truth | None, typer.Argument(help="true, false for a false alarm, or unsure.")] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="In bulk: a table (CSV or JSON lines) of event and truth; a folder with `true` and `false` that "
            "hold files called by event; or labels of recordings (docs/truth.md).",
        ),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what was said.")] = False,
    note: Annotated[str | None, typer.Option(help="Why, in words.")] = None,
    author: Annotated[str, typer.Option(help="Who says it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="With --list: one JSON object per line.")] = False,
    site: SiteFile = None,
    data: DataOfSite = None,
    store_url: StoreUrl = None,
) -> None:
    """Say whether an event was true, also while a run goes on. The newest word counts."""
    from secondsight.store import FeedbackEntry

    if (event is not None) + (source is not None) + listed != 1 or (event is None) != (truth is None):
        raise ConfigError(
            "write `secondsight feedback EVENT true` (false, unsure), `--from` a folder or table, or `--list`"
        )
    place = run_place(site, data, store_url)
    if listed:
        with place.open() as store:
            _show(store.feedback.find(), as_json, place)
        return
    with place.open(read_only=False) as store:
        if event is not None:
            assert truth is not None
            event = whole_id(store, event)
            words = [FeedbackEntry(event, truth.said, author, note)]
        else:
            assert source is not None
            words = _read(source, store, author, note)
        unknown = store.feedback.add(words)
    say(f"{counted(len(words) - len(unknown), 'word')} taken down", err=True)
    if unknown:
        shown = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        raise ConfigError(f"no event of this data folder is called {shown} ({len(unknown)} unknown)")


def _read(source: Path, store: "Store", author: str, note: str | None) -> "list[FeedbackEntry]":
    """The words of a folder or file. Raises ConfigError."""
    from secondsight.measure import read_labels, to_feedback
    from secondsight.store import FeedbackEntry

    if not source.exists():
        raise ConfigError("there is no such file or folder", file=str(source), key="--from")
    if source.suffix in (".csv", ".jsonl"):
        return [_word(row, source, line, author, note) for line, row in _rows(source)]
    if source.is_dir() and any((source / side).is_dir() for side in _sides()):
        return [
            FeedbackEntry(path.stem, truth, author, note)
            for side, truth in _sides().items()
            for path in sorted((source / side).glob("*"))
        ]
    return to_feedback(store.events.find(), read_labels(source), author or "labels")


def _sides() -> Mapping[str, bool]:
    return {"true": True, "false": False}


def _rows(source: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Lines of a table with their numbers."""
    try:
        text = source.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"this cannot be read: {reason}", file=str(source)) from None
    if source.suffix == ".csv":
        lines = csv.DictReader(text.splitlines())
        try:
            for row in lines:
                yield lines.line_num, row
        except csv.Error as error:
            raise ConfigError(f"this is no CSV: {error}", file=str(source), line=lines.line_num) from None
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield number, _object(line, source, number)


def _object(line: str, source: Path, number: int) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ConfigError("this line is no JSON object", file=str(source), line=number)
    return row


def _word(row: Mapping[str, Any], source: Path, line: int, author: str, note: str | None) -> "FeedbackEntry":
    from secondsight.store import FeedbackEntry

    event, said = row.get("event"), str(row.get("truth", "")).strip().lower()
    if not isinstance(event, str) or not event.strip() or said not in _SAID:
        raise ConfigError("a line needs `event` and `truth` (true or false)", file=str(source), line=line)
    given = row.get("note")
    why = str(given) if given else note
    return FeedbackEntry(event.strip(), _SAID[said], str(row.get("author") or author), why)


def _show(found: "Sequence[Feedback]", as_json: bool, place: RunPlace) -> None:
    from secondsight.clock import iso
    from secondsight.records import SCHEMA_VERSION

    if as_json:
        for one in found:
            word = {"event": one.entry.event, "truth": one.entry.truth, "author": one.entry.author}
            line = {"schema": SCHEMA_VERSION, "type": "feedback", "time": iso(one.time), **word}
            say_json({**line, "note": one.entry.note})
        return
    table = Grid(place.head("time"), "event", "truth", "author", "note")
    for one in found:
        said = "unsure" if one.entry.truth is None else str(one.entry.truth).lower()
        time = place.time(one.time)
        table.row(time, one.entry.event, said, one.entry.author, one.entry.note or "")
    Screen(wide=True).print(table if found else "nothing was said yet")
