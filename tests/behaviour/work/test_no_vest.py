"""No vest: by colour, and by what a model says."""

import numpy as np
import pytest

from secondsight.behaviour.signals.colours import named
from secondsight.behaviour.work.no_vest import HUES, torso_of, vest_shares
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule
from tests.behaviour.work.said import said

LIME, BLUE = (40, 245, 200), (190, 90, 35)


def dressed(colour: tuple[int, int, int], seconds: float = 5.0) -> list[Observation]:
    """Somebody in the yard whose torso has a colour; the rest is grey."""
    shown = []
    for step in range(round(seconds * FPS)):
        picture = np.full((360, 640, 3), 110, np.uint8)
        picture[126 : 126 + 60, 360:410] = colour
        time = T0 + step / FPS
        shown.append(look(time, Being(1, 0.6, 0.6, 0.07, 0.35), frame=Painted(picture, time)))
    return shown


@pytest.mark.parametrize(
    ("colour", "settings", "found"),
    [
        (LIME, {}, False),
        ((30, 120, 240), {}, False),
        (BLUE, {}, True),
        ((45, 75, 115), {}, True),
        (LIME, {"colours": ["orange"]}, True),
    ],
    ids=["lime", "orange", "blue shirt", "brown shirt", "not worn here"],
)
def test_no_vest(colour: tuple[int, int, int], settings: dict[str, object], found: bool) -> None:
    reports = play(rule("no_vest", **settings), dressed(colour))
    assert bool(reports) is found
    assert all("vest" in report.scores for report in reports)


def test_vest_share_and_where_the_torso_is() -> None:
    picture = np.full((4, 4, 3), 128, np.uint8)
    assert vest_shares(picture[None], named(HUES, HUES)) == 0
    picture[:2] = LIME
    assert vest_shares(picture[None], named(HUES, ["yellow"])) == 0.5
    assert vest_shares(picture[None], named(HUES, ["orange"])) == 0
    region = torso_of([0.4, 0.2, 0.6, 0.8], 1.0)
    assert (region.y1, region.y2) == pytest.approx((0.32, 0.488))
    assert region.x2 - region.x1 == pytest.approx(0.132)


@pytest.mark.parametrize(
    ("label", "votes", "found"), [("none", 2, True), ("none", 1, False), ("vest", 9, False)]
)
def test_a_model_may_judge_vests(label: str, votes: int, found: bool) -> None:
    shown = said(label, votes=votes, name="vests")
    assert bool(play(rule("no_vest", attribute="vests"), shown)) is found
