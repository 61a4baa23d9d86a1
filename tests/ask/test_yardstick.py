"""The yardstick of questions, on a month of its own: nothing wrong, and nothing answered that cannot be."""

import pytest

from bench.accuracy.ask.run import FINAL, HELD, LATE, NEW, REFUSED, WRONG, asked_at_kiosk, asked_of
from bench.accuracy.ask.sites import SITES
from tests.ask.sites import kiosk, site

QUICK = ("metro", "retail")
"""Their questions have all the forms there are; the other packs' run in `make test-all`."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in SITES]
)
def test_nothing_is_answered_wrongly(name: str) -> None:
    known = site(name)
    asked = list(asked_of(name, known.world, known.asker))
    wrong = [(one.question, one.why) for one in asked if one.verdict == WRONG]
    assert wrong == []
    answerable = [one for one in asked if one.answerable and one.wordings not in (HELD, LATE, NEW, FINAL)]
    assert len(answerable) == 90
    missed = [one.question for one in answerable if not one.right]
    assert len(missed) <= 0.05 * len(answerable), missed
    assert all(one.verdict == REFUSED for one in asked if not one.answerable)


def test_goods_and_people_that_are_followed_are_within_their_bounds() -> None:
    known = kiosk()
    asked = list(asked_at_kiosk(known.kiosk, known.asker))
    assert [(one.question, one.why) for one in asked if one.verdict == WRONG] == []
    assert [one.question for one in asked if not one.right] == ["本周没付钱的商品按种类各有多少?"]
