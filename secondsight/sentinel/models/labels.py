"""Class names: the lists models are published with, and the user's own.

`coco` holds the 80 classes that most detectors number 0..79; `coco-91` the data set's own sparse ids 0..90,
of which 11 are never used, as the DETR line numbers them; `voc` background and 20 classes.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from secondsight.errors import ModelError
from secondsight.records import GROUPS, Group

NAMED = ("coco", "coco-91", "voc")
MAX_NAMES, MAX_NAME = 20_000, 200
"""Most classes of a model, and most characters of one name."""
_LARGEST = 2_000_000
"""Bytes of a file of class names beyond which it is not read."""


def named_labels(name: str) -> tuple[str, ...]:
    """One of the lists in `NAMED`."""
    text = (files("secondsight.sentinel") / "data" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def read_labels(labels: str | Path | Sequence[str]) -> tuple[str, ...]:
    """Class names by position.

    Args:
        labels: a name in `NAMED`; a file with one name per line, or a JSON list; names with commas between
            them, or a single one without dots and slashes; or the names themselves.

    Raises:
        ModelError: there is no such list or file, or it is empty, or contains a name twice.
    """
    if isinstance(labels, str) and labels in NAMED:
        return named_labels(labels)
    if isinstance(labels, str) and ("," in labels or _is_a_word(labels)) and not _is_file(labels):
        labels = [part.strip() for part in labels.split(",") if part.strip()]
    if isinstance(labels, str | Path):
        labels = _read_file(Path(labels))
    names = tuple(str(name).strip() for name in labels)
    if len(names) > MAX_NAMES or any(len(name) > MAX_NAME for name in names):
        raise ModelError(
            f"these are {len(names):,} class names, the longest of {max(map(len, names)):,} characters; at most "
            f"{MAX_NAMES:,} names of {MAX_NAME} characters are taken"
        )
    if not names or not all(names):
        raise ModelError("the labels contain an empty name; write one class name per line")
    twice = min((name for name, count in Counter(names).items() if count > 1), default=None)
    if twice is not None:
        raise ModelError(f"the labels name `{twice}` twice; every class needs a name of its own")
    return names


def read_groups(groups: str | Mapping[str, str], labels: Sequence[str]) -> dict[str, Group]:
    """Groups of classes, by class name.

    Args:
        groups: `vehicle=vehicles,bike=two-wheelers`, or a mapping.
        labels: the model's class names.

    Raises:
        ModelError: there is no such class or group.
    """
    if isinstance(groups, str):
        pairs = [part.partition("=")[::2] for part in groups.split(",") if part.strip()]
        groups = {name.strip(): group.strip() for name, group in pairs}
    found: dict[str, Group] = {}
    for name, stated in groups.items():
        if name not in labels:
            near = difflib.get_close_matches(name, labels, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise ModelError(f"the groups name `{name}`, which is no class of the model{hint}")
        group = next((one for one in GROUPS if one == stated), None)
        if group is None:
            raise ModelError(
                f"`{stated or 'nothing'}` is no group for class `{name}`; write CLASS=GROUP with one of "
                f"{', '.join(GROUPS)}"
            )
        found[name] = group
    return found


def _is_a_word(text: str) -> bool:
    """Whether a text is one class name, and neither a path nor a misspelt name of a list."""
    plain = text.replace("-", "").replace("_", "").replace(" ", "")
    return plain.isalpha() and not difflib.get_close_matches(text.lower(), NAMED, n=1, cutoff=0.7)


def _read_file(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST:
            raise ModelError(
                f"the labels file {path} is larger than {_LARGEST / 1e6:g} MB, which no list of class names is"
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        choices = ", ".join(f"`{name}`" for name in NAMED)
        raise ModelError(
            f"no labels are called `{path}` and no such file exists; give {choices}, a file with one name per "
            "line, or names with commas between them"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"the labels file {path} cannot be read as UTF-8 text: {error}") from None
    if text.lstrip().startswith("["):
        try:
            return list(json.loads(text))
        except ValueError as error:
            raise ModelError(f"the labels file {path} is not a JSON list: {error}") from None
    return text.rstrip("\n").splitlines()


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # a long list of classes is no name of a file
        return False
