"""No helmet: somebody's head does not show the colour of a hard hat.

Hard hats are saturated or white, hair and skin are neither; so the colours of the top of the box say enough to
suspect somebody, as in Rubaiyat et al. ("Automatic detection of helmet uses for construction safety", IEEE/WIC/ACM
Web Intelligence Workshops, 2016), who look for colours and circles in the head region of a person found before. Heads
of a few pixels are little to go by in one look, so the mean of several decides. Caps, reflections and bald heads are
for the second look. Where a second-stage model classifies heads, its answer takes the place of the colour.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.colours import named, vivid_share
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import NoHelmetRule
from secondsight.records import Box

INERTIA = 2
VOTES = 7
"""Looks at a head whose mean decides: the last two to three seconds."""
LEAST = 2
"""Looks at a head before anything is said: a single one says too little."""
EVERY = 0.35
"""Seconds between two looks at the same head, and at most MOST heads in one look: 0.1 ms each."""
MOST = 6
UPRIGHT = 1.2
"""Least height of a box in widths for the head to be on top: of who lies or bends it may be anywhere."""
SIZE = 12
"""A head is looked at as a square of so many pixels."""
WIDTH = 0.8
"""Width of the head region in heights of it: less than a helmet with its brim, so that little else is in it."""
WHITE = 155
"""Least brightness of a white helmet's pixels, in the shade too; hair stays below."""
DARK = 55
"""Least brightness of a coloured helmet's pixels: below, colours are noise."""
PALE = 0.16
"""Largest saturation (HSV, 0..1) of white; skin stays above."""
VIVID = 0.66
"""Least saturation of a coloured helmet; skin and brown hair stay below."""
HUES = {
    "red": (345.0, 15.0),
    "orange": (15.0, 42.0),
    "yellow": (42.0, 75.0),
    "green": (75.0, 170.0),
    "blue": (185.0, 260.0),
}
"""Hue ranges in degrees."""


@dataclass(slots=True)
class Head:
    """The latest shares of helmet colours in one head region, and when it was looked at last."""

    shares: deque[float] = field(default_factory=lambda: deque(maxlen=VOTES))
    seen: float = float("-inf")

    @property
    def mean(self) -> float:
        """Mean share; 1 after a single look, which says too little."""
        return sum(self.shares) / len(self.shares) if len(self.shares) >= LEAST else 1.0


def no_helmet(rule: NoHelmetRule, scene: Scene) -> Watch[Head]:
    """Reports everybody in the zone whose head was bare for `duration`, and again when that is over."""

    bare = _by_colour(rule) if rule.attribute is None else _by_model(rule, rule.attribute)

    def judge(look: Look[Head]) -> Answers:
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
        Head,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda head: {"helmet": head.mean} if head.shares else {},
    )


Bare = Callable[[Look[Head], list[bool]], list[bool]]
"""Says of every row of a look whether its head is bare, as far as is known; only of those inside it need be asked."""


def _by_model(rule: NoHelmetRule, name: str) -> Bare:
    def bare(look: Look[Head], inside: list[bool]) -> list[bool]:
        said = [look.observation.attributes.get(number, {}).get(name) for number in look.seen.ids]
        return [one is not None and one.votes >= LEAST and one.label in rule.answers for one in said]

    return bare


def _by_colour(rule: NoHelmetRule) -> Bare:
    def bare(look: Look[Head], inside: list[bool]) -> list[bool]:
        frame = look.observation.frame
        due = [row for row, within in enumerate(inside) if within and _due(look, row)]
        due.sort(key=lambda row: look.memories[row].seen)
        for row in due[:MOST]:
            if frame is None:
                break
            head = look.memories[row]
            region = head_of(look.seen.boxes[row].tolist(), rule.head, look.aspect)
            head.seen = look.time
            head.shares.append(helmet_share(frame.crop(region, SIZE, SIZE), rule.colours))
        return [head.mean < rule.share for head in look.memories]

    return bare


def _due(look: Look[Head], row: int) -> bool:
    """Whether it is time for another look at a head, and the box shows where that is."""
    x1, y1, x2, y2 = look.seen.boxes[row].tolist()
    return look.time - look.memories[row].seen >= EVERY and y2 - y1 >= UPRIGHT * (x2 - x1) * look.aspect


def head_of(box: list[float], share: float, aspect: float) -> Box:
    """The head region of a person's box, relative: the upper `share` of its height, in the middle."""
    x1, y1, x2, y2 = box
    tall = share * (y2 - y1)
    half, middle = WIDTH * tall / aspect / 2, (x1 + x2) / 2
    return Box(max(x1, middle - half), y1, min(x2, middle + half), y1 + tall)


def helmet_share(bgr: NDArray[np.uint8], colours: tuple[str, ...]) -> float:
    """Share 0..1 of the pixels (h, w, 3) that have one of the helmets' colours."""
    white = (PALE, WHITE) if "white" in colours else None
    return vivid_share(bgr, named(HUES, colours), saturation=VIVID, brightness=DARK, white=white)
