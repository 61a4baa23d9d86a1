"""Fetches one file over HTTP so that it survives bad lines: resumes, retries, and never shows a half-written
file.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from secondsight.errors import ModelError
from secondsight.log import fields, redact

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all or None)."""

_TIMEOUT = httpx.Timeout(30.0, connect=15.0)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_RETRYABLE = (408, 425, 429, 500, 502, 503, 504)
_UNREACHABLE = 1
"""Further tries where no connection was ever made: a machine without network would be waited for in vain."""
_LONGEST_WAIT = 30.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DownloadLimits:
    """What one download may take.

    Attributes:
        bytes: largest file.
        seconds: in all, with its pauses; a server may send a byte now and then for ever.
    """

    bytes: int = 2_000_000_000
    seconds: float = 7200.0


class _Again(Exception):
    """This try failed, the next may not. `wait` is what the server asked for, in seconds."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(why)


_LIMITS = DownloadLimits()


def check_url(url: str, *, allow_http: bool = False) -> None:
    """Refuse what is not encrypted, except on this machine or where the user said so.

    Raises:
        ModelError: not an https address.
    """
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ModelError(f"{redact(url)} is no address: {error}") from None
    if parts.scheme == "https" or (parts.scheme == "http" and (allow_http or parts.host in _LOCAL)):
        return
    raise ModelError(
        f"{redact(url)} is not fetched: only https is trusted. For a server on your own network set it as the "
        "mirror: --mirror or SECONDSIGHT_MODEL_MIRROR"
    )


def fetch(
    url: str,
    target: Path,
    progress: Progress | None = None,
    *,
    allow_http: bool = False,
    same_host: bool = False,
    retries: int = 5,
    limits: DownloadLimits = _LIMITS,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
    rng: random.Random | None = None,
) -> None:
    """Download `url` to `target`, going on where an earlier try of the same file stopped.

    The file grows as `target` + `.part`, beside a note of its address and validator (ETag or Last-Modified);
    the rest is asked for with Range and If-Range, so that a file changed meanwhile, or a server that ignores
    Range, starts it over. `target` appears by rename, complete.

    Args:
        same_host: refuse redirects to other hosts, or to another port.
        retries: further tries after failures in a row; a try that got further than any before starts the count anew.

    Raises:
        ModelError: the address is refused, not there, or keeps failing; the file is too large or takes too long; or
            the disk does not take it.
    """
    check_url(url, allow_http=allow_http)
    asked = httpx.URL(url)

    def check(request: httpx.Request) -> None:
        check_url(str(request.url), allow_http=allow_http)
        if same_host and (request.url.host, request.url.port) != (asked.host, asked.port):
            raise ModelError(
                f"{redact(url)} leads to another host, {request.url.host}; a mirror must hold the files itself"
            )

    rng = rng or random.Random()
    budget = _Budget(url, limits, monotonic)
    failures = furthest = 0
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT, event_hooks={"request": [check]}) as client:
        while True:
            try:
                part = _Part(url, target)
                _continue(client, url, part, progress, budget)
                part.finish()
                return
            except (_Again, httpx.TransportError) as error:
                failures = 1 if part.length > furthest else failures + 1
                furthest = max(furthest, part.length)
                why = redact(str(error) or type(error).__name__)
                unreachable = isinstance(error, httpx.ConnectError) and not furthest
                if failures > (min(retries, _UNREACHABLE) if unreachable else retries):
                    hint = "this machine may have no network: " if unreachable else "try again later, or "
                    raise ModelError(
                        f"{redact(url)} cannot be fetched: {why}; {hint}set a folder or another server that has the "
                        "file with --mirror"
                    ) from None
                wanted = error.wait if isinstance(error, _Again) else None
                wait = min(
                    _LONGEST_WAIT, wanted if wanted is not None else 0.25 * 2**failures * (0.5 + rng.random())
                )
                budget.check_time()
                _log.warning("download interrupted", extra=fields(url=url, why=why, retry_in=wait))
                sleep(wait)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise ModelError(f"{redact(url)} cannot be fetched: {redact(str(error))}") from None
            except OSError as error:
                raise ModelError(f"{target} cannot be written: {error.strerror or error}") from None


def fetch_from_mirror(
    mirror: str,
    name: str,
    target: Path,
    progress: Progress | None = None,
    *,
    retries: int,
    limits: DownloadLimits,
) -> str:
    """Bring one file of a mirror to `target`.

    Args:
        mirror: a folder, or an address; it may be plain http, as naming a mirror is trusting it.
        name: of the file in the mirror.
        target, progress, retries, limits: as of `fetch`.

    Returns:
        Where the file came from.

    Raises:
        ModelError: the mirror does not have it, or it cannot be fetched.
    """
    mirror = mirror.removeprefix("file://")
    if "://" in mirror:
        url = f"{mirror.rstrip('/')}/{name}"
        fetch(url, target, progress, allow_http=True, same_host=True, retries=retries, limits=limits)
        return url
    file = Path(mirror) / name
    if not file.is_file():
        raise ModelError(f"the mirror has no {file}; copy the model there under this name")
    target.unlink(missing_ok=True)
    shutil.copyfile(file, target)
    if progress:
        progress(target.stat().st_size, target.stat().st_size)
    return f"file:{file.resolve()}"


class _Budget:
    """What is left of the limits."""

    def __init__(self, url: str, limits: DownloadLimits, monotonic: Callable[[], float]) -> None:
        self._url, self._limits, self._monotonic = url, limits, monotonic
        self._end = monotonic() + limits.seconds

    def check_size(self, size: int | None, part: _Part) -> None:
        """Raises ModelError when a file of `size` bytes is too large."""
        if size is not None and size > self._limits.bytes:
            part.discard()
            raise ModelError(
                f"{redact(self._url)} is larger than {self._limits.bytes / 1e6:g} MB and was not kept; "
                "if that is right, allow more with --max-mb"
            )

    def check_time(self) -> None:
        """Raises ModelError when time is over."""
        if self._monotonic() >= self._end:
            raise ModelError(
                f"{redact(self._url)} took longer than {self._limits.seconds / 60:g} minutes; the next pull goes on "
                "where this one stopped, or allow more with --max-minutes"
            )


class _Part:
    """The unfinished file and the note that says of what."""

    def __init__(self, url: str, target: Path) -> None:
        self._target = target
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        # Only the hash of the address is kept: it may hold a token.
        self._origin = hashlib.sha256(url.encode()).hexdigest()
        self.validator = self._read_note()
        if not self.validator:
            self.path.unlink(missing_ok=True)

    @property
    def length(self) -> int:
        """Bytes we have."""
        return self.path.stat().st_size if self.path.exists() else 0

    def discard(self) -> None:
        """Remove it."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def restart(self, validator: str) -> None:
        """Forget what we have; what follows belongs to `validator` (empty: it cannot be resumed)."""
        self.discard()  # never written through a link
        self.path.touch(exist_ok=False)
        self.validator = validator
        self._note.write_text(json.dumps({"origin": self._origin, "validator": validator}), encoding="utf-8")

    def finish(self) -> None:
        """Rename the complete file to its place."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self.path.replace(self._target)
        self._note.unlink(missing_ok=True)

    def _read_note(self) -> str:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["validator"]) if note["origin"] == self._origin else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _continue(
    client: httpx.Client, url: str, part: _Part, progress: Progress | None, budget: _Budget
) -> None:
    """One request: append what is missing. Raises _Again or httpx errors when it did not get to the end."""
    headers = {"Accept-Encoding": "identity"}
    if part.length and part.validator:
        headers |= {"Range": f"bytes={part.length}-", "If-Range": part.validator}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416 and part.length:
            part.path.unlink()
            raise _Again("the server holds fewer bytes than we have; starting over", wait=0.0)
        _check_status(response, url)
        start = _start_of(response)
        if start is None:
            part.restart(_validator(response))
        elif start != part.length or _validator(response) not in ("", part.validator):
            part.path.unlink(missing_ok=True)
            raise _Again("the server sent another range or file than asked for", wait=0.0)
        done = part.length
        total = _total(response, done)
        budget.check_size(total, part)
        with part.path.open("ab") as file:
            # No chunk size: httpx would hold back a chunk's beginning, and lose it when the line breaks.
            for chunk in response.iter_raw():
                file.write(chunk)
                done += len(chunk)
                budget.check_size(done, part)
                budget.check_time()
                if progress:
                    progress(done, total)
    if total is not None and done != total:
        raise _Again(f"the line broke after {done} of {total} bytes")


def _check_status(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status in (200, 206):
        return
    where = f"{redact(url)} answers {status}"
    if status in _RETRYABLE:
        asked = response.headers.get("Retry-After", "")
        raise _Again(where, wait=float(asked) if asked.isdigit() else None)
    if status in (401, 403):
        raise ModelError(f"{where}: access denied; get the file another way and `secondsight models add` it")
    if status in (404, 410):
        raise ModelError(
            f"{where}: the file is not there (any more); set a mirror, or `models add` a file you have"
        )
    raise ModelError(f"{where}: the file cannot be had from there")


def _start_of(response: httpx.Response) -> int | None:
    """First byte of a partial answer; None for a whole one."""
    if response.status_code != 206:
        return None
    value = response.headers.get("Content-Range", "")
    first = value.removeprefix("bytes ").split("-")[0].strip()
    return int(first) if first.isdigit() else -1


def _total(response: httpx.Response, done: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return done + int(length) if length.isdigit() else None


def _validator(response: httpx.Response) -> str:
    """What If-Range may hold: a strong ETag, else the date of the last change."""
    etag = str(response.headers.get("ETag", ""))
    if etag and not etag.startswith("W/"):
        return etag
    return str(response.headers.get("Last-Modified", ""))
