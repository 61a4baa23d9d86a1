"""One short play per behaviour in which what it watches for happens once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour import Behaviour
from secondsight.records import Attribute, Likeness, Observation
from tests.behaviour.city import Painted
from tests.behaviour.scene import FPS, INSIDE, T0, Being, line, look, pattern, rule, staying, walk
from tests.behaviour.yard import Path, coming, going, looks, still

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180


@dataclass(frozen=True)
class Play:
    """What a behaviour is set to, and what it is shown."""

    looks: list[Observation]
    settings: dict[str, object]

    def cast(self, kind: str, **more: object) -> Behaviour:
        """The behaviour that watches it."""
        return rule(kind, **{**self.settings, **more})


def steps(seconds: float) -> Iterator[float]:
    """The times of looks, from 0."""
    return (step / FPS for step in range(round(seconds * FPS)))


def changing(*parts: tuple[float, float, float], left: float = 0.55) -> list[Observation]:
    """Somebody of this width and height, whose left side stays where it is, for so many seconds each."""
    sizes = [(width, height) for seconds, width, height in parts for _ in steps(seconds)]
    beings = [Being(1, left + width / 2, INSIDE[1], width, height) for width, height in sizes]
    return [look(T0 + i / FPS, being) for i, being in enumerate(beings)]


def painted(
    seconds: float, paint: Callable[[Picture, float], None], *beings: Being, until: float = 1e9
) -> list[Observation]:
    """A noisy road with hard edges, onto which `paint` draws what is there at each second."""
    rng = np.random.default_rng(1)
    blocks = rng.integers(70, 130, (HEIGHT // 10, WIDTH // 10, 3), dtype=np.uint8)
    road = np.asarray(cv2.resize(blocks, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST), np.uint8)
    shown = []
    for time in steps(seconds):
        picture = road.copy()
        paint(picture, time)
        picture = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        there = beings if time < until else ()
        shown.append(look(T0 + time, *there, frame=Painted(picture, T0 + time)))
    return shown


def block(picture: Picture, x: float, y: float, side: float, bgr: tuple[int, int, int]) -> None:
    """A square, at relative x and y, as high as `side` of the picture's width."""
    left, top, size = round(x * WIDTH), round(y * HEIGHT), round(side * WIDTH)
    picture[top : top + size, left : left + size] = bgr


def thing(picture: Picture, time: float) -> None:
    if time >= 3:
        block(picture, 0.55, 0.5, 0.05, (30, 30, 200))


def flames(picture: Picture, time: float) -> None:
    rng = np.random.default_rng(int(time * 100))
    for x, y, tone in rng.uniform((0.555, 0.48, 0.2), (0.595, 0.55, 1), (12, 3)) if time >= 3 else ():
        cv2.circle(picture, (int(x * WIDTH), int(y * HEIGHT)), 4, (20, int(90 + 150 * tone), 255), -1)


def cloud(picture: Picture, time: float) -> None:
    if time < 3:
        return
    rng = np.random.default_rng(int(time * 100))
    down, right = np.mgrid[0:HEIGHT, 0:WIDTH]
    far = np.hypot(right - 190, (down - 90) * 1.2) / (WIDTH * (0.03 + 0.02 * (time - 3)))
    rough = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 6) * 2
    cover = np.clip(np.clip(1.2 - far, 0, 0.7) * (1 + rough), 0, 0.8)[..., None]
    picture[...] = (picture * (1 - cover) + 225 * cover).astype(np.uint8)


def earth(picture: Picture, time: float) -> None:
    if time >= 3:
        block(picture, 0.5, 0.3, 0.2 * min((time - 3) / 3, 1.0), (50, 78, 104))


def dark(picture: Picture, time: float) -> None:
    if time >= 4:
        picture[...] = 0


def shelf(picture: Picture, time: float) -> None:
    """Goods that are taken at the sixth second."""
    if time < 6:
        picture[85:95, 165:174] = (20, 30, 200)
    if 3 <= time < 7:
        picture[55:144, 128:160] = (150, 120, 60)


def bag(picture: Picture, time: float) -> None:
    if time < 15:
        block(picture, 0.59, 0.6, 0.06, (30, 30, 200))
    if 13 <= time < 17:
        picture[72:144, 166:186] = 40


def body(picture: Picture, time: float) -> None:
    picture[36:108, 182:202] = 20


def struggle(picture: Picture, time: float) -> None:
    rng = np.random.default_rng(int(time * 100))
    for left in (167, 192):
        part = picture[54:108, left : left + 25]
        part[...] = 40
        part[rng.random(part.shape[:2]) < 0.4] = 220


def over() -> list[Observation]:
    """Somebody climbs over the door, which then leads away from the camera."""
    shares = [min(max((time - 1) / 2, 0.0), 1.0) for time in steps(4)]
    path = [(0.3 + 0.4 * share, 0.7 - 0.18 * (1 - abs(2 * share - 1))) for share in shares]
    return [look(T0 + i / FPS, Being(1, *at, 0.08, 0.3)) for i, at in enumerate(path)]


