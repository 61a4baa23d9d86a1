"""What is printed by code that is not ours becomes log lines: standard output belongs to the program's own lines."""

import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from secondsight.log import fields, own

_log = logging.getLogger("secondsight.printed")

_LONGEST = 2000
"""Characters of one line that are kept."""
_speaker = threading.local()


@contextmanager
def printing_as(**who: object) -> Iterator[None]:
    """Say in the log whose code printed what this thread prints meanwhile."""
    before = getattr(_speaker, "who", {})
    _speaker.who = who
    try:
        yield
    finally:
        _speaker.who = before


class PrintedLines(io.TextIOBase):
    """A text stream whose lines go to the log. Each thread has its own unfinished line.

    Attributes:
        own: the stream that it stands in front of; see `log.own`.
    """

    def __init__(self, own: TextIO) -> None:
        self.own, self._thread = own, threading.local()

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Log each line that is complete."""
        if getattr(self._thread, "busy", False):  # the log's own handler has failed, and says so
            return len(text)
        *lines, rest = (getattr(self._thread, "rest", "") + text).split("\n")
        if len(rest) > _LONGEST:
            lines, rest = [*lines, rest], ""
        self._thread.rest, self._thread.busy = rest, True
        try:
            for line in filter(str.strip, lines):
                _log.info("printed", extra=fields(**getattr(_speaker, "who", {}), text=line[:_LONGEST]))
        finally:
            self._thread.busy = False
        return len(text)


@contextmanager
def printed_to_log() -> Iterator[None]:
    """Let what Python code prints go to the log. Our own lines are written to `log.own(sys.stdout)`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (PrintedLines(own(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def native_prints_to_stderr() -> Iterator[None]:
    """Let what native code prints on standard output go to standard error, while ours goes where it went."""
    before = sys.stdout
    try:
        number = before.fileno()
    except (OSError, ValueError):  # no real file, as in tests of the command
        number = -1
    if number != 1:
        yield
        return
    before.flush()
    kept = os.dup(1)
    with os.fdopen(os.dup(1), "w", encoding=before.encoding, errors=before.errors) as ours:
        sys.stdout = ours
        os.dup2(2, 1)
        try:
            yield
        finally:
            sys.stdout = before
            os.dup2(kept, 1)
            os.close(kept)
