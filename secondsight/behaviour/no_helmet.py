"""No helmet: somebody's head does not show the colour of a hard hat.

Hard hats are saturated or white, hair and skin are neither; so the colours of the top of the box say enough to
suspect somebody, as in Rubaiyat et al. ("Automatic detection of helmet uses for construction safety", IEEE/WIC/ACM
Web Intelligence Workshops, 2016), who look for colours and circles in the head region of a person found before. Heads
of a few pixels are little to go by in one look, so the mean of several decides. Caps, reflections and bald heads are
for the second look.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.geometry import inside_polygon
from secondsight.behaviour.presence import DOUBTFUL, HOLDS, Answers, Look, Watch
from secondsight.behaviour.scene import Scene
from secondsight.config import NoHelmetRule
from secondsight.records import Box

INERTIA = 2
VOTES = 7
"""Looks at a head whose mean decides: the last two to three seconds."""
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
        return sum(self.shares) / len(self.shares) if len(self.shares) >= 2 else 1.0


def no_helmet(rule: NoHelmetRule, scene: Scene) -> Watch[Head]:
    """Reports everybody in the zone whose head was bare for `duration`, and again when that is over."""

    def judge(look: Look[Head]) -> Answers:
        seen, frame = look.seen, look.observation.frame
        inside = (seen.counts & inside_polygon(seen.feet, scene.polygon)).tolist()
        due = [row for row, within in enumerate(inside) if within and _due(look, row)]
        due.sort(key=lambda row: look.memories[row].seen)
        for row in due[:MOST]:
            if frame is None:
                break
            head = look.memories[row]
            region = head_of(seen.boxes[row].tolist(), rule.head, look.aspect)
            head.seen = look.time
            head.shares.append(helmet_share(frame.crop(region, SIZE, SIZE), rule.colours))
        answers = [
            HOLDS if within and head.mean < rule.share else DOUBTFUL
            for head, within in zip(look.memories, inside, strict=True)
        ]
        return np.array(answers, dtype=np.int8)

    return Watch(
        rule,
        scene,
        judge,
        Head,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda head: {"helmet": head.mean},
    )


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
    blue, green, red = (bgr[..., channel].astype(np.float32) for channel in range(3))
    top, low = bgr.max(axis=2).astype(np.float32), bgr.min(axis=2).astype(np.float32)
    spread = np.maximum(top - low, 1.0)
    saturation = (top - low) / np.maximum(top, 1.0)
    hue = np.where(
        top == red,
        60 * (green - blue) / spread % 360,
        np.where(top == green, 60 * (blue - red) / spread + 120, 60 * (red - green) / spread + 240),
    )
    found = np.zeros(hue.shape, dtype=bool)
    if "white" in colours:
        found |= (top >= WHITE) & (saturation <= PALE)
    vivid = (saturation >= VIVID) & (top >= DARK)
    for colour in colours:
        if colour in HUES:
            first, last = HUES[colour]
            within = (hue >= first) & (hue < last) if first < last else (hue >= first) | (hue < last)
            found |= vivid & within
    return float(found.mean())
