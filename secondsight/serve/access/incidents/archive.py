"""An event as one archive to hand over: its files, all that is known of it as JSON, the hash of each part, and a
page that shows all of it without a server."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from jinja2 import Environment, StrictUndefined, Template

from secondsight.clock import iso
from secondsight.errors import SourceError
from secondsight.event_json import event_to_json, step_to_json
from secondsight.foreign import visible
from secondsight.masking import redact
from secondsight.media import cut_footage, find_segments
from secondsight.records import Call, Event, snapshot_path
from secondsight.serve.access.events import feedback_on
from secondsight.serve.access.files import file_of
from secondsight.serve.access.incidents.inspection import Inspection, inspect
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.site import ServedSite

_IN_MEMORY = 8_000_000
"""Bytes of an archive beyond which it is made on disk."""
_CHUNK = 65536
_AROUND, _LONGEST = 30.0, 900.0
"""Seconds of footage before and after an event, and at most."""


@dataclass(frozen=True, slots=True)
class EventArchive:
    """A ZIP file.

    Attributes:
        name: of the file.
        content: open at its beginning; closed by who takes it.
    """

    name: str
    content: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """The content piece by piece; closes it."""
        with self.content:
            while chunk := self.content.read(_CHUNK):
                yield chunk


def archive(site: ServedSite, person: Principal, id: str, language: Literal["en", "zh"]) -> EventArchive:
    """Pack an event. Files that are gone are left out, and the page says so.

    Args:
        language: of the page.

    Raises:
        UnknownError: there is no such event.
    """
    shown = inspect(site, person, id)
    content: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by who takes it
    with ZipFile(content, "w", ZIP_DEFLATED) as packed:
        sums = {name: _add_file(packed, name, path) for name, path in _files(site, shown.event)}
        if pieces := _footage(site, shown.event):
            sums["footage.mp4"] = _add_pieces(packed, "footage.mp4", pieces)
        calls = _calls(site, shown)
        parts = {
            "event.json": event_to_json(shown.event),
            "steps.json": [step_to_json(step) for step in shown.steps],
            "verdicts.json": [_plain(one) for one in site.store.cases.verdicts(id)],
            "feedback.json": [_plain(one) for one in feedback_on(site, person, id)],
            "ledger.json": [_plain(call) for call in calls],
        }
        for name, values in parts.items():
            text = json.dumps(values, ensure_ascii=False, indent=1, default=str)
            sums[name] = _add_text(packed, name, text)
        page = _page(site, shown, calls, sums, language)
        sums["index.html"] = _add_text(packed, "index.html", page)
        packed.writestr("SHA256SUMS", "".join(f"{digest}  {name}\n" for name, digest in sums.items()))
    content.seek(0)
    return EventArchive(f"event-{re.sub(r'[^A-Za-z0-9._-]', '_', id)}.zip", content)


def _files(site: ServedSite, event: Event) -> Iterator[tuple[str, Path]]:
    """Names in the archive, and the files that there still are."""
    wanted = [
        ("clip.mp4", event.clip.path if event.clip is not None else None),
        ("snapshot.jpg", snapshot_path(event)),
        *((f"key-frame-{number}.jpg", frame.path) for number, frame in enumerate(event.key_frames)),
    ]
    for name, path in wanted:
        try:
            yield name, file_of(site.data, path, "file")
        except UnknownError:
            continue


def _footage(site: ServedSite, event: Event) -> Iterator[bytes] | None:
    """What was recorded around the event, if anything."""
    since = event.start - _AROUND
    until = min((event.end or event.triggered) + _AROUND, since + _LONGEST)
    try:
        return cut_footage(site.data, find_segments(site.data, event.camera, since, until), since, until)
    except SourceError:
        return None


def _calls(site: ServedSite, shown: Inspection) -> list[Call]:
    """What was asked of large models about it, also as part of a case that it was merged into."""
    cases = {shown.event.id}
    if shown.case is not None and shown.case.merged_into is not None:
        cases.add(shown.case.merged_into)
    return site.store.ledger.find(cases=sorted(cases))


def _add_file(packed: ZipFile, name: str, path: Path) -> str:
    digest = hashlib.sha256()
    entry = ZipInfo.from_file(path, name)
    entry.compress_type = ZIP_STORED
    with path.open("rb") as source, packed.open(entry, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _add_pieces(packed: ZipFile, name: str, pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    entry = ZipInfo(name)
    entry.compress_type = ZIP_STORED
    with packed.open(entry, "w", force_zip64=True) as target:
        for piece in pieces:
            digest.update(piece)
            target.write(piece)
    return digest.hexdigest()


def _add_text(packed: ZipFile, name: str, text: str) -> str:
    data = text.encode()
    packed.writestr(name, data)
    return hashlib.sha256(data).hexdigest()


def _plain(record: Any) -> Any:
    """A record as values for JSON; times as they are stored, UTC seconds."""
    from dataclasses import asdict

    return asdict(record)


def _page(
    site: ServedSite,
    shown: Inspection,
    calls: list[Call],
    sums: dict[str, str],
    language: Literal["en", "zh"],
) -> str:
    return _template().render(
        shown=shown,
        calls=calls,
        sums=dict(sums),
        language=language,
        site=site.name,
        camera=site.title_of(shown.event.camera),
        made=iso(site.clock.now()),
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["outside"] = lambda text: visible(redact(text), lines=True) if text else ""
    made.filters["utc"] = iso
    return made.from_string(
        files("secondsight.serve.access.incidents").joinpath("archive.html").read_text("utf-8")
    )
