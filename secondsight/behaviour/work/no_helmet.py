"""No helmet: a person's head does not show the colour of a hard hat.

Hard hats are saturated or white, hair and skin are neither; so the colours of the top of the box say enough to
make a candidate, as in Rubaiyat et al. ("Automatic detection of helmet uses for construction safety", IEEE/WIC/ACM
Web Intelligence Workshops, 2016), who look for colours and circles in the head region of a person found before. Heads
of a few pixels are little to go by in one look, so the mean of several decides. Caps, reflections and bald heads are
for the second look. Where a second-stage model classifies heads, its answer takes the place of the colour.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.colours import Hue, named, vivid_shares
from secondsight.behaviour.state.object_state import ObjectMonitor
from secondsight.behaviour.state.ppe import Part, PpeRule, by_colour, worn_rule
from secondsight.config import Fraction
from secondsight.records import Box

HelmetColour = Literal["white", "yellow", "orange", "red", "green", "blue"]


class NoHelmetRule(PpeRule):
    """A person's head shows no helmet.

    Attributes:
        head: the head's share of the box's height.
        colours: colours of the helmets worn here.
        share: minimum share of the head's pixels in such a colour that is a helmet.
    """

    behaviour: Literal["no_helmet"]
    head: Annotated[Fraction, Field(gt=0)] = 0.14
    colours: Annotated[tuple[HelmetColour, ...], Field(min_length=1)] = (
        "white",
        "yellow",
        "orange",
        "red",
        "green",
        "blue",
    )
    share: Annotated[Fraction, Field(gt=0)] = 0.2
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("bare", "none", "no", "no_helmet")

    def make(self, scene: Scene) -> Behaviour:
        return no_helmet(self, scene)


UPRIGHT = 1.2
"""Minimum height of a box in widths for the head to be on top: of who lies or bends it may be anywhere."""
SIZE = 12
"""A head is looked at as a square of this number of pixels."""
WIDTH = 0.8
"""Width of the head region in heights of it: less than a helmet with its brim, so that little else is in it."""
WHITE = 155
"""Minimum brightness of a white helmet's pixels, in the shade too; hair stays below."""
DARK = 55
"""Minimum brightness of a coloured helmet's pixels: below, colours are noise."""
PALE = 0.16
"""Largest saturation (HSV, 0..1) of white; skin stays above."""
VIVID = 0.66
"""Minimum saturation of a coloured helmet; skin and brown hair stay below."""
YELLOW = 0.3
"""Minimum saturation of a helmet between yellow and green, which light bleaches: no hair or skin has that hue."""
HUES: dict[str, tuple[Hue, ...]] = {
    "red": ((345.0, 15.0, VIVID),),
    "orange": ((15.0, 42.0, VIVID),),
    "yellow": ((42.0, 48.0, VIVID), (48.0, 75.0, YELLOW)),
    "green": ((75.0, 170.0, VIVID),),
    "blue": ((185.0, 260.0, VIVID),),
}


def no_helmet(rule: NoHelmetRule, scene: Scene) -> ObjectMonitor[Part]:
    """Reports everybody in the zone whose head was bare for `duration`, and again when that is over."""

    def region(box: list[float], aspect: float) -> Box:
        return head_of(box, rule.head, aspect)

    def shares(heads: NDArray[np.uint8]) -> NDArray[np.float64]:
        return helmet_shares(heads, rule.colours)

    return worn_rule(rule, scene, "helmet", by_colour(region, shares, SIZE, rule.share, UPRIGHT))


def head_of(box: list[float], share: float, aspect: float) -> Box:
    """The head region of a person's box, relative: the upper `share` of its height, in the middle."""
    x1, y1, x2, y2 = box
    tall = share * (y2 - y1)
    half, middle = WIDTH * tall / aspect / 2, (x1 + x2) / 2
    return Box(max(x1, middle - half), y1, min(x2, middle + half), y1 + tall)


def helmet_shares(heads: NDArray[np.uint8], colours: tuple[str, ...]) -> NDArray[np.float64]:
    """Share 0..1 of the pixels of each head (n, h, w, 3) that have one of the helmets' colours: (n,)."""
    white = (PALE, WHITE) if "white" in colours else None
    return vivid_shares(heads, named(HUES, colours), brightness=DARK, white=white)
