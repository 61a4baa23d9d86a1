"""One site file that programs change: proposed and checked first, then saved whole, kept, and revertible."""

import difflib
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secondsight.clock import Clock, SystemClock
from secondsight.config.editing.credentials import check_references, keep_apart, written_env
from secondsight.config.editing.edits import SiteEdit, applied
from secondsight.config.editing.files import locked, replace_file
from secondsight.config.editing.history import BY_HAND, SiteHistory, SiteVersion, digest_of
from secondsight.config.editing.splice import splice
from secondsight.config.loader import load_text
from secondsight.config.reading.confidential import remember
from secondsight.config.reading.environment import read_environment
from secondsight.config.reading.yaml_document import parse, read_text
from secondsight.config.sections.site import SiteConfig
from secondsight.errors import ConfigError, RefusedError
from secondsight.masking import redact


@dataclass(frozen=True, slots=True)
class SiteProposal:
    """A checked change that is not saved yet.

    Attributes:
        what: changes, in words.
        diff: from the file as it is, unified, without secrets.
        config: the site as it would be.
        base: digest of the file that it starts from.
        data: the file as it would be.
        variables: what `.env` gets, besides.
    """

    what: str
    diff: str
    config: SiteConfig
    base: str
    data: bytes = field(repr=False)
    variables: Mapping[str, str] = field(repr=False, default_factory=dict)


