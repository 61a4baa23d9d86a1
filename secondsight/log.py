"""Structured logs: one event, one line, `key=value` after the event's name, secrets redacted on the way out.

Code logs with the standard library:

    logging.getLogger(__name__).info("camera connected", extra=fields(camera="hall"))
"""

import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any, Literal, TextIO

from secondsight.clock import iso

_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]*(?::[^/\s]*)?@", re.IGNORECASE)
_QUERY_SECRET = re.compile(
    r"(?P<name>(?<![a-z0-9])(?:password|passwd|pwd|pass|token|api[_-]?key|apikey|secret|signature|sig|auth)=)[^&\s\"']+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<name>bearer\s+)[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE)
_KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{8,}")


def redact(text: str) -> str:
    """`text` without credentials: user:password in URLs, secret query parameters, bearer tokens, `sk-` keys.

    >>> redact("rtsp://admin:s3cret@10.0.0.5/stream?token=abc&x=1")
    'rtsp://***@10.0.0.5/stream?token=***&x=1'
    """
    text = _CREDENTIALS.sub(r"\g<scheme>***@", text)
    text = _QUERY_SECRET.sub(r"\g<name>***", text)
    text = _BEARER.sub(r"\g<name>***", text)
    return _KEY.sub("sk-***", text)


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Structured fields of one log line, for the `extra` argument of a logger's methods."""
    return {"fields": values}


class _Formatter(logging.Formatter):
    def __init__(self, style: Literal["text", "json"]) -> None:
        super().__init__()
        self._json = style == "json"

    def format(self, record: logging.LogRecord) -> str:
        values: dict[str, Any] = getattr(record, "fields", {})
        if record.exc_info:
            values = {**values, "exception": self.formatException(record.exc_info)}
        message = record.getMessage()
        if self._json:
            line = json.dumps(
                {"time": iso(record.created), "level": record.levelname.lower(), "event": message, **values},
                default=str,
                ensure_ascii=False,
            )
        else:
            tail = "".join(f" {key}={_plain(value)}" for key, value in values.items())
            line = f"{iso(record.created)} {record.levelname.lower():7} {message}{tail}"
        return redact(line)


def _plain(value: object) -> str:
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[\s\"=]", text) or not text else text


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
        values: dict[str, object] = dict(getattr(record, "fields", {}))
        if record.exc_info:
            values["exception"] = logging.Formatter().formatException(record.exc_info)
        plain = {
            key: value if isinstance(value, str | int | float | None) else str(value)
            for key, value in values.items()
        }
        copy = logging.makeLogRecord(
            {**record.__dict__, "msg": record.getMessage(), "args": None, "exc_info": None, "fields": plain}
        )
        self._put(copy)


def _replace_handlers(handler: logging.Handler) -> logging.Logger:
    """Let `handler` be the only one of SecondSight's logger."""
    logger = logging.getLogger("secondsight")
    for old in list(logger.handlers):
        logger.removeHandler(old)
    logger.addHandler(handler)
    logger.propagate = False
    return logger


def configure(
    level: str = "info", style: Literal["text", "json"] = "text", stream: TextIO | None = None
) -> logging.Handler:
    """Send SecondSight's log lines to `stream` (standard error by default) and return the handler in place."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Formatter(style))
    _replace_handlers(handler).setLevel(level.upper())
    return handler
