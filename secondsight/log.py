"""Structured logs: one event, one line, `key=value` after the event's name, secrets redacted on the way out.

Code logs with the standard library:

    logging.getLogger(__name__).info("camera connected", extra=fields(camera="hall"))
"""

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO

from secondsight.clock import iso
from secondsight.errors import OUT_OF_MEMORY, out_of_memory
from secondsight.foreign import json_line, visible
from secondsight.masking import redact as redact

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Structured fields of one log line, for the `extra` argument of a logger's methods."""
    return {"fields": values}


class _Formatter(logging.Formatter):
    def __init__(self, style: Literal["text", "json"]) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        message, values = redact(_message(record)), _values(record)
        time, level = iso(record.created), record.levelname.lower()
        if self._json:
            return json_line({"time": time, "level": level, "event": message, **values})
        tail = "".join(f" {key}={_plain(value)}" for key, value in values.items())
        return f"{time} {level:7} {visible(message)}{tail}"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a mistake in the call must cost its arguments, not the line
        return str(record.msg)


def _values(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of a record, and its exception, without secrets. Hidden before they are quoted: quoting hides
    a secret's own quotes from whatever looks for it."""
    values: dict[str, Any] = dict(getattr(record, "fields", {}))
    if record.exc_info:
        lacking = out_of_memory(record.exc_info[1])
        values["exception"] = (
            OUT_OF_MEMORY if lacking else logging.Formatter().formatException(record.exc_info)
        )
    return {key: _hidden(value) for key, value in values.items()}


def _hidden(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _hidden(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return redact(str(value))


def _plain(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return json_line(text) if not text.isprintable() or re.search(r"[\s\"=]", text) or not text else text


def forward(put: Callable[[logging.LogRecord], None], level: int) -> None:
    """Hand SecondSight's log records to `put`, such as to send them to another process, which calls `receive`.

    They are made plain: nothing in them refers to what only this process has.
    """
    _replace_handlers(_Forwarder(put)).setLevel(level)


def receive(record: logging.LogRecord) -> None:
    """Log a record of another process as if it had been made here."""
    logging.getLogger(record.name).handle(record)


class _Forwarder(logging.Handler):
    def __init__(self, put: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        plain = {
            key: value if isinstance(value, str | int | float | None) else str(value)
            for key, value in _values(record).items()
        }
        copy = logging.makeLogRecord(
            {
                **record.__dict__,
                "msg": redact(_message(record)),
                "args": None,
                "exc_info": None,
                "fields": plain,
            }
        )
        self._put(copy)


def own(stream: TextIO) -> TextIO:
    """Where our own lines go, if what others print on this stream goes to the log (see `printed`)."""
    behind: TextIO = getattr(stream, "own", stream)
    return behind


def hide_secrets_of_tracebacks() -> None:
    """Let what ends a program or a thread unexpectedly be written to standard error without secrets."""

    def show(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        lacking = out_of_memory(error)
        text = f"{OUT_OF_MEMORY}\n" if lacking else "".join(traceback.format_exception(kind, error, trace))
        own(sys.stderr).write(visible(redact(text), lines=True))

    def of_thread(about: threading.ExceptHookArgs) -> None:
        if about.exc_type is not SystemExit:
            show(about.exc_type, about.exc_value, about.exc_traceback)

    sys.excepthook, threading.excepthook = show, of_thread
    sys.unraisablehook = lambda about: show(about.exc_type, about.exc_value, about.exc_traceback)


def _replace_handlers(handler: logging.Handler) -> logging.Logger:
    """Let `handler` be the only one of SecondSight's logger."""
    logger = logging.getLogger("secondsight")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.propagate = False
    return logger


def configure(
    level: str = "info", style: Literal["text", "json"] = "text", stream: "SupportsWrite[str] | None" = None
) -> logging.Handler:
    """Send SecondSight's log lines to `stream` (standard error by default) and return the handler in place."""
    handler = logging.StreamHandler(stream or own(sys.stderr))
    handler.setFormatter(_Formatter(style))
    _replace_handlers(handler).setLevel(level.upper())
    return handler
