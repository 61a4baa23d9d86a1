from pathlib import Path

import pytest

from tests.table import table


def test_every_row_runs_and_those_that_fail_are_named() -> None:
    seen = []

    @table("one", [1, 2, 3, 4], ids=["a", "b", "c", "d"])
    def odd(one: int) -> None:
        seen.append(one)
        assert one % 2

    with pytest.raises(ExceptionGroup, match="2 of 4 rows fail") as caught:
        odd()
    assert seen == [1, 2, 3, 4]
    assert [failure.__notes__ for failure in caught.value.exceptions] == [["row b"], ["row d"]]


def test_one_that_fails_is_raised_itself() -> None:
    @table(("a", "b"), [(1, 1), (1, 2)])
    def equal(a: int, b: int) -> None:
        with pytest.raises(ValueError, match="never"):
            raise ValueError("never" if a == b else "else")

    with pytest.raises(AssertionError) as caught:
        equal()
    assert caught.value.__notes__ == ["row 1: 1, 2"]


def test_a_row_that_raises_nothing_where_it_should_fails() -> None:
    @table("a", [1])
    def raises(a: int) -> None:
        with pytest.raises(ValueError, match="never"):
            pass

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        raises()


@table("first", "ab")
@table("second", [pytest.param(1, id="one"), 2])
def test_tables_are_stacked_and_each_row_has_its_folder(first: str, second: int, tmp_path: Path) -> None:
    assert not list(tmp_path.iterdir())
    (tmp_path / f"{first}{second}").touch()
