"""A probability from answers that were drawn several times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.brain.prompts.repeats import seed_of, share


@pytest.mark.parametrize(
    ("answers", "probability"),
    [
        (["yes"], 0.75),
        (["no"], 0.25),
        (["yes", "yes", "yes", "no"], 0.7),
        (["yes", "no"], 0.5),
        (["yes", "unclear"], 0.75),
        (["unclear"], None),
        ([], None),
    ],
)
def test_share_of_yes(answers: list[str], probability: float | None) -> None:
    assert share(answers) == probability


@given(st.integers(0, 20), st.integers(0, 20))
def test_one_more_yes_makes_it_likelier_and_never_certain(yes: int, no: int) -> None:
    fewer, more = share(["yes"] * yes + ["no"] * no), share(["yes"] * (yes + 1) + ["no"] * no)
    assert more is not None
    assert (fewer or 0.0) < more < 1.0


def test_seeds_are_repeatable_and_differ() -> None:
    seeds = [seed_of(case, number) for case in ("a", "b") for number in range(50)]
    assert seeds == [seed_of(case, number) for case in ("a", "b") for number in range(50)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**31 for seed in seeds)
