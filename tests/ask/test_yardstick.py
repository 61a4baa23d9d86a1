"""The yardstick of questions, on a month of its own: nothing wrong, and nothing answered that cannot be."""

import pytest

from bench.accuracy.ask.run import REFUSED, WRONG, asked_of
from bench.accuracy.ask.sites import SITES
from tests.ask.sites import site


@pytest.mark.parametrize("name", SITES)
def test_nothing_is_answered_wrongly(name: str) -> None:
    known = site(name)
    asked = list(asked_of(name, known.world, known.asker))
    wrong = [(one.question, one.why) for one in asked if one.verdict == WRONG and not one.held_out]
    assert wrong == []
    answerable = [one for one in asked if one.answerable and not one.held_out]
    assert len(answerable) == 60
    assert sum(one.right for one in answerable) >= 0.95 * len(answerable)
    assert all(one.verdict == REFUSED for one in asked if not one.answerable)
