"""What makes seeing hard, each with a strength: the table of conditions, in the order in which light meets them on
its way from the scene to the recording, and how they are put on a frame.

Every condition takes 0.5 to 4 ms on one core at 640x360, and is the same for the same seed, time and picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from secondsight.config import suggestion
from secondsight.errors import ConfigError
from secondsight.ground_truth import Condition
from secondsight.sim.conditions import lens, lighting, weather
from secondsight.sim.conditions.textures import FrameContext, Image, still

if TYPE_CHECKING:
    from secondsight.sim.rendering.render import RenderedFrame

Strengths = Sequence[tuple[str, float]]
"""Names of conditions with their strengths, 0..1."""

USUAL_STRENGTH = 0.7

_STAGES: tuple[tuple[str, Callable[[Image, FrameContext, float], Image]], ...] = (
    ("night", lighting.night),
    ("infrared", lighting.infrared),
    ("backlight", lighting.backlight),
    ("light_change", lighting.light_change),
    ("fog", weather.fog),
    ("rain", weather.rain),
    ("snow", weather.snow),
    ("headlights", lighting.headlights),
    ("reflections", lighting.reflections),
    ("motion_blur", lens.motion_blur),
    ("shake", lens.shake),
    ("dirty_lens", lens.dirty_lens),
    ("night", lighting.night_noise),
    ("infrared", lighting.infrared_sensor),
    ("low_bitrate", lens.low_bitrate),
)

CONDITIONS: tuple[str, ...] = tuple(dict.fromkeys(name for name, _ in _STAGES))
"""Names of all conditions."""


def parse_conditions(texts: Iterable[str]) -> tuple[tuple[str, float], ...]:
    """Conditions from texts such as `night` or `rain:0.4`.

    Raises:
        ConfigError: an unknown name, with the nearest spelling; or a strength outside 0..1.
    """
    return tuple(_parse(text) for text in texts)


def _parse(text: str) -> tuple[str, float]:
    name, colon, number = text.strip().partition(":")
    if name not in CONDITIONS:
        raise ConfigError(
            f"no condition is called `{name}`; {suggestion(name, CONDITIONS)}", key="--conditions"
        )
    try:
        strength = float(number) if colon else USUAL_STRENGTH
    except ValueError:
        strength = -1.0
    if not 0 <= strength <= 1:
        raise ConfigError(f"{name}: write a strength from 0 to 1, as in {name}:0.5", key="--conditions")
    return name, strength


def active(conditions: Iterable[Condition], t: float) -> tuple[tuple[str, float], ...]:
    """What holds at `t` seconds."""
    return tuple((one.name, one.strength) for one in conditions if one.start <= t < one.end)


def apply(picture: RenderedFrame, conditions: Strengths, t: float, seed: int) -> Image:
    """The picture as a camera would show it under these conditions.

    Args:
        conditions: in any order; strength 0 leaves the picture as it is.
        t: seconds from the first frame. seed: not negative.

    Returns:
        uint8 (height, width, 3), BGR; the picture's own pixels when there is nothing to do. The picture itself stays
        as it is.
    """
    strengths = dict(conditions)
    unknown = next((name for name in strengths if name not in CONDITIONS), None)
    if unknown is not None:
        raise ConfigError(f"no condition is called `{unknown}`; {suggestion(unknown, CONDITIONS)}")
    view = FrameContext(picture.depth, picture.ids, t, seed, _darkness(strengths))
    image = picture.bgr
    for name, effect in _STAGES:
        strength = strengths.get(name, 0.0)
        if strength > 0:
            image = effect(image, view, strength)
    return image


def shift(conditions: Strengths, t: float, seed: int, width: int = 640) -> tuple[int, int]:
    """By how many whole pixels, right and down, `shake` moves a picture of this width: what the truth must follow."""
    strength = dict(conditions).get("shake", 0.0)
    return lens.shake_shift(t, width, still(seed, "shake"), strength) if strength else (0, 0)


def shifted(ids: NDArray[np.uint16], by: tuple[int, int]) -> NDArray[np.uint16]:
    """Numbers of the objects, pixel by pixel, moved as `shake` moves the picture; what comes in belongs to none."""
    return lens.move(ids, by)


def _darkness(strengths: dict[str, float]) -> float:
    return max(strengths.get("night", 0.0), strengths.get("infrared", 0.0))
