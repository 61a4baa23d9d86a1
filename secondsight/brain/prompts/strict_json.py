"""JSON from untrusted input: bounded, plain, or refused. Never an exception other than ValueError."""

import json
from collections import Counter
from typing import Any


def loads(text: str | bytes, limit: int, *, lenient: bool = False) -> Any:
    """The value of one JSON document. Raises ValueError with a short reason that quotes nothing of the text.

    Refused besides malformed text: more than `limit` characters (or bytes), NaN and infinities, a key that
    stands twice in an object, nesting too deep to read, and bytes that are not UTF-8.

    Args:
        lenient: let through what servers and models write where it is of no consequence, and the rest of what they
            say is good: NaN and infinities, as floats; line ends within a text; a key that stands twice, with the
            value None, as neither of its values can be believed.
    """
    if len(text) > limit:
        raise ValueError(f"longer than {limit} characters")
    try:
        return json.loads(
            text,
            strict=not lenient,
            parse_constant=float if lenient else _refuse,
            parse_float=float if lenient else _finite,
            parse_int=_whole,
            object_pairs_hook=_without_repeated if lenient else _unique,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"not valid JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return value


def _whole(text: str) -> int:
    if len(text) > 20:
        raise ValueError("a number is too large")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _without_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    times = Counter(key for key, _ in pairs)
    return {key: value if times[key] == 1 else None for key, value in pairs}
