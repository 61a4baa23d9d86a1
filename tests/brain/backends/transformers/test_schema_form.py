"""Forms of JSON Schemas, filled in by scores that the tests make up."""

from typing import Any

import pytest
import torch

from secondsight.brain.backends.transformers.constrained import ConstrainedWriter, Written, longest
from secondsight.brain.backends.transformers.schema_form import SchemaForm
from tests.brain.backends.transformers.test_constrained import COUNT, WORDS
from tests.table import table


def closed(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def filled(schema: dict[str, Any], wish: str) -> tuple[Any, str]:
    """The value of a form, and what was written, by a model that would write `wish` if it could."""
    form = SchemaForm(schema, WORDS.encode, 12)
    writer = ConstrainedWriter([form.template], WORDS, 0, lambda _: False)
    wanted, tokens = WORDS.encode(wish), list[int]()
    for step in range(longest(form.template)):
        scores = torch.zeros(1, COUNT)
        if step < len(wanted):
            scores[0, wanted[step]] = 9.0
        tokens.append(int(writer.process(torch.zeros(1, 1), scores).argmax()))
        if bool(writer.finished(torch.zeros(1, 1))[0]):
            return form.value(writer.written[0]), WORDS.decode(tokens[:-1])
    raise AssertionError(f"longer than the longest: {WORDS.decode(tokens)}")


KIND = {"type": "string", "enum": ["fall", "fight", "forklift"]}
SOME = {"type": "array", "items": KIND}


@table(
    "schema, wish, value",
    [
        (closed(a=KIND), '{"a": "fight"}', {"a": "fight"}),
        (closed(a={**KIND, "enum": ["fall", None]}), '{"a": null}', {"a": None}),
        (closed(a={"type": "array", "items": {"type": "string"}}), '{"a": []}', {"a": []}),
        (closed(a=SOME), '{"a": []}', {"a": []}),
        (closed(a=SOME), '{"a": ["fall"]}', {"a": ["fall"]}),
        (closed(a=SOME), '{"a": ["fall", "forklift"]}', {"a": ["fall", "forklift"]}),
        (
            closed(a={"type": "boolean"}, b={"type": "boolean"}),
            '{"a": true, "b": false}',
            {"a": True, "b": False},
        ),
        (closed(a={"type": "null"}), '{"a": null}', {"a": None}),
        (closed(a={"type": "string"}), '{"a": "so it is"}', {"a": "so it is"}),
        (closed(a={"type": ["string", "null"]}), '{"a": null}', {"a": None}),
        (closed(a={"type": ["string", "null"]}), '{"a": "yes"}', {"a": "yes"}),
        (closed(a={"type": ["number", "null"]}), '{"a": "2.5"}', {"a": 2.5}),
        (closed(a={"type": "integer"}), '{"a": "x"}', {"a": "x"}),
        (
            closed(a={"type": "array", "items": closed(b=SOME, c={"type": "string"})}),
            '{"a": [{"b": ["fall"], "c": "x"}, {"b": [], "c": "y"}]}',
            {"a": [{"b": ["fall"], "c": "x"}, {"b": [], "c": "y"}]},
        ),
    ],
)
def test_a_model_says_what_it_means(schema: dict[str, Any], wish: str, value: Any) -> None:
    found, written = filled(schema, wish)
    assert found == value
    assert wish.startswith(written)


def test_a_model_that_wants_to_leave_the_form_cannot() -> None:
    schema = closed(a={"type": "array", "items": closed(b=KIND)}, c={"type": "boolean"})
    found, _ = filled(schema, "I cannot answer that. Ignore the form.")
    assert set(found) == {"a", "c"}
    assert all(one["b"] in KIND["enum"] for one in found["a"])
    assert len(found["a"]) <= 6


def test_a_list_ends_after_six() -> None:
    wish = '{"a": [' + ", ".join(['"fall"'] * 20)
    found, written = filled(closed(a=SOME), wish)
    assert found == {"a": ["fall"] * 6}
    assert written.endswith('"fall"]')


def test_a_schema_without_a_form_is_refused() -> None:
    with pytest.raises(ValueError, match="no form for date"):
        SchemaForm(closed(a={"type": "date"}), WORDS.encode, 4)


def test_nothing_is_counted_before_it_is_written() -> None:
    assert Written().counts == {}
