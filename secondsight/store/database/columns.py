"""Column types that take whatever a model, a camera or a person sends, on SQLite and PostgreSQL alike."""

import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import JSON, Dialect, LargeBinary, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB

from secondsight.masking import redact


class CleanText(TypeDecorator[str]):
    """Text any database takes: a language model may answer with NUL or half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class CleanJson(TypeDecorator[Any]):
    """JSON any database takes: `CleanText`, and numbers it does not know (nan, inf) as text `float` reads."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        kind: Any = JSONB if dialect.name == "postgresql" else JSON
        return dialect.type_descriptor(kind(none_as_null=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return plain(value)


class WordsJson(CleanJson):
    """JSON for people, such as the brain's notes: `CleanJson` without secrets in its texts."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return plain(value, redact)


class Words(CleanText):
    """Text for people, such as notes and errors: `CleanText` without secrets."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(redact(value))


class HalfVector(TypeDecorator[tuple[float, ...]]):
    """A vector of length one, in half precision: what counts of an embedding is its direction."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: tuple[float, ...] | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        length = math.hypot(*value)
        if not 0 < length < math.inf:
            return None
        return struct.pack(f"<{len(value)}e", *(one / length for one in value))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> tuple[float, ...] | None:
        return None if value is None else struct.unpack(f"<{len(value) // 2}e", value)


def clean(value: str) -> str:
    """`value` as valid UTF-8 text without NUL, and as a plain `str` (enum members become their value)."""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def plain(value: Any, change: Callable[[str], str] = str) -> Any:
    """`value` of mappings, sequences, text and numbers (NumPy's too) as JSON that any database holds.

    Args:
        change: applied to every text.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return clean(change(value))
    if isinstance(value, Mapping):
        return {clean(str(key)): plain(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, change) for item in value]
    number = float(value)
    return number if math.isfinite(number) else str(number)
