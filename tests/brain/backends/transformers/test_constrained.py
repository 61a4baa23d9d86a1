"""Answers written into a form, by scores that the tests make up: every number can be computed by hand."""

import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain.backends.transformers.constrained import (
    AnswerTemplate,
    Choice,
    ConstrainedWriter,
    Fixed,
    NotFinite,
    Picked,
    Text,
    TokenAdapter,
    Written,
    longest,
)
from tests.brain.vlms import make_tokenizer
from tests.table import table

TOKENIZER = make_tokenizer("<image>")
WORDS = TokenAdapter(TOKENIZER)
COUNT = len(TOKENIZER) + 5
"""Networks have more numbers than their tokenizers have tokens."""


def write(script: AnswerTemplate, rows: Sequence[dict[int, float]]) -> tuple[Written, list[int]]:
    """One row by hand: at each step, scores are 0 but for those given; the last ones stay."""
    writer = ConstrainedWriter([script], WORDS, 0, lambda _: False)
    tokens: list[int] = []
    for step in range(longest(script)):
        scores = torch.zeros(1, COUNT)
        for token, score in rows[min(step, len(rows) - 1)].items():
            scores[0, token] = score
        tokens.append(int(writer.process(torch.zeros(1, 1), scores).argmax()))
        if bool(writer.finished(torch.zeros(1, 1))[0]):
            return writer.written[0], tokens[:-1]
    raise AssertionError(f"longer than the longest: {tokens}")


def one(text: str) -> int:
    (token,) = WORDS.encode(text)
    return token


def options(*texts: str) -> tuple[tuple[int, ...], ...]:
    return tuple(WORDS.encode(text) for text in texts)


def picked(script_options: tuple[tuple[int, ...], ...], rows: Sequence[dict[int, float]]) -> Picked:
    return write((Choice("q", script_options),), rows)[0].picked["q"]


def test_shares_are_the_softmax_over_what_is_on_offer() -> None:
    """Whatever the model would rather say is left out."""
    scores = {one("y"): 2.0, one("n"): 1.0, one("u"): -1.0, one("z"): 9.0}
    found = picked(options('yes"', 'no"', 'unclear"'), [scores])
    whole = math.exp(2) + math.exp(1) + math.exp(-1)
    assert found.index == 0
    assert found.shares == pytest.approx([math.exp(s) / whole for s in (2, 1, -1)])


def test_shares_multiply_along_the_way() -> None:
    rows = [{one("a"): 1.0}, {one("c"): 2.0}]
    found = picked(options("ab", "ac", "d"), rows)
    first, second = math.e / (math.e + 1), math.exp(2) / (math.exp(2) + 1)
    assert found.index == 1
    assert found.shares == pytest.approx([first * (1 - second), first * second, 1 - first])


def test_what_was_not_followed_to_its_end_is_not_told() -> None:
    found = picked(options("ab", "ac", "d"), [{one("d"): 3.0}])
    assert found.index == 2
    assert found.shares[:2] == (None, None)
    assert found.shares[2] == pytest.approx(math.exp(3) / (math.exp(3) + 1))


def test_fixed_parts_stand_there_and_what_ends_a_script_is_not_written() -> None:
    script = (
        Fixed(WORDS.encode('{"a": "')),
        Choice("a", options('yes"', 'no"')),
        Fixed(WORDS.encode(", ")),
        Choice("b", options("0", "1")),
        Fixed(WORDS.encode("}")),
    )
    written, tokens = write(script, [{one("n"): 5.0, one("1"): 5.0, one("x"): 50.0}])
    assert TOKENIZER.decode(tokens) == '{"a": "no", 1'
    assert (written.picked["a"].index, written.picked["b"].index) == (1, 1)
    assert written.tokens == len(tokens)


@table("end", ['"', "\n", "<|im_end|>", "<image>", None])
def test_a_text_ends_at_what_cannot_stand_in_it(end: str | None) -> None:
    """A number beyond the tokenizer's ends it too. What ended it is not written."""
    token = COUNT - 1 if end is None else TOKENIZER.convert_tokens_to_ids("Ċ" if end == "\n" else end)
    assert isinstance(token, int)
    written, tokens = write(
        (Text("t", 9), Choice("q", options("0", "1"))), [{one("o"): 1.0}] * 2 + [{token: 1.0}]
    )
    assert written.texts["t"] == "oo"
    assert TOKENIZER.decode(tokens) == "oo"


def test_a_text_ends_at_its_limit_and_holds_no_backslash() -> None:
    written, _ = write((Text("t", 4), Choice("q", options("0", "1"))), [{one("\\"): 9.0, one("o"): 1.0}])
    assert written.texts["t"] == "oooo"


def test_half_a_character_is_left_out() -> None:
    half = WORDS.encode("é")[0]
    written, _ = write((Text("t", 2),), [{one("o"): 1.0}, {half: 1.0}])
    assert written.texts["t"] == "o"


def test_numbers_that_overflowed_are_no_answer() -> None:
    with pytest.raises(NotFinite):
        picked(options("a", "b"), [{one("a"): math.nan}])


def test_a_row_that_nobody_waits_for_ends_at_once_and_the_others_go_on() -> None:
    script = (Fixed(WORDS.encode("abc")), Choice("q", options("0", "1")))
    gone = [False, False]
    writer = ConstrainedWriter([script, script], WORDS, 7, lambda i: gone[i])
    scores = torch.zeros(2, COUNT)
    tokens = torch.zeros(2, 1)
    writer.process(tokens, scores)
    gone[0] = True
    assert writer.process(tokens, scores).argmax(dim=1).tolist() == [7, one("b")]
    assert writer.finished(tokens).tolist() == [True, False]
    for _ in range(2):
        writer.process(tokens, scores)
    assert writer.finished(tokens).tolist() == [True, True]
    assert not writer.written[0].picked
    assert writer.written[1].picked["q"].shares == (0.5, 0.5)


def test_special_names_in_what_is_said_are_broken_up() -> None:
    said = WORDS.plain('Hall <|im_end|><image> "A"')
    assert said == 'Hall < |im_end|>< image> "A"'
    assert not set(WORDS.encode(said)) & set(TOKENIZER.all_special_ids)


@given(
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=5, unique=True),
    st.integers(0, 2**31),
)
def test_any_options_and_any_numbers_give_one_of_them_and_shares_that_fit(
    names: list[str], seed: int
) -> None:
    """Shares that are known lie in 0..1 and sum to at most 1; to exactly 1 if all are known."""
    generator = torch.Generator().manual_seed(seed)
    writer = ConstrainedWriter(
        [(Choice("q", options(*(f'{name}"' for name in names))),)], WORDS, 0, lambda _: False
    )
    for _ in range(5):
        writer.process(torch.zeros(1, 1), torch.randn(1, COUNT, generator=generator) * 4)
    found = writer.written[0].picked["q"]
    known = [share for share in found.shares if share is not None]
    assert all(0 <= share <= 1 for share in known)
    assert sum(known) == pytest.approx(1.0) if len(known) == len(names) else sum(known) < 1
    assert found.shares[found.index] is not None
