"""The house stays in order: one class for a public name, and no folder too long to read at a glance."""

import ast
from collections import Counter
from pathlib import Path

from tests.conftest import ROOT

PACKAGE = ROOT / "secondsight"
MOST = 14
"""Python files side by side, without `__init__.py` and `__main__.py`."""
FLAT_ON_PURPOSE = {"cli", "."}
"""One module per command; what all rooms stand on."""


def test_a_public_name_stands_for_one_class() -> None:
    names = Counter(
        node.name
        for file in PACKAGE.rglob("*.py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert len(names) > 500
    assert [name for name, count in names.items() if count > 1] == []


def test_rooms_import_from_each_other_only_what_is_exported() -> None:
    """A room is a folder of the package; so are backends of the brain, and alerts, queue and telemetry of `serve`."""
    deep = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.module}"
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and _is_inside_another_room(file, node.module)
    ]
    assert deep == []


def _is_inside_another_room(file: Path, module: str) -> bool:
    parts = module.split(".")
    if parts[0] != PACKAGE.name or len(parts) < 3 or not (PACKAGE / parts[1]).is_dir():
        return False
    own_room = parts[1:] in (["serve", "alerts"], ["serve", "queue"], ["serve", "telemetry"])
    own_room |= parts[1:3] == ["brain", "backends"] and len(parts) == 4
    return parts[1] != file.relative_to(PACKAGE).parts[0] and not own_room


def test_no_folder_has_too_many_files() -> None:
    folders = Counter(
        file.parent.relative_to(PACKAGE).as_posix()
        for file in PACKAGE.rglob("*.py")
        if file.name not in ("__init__.py", "__main__.py")
    )
    too_many = {name: count for name, count in folders.items() if count > MOST}
    assert set(too_many) <= FLAT_ON_PURPOSE, too_many


def test_every_folder_says_what_it_is() -> None:
    folders = [file for file in PACKAGE.rglob("__init__.py") if "versions" not in file.parts]
    silent = [
        file.parent.relative_to(ROOT).as_posix()
        for file in folders
        if not ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert silent == []
