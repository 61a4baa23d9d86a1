"""One test over a table of cheap rows of one kind: it goes through all of them and names those that fail."""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

Ids = Iterable[str] | Callable[[Any], object] | None
_PARAM = type(pytest.param())


def table(
    names: str | Sequence[str], rows: Iterable[Any], ids: Ids = None
) -> Callable[..., Callable[..., None]]:
    """Run a test for every row, as one case; written like `pytest.mark.parametrize`, and stacked like it.

    Rows are independent of each other: those after a failing one run too, and each has a `tmp_path` of its own. For
    what is slow, or needs a fresh fixture per row, use `parametrize`.

    Raises:
        AssertionError: or what else the failing row raised, with a note that says which it was.
        BaseExceptionGroup: more than one fails.
    """
    keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    listed = [_values(row, len(keys)) for row in rows]
    labels = _labels(listed, ids)

    def over(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)

        @functools.wraps(test)
        def run(**fixtures: Any) -> None:
            failures: list[BaseException] = []
            for number, (values, label) in enumerate(zip(listed, labels, strict=True)):
                given = {**fixtures, **dict(zip(keys, values, strict=True))}
                if "tmp_path" in fixtures:
                    given["tmp_path"] = _folder(fixtures["tmp_path"], number)
                try:
                    test(**given)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"row {label}")
                    failures.append(failure)
            if len(failures) == 1:
                raise failures[0]
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(listed)} rows fail", failures)

        kept = [one for name, one in signature.parameters.items() if name not in keys]
        run.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return run

    return over


def _values(row: Any, count: int) -> tuple[Any, ...]:
    if isinstance(row, _PARAM):
        assert not row.marks, "a row that is marked needs a case of its own"
        return tuple(row.values)
    return (row,) if count == 1 else tuple(row)


def _labels(rows: Sequence[tuple[Any, ...]], ids: Ids) -> list[str]:
    if ids is None:
        return [f"{number}: {', '.join(map(repr, values))[:200]}" for number, values in enumerate(rows)]
    if callable(ids):
        return ["-".join(str(ids(value)) for value in values) for values in rows]
    return [str(label) for label in ids]


def _folder(parent: Path, number: int) -> Path:
    folder = parent / f"row {number}"
    folder.mkdir()
    return folder
