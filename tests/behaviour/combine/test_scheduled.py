"""Rules with hours: what they see, what they end, and what they have forgotten when their hours begin again."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from secondsight.behaviour import make_behaviours
from secondsight.behaviour.signals.background import FIRST_LOOKS
from secondsight.config import SiteConfig
from secondsight.records import Candidate, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import Being, look

SHANGHAI = ZoneInfo("Asia/Shanghai")
SIX = datetime(2026, 3, 2, 18, 0, tzinfo=SHANGHAI).timestamp()
"""Monday, 18:00."""


def config(**rule: object) -> SiteConfig:
    return SiteConfig.model_validate(
        {
            "site": {"timezone": "Asia/Shanghai"},
            "cameras": {"hall": {"source": "a.mp4"}},
            "rules": {"watch": {"zone": "frame", **rule}},
        }
    )


def watched(site: SiteConfig, moments: list[float], close: bool = False) -> list[Candidate]:
    (behaviour,) = make_behaviours("hall", site, "live")
    reports = [one for t in moments for one in behaviour.update(look(t, Being(1, 0.5, 0.5)))]
    return reports + (behaviour.close(moments[-1]) if close else [])


@pytest.mark.parametrize("behaviour", ["intrusion", "loitering"])
def test_it_begins_and_ends_with_its_hours(behaviour: str) -> None:
    extra = {"loitering_time": "10s"} if behaviour == "loitering" else {}
    site = config(behaviour=behaviour, when="Mon-Fri 18:00-18:01", cooldown=0, **extra)
    first, last = watched(site, [SIX + t for t in range(-100, 300, 2)])
    assert first.start == SIX
    assert first.triggered == SIX + (4 if behaviour == "intrusion" else 10)
    assert last.id == first.id
    assert last.end == SIX + 58


def test_the_next_day_is_another_beginning() -> None:
    site = config(behaviour="intrusion", when="daily 18:00-18:01", cooldown="10h")
    day = [SIX + t for t in range(0, 90, 2)]
    reports = watched(site, day + [t + 86400 for t in day])
    assert [one.start - SIX for one in reports if one.end is None] == [0, 86400]


def test_it_never_watches_outside() -> None:
    assert not watched(
        config(behaviour="intrusion", when="Sat,Sun"), [SIX + t for t in range(60)], close=True
    )


def test_the_end_of_an_epoch_ends_it_too() -> None:
    reports = watched(config(behaviour="intrusion", when="daily"), [SIX + t for t in range(9)], close=True)
    assert [one.end for one in reports] == [None, SIX + 8]


def test_what_changed_in_between_is_usual() -> None:
    """A truck that was parked while the rule was off is no debris when its hours begin."""
    site = config(behaviour="debris", when="daily 18:00-18:01", duration="2s", ignore_tracks=False)
    (behaviour,) = make_behaviours("hall", site, "live")
    empty = np.full((180, 320, 3), 120, np.uint8)
    truck = empty.copy()
    truck[60:90, 100:140] = 250

    def seen(time: float, picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> Observation:
        return look(time, size=(320, 180), frame=Painted(picture, time))

    reports = []
    for i in range(FIRST_LOOKS + 60):
        reports += behaviour.update(seen(SIX + 0.5 * i, empty))
    for i in range(-4, FIRST_LOOKS + 60):
        reports += behaviour.update(seen(SIX + 86400 + 0.5 * i, truck))
    assert not reports
    box = truck.copy()
    box[120:140, 200:230] = 20
    late = [one for i in range(40) for one in behaviour.update(seen(SIX + 86436 + 0.5 * i, box))]
    assert late, "debris is found within the hours"


def test_rules_of_other_hours_have_other_backgrounds() -> None:
    site = SiteConfig.model_validate(
        {
            "cameras": {"hall": {"source": "a.mp4"}},
            "rules": {
                "a": {"behaviour": "smoke", "zone": "frame"},
                "b": {"behaviour": "smoke", "zone": "frame", "when": "daily 18:00-06:00"},
                "c": {"behaviour": "fire", "zone": "frame", "when": "daily 18:00-06:00"},
            },
        }
    )
    always, smoke, fire = make_behaviours("hall", site, "live")
    picture = np.full((180, 320, 3), 120, np.uint8)
    night = datetime(2026, 3, 2, 20, tzinfo=ZoneInfo("UTC")).timestamp()
    seen = look(night, size=(320, 180), frame=Painted(picture, night))
    for behaviour in (smoke, fire, always):
        behaviour.update(seen)
    backgrounds = [one._scene.background for one in (always, smoke._behaviour, fire._behaviour)]  # type: ignore[attr-defined, union-attr]
    assert backgrounds[1] is backgrounds[2] is not backgrounds[0]