class SiteFile:
    """A site file, its `.env`, and its kept versions. Thread-safe; two programs may use the same file.

    Args:
        path: the site file.
        clock: the machine's by default.
        environ: variables; the process's environment by default.
    """

    def __init__(
        self, path: Path, clock: Clock | None = None, environ: Mapping[str, str] | None = None
    ) -> None:
        self.path = path
        self._clock, self._environ = clock or SystemClock(), environ
        self._history = SiteHistory(path.resolve().parent / f".{path.resolve().name}.history")

    def values(self) -> dict[str, Any]:
        """What stands in the file, as plain values; `${NAME}` is not replaced. Raises ConfigError."""
        return parse(read_text(self.path), str(self.path)).values

    def config(self) -> SiteConfig:
        """The site as the file describes it now. Raises ConfigError."""
        return self._checked(read_text(self.path), {})

    def propose(self, edit: SiteEdit, *, by_page: bool = True) -> SiteProposal:
        """Check a change without making it.

        Args:
            by_page: it comes through a page or the API, where no variable can be named that does not stand there yet.

        Raises:
            ConfigError: the site would be none; with file, line and key of every mistake.
            RefusedError: there is nothing to change, or the text cannot be changed safely.
        """
        text = read_text(self.path)
        values = parse(text, str(self.path)).values
        changed = applied(values, edit)
        variables: dict[str, str] = {}
        if edit.place[0] == "cameras" and len(edit.place) > 1 and edit.value is not None:
            camera = edit.place[1]
            old, new = _section(values, camera), _section(changed, camera)
            taken = read_environment(self.path.parent, self._environ)
            changed["cameras"][camera], variables = keep_apart(camera, old, new, taken)
        if by_page:
            top = edit.place[:2]
            check_references(edit.name, _at(values, top), _without_made(changed, top, variables))
        what = f"{edit.name} {_verb(values, edit)}"
        return self._proposal(splice(text, changed, str(self.path)), what, variables)

    def tried(self, edit: SiteEdit) -> SiteConfig:
        """The site as it would be with a change that is not saved. Raises as `propose`."""
        values = parse(read_text(self.path), str(self.path)).values
        changed = applied(values, edit)
        check_references(edit.name, _at(values, edit.place[:2]), _without_made(changed, edit.place[:2], {}))
        return self._checked(json.dumps(changed, default=str), {})

    def propose_revert(self, number: int) -> SiteProposal:
        """Check going back to a kept version. Raises ConfigError, RefusedError."""
        data = self._history.data_of(number)
        return self._proposal(data.decode("utf-8-sig"), f"reverted to version {number}", {}, data)

    def save(self, proposal: SiteProposal, author: str) -> SiteVersion:
        """Make a proposed change. A running site takes it over when it is told to (`Site.apply`).

        Raises:
            RefusedError: the file has changed since, or nothing would change.
            StoreError: it cannot be written; the file is as it was.
        """
        with locked(self._history.folder):
            before = self._data()
            if digest_of(before) != proposal.base:
                raise RefusedError("the site file has changed meanwhile; look at the difference again")
            if before == proposal.data:
                raise RefusedError("nothing would change")
            self._keep_edited_by_hand(before)
            version = SiteVersion(
                self._history.next_number(),
                self._clock.now(),
                author,
                proposal.what,
                digest_of(proposal.data),
            )
            self._history.copy(version.number, proposal.data)
            if proposal.variables:
                env = self.path.parent / ".env"
                replace_file(env, written_env(env, proposal.variables), 0o600)
            replace_file(self.path, proposal.data, stat.S_IMODE(self.path.stat().st_mode))
            self._history.enter(version)
            return version

    def versions(self) -> list[SiteVersion]:
        """Every kept version, oldest first. Raises ConfigError, StoreError."""
        return self._history.versions()

    def diff_of(self, number: int) -> str:
        """What a version changed, unified, without secrets. Raises RefusedError, ConfigError, StoreError."""
        data = self._history.data_of(number)
        before = max((one.number for one in self.versions() if one.number < number), default=None)
        old = b"" if before is None else self._history.data_of(before)
        return _diff(old, data, f"version {before or 0}", f"version {number}")

    def diff_by_hand(self) -> str:
        """What was changed by hand since the newest version; empty for nothing. Raises ConfigError, StoreError."""
        versions = self.versions()
        if not versions:
            return ""
        newest = versions[-1].number
        return _diff(self._history.data_of(newest), self._data(), f"version {newest}", self.path.name)

    def _proposal(
        self, text: str, what: str, variables: Mapping[str, str], data: bytes | None = None
    ) -> SiteProposal:
        before, after = self._data(), text.encode() if data is None else data
        config = self._checked(text, variables)
        diff = _diff(before, after, self.path.name, f"{self.path.name}, changed")
        return SiteProposal(what, diff, config, digest_of(before), after, variables)

    def _checked(self, text: str, variables: Mapping[str, str]) -> SiteConfig:
        environ = os.environ if self._environ is None else self._environ
        return load_text(text, self.path, {**environ, **variables})

    def _data(self) -> bytes:
        read_text(self.path)  # says in words what keeps it from being read
        return self.path.read_bytes()

    def _keep_edited_by_hand(self, data: bytes) -> None:
        versions = self._history.versions()
        if versions and versions[-1].digest == digest_of(data):
            return
        changed = self.path.stat().st_mtime
        self._history.keep(
            SiteVersion(self._history.next_number(), changed, "", BY_HAND, digest_of(data)), data
        )


def _without_made(values: Mapping[str, Any], place: tuple[str, ...], variables: Mapping[str, str]) -> Any:
    """What stands at a place, without the references that this very change has made."""
    value = _at(values, place)
    if variables and isinstance(value, Mapping):
        return {key: one for key, one in value.items() if key != "source"}
    return value


def _at(values: Any, place: tuple[str, ...]) -> Any:
    for part in place:
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _section(values: Mapping[str, Any], camera: str) -> Mapping[str, Any]:
    section = _at(values, ("cameras", camera))
    return section if isinstance(section, Mapping) else {}


def _verb(values: Mapping[str, Any], edit: SiteEdit) -> str:
    if edit.value is None:
        return "removed"
    return "added" if _at(values, edit.place) is None else "changed"


def _text(data: bytes, name: str) -> str:
    """The text of a site file; what is secret in it is known from now on."""
    text = data.decode("utf-8-sig", "replace")
    with suppress(ConfigError):
        remember(parse(text, name).values)
    return text


def _diff(old: bytes, new: bytes, old_name: str, new_name: str) -> str:
    before, after = _text(old, old_name).splitlines(), _text(new, new_name).splitlines()
    lines = difflib.unified_diff(before, after, old_name, new_name, lineterm="")
    return "\n".join(redact(line) for line in lines)
