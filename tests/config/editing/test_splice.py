"""Changed values are written into a text that stays as it is everywhere else."""

import copy
from importlib import resources
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from secondsight.config.editing.splice import splice
from secondsight.config.reading.yaml_document import parse
from secondsight.errors import RefusedError
from tests.config.sample import SITE

TEMPLATE = resources.files("secondsight.config.templates").joinpath("site.yaml").read_text("utf-8")
_QUICK = (Phase.explicit, Phase.generate)
NAMES = st.from_regex("[a-z][a-z0-9-]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
SCALARS = TEXTS | st.booleans() | st.integers(-9999, 9999) | st.floats(0, 1).map(lambda x: round(x, 4))
VALUES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=8,
)


def values_of(text: str) -> dict[str, Any]:
    return parse(text, "site.yaml").values


@pytest.mark.parametrize("text", [SITE, SITE.replace("\n", "\r\n")], ids=len)
@given(
    name=NAMES,
    value=VALUES,
    place=st.sampled_from([("cameras",), ("cameras", "hall", "zones"), ("rules",), ("cameras", "hall")]),
)
@settings(max_examples=25, deadline=None, phases=_QUICK)
def test_what_is_added_and_taken_out_again_leaves_the_same_bytes(
    text: str, name: str, value: Any, place: tuple[str, ...]
) -> None:
    before = values_of(text)
    hall = before["cameras"]["hall"]
    if name in hall or name in before["cameras"]:
        return
    changed = copy.deepcopy(before)
    section = changed
    for part in place:
        section = section[part]
    section[name] = value
    edited = splice(text, changed, "site.yaml")
    assert values_of(edited) == changed
    assert splice(edited, before, "site.yaml") == text


@given(value=VALUES)
@settings(max_examples=8, deadline=None, phases=_QUICK)
def test_a_changed_value_touches_its_own_lines_only(value: Any) -> None:
    changed = values_of(TEMPLATE)
    changed["cameras"]["hall"]["description"] = value
    edited = splice(TEMPLATE, changed, "site.yaml")
    old, new = TEMPLATE.splitlines(), edited.splitlines()
    at = next(i for i, line in enumerate(old) if line.startswith("    description:"))
    assert new[:at] == old[:at]
    assert new[at - len(old) + 1 :] == old[at + 1 :]
    assert "# what the brain should know" in edited


def test_comments_and_order_stay() -> None:
    text = (
        "cameras:\n  hall:  # the big one\n    source: a.mp4   # from the tape\n    zones: {}  # none\n\n"
        "# --- rules\nrules:\n"
    )
    changed = values_of(text)
    changed["cameras"]["hall"]["source"] = "b.mp4"
    changed["cameras"]["hall"]["zones"] = {"door": {"coordinates": [[0, 0], [1, 0], [1, 1]]}}
    changed["rules"] = {"in": {"behaviour": "intrusion", "zone": "door"}}
    assert splice(text, changed, "x") == (
        "cameras:\n  hall:  # the big one\n    source: b.mp4   # from the tape\n    zones:  # none\n      door:\n"
        "        coordinates: [[0, 0], [1, 0], [1, 1]]\n\n# --- rules\nrules:\n  in:\n    behaviour: intrusion\n"
        "    zone: door\n"
    )


def test_a_section_that_two_share_is_not_changed() -> None:
    text = "cameras:\n  a: &same\n    source: x\n  b: *same\n"
    changed = values_of(text)
    changed["cameras"]["b"]["source"] = "y"
    with pytest.raises(RefusedError, match="by hand"):
        splice(text, changed, "x")


def test_masks_change_one_by_one_in_their_own_lines() -> None:
    text = (
        "cameras:\n  a:\n    masks:\n      - [[0, 0], [1, 0], [1, 1]]  # sky\n"
        "      - [[0, 0], [0, 1], [1, 1]]  # tree\n"
    )
    changed = values_of(text)
    changed["cameras"]["a"]["masks"][1][0] = [0.5, 0.5]
    assert splice(text, changed, "x") == text.replace(
        "[[0, 0], [0, 1], [1, 1]]  # tree", "[[0.5, 0.5], [0, 1], [1, 1]]  # tree"
    )
    del changed["cameras"]["a"]["masks"]
    assert (
        splice(text.replace("masks:", "source: x\n    masks:"), {"cameras": {"a": {"source": "x"}}}, "x")
        == "cameras:\n  a:\n    source: x\n"
    )
