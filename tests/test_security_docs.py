"""The threat model names a test for every boundary, and each is there."""

import ast
import re

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## The boundaries")[1].split("\n## ")[0]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", TABLE)


@pytest.mark.parametrize("boundary", [row for row in TABLE.splitlines() if row.startswith("| ")][1:])
def test_each_boundary_names_a_test(boundary: str) -> None:
    assert "::test_" in boundary


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_named_test_is_there(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_everybody_who_is_trusted_with_something_has_a_boundary() -> None:
    """All but the operator."""
    who = re.findall(
        r"^\| ([a-z][a-z ]+)", TEXT.split("## Who is trusted")[1].split("\n## ")[0], re.MULTILINE
    )
    for one in ("camera", "model file", "behaviour or backend", "brain", "database", "other site", "browser"):
        assert any(line.startswith(one) for line in who), one
