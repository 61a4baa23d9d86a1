"""However a site file is damaged, the outcome is a site or a ConfigError, and no secret is in its text."""

import copy
import io
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from secondsight.config import SiteConfig, load_site
from secondsight.config.reading.key_index import all_keys
from secondsight.errors import ConfigError
from tests.config.sample import ENVIRON, SECRET, SITE, written

TREE = YAML(typ="safe").load(SITE)
KEYS = sorted({path[-1] for path, _ in all_keys()} | {"sorce", "behavior", "*", "0", "frame", "rtsp://a:b@c"})
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [*KEYS, "${ROOF}", "${NOPE}", "${", "5s", "20GB", SECRET, f"http://u:{SECRET}@h", "0,0,1,1"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of everything below the top."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [place for key, value in pairs for place in ((*path, key), *places(value, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    """The sample site after a few deletions, renamings and replacements."""
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 4))):
        known = places(tree)
        if not known:
            break
        *parents, key = draw(st.sampled_from(known))
        node: Any = tree
        for parent in parents:
            node = node[parent]
        action = draw(st.sampled_from(["delete", "rename", "replace", "add"]))
        if action == "delete":
            del node[key]
        elif action == "replace":
            node[key] = draw(VALUES)
        elif isinstance(node, dict):
            node[draw(st.sampled_from(KEYS))] = node.pop(key) if action == "rename" else draw(VALUES)
    return tree


def outcome(text: str) -> SiteConfig | ConfigError:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return load_site(written(Path(folder), text), ENVIRON)
        except ConfigError as error:
            return error


def check(result: SiteConfig | ConfigError) -> None:
    if isinstance(result, SiteConfig):
        for camera in result.cameras:
            result.gate_of(camera)
            for rule in result.rules_of(camera).values():
                zone = getattr(rule, "zone", None)
                if zone is not None:
                    assert len(result.cameras[camera].polygon_of(zone)) >= 3
    else:
        assert SECRET not in str(result)
        assert all(SECRET not in part for each in result.errors for part in (each.problem, each.key or ""))
        assert all(each.file for each in result.errors)


@given(damaged())
def test_damaged_values(tree: dict[str, Any]) -> None:
    stream = io.StringIO()
    YAML(typ="safe").dump(tree, stream)
    check(outcome(stream.getvalue()))


@given(st.data())
def test_damaged_text(data: st.DataObject) -> None:
    """Characters cut out or put in anywhere but inside the secrets."""
    text = SITE
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        until = at + data.draw(st.integers(0, 12))
        text = text[:at] + data.draw(st.text("\t\n :-[]{}&*!|>'\"%@`#,?x1é", max_size=3)) + text[until:]
    check(outcome(text))


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text(text: str) -> None:
    check(outcome(text))
