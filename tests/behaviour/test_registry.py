"""Which behaviours a camera gets, and what they share."""

from typing import Any

import pytest

from secondsight.behaviour import make_behaviours
from secondsight.config import SiteConfig
from tests.behaviour.scene import INSIDE, T0, ZONE, Being, look, pattern, play, rule, staying

SITE = {
    "cameras": {
        "hall": {
            "source": "a.mp4",
            "zones": {"yard": {"coordinates": "0,0,1,0,1,1"}},
            "lines": {"door": {"coordinates": "0,0,1,1"}},
        },
        "gate": {"source": "b.mp4", "zones": {"yard": {"coordinates": "0,0,1,0,1,1"}}},
        "roof": {"source": "c.mp4"},
    },
    "rules": {
        "inside": {"behaviour": "intrusion", "zone": "yard"},
        "linger": {"behaviour": "loitering", "zone": "yard", "cameras": ["gate"]},
        "pass": {"behaviour": "line_crossing", "line": "door"},
        "anywhere": {"behaviour": "intrusion", "zone": "frame"},
    },
}


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        ("hall", ["inside", "pass", "anywhere"]),
        ("gate", ["inside", "linger", "anywhere"]),
        ("roof", ["anywhere"]),
    ],
)
def test_make_behaviours(camera: str, expected: list[str]) -> None:
    made = make_behaviours(camera, SiteConfig.model_validate(SITE), "live")
    assert [behaviour.rule for behaviour in made] == expected


def test_behaviours_are_fresh() -> None:
    config = SiteConfig.model_validate(SITE)
    (first,) = make_behaviours("roof", config, "live")
    (second,) = make_behaviours("roof", config, "live")
    play(first, pattern("iii"))
    assert not play(second, pattern("ii"))


@pytest.mark.parametrize(("settings", "kind"), [({}, "intrusion"), ({"kind": "no_entry"}, "no_entry")])
def test_events_are_called_as_the_rule_says(settings: dict[str, str], kind: str) -> None:
    (report,) = play(rule("intrusion", **settings), pattern("iii"))
    assert (report.kind, report.rule) == (kind, "watch")


def test_rules_of_a_camera_share_one_background() -> None:
    rules = {kind: {"behaviour": kind, "zone": "frame"} for kind in ("smoke", "debris")}
    config = SiteConfig.model_validate({"cameras": {"hall": {"source": "a"}}, "rules": rules})
    made: list[Any] = [*make_behaviours("hall", config, "live"), *make_behaviours("hall", config, "live")]
    backgrounds = [behaviour._scene.background for behaviour in made]
    assert backgrounds[0] is backgrounds[1] is not backgrounds[2]


def test_candidate_names_its_epoch() -> None:
    looks = [look(T0 + i, Being(4, *INSIDE), epoch=17) for i in range(3)]
    (report,) = play(rule("intrusion"), looks)
    assert report.epoch == 17
    assert report.tracks[0].epoch == 17


@pytest.mark.parametrize(
    ("limits", "rule", "told"),
    [
        ({}, {}, {1, 2}),
        ({"min_area": 0.02}, {}, {2}),
        ({"max_area": 0.02}, {}, {1}),
        ({"min_area": 0.02}, {"max_area": 0.02}, set()),
        ({"max_area": 0.02}, {"max_area": 0.5}, {1}),
    ],
    ids=["none", "no small ones", "no large ones", "no one fits both", "the zone is stricter"],
)
def test_sizes_of_a_zone_hold_for_every_rule_there(
    limits: dict[str, float], rule: dict[str, float], told: set[int]
) -> None:
    camera = {"source": "a.mp4", "zones": {"yard": {"coordinates": ZONE, **limits}}}
    watch = {"behaviour": "intrusion", "zone": "yard", **rule}
    config = SiteConfig.model_validate({"cameras": {"hall": camera}, "rules": {"watch": watch}})
    (made,) = make_behaviours("hall", config, "file:abc")
    shown = staying(3, Being(1, 0.5, 0.6, 0.05, 0.2), Being(2, 0.7, 0.6, 0.1, 0.5))
    assert {track.number for report in play(made, shown) for track in report.tracks} == told
