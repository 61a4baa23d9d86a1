"""The `budget` section: what it takes, and what it refuses in words."""

from typing import Any

import pytest
from pydantic import ValidationError

from secondsight.config import SiteConfig
from tests.table import table

OPENAI = {"backend": "openai", "base_url": "http://localhost:8000/v1", "model": "m"}


def site(brain: dict[str, Any] | None = None, camera: Any = None, **budget: Any) -> SiteConfig:
    values = {"cameras": {"hall": {"source": "x", "budget": camera or {}}}, "brain": brain or OPENAI}
    return SiteConfig.model_validate({**values, "budget": budget})


@pytest.mark.parametrize(
    "where",
    [
        {"money_per_day": 5},
        {"kinds": {"fall": {"money_per_hour": 1}}},
        {"camera": {"money_per_day": 1}},
    ],
    ids=["site", "kind", "camera"],
)
def test_a_budget_of_money_needs_a_price(where: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"needs `brain\.price_in` or `brain\.price_out`"):
        site(**where)
    assert site({**OPENAI, "price_out": 1.0}, **where)
    assert site({"backend": "clip", "model": "city-clip"}, **where), "on this machine nothing is paid"


def test_without_prices_calls_and_tokens_can_be_limited() -> None:
    assert site(calls_per_day=5, kinds={"fall": {"tokens_per_hour": 0}}).budget.calls_per_day == 5


@table(
    "wrong",
    [
        {"calls_per_day": -1},
        {"calls_per_hour": 1.5},
        {"money_per_day": float("nan")},
        {"calls_per_week": 3},
        {"kinds": {"fall": 3}},
        {"camera_rate": 0},
        {"camera_burst": 0},
        {"reuse": {"distance": 17}},
        {"reuse": {"distance": 0.3}},
        {"merge": {"window": "soon"}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        site({**OPENAI, "price_in": 1.0}, **wrong)


def test_a_hedged_review_fits_into_its_lease() -> None:
    with pytest.raises(ValidationError, match="hedge"):
        site({**OPENAI, "timeout": 60, "lease": 70, "hedge": 10})
    assert site({**OPENAI, "timeout": 60, "lease": 71, "hedge": 10})


@pytest.mark.parametrize(
    ("written", "distance", "warned"), [(0, 0.0, False), (0.1, 0.1, False), (4, 0.025, True)]
)
def test_bits_of_the_former_fingerprint_are_converted(
    written: float, distance: float, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert site(reuse={"distance": written}).budget.reuse.distance == pytest.approx(distance)
    assert ("budget.reuse.distance" in caplog.text) is warned
