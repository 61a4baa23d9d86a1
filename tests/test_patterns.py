import time

import pytest

from secondsight.config import SecondStageSettings
from secondsight.patterns import compiled
from tests.table import table


@table("pattern", ["(A+)+B", "(A|AA)*B", "(.*)*B", "(A*)*(A*)*B"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    begin = time.monotonic()
    assert compiled(pattern).fullmatch("A" * 50_000) is None
    assert time.monotonic() - begin < 20


@table(
    ("pattern", "text", "matches"),
    [
        ("[A-ZÄÖÜ]{1,3} [A-Z]{1,2} [0-9]{1,4}", "HÜ AB 123", True),
        ("[A-Z]{1,3} [0-9]+", "AB 12 X", False),
        (r"\d{3}", "123", True),
        ("[京沪][A-Z][A-Z0-9]{5}", "京A12345", True),
    ],
)
def test_all_of_a_text_must_match(pattern: str, text: str, matches: bool) -> None:
    assert (compiled(pattern).fullmatch(text) is not None) is matches


@table("pattern", ["(", "[A", "(?=A)A", r"(A)\1", "A{2000}"])
def test_what_is_no_pattern_is_said(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression of RE2: "):
        SecondStageSettings(reads="text", pattern=pattern)
