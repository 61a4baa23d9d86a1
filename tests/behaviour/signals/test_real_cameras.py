"""What real cameras add to a scene and no pixel rule may report: light, shake, views, ghosts, screens, leaves."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from secondsight.behaviour.signals.background import FIRST_LOOKS, Background
from secondsight.records import Candidate, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, T0, Being, look, play, rule

Picture = NDArray[np.uint8]
Paint = Callable[[Picture, float], Picture]
KINDS = ("debris", "fire", "smoke", "landslide")
WIDTH, HEIGHT = 320, 180
SECONDS = 24.0
NOISE = [np.random.default_rng(seed).normal(0, 2, (HEIGHT, WIDTH, 3)) for seed in range(5)]


def street() -> Picture:
    """A road with markings, a dark verge, a bright wall with windows: what has edges and levels of every kind."""
    rng = np.random.default_rng(1)
    picture = np.full((HEIGHT, WIDTH, 3), (105, 108, 106), np.uint8)
    picture[:60] = (40, 62, 44)
    picture[:60, 200:] = (180, 186, 190)
    for x in range(210, 310, 20):
        picture[15:35, x : x + 10] = (60, 50, 45)
    for y in range(70, 180, 24):
        picture[y : y + 12, 150:156] = (215, 215, 215)
    rough = cv2.GaussianBlur(rng.normal(0, 30, (HEIGHT, WIDTH, 1)), (0, 0), 1.5)
    return np.clip(picture + rough[..., None], 0, 255).astype(np.uint8)


STREET = street()


def film(paint: Paint, seconds: float = SECONDS, beings: Sequence[Being] = ()) -> list[Observation]:
    """Looks at the street as `paint` alters it, from its seconds on."""
    shown = []
    for step in range(round(seconds * FPS)):
        time = step / FPS
        picture = np.clip(paint(STREET.copy(), time) + NOISE[step % len(NOISE)], 0, 255).astype(np.uint8)
        shown.append(look(T0 + time, *beings, frame=Painted(picture, T0 + time), size=(WIDTH, HEIGHT)))
    return shown


def reports_of(kind: str, shown: Sequence[Observation]) -> list[Candidate]:
    return play(rule(kind, zone="frame"), shown, close=True)


def exposed(picture: Picture, time: float) -> Picture:
    gain = 1 + 0.3 * np.sin(time) if time > 3 else 1.0
    return np.clip(picture * gain, 0, 255).astype(np.uint8)


def tinted(picture: Picture, time: float) -> Picture:
    swing = 0.15 * np.sin(time) if time > 3 else 0.0
    return np.clip(picture * np.array((1 - swing, 1.0, 1 + swing)), 0, 255).astype(np.uint8)


def shaken(picture: Picture, time: float) -> Picture:
    x, y = np.random.default_rng(round(time * FPS)).uniform(-3, 3, 2)
    matrix = np.array(((1, 0, x), (0, 1, y)))
    moved = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def turned(picture: Picture, time: float) -> Picture:
    return np.ascontiguousarray(picture[::-1, ::-1]) if 8 < time < 16 else picture


def departed(picture: Picture, time: float) -> Picture:
    """A car that no detector knows is there from the beginning, and drives away."""
    if time < 5:
        left = 80 + round(40 * max(time - 4, 0))
        picture[100:125, left : left + 40] = (40, 40, 160)
        picture[104:112, left + 8 : left + 32] = (30, 25, 20)
    return picture


def swaying(picture: Picture, time: float) -> Picture:
    """Twigs before the wall are here and there."""
    rng = np.random.default_rng(round(time * FPS))
    for twig in range(40):
        x, y = 205 + (twig * 37) % 100, (twig * 23) % 50
        x, y = x + round(rng.uniform(-3, 3)), y + round(rng.uniform(-2, 2))
        picture[y : y + 6, x : x + 6] = (30, 70, 40)
    return picture


def screen(picture: Picture, time: float) -> Picture:
    """A large screen shows one still after the other, some of them red and orange, and the road mirrors it."""
    rng = np.random.default_rng(int(time / 1.5))
    colours = rng.integers(0, 256, (3, 3)) if int(time / 1.5) % 2 else np.array(((20, 60, 255),) * 3)
    for part, colour in enumerate(colours):
        picture[5:55, 40 + 50 * part : 85 + 50 * part] = colour
    glow = 0.5 * colours.mean(axis=0)
    picture[120:170, 60:160] = np.clip(picture[120:170, 60:160] * 0.6 + glow, 0, 255).astype(np.uint8)
    return picture


def headlight(picture: Picture, time: float) -> Picture:
    """Two warm lamps come near, stand for some seconds and flicker a little."""
    if time > 4:
        near = min((time - 4) / 8, 1.0)
        level = 235 + 12 * np.sin(7 * time)
        for x in (120, 120 + round(20 + 20 * near)):
            cv2.circle(picture, (x, 70 + round(60 * near)), 3 + round(3 * near), (170, level, 255), -1)
    return picture


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "paint",
    [exposed, tinted, shaken, turned, departed, swaying, screen, headlight],
    ids=lambda one: one.__name__,
)
def test_what_is_no_event(kind: str, paint: Paint) -> None:
    allowed = 1 if (kind, paint) in (("debris", headlight), ("smoke", screen)) else 0
    assert len({report.id for report in reports_of(kind, film(paint))}) <= allowed


def fallen(picture: Picture, time: float) -> Picture:
    if time > 10:
        picture[120:130, 90:104] = (30, 40, 60)
    return picture


@pytest.mark.parametrize("paint", [exposed, tinted, shaken, departed, swaying], ids=lambda one: one.__name__)
def test_what_falls_is_found_all_the_same(paint: Paint) -> None:
    found = reports_of("debris", film(lambda picture, time: paint(fallen(picture, time), time)))
    assert len({report.id for report in found}) == 1
    box = found[0].box
    assert box is not None
    assert box == pytest.approx((90 / WIDTH, 120 / HEIGHT, 104 / WIDTH, 130 / HEIGHT), abs=0.015)


def test_another_view_ends_what_was_open_and_is_learnt_anew(caplog: pytest.LogCaptureFixture) -> None:
    def lies_and_turns(picture: Picture, time: float) -> Picture:
        if 4 < time < 14:
            picture[120:130, 90:104] = (30, 40, 60)
        return turned(picture, time - 6)

    with caplog.at_level("INFO", "secondsight"):
        first, last = reports_of("debris", film(lies_and_turns, 30))
    assert first.id == last.id
    assert last.end is not None
    assert last.end - T0 == pytest.approx(14, abs=1.0)
    assert sum("another view" in record.message for record in caplog.records) == 2


def test_tongues_of_one_fire_are_one_event() -> None:
    def flames(picture: Picture, time: float) -> Picture:
        rng = np.random.default_rng(round(time * 100))
        for place in range(5 if time > 4 else 0):
            for _ in range(8):
                x, y, tone = (
                    80 + 13 * place + rng.uniform(-4, 4),
                    120 + rng.uniform(-7, 7),
                    rng.uniform(0.2, 1),
                )
                cv2.circle(picture, (round(x), round(y)), 3, (20, round(90 + 150 * tone), 255), -1)
        return picture

    assert len({report.id for report in reports_of("fire", film(flames, 16))}) == 1


def test_a_parked_car_that_a_detector_is_sure_of_is_no_landslide() -> None:
    def parks(picture: Picture, time: float) -> Picture:
        if time > 5:
            picture[90:130, 80:150] = (60, 40, 140)
        return picture

    there = Being(1, 115 / WIDTH, 131 / HEIGHT, 72 / WIDTH, 42 / HEIGHT, label="car")
    doubtful = Being(1, 115 / WIDTH, 131 / HEIGHT, 72 / WIDTH, 42 / HEIGHT, confidence=0.4, label="truck")
    assert not reports_of("landslide", film(parks, 16, [there]))
    assert reports_of("landslide", film(parks, 16, [doubtful]))


def test_light_is_followed_by_gain_not_by_a_constant() -> None:
    """With more exposure dark and bright places differ by different levels, and by no more than noise after that."""
    background = Background()
    shown = film(
        lambda picture, time: np.clip(picture * (1.25 if time > 4 else 1.0), 0, 255).astype(np.uint8), 6
    )
    last = [background.compare(one) for one in shown][-4:]
    change = next(one for one in last if one is not None)
    assert change.changed.mean() < 0.01
    assert len(shown) > FIRST_LOOKS
