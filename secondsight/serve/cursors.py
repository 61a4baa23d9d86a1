"""Cursors: the place where a page of results ends, as a word for addresses."""

import base64
import binascii
import json

from secondsight.errors import ConfigError
from secondsight.store import Place


def write_cursor(place: Place | None) -> str | None:
    """A place as a word for URLs."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(text: str | None) -> Place | None:
    """The place that a cursor names. Raises ConfigError if it is none of ours."""
    if text is None:
        return None
    try:
        time, id = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if isinstance(time, int | float) and isinstance(id, str) and abs(time) < 1e12:
            return float(time), id
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise ConfigError("this is no cursor of a page", key="cursor")
