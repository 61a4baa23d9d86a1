"""Makes text from outside harmless to show: names, labels, paths, servers' messages, answers of models.

A terminal obeys control characters, and the eye obeys characters that turn the direction of writing or take no room.
They are shown as escapes, `\\x1b` or `\\u202e`, so that nothing is hidden and nothing is obeyed.
"""

import json
import re
import unicodedata
from typing import Any

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, formats, halves of pairs, and separators of lines and paragraphs."""
_JOINERS = "\u200c\u200d"
"""Invisible, and needed within words of several scripts and between emoji."""


def visible(text: str, *, lines: bool = False) -> str:
    """`text` with everything that a terminal or a browser would obey instead of showing it written as an escape.

    Args:
        lines: leave line ends and tabs as they are.

    >>> print(visible("hall\\x1b[2J"))
    hall\\x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(
        _escape(c) if _unseen(text, place) and not (lines and c in "\n\t") else c
        for place, c in enumerate(text)
    )


def json_line(value: Any) -> str:
    """One line of JSON: letters of all scripts as they are, what a terminal would obey as JSON's own escapes."""
    line = json.dumps(value, ensure_ascii=False, default=str)
    if line.isprintable():
        return line
    return "".join(
        json.dumps(c)[1:-1] if unicodedata.category(c) in _UNSEEN or c == "\x7f" else c for c in line
    )


def without_marks(text: str) -> str:
    """`text` in which no chat template finds a mark of its own: `<|im_start|>`, `<image>`, `[INST]`, `<s>`.

    A space after the bracket is enough: templates and tokenizers know their marks by the letter.
    """
    return re.sub(r"([<\uff1c])(?=\S)|(\[)(?=[/A-Za-z])", lambda bracket: f"{bracket[0]} ", text)


def _unseen(text: str, place: int) -> bool:
    character = text[place]
    if character in _JOINERS:
        around = text[place - 1 : place] + text[place + 1 : place + 2]
        return len(around) < 2 or any(neighbour.isascii() or neighbour in _JOINERS for neighbour in around)
    return unicodedata.category(character) in _UNSEEN


def _escape(character: str) -> str:
    plain = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if plain is not None:
        return plain
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
