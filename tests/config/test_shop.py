"""Where goods are followed, as a site file tells."""

from pathlib import Path
from typing import Any

import pytest

from secondsight.config import make_site, shop_layout
from secondsight.records import ShopLayout

SQUARE = {"coordinates": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}
FLOOR = {
    "source": "floor.mp4",
    "zones": {"tea": SQUARE, "checkout": {**SQUARE, "till": True}},
    "lines": {"door": {"coordinates": [[0, 0], [1, 1]]}},
}
RULES: dict[str, Any] = {
    "taking": {"behaviour": "take", "zone": "tea"},
    "returning": {"behaviour": "put_back", "zone": "tea"},
    "missing": {"behaviour": "put_back", "zone": "tea", "outcome": "taken"},
    "visitors": {"behaviour": "counting", "line": "door"},
}


def layout(rules: dict[str, Any], **cameras: Any) -> ShopLayout | None:
    return shop_layout(make_site({"cameras": {"floor": FLOOR, **cameras}, "rules": rules}, Path("/srv")))


def test_one_camera_sees_all_of_it() -> None:
    yard = {"source": "yard.mp4", "zones": {"kiosk": {**SQUARE, "till": True}}}
    assert layout(RULES, yard=yard) == ShopLayout(
        ("taking",), ("returning",), (("floor", "checkout"),), (("floor", "door:right_to_left"),)
    )
    turned = {**RULES, "visitors": {**RULES["visitors"], "inward": "right_to_left"}}
    found = layout(turned)
    assert found is not None
    assert found.exits == (("floor", "door:left_to_right"),)


@pytest.mark.parametrize("missing", ["taking", "visitors"])
def test_without_a_shelf_or_an_exit_nothing_is_followed(missing: str) -> None:
    assert layout({name: rule for name, rule in RULES.items() if name != missing}) is None


def test_without_a_till_nothing_is_followed() -> None:
    assert layout(RULES, floor={**FLOOR, "zones": {"tea": SQUARE}}) is None
