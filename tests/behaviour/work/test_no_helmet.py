"""No helmet: colours of the head region, over several looks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.work.no_helmet import NoHelmetRule, head_of, helmet_shares
from secondsight.records import Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, T0, Being, look, play, rule
from tests.behaviour.work.said import said
from tests.table import table

COLOURS = NoHelmetRule.model_fields["colours"].default
HELMETS = {
    "white": (225, 225, 225),
    "yellow": (45, 205, 235),
    "orange": (30, 120, 240),
    "red": (40, 40, 200),
    "green": (50, 150, 40),
    "blue": (190, 90, 35),
}
HEADS = {
    "black hair": (25, 25, 28),
    "brown hair": (40, 55, 80),
    "fair hair": (60, 110, 160),
    "grey hair": (140, 140, 140),
    "pale skin": (150, 180, 225),
    "dark skin": (50, 75, 110),
}


def flat(bgr: tuple[int, int, int]) -> NDArray[np.uint8]:
    return np.full((6, 6, 3), bgr, np.uint8)


@table("name", HELMETS)
@table("shade", [1.0, 0.75])
def test_colours_of_helmets(name: str, shade: float) -> None:
    picture = (flat(HELMETS[name]) * shade).astype(np.uint8)
    assert helmet_shares(picture[None], COLOURS) == 1
    assert helmet_shares(picture[None], (name,)) == 1
    assert helmet_shares(picture[None], tuple(other for other in COLOURS if other != name)) == 0


@pytest.mark.parametrize("bgr", [(90, 152, 162), (71, 160, 173), (93, 136, 146), (102, 156, 165)])
def test_a_yellow_helmet_that_light_bleaches(bgr: tuple[int, int, int]) -> None:
    """Mean colours of the helmet in `worker-zone-detection.gif`."""
    assert helmet_shares(flat(bgr)[None], COLOURS) == 1
    assert helmet_shares(flat(bgr)[None], tuple(other for other in COLOURS if other != "yellow")) == 0


@table("name", HEADS)
def test_colours_of_heads(name: str) -> None:
    assert helmet_shares(flat(HEADS[name])[None], COLOURS) == 0


def test_share() -> None:
    picture = flat(HEADS["black hair"])
    picture[:3] = HELMETS["red"]
    assert helmet_shares(picture[None], COLOURS) == pytest.approx(0.5)


def test_head_of() -> None:
    x1, y1, x2, y2 = head_of([0.4, 0.2, 0.6, 0.7], 0.2, 2.0)
    assert (y1, y2) == pytest.approx((0.2, 0.3))
    assert x1 + x2 == pytest.approx(1.0)
    assert (x2 - x1) * 2.0 == pytest.approx(0.8 * (y2 - y1))


def person(seconds: float, heads: list[tuple[int, int, int]], x: float = INSIDE[0]) -> list[Observation]:
    """Somebody whose head has these colours in turn; the rest is blue, as some helmets are."""
    shown = []
    for step in range(round(seconds * FPS)):
        time, being = T0 + step / FPS, Being(1, x, INSIDE[1], 0.06, 0.4)
        picture = np.full((360, 640, 3), 100, np.uint8)
        left, right = int((x - 0.03) * 640), int((x + 0.03) * 640)
        picture[int(0.2 * 360) : int(0.6 * 360), left:right] = HELMETS["blue"]
        picture[int(0.2 * 360) : int(0.26 * 360), left:right] = heads[step % len(heads)]
        shown.append(look(time, being, frame=Painted(picture, time)))
    return shown


@table("head", list(HEADS.values()))
def test_bare_heads_are_reported(head: tuple[int, int, int]) -> None:
    (report,) = play(rule("no_helmet"), person(4, [head]))
    assert report.triggered - report.start >= 1
    assert report.scores["helmet"] < 0.2
    assert not play(rule("no_helmet"), person(4, [head], x=0.2))


@table("head", list(HELMETS.values()))
def test_helmets_are_not(head: tuple[int, int, int]) -> None:
    assert not play(rule("no_helmet"), person(4, [head]))


def test_a_few_looks_without_helmet_do_not_count() -> None:
    heads = [HELMETS["yellow"]] * 4 + [HEADS["black hair"]] * 2
    assert not play(rule("no_helmet"), person(10, heads))


def test_only_these_helmets_are_worn_here() -> None:
    assert play(rule("no_helmet", colours=["white"]), person(4, [HELMETS["red"]]))


def test_who_lies_shows_no_head_on_top() -> None:
    shown = []
    for step in range(20):
        time = T0 + step / FPS
        picture = np.full((360, 640, 3), 20, np.uint8)
        shown.append(look(time, Being(1, *INSIDE, 0.2, 0.1), frame=Painted(picture, time)))
    assert not play(rule("no_helmet"), shown)


def test_without_pixels_nothing_is_known() -> None:
    assert not play(rule("no_helmet"), [look(T0 + i / FPS, Being(1, *INSIDE)) for i in range(20)])


@pytest.mark.parametrize(
    ("label", "votes", "found"), [("bare", 2, True), ("bare", 1, False), ("helmet", 9, False)]
)
def test_a_model_may_judge_helmets(label: str, votes: int, found: bool) -> None:
    shown = said(label, votes=votes, name="hats")
    assert bool(play(rule("no_helmet", attribute="hats"), shown)) is found
