"""The section `report`, and mistakes in it."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.config import make_site
from secondsight.errors import ConfigError


def site(report: dict[str, Any], **sections: Any) -> Any:
    return make_site(
        {"cameras": {"hall": {"source": "x"}}, "report": report, **sections}, Path("/srv")
    ).report


def test_shifts_stand_in_the_order_of_the_day() -> None:
    assert site({"shift": {"night": "22:00", "early": "6:00", "late": "14:00"}}).shifts == {
        "early": 360,
        "late": 840,
        "night": 1320,
    }


@pytest.mark.parametrize(
    ("report", "text", "key"),
    [
        ({"shift": {"a": "25:00"}}, "such as 06:00", "report.shift.a"),
        ({"shift": {"a": 6}}, "such as 06:00", "report.shift.a"),
        ({"shift": {"a": "06:00", "b": "6:00"}}, "begin at the same time", "report"),
        ({"send": ["mial"]}, "did you mean `mail`", "report.send.0"),
        ({"daly": True}, "did you mean `daily`", "report.daly"),
        ({"delay": "2h"}, "3000", "report.delay"),
        ({"budget": {"money_per_day": 1}}, "price_in", None),
    ],
)
def test_mistakes_are_named(report: dict[str, Any], text: str, key: str | None) -> None:
    alerts = {"mail": {"type": "webhook", "url": "http://localhost/x"}}
    brain = {"backend": "openai", "base_url": "http://localhost/v1", "model": "m"}
    with pytest.raises(ConfigError, match=text) as error:
        site(report, alerts=alerts, brain=brain)
    assert key is None or error.value.key == key
