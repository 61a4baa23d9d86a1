"""Whether a model file is what it is said to be: its hash, its family, its labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secondsight.errors import ModelError
from secondsight.sentinel.families import Family, family_named, names_of, recognise
from secondsight.sentinel.inference.detector import check_labels
from secondsight.sentinel.models.labels import read_labels
from secondsight.sentinel.models.lockfile import InstalledModel
from secondsight.sentinel.models.self_test import try_out
from secondsight.sentinel.runtime.base import ModelInfo
from secondsight.sentinel.runtime.formats import files_of, sha256_of
from secondsight.sentinel.runtime.opening import describe


def problem_of(model: InstalledModel) -> str | None:
    """Why an installed model must not be used: its file is missing or was changed; None if neither is so."""
    missing = next((file for file in files_of(model.path) if not file.is_file()), None)
    if missing is not None:
        return f"its file {missing} is missing; pull or add it again"
    found = sha256_of(model.path)
    if found == model.sha256:
        return None
    return (
        f"its file {model.path} has changed since it was installed (SHA-256 {found[:12]}..., installed "
        f"{model.sha256[:12]}...) and is refused; delete it and pull or add it again"
    )


def check_hash(name: str, file: Path, wanted: Sequence[str]) -> None:
    """Raises ModelError unless a file has every hash that is wanted of it."""
    found = sha256_of(file)
    other = next((one for one in wanted if one != found), None)
    if other is None:
        return
    raise ModelError(
        f"the file has SHA-256 {found}, but must have {other}; it is not installed. If its publisher changed "
        f"it and you trust the new one, delete the entry of `{name}` from models.lock, or add the file yourself"
    )


def inspect(
    file: Path,
    family: str | None,
    labels: str | Path | Sequence[str] | None,
    size: tuple[int, int] | None,
) -> tuple[Family[Any], tuple[str, ...]]:
    """Family and labels of a file about to be installed.

    Raises:
        ModelError: it is no model, or they do not go together.
    """
    info = describe(file, size)
    chosen = family_named(family, info) if family else recognise(info)
    names = read_labels(labels) if labels is not None else _own_labels(info, chosen)
    check_labels(chosen.classes(info), names, chosen)
    return (chosen if family else try_out(file, chosen, info)), names


def _own_labels(info: ModelInfo, family: Family[Any]) -> tuple[str, ...]:
    if family.task in ("embed", "pose"):
        return ("person",) if family.task == "pose" else ()
    names = names_of(info)
    if not names:
        what = (
            "its `names` property cannot be read"
            if info.metadata.get("names")
            else "the file does not name its classes"
        )
        raise ModelError(f"{what}; state them: --labels coco, a file, or a,b,c")
    return read_labels(names)
