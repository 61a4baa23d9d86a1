"""No vest: somebody's torso does not show the colour of a safety vest.

High-visibility clothes are fluorescent yellow, orange-red or red (EN ISO 20471): far more saturated than ordinary
clothes, so the share of such pixels in the torso region says enough to suspect somebody, as the colour features of
Park and Brilakis do ("Construction worker detection in video frames for initializing vision trackers", Automation in
Construction 28, 2012). One look is little to go by, so the mean of several decides. Where a second-stage model
classifies people, its answer takes the place of the colour.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.colours import Hue, named, vivid_share
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import NoVestRule
from secondsight.records import Box

INERTIA = 2
VOTES = 7
"""Looks at a torso whose mean decides: the last two to three seconds."""
EVERY = 0.35
"""Seconds between two looks at the same torso, and at most MOST torsos in one look: 0.1 ms each."""
MOST = 6
UPRIGHT = 1.4
"""Least height of a box in widths for the torso to be where it is looked for."""
TOP, BOTTOM = 0.2, 0.48
"""The torso, as shares of the box's height from its top: below the chin, above the hips."""
WIDTH = 0.22
"""Width of that region in heights of the box: less than a chest's, so that little else is in it."""
SIZE = 16
VIVID = 0.66
"""Least saturation (HSV, 0..1) of a vest's pixels: brown and dark clothes stay below."""
BRIGHT = 90
"""Least brightness of a vest's pixels, in the shade too."""
HUES: dict[str, Hue] = {"yellow": (44.0, 95.0), "orange": (12.0, 44.0), "red": (345.0, 12.0)}
"""Hue ranges in degrees; fluorescent yellow leans to green."""


@dataclass(slots=True)
class Torso:
    """The latest shares of vest colours in one torso region, and when it was looked at last."""

    shares: list[float] = field(default_factory=list)
    seen: float = float("-inf")

    @property
    def mean(self) -> float:
        """Mean share; 1 after a single look, which says too little."""
        return sum(self.shares) / len(self.shares) if len(self.shares) >= 2 else 1.0

    def see(self, time: float, share: float) -> None:
        """Take one more look."""
        self.seen = time
        self.shares = [*self.shares[1 - VOTES :], share]


def no_vest(rule: NoVestRule, scene: Scene) -> Watch[Torso]:
    """Reports everybody in the zone who wore no vest for `duration`, and again when that is over."""
    bare = _by_colour(rule) if rule.attribute is None else _by_model(rule, rule.attribute)

    def judge(look: Look[Torso]) -> Answers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        found = bare(look, inside)
        return np.array(
            [HOLDS if within and one else DOUBTFUL for one, within in zip(found, inside, strict=True)],
            dtype=np.int8,
        )

    return Watch(
        rule,
        scene,
        judge,
        Torso,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda torso: {"vest": torso.mean} if torso.shares else {},
    )


Bare = Callable[[Look[Torso], list[bool]], list[bool]]
"""Says of every row of a look whether it wears no vest, as far as is known; only of those inside it need be asked."""


def _by_model(rule: NoVestRule, name: str) -> Bare:
    def bare(look: Look[Torso], inside: list[bool]) -> list[bool]:
        said = [look.observation.attributes.get(number, {}).get(name) for number in look.seen.ids]
        return [one is not None and one.label in rule.answers for one in said]

    return bare


def _by_colour(rule: NoVestRule) -> Bare:
    hues = named(HUES, rule.colours)

    def bare(look: Look[Torso], inside: list[bool]) -> list[bool]:
        frame = look.observation.frame
        due = [row for row, within in enumerate(inside) if within and _due(look, row)]
        due.sort(key=lambda row: look.memories[row].seen)
        for row in due[:MOST]:
            if frame is None:
                break
            region = torso_of(look.seen.boxes[row].tolist(), look.aspect)
            look.memories[row].see(look.time, vest_share(frame.crop(region, SIZE, SIZE), hues))
        return [torso.mean < rule.share for torso in look.memories]

    return bare


def _due(look: Look[Torso], row: int) -> bool:
    """Whether it is time for another look at a torso, and the box shows where that is."""
    x1, y1, x2, y2 = look.seen.boxes[row].tolist()
    return look.time - look.memories[row].seen >= EVERY and y2 - y1 >= UPRIGHT * (x2 - x1) * look.aspect


def torso_of(box: list[float], aspect: float) -> Box:
    """The torso region of a person's box, relative."""
    x1, y1, x2, y2 = box
    tall, middle = y2 - y1, (x1 + x2) / 2
    half = WIDTH * tall / aspect / 2
    return Box(max(x1, middle - half), y1 + TOP * tall, min(x2, middle + half), y1 + BOTTOM * tall)


def vest_share(bgr: NDArray[np.uint8], hues: list[Hue]) -> float:
    """Share 0..1 of the pixels (h, w, 3) that have one of the vests' colours."""
    return vivid_share(bgr, hues, saturation=VIVID, brightness=BRIGHT)
