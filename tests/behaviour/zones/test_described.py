"""Described: above the limit with enough looks, inside the zone; before the limit is learned nothing."""

from dataclasses import replace

import pytest

from secondsight.config import SiteConfig
from secondsight.records import SCENE, Likeness, Observation
from tests.behaviour.scene import INSIDE, OUTSIDE, Being, play, rule, site, staying


def alike(known: Likeness | None, number: int = 1, place: tuple[float, float] = INSIDE) -> list[Observation]:
    likeness = {} if known is None else {"watch": {number: known}}
    return [replace(one, likeness=likeness) for one in staying(4, Being(1, *place))]


@pytest.mark.parametrize(
    ("known", "settings", "found"),
    [
        (Likeness(0.2, 0.1, 3), {}, True),
        (Likeness(0.1, 0.1, 3), {}, False),
        (Likeness(0.2, None, 3), {}, False),
        (Likeness(0.2, None, 3), {"limit": 0.15}, True),
        (Likeness(0.2, 0.1, 3), {"limit": 0.25}, False),
        (Likeness(0.2, 0.1, 2), {}, False),
        (Likeness(0.2, 0.1, 2), {"votes": 2}, True),
        (None, {}, False),
    ],
    ids=[
        "above",
        "at",
        "learning",
        "own limit",
        "below own limit",
        "few looks",
        "fewer wanted",
        "never looked at",
    ],
)
@pytest.mark.parametrize("of", ["tracks", "scene"])
def test_it_is_reported_above_the_limit(
    known: Likeness | None, settings: dict[str, object], found: bool, of: str
) -> None:
    number = SCENE if of == "scene" else 1
    reports = play(rule("described", of=of, **settings), alike(known, number), close=True)
    assert bool(reports) is found
    assert not found or (reports[0].scores["likeness"], reports[0].kind) == (0.2, "described")
    assert not found or (reports[0].box is None) is (of == "tracks")


def test_what_stands_outside_of_the_zone_is_not_reported() -> None:
    assert not play(rule("described"), alike(Likeness(0.2, 0.1, 3), place=OUTSIDE))
    assert not play(rule("described", classes=["car"]), alike(Likeness(0.2, 0.1, 3)))


@pytest.mark.parametrize(
    ("text", "question", "asked"),
    [
        (
            'a "red"\n scooter',
            None,
            "Do the frames show, at the marked place, what these words describe: \"a 'red' scooter\"?",
        ),
        ("站台上的外卖电动车", None, "画面标记处能否看到下列文字所描述的内容：“站台上的外卖电动车”？"),
        ("a scooter", "Is it there?", "Is it there?"),
    ],
)
def test_the_second_look_is_asked_for_the_words(text: str, question: str | None, asked: str) -> None:
    config: SiteConfig = site(behaviour="described", zone="yard", text=text, question=question)
    assert config.rules["watch"].question == asked
    needs = config.rules["watch"].description
    assert needs is not None
    assert needs.text == " ".join(text.split())
