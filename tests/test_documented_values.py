"""Values that docs/behaviours.md gives for settings are those of the code."""

import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from secondsight.config import behaviour_names, parse_duration, rule_settings

PAGE = (Path(__file__).parents[1] / "docs" / "behaviours.md").read_text(encoding="utf-8")
SECTIONS = {
    title: text
    for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)
    for title, _, text in [part.partition("\n")]
}
ROW = re.compile(r"^\| `(\w+)` \(([^)`]+)\)", re.MULTILINE)


def value_of(text: str) -> object:
    """What a value in words is in the code; units such as `heights/s` say nothing."""
    if text in ("true", "false"):
        return text == "true"
    number = re.match(r"([0-9.]+)( [a-z]+.*)?$", text)
    if number:
        return float(number[1])
    try:
        return parse_duration(text)
    except ValueError:
        return None if text == "none" else text


@pytest.mark.parametrize("name", [name for name in behaviour_names() if ROW.search(SECTIONS.get(name, ""))])
def test_values_in_the_tables_are_the_defaults(name: str) -> None:
    fields = rule_settings()[name].model_fields
    for key, said in ROW.findall(SECTIONS[name]):
        default = fields[key].get_default(call_default_factory=True)
        plain = TypeAdapter(object).dump_python(default, mode="json")
        assert value_of(said) == plain, f"{name}.{key}: the page says {said}, the code has {plain}"


def test_most_behaviours_have_such_a_table() -> None:
    assert sum(len(ROW.findall(text)) for text in SECTIONS.values()) > 40
