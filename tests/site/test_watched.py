"""Which cameras bear fewer looks, and what their objects must keep away from."""

from typing import Any

import numpy as np
import pytest

from secondsight.config import SiteConfig
from secondsight.site.watched import watched_on

ZONE = {"coordinates": "0,0.2,0.5,0.2,0.5,1,0,1"}
INTRUSION: dict[str, Any] = {"behaviour": "intrusion", "zone": "floor", "inertia": 5, "min_score": 0.5}
CROSSING = {"behaviour": "line_crossing", "line": "gate", "hysteresis": 0.04}


def site(sentinel: dict[str, Any] | None = None, **rules: Any) -> SiteConfig:
    camera = {
        "source": "a.mp4",
        "zones": {"floor": ZONE},
        "lines": {"gate": {"coordinates": "0.6,0.5,0.6,0.9"}},
    }
    return SiteConfig.model_validate(
        {"cameras": {"hall": camera}, "rules": rules, "sentinel": sentinel or {}}
    )


def test_borders_scores_and_inertia_are_those_of_all_rules() -> None:
    watched = watched_on(site(zone=INTRUSION, line=CROSSING), "hall")
    assert watched is not None
    inner = [[[0.0, 0.2], [0.5, 0.2]], [[0.5, 0.2], [0.5, 1.0]], [[0.6, 0.5], [0.6, 0.9]]]
    assert np.array_equal(watched.borders, inner), "the picture's own border is left out"
    assert (watched.clearance, watched.score, watched.looks) == (0.04, 0.5, 6)


def test_the_whole_picture_has_no_border() -> None:
    watched = watched_on(site(zone={**INTRUSION, "zone": "frame"}), "hall")
    assert watched is not None
    assert watched.borders.shape == (0, 2, 2)


@pytest.mark.parametrize(
    "rule",
    [
        {"behaviour": "fall", "zone": "floor"},
        {"behaviour": "fight", "zone": "floor"},
        {"behaviour": "smoke", "zone": "floor"},
        {**INTRUSION, "min_area": 0.1},
        {"behaviour": "combined", "all": ["zone", "line"]},
    ],
    ids=lambda rule: rule["behaviour"],
)
def test_one_rule_that_needs_every_look_gets_it(rule: dict[str, Any]) -> None:
    assert watched_on(site(zone=INTRUSION, line=CROSSING, other=rule), "hall") is None


def test_a_rate_of_no_fewer_looks_switches_it_off() -> None:
    assert watched_on(site({"steady_fps": 5}, zone=INTRUSION), "hall") is None
    assert watched_on(site({"steady_fps": 4}, zone=INTRUSION), "hall") is not None
