"""Which cameras bear fewer looks, and what their objects must keep away from."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.config import SiteConfig, load_site
from secondsight.sim.output.recording import VideoWriter
from secondsight.site import Site
from secondsight.site.pipeline.look_needs import needs_of, watches_scene
from tests.site.sites import site_file

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
    watched = needs_of(site(zone=INTRUSION, line=CROSSING), "hall")
    assert watched is not None
    inner = [[[0.0, 0.2], [0.5, 0.2]], [[0.5, 0.2], [0.5, 1.0]], [[0.6, 0.5], [0.6, 0.9]]]
    assert np.array_equal(watched.borders, inner), "the picture's own border is left out"
    assert (watched.clearance, watched.score, watched.looks) == (0.04, 0.5, 6)


def test_the_whole_picture_has_no_border() -> None:
    watched = needs_of(site(zone={**INTRUSION, "zone": "frame"}), "hall")
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
    assert needs_of(site(zone=INTRUSION, line=CROSSING, other=rule), "hall") is None


def test_a_rate_of_no_fewer_looks_switches_it_off() -> None:
    assert needs_of(site({"idle_fps": 5}, zone=INTRUSION), "hall") is None
    assert needs_of(site({"idle_fps": 4}, zone=INTRUSION), "hall") is not None
    assert needs_of(site({"gate": {"enabled": False}}, zone=INTRUSION), "hall") is None


@pytest.mark.parametrize(
    ("rule", "watches"),
    [
        ({"behaviour": "landslide", "zone": "floor"}, True),
        ({"behaviour": "removed_object", "zone": "floor"}, True),
        ({"behaviour": "low_visibility"}, True),
        (INTRUSION, False),
        ({"behaviour": "fall", "zone": "floor"}, False),
    ],
    ids=lambda value: value["behaviour"] if isinstance(value, dict) else None,
)
def test_rules_about_the_scene_itself(rule: dict[str, Any], watches: bool) -> None:
    assert watches_scene(site(rule=rule), "hall") is watches
    assert watches_scene(site(zone=INTRUSION, rule=rule), "hall") is watches


@pytest.mark.parametrize(("behaviour", "few"), [("landslide", False), ("intrusion", True)])
def test_a_scene_in_which_nothing_moves_is_learnt_where_a_rule_asks_for_it(
    tmp_path: Path, behaviour: str, few: bool
) -> None:
    still = np.full((180, 320, 3), 120, np.uint8)
    still[100:, :160] = 60
    with VideoWriter(tmp_path / "still.mp4", 320, 180, 5.0, 1_767_323_045.0) as writer:
        for _ in range(50):
            writer.write(still)
    path = site_file(
        tmp_path,
        {"hall": tmp_path / "still.mp4"},
        sentinel={"model": "city-nano", "fps": 5},
        rules={"rule": {"behaviour": behaviour, "zone": "frame"}},
    )
    with Site(load_site(path)) as running:
        list(running.events(once=True))
        (camera,) = running.status().cameras
    assert (camera.looks < 10) is few
