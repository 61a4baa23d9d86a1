"""Regular expressions that others write, matched by RE2: in time linear in the text, whatever the pattern.

Python's own `re` takes hours for `(A+)+B` and a row of forty letters.
"""

from functools import cache
from typing import Protocol, cast

_MEMORY = 4 << 20
"""Bytes that one pattern may take."""


class Pattern(Protocol):
    """A compiled expression."""

    def fullmatch(self, text: str) -> object | None:
        """Not None where it matches all of a text."""
        ...


@cache
def compiled(text: str) -> Pattern:
    """Compile an expression.

    Args:
        text: in RE2's syntax: that of Python without look-around and back references; `\\w` and `\\d` are ASCII.

    Raises:
        ValueError: it is none; the text says why.

    Examples:
        >>> from secondsight.patterns import compiled
        >>> compiled("[A-Z]{1,3} [A-Z]{1,2} [0-9]{1,4}").fullmatch("B AB 1234") is not None
        True
        >>> compiled("(A+)+B").fullmatch("A" * 100_000) is None
        True
    """
    import re2

    options = re2.Options()
    options.log_errors, options.max_mem = False, _MEMORY
    try:
        return cast(Pattern, re2.compile(text, options))
    except re2.error as error:
        reason = error.args[0] if error.args else "malformed"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"not a regular expression of RE2: {reason}") from None
