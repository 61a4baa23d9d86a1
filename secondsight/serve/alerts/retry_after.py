"""Reads how long a receiver over HTTP asks to be left alone (RFC 9110, section 10.2.3)."""

from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after(text: str, now: float) -> float | None:
    """Seconds in a header `Retry-After`, which holds seconds or a date; None for anything else.

    >>> retry_after("120", 0.0), retry_after("soon", 0.0)
    (120.0, None)
    """
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
