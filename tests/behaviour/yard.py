"""Walks in metres, as an imagined camera 5 m above flat ground would show them: its horizon is the picture's top."""

from collections.abc import Callable, Sequence

from secondsight.behaviour.spatial.perspective import FOCAL, TALL
from secondsight.records import Observation
from tests.behaviour.scene import FPS, T0, Being, look

ASPECT = 16 / 9
SIZES = {"person": (TALL, 0.5), "bicycle": (1.1, 1.7), "truck": (2.4, 2.2)}
"""Height and width in metres."""
SLOPE = TALL / 5.0
"""Height of people per distance of their feet below the horizon."""

Path = Callable[[float], tuple[float, float] | None]
"""Seconds to metres: to the right of the middle and away from the camera; None where it is not there."""


def being(
    number: int, x: float, away: float, *, label: str = "person", size: float = TALL, wide: float = 0.5
) -> Being:
    """Somebody or something `size` metres high and `wide` metres wide on the ground."""
    foot = TALL * FOCAL / (SLOPE * away)
    scale = SLOPE * foot / TALL
    return Being(number, 0.5 + x * scale / ASPECT, foot, wide * scale / ASPECT, size * scale, label=label)


def looks(seconds: float, *paths: Path, labels: Sequence[str] = (), fps: float = FPS) -> list[Observation]:
    """What the camera sees of people, or of what `labels` says, on these paths."""
    shown = []
    for step in range(round(seconds * fps)):
        beings = []
        for number, path in enumerate(paths, 1):
            place, label = path(step / fps), labels[number - 1] if labels else "person"
            if place is not None:
                size, wide = SIZES[label]
                beings.append(being(number, *place, label=label, size=size, wide=wide))
        shown.append(look(T0 + step / fps, *beings))
    return shown


def still(x: float, away: float) -> Path:
    """Somebody who stays where they are."""
    return lambda time: (x, away)


def going(x: float, away: float, right: float, further: float, start: float = 0.0) -> Path:
    """Somebody who goes at so many metres per second, from `start` seconds on."""
    return lambda time: (x + right * max(time - start, 0), away + further * max(time - start, 0))


def coming(x: float, away: float) -> Path:
    """Somebody who comes from 24 m farther away within two seconds, and stays."""
    return lambda time: (x, away + 12 * max(2 - time, 0.0))
