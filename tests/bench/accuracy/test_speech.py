"""Errors between what is said and what is heard."""

import pytest

from bench.accuracy.speech import errors, words_of


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        ("How many fell?", "how many fell", 0),
        ("how many fell", "", 3),
        ("", "how many", 2),
        ("how many people fell", "how money people fell down", 2),
        ("反应车间今天", "反应车站今天有", 2),
        ("a b c", "c b a", 2),
    ],
)
def test_errors_are_counted_by_words_and_signs(said: str, heard: str, wrong: int) -> None:
    assert errors(words_of(said), words_of(heard)) == wrong
