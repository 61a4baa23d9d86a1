"""`pytest.approx` where a value of a typed field is expected."""

from typing import Any

import pytest


def approx(expected: float, *, abs: float | None = None) -> Any:
    """A number that equals those close to it, and that type checkers take for one."""
    return pytest.approx(expected, abs=abs)
