"""JSON Schemas as forms that a model fills in: what it writes is of the schema, whatever it thinks.

Objects have all their members, in order; lists go on while the model begins another item; texts end at a quote. Of a
schema's words this knows those that `strict` structured output allows and our own schemas use.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from secondsight.brain.backends.transformers.constrained import (
    AnswerTemplate,
    Choice,
    Fixed,
    Items,
    Text,
    Written,
)

Schema = dict[str, Any]
Encode = Callable[[str], tuple[int, ...]]
_MOST_ITEMS = 6
"""Items of a list."""


class SchemaForm:
    """A schema as a form, and the value of a form that was filled in.

    Args:
        encode: text to tokens.
        limit: most tokens of each text that the model writes.
    """

    def __init__(self, schema: Schema, encode: Encode, limit: int) -> None:
        self._schema, self._encode, self._limit = schema, encode, limit
        self.template: AnswerTemplate = tuple(self._parts(schema, ""))

    def value(self, written: Written) -> Any:
        """What was written."""
        return self._value(self._schema, "", written)

    def _parts(self, schema: Schema, key: str) -> Iterator[Fixed | Choice | Text | Items]:
        if "enum" in schema:
            yield Choice(
                key, tuple(self._encode(json.dumps(one, ensure_ascii=False)) for one in schema["enum"])
            )
            return
        match schema["type"]:
            case "object":
                yield self._fixed("{")
                for number, (name, member) in enumerate(schema["properties"].items()):
                    yield self._fixed(f"{', ' if number else ''}{json.dumps(name)}: ")
                    yield from self._parts(member, f"{key}/{name}")
                yield self._fixed("}")
            case "array":
                yield self._items(schema["items"], key)
            case "boolean":
                yield Choice(key, (self._encode("true"), self._encode("false")))
            case "null":
                yield self._fixed("null")
            case [_, "null"]:
                yield self._perhaps(key)
            case "string" | "number" | "integer":
                # A number stands in quotes, too: what is in them is read as one.
                yield self._fixed('"')
                yield Text(key, self._limit)
                yield self._fixed('"')
            case kind:
                raise ValueError(f"no form for {kind}")

    def _items(self, item: Schema, key: str) -> Fixed | Items:
        if item == {"type": "string"}:
            return self._fixed("[]")  # names, where the site has none
        if "enum" in item:
            # The quote belongs to the decision to go on, so that neither way begins like the other.
            opening = self._encode('"')
            names = (json.dumps(one, ensure_ascii=False)[1:] for one in item["enum"])
            parts: AnswerTemplate = (Choice("", tuple(map(self._encode, names))),)
        else:
            first, *rest = self._parts(item, "")
            assert isinstance(first, Fixed)
            opening, parts = first.tokens, tuple(rest)
        begin = (*self._encode("["), *opening)
        then = (*self._encode(", "), *opening)
        return Items(key, parts, _MOST_ITEMS, begin, then, self._encode("[]"), self._encode("]"))

    def _perhaps(self, key: str) -> Items:
        text = (Text("", self._limit), self._fixed('"'))
        return Items(key, text, 1, self._encode('"'), (), self._encode("null"), ())

    def _fixed(self, text: str) -> Fixed:
        return Fixed(self._encode(text))

    def _value(self, schema: Schema, key: str, written: Written) -> Any:
        if "enum" in schema:
            return schema["enum"][written.picked[key].index]
        match schema["type"]:
            case "object":
                return {
                    name: self._value(member, f"{key}/{name}", written)
                    for name, member in schema["properties"].items()
                }
            case "array":
                return [
                    self._value(schema["items"], f"{key}.{number}.", written)
                    for number in range(written.counts.get(key, 0))
                ]
            case "boolean":
                return written.picked[key].index == 0
            case "null":
                return None
            case [kind, "null"]:
                return _read(kind, written.texts[f"{key}.0."]) if written.counts[key] else None
            case kind:
                return _read(kind, written.texts[key])


def _read(kind: str, text: str) -> Any:
    """A text as what it stands for; a text that is no number stays one, which a reader refuses."""
    if kind == "string":
        return text
    try:
        return int(text) if kind == "integer" else float(text)
    except ValueError:
        return text