def reach() -> list[Observation]:
    """Somebody at the shelf of `shelf` reaches into it."""
    shown = painted(10, shelf)
    for step, one in enumerate(shown):
        time, reaching = step / FPS, 5 <= step / FPS < 6.5
        if 3 <= time < 7:
            being = Being(1, 0.5 if reaching else 0.45, 0.8, 0.2 if reaching else 0.1, 0.5)
            shown[step] = look(T0 + time, being, frame=one.frame)
    return shown


def theft() -> list[Observation]:
    """Somebody stands beside the bag of `bag` when it goes."""
    shown = painted(26, bag)
    return [
        look(one.time, Being(1, 0.55, 0.8, 0.07, 0.4), frame=one.frame) if 13 <= one.time - T0 < 17 else one
        for one in shown
    ]


def told(shown: list[Observation], label: str) -> list[Observation]:
    """A second-stage model says this of number 1."""
    return [replace(one, attributes={1: {"doing": Attribute(label, 0.9, 5)}}) for one in shown]


CARS: list[Path] = [coming(x, 14.0 + 9 * row) for row in range(2) for x in (-2.0, 2.0)]
GROUP: list[Path] = [still(0.8 * (number % 3) - 0.8, 9 + 0.9 * (number // 3)) for number in range(5)]
FRAME: dict[str, object] = {"zone": "frame"}
ONE = Being(1, *INSIDE)
_ALIKE = {"watch": {1: Likeness(0.2, 0.1, 3)}}
_PLAYS: dict[str, Callable[[], tuple[list[Observation], dict[str, object]]]] = {
    "intrusion": lambda: (pattern("oooiiiiiooooo"), {}),
    "loitering": lambda: (pattern("ooo" + "i" * 15 + "ooooo"), {"loitering_time": 2}),
    "line_crossing": lambda: (walk(line((0.5, 0.3), (0.5, 0.8), 11)), {}),
    "fall": lambda: (changing((3, 0.06, 0.3), (0.4, 0.11, 0.19), (3, 0.16, 0.08)), {}),
    "wrong_way": lambda: (walk(line((0.6, 0.3), (0.6, 0.85), 20)), {"angle": 0}),
    "fight": lambda: (painted(5, struggle, Being(1, 0.56, 0.6, 0.08), Being(2, 0.64, 0.6, 0.08)), FRAME),
    "stillness": lambda: (staying(8, ONE), {"duration": 5}),
    "left_bag": lambda: (staying(12, Being(1, 0.6, 0.6, 0.1, 0.1, label="suitcase")), {}),
    "no_helmet": lambda: (painted(4, body, Being(1, *INSIDE, 0.06, 0.4)), {}),
    "take": lambda: (changing((3, 0.05, 0.4), (1, 0.1, 0.4), (2, 0.05, 0.4), left=0.42), {}),
    "stopped": lambda: (staying(9, Being(1, *INSIDE, 0.2, 0.1, label="car")), {}),
    "smoke": lambda: (painted(12, cloud), FRAME),
    "fire": lambda: (painted(12, flames), FRAME),
    "debris": lambda: (painted(10, thing), FRAME),
    "landslide": lambda: (painted(12, earth), FRAME),
    "vehicle_near_person": lambda: (
        looks(5, still(0.0, 9.0), going(2.2, 16.0, 0.0, -3.0), labels=("person", "truck")),
        FRAME,
    ),
    "tailgating": lambda: (looks(13, going(0, 16, 0, -1.4), going(0.2, 16, 0, -1.4, start=1.2)), {}),
    "running": lambda: (looks(2.6, going(-4.0, 8.0, 3.5, 0.0)), FRAME),
    "removed_object": lambda: (theft(), {**FRAME, "duration": 3, "owner": 8}),
    "no_vest": lambda: (painted(5, body, Being(1, *INSIDE, 0.06, 0.4)), {}),
    "man_down": lambda: (staying(10, Being(1, 0.6, 0.6, 0.2, 0.1)), {"duration": 6}),
    "lone_worker": lambda: (staying(8, ONE), {"duration": 5, "company": 2}),
    "forbidden_operation": lambda: (told(staying(8, ONE), "phone"), {}),
    "described": lambda: ([replace(one, likeness=_ALIKE) for one in staying(8, ONE)], {}),
    "crowd": lambda: (looks(8, *GROUP), {**FRAME, "people": 5, "duration": 3}),
    "climbing": lambda: (over(), {"door": ((0.5, 0.2), (0.5, 0.9))}),
    "counting": lambda: (pattern("ooo" + "i" * 15 + "ooooo"), {}),
    "queue": lambda: (looks(20, *GROUP[:3]), {**FRAME, "people": 3, "duration": 5}),
    "put_back": lambda: (reach(), {"outcome": "taken"}),
    "jam": lambda: (looks(10, *CARS, labels=["truck"] * 4), {**FRAME, "duration": 5, "min_vehicles": 4}),
    "pedestrian": lambda: (staying(3, Being(1, 0.6, 0.6, 0.05, 0.2)), {}),
    "low_visibility": lambda: (painted(12, dark), {**FRAME, "duration": 4}),
}


@cache
def play_of(kind: str) -> Play:
    """The play of a behaviour."""
    return Play(*_PLAYS[kind]())
