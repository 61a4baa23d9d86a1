"""No vest: a person's torso does not show the colour of a safety vest.

High-visibility clothes are fluorescent yellow, orange-red or red (EN ISO 20471): far more saturated than ordinary
clothes, so the share of such pixels in the torso region says enough to make a candidate, as the colour features of
Park and Brilakis do ("Construction worker detection in video frames for initializing vision trackers", Automation in
Construction 28, 2012). One look is little to go by, so the mean of several decides. Where a second-stage model
classifies people, its answer takes the place of the colour.
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

VestColour = Literal["yellow", "orange", "red"]


class NoVestRule(PpeRule):
    """A person wears no safety vest.

    Attributes:
        colours: colours of the vests worn here.
        share: minimum share of the torso's pixels in such a colour that is a vest.
    """

    behaviour: Literal["no_vest"]
    colours: Annotated[tuple[VestColour, ...], Field(min_length=1)] = ("yellow", "orange", "red")
    share: Annotated[Fraction, Field(gt=0)] = 0.25

    def make(self, scene: Scene) -> Behaviour:
        return no_vest(self, scene)


UPRIGHT = 1.4
"""Minimum height of a box in widths for the torso to be where it is looked for."""
TOP, BOTTOM = 0.2, 0.48
"""The torso, as shares of the box's height from its top: below the chin, above the hips."""
WIDTH = 0.22
"""Width of that region in heights of the box: less than a chest's, so that little else is in it."""
SIZE = 16
VIVID = 0.66
"""Minimum saturation (HSV, 0..1) of a vest's pixels: brown and dark clothes stay below."""
BRIGHT = 90
"""Minimum brightness of a vest's pixels, in the shade too."""
HUES: dict[str, tuple[Hue, ...]] = {
    "yellow": ((44.0, 95.0, VIVID),),
    "orange": ((12.0, 44.0, VIVID),),
    "red": ((345.0, 12.0, VIVID),),
}
"""Fluorescent yellow leans to green."""


def no_vest(rule: NoVestRule, scene: Scene) -> ObjectMonitor[Part]:
    """Reports everybody in the zone who wore no vest for `duration`, and again when that is over."""
    hues = named(HUES, rule.colours)

    def shares(torsos: NDArray[np.uint8]) -> NDArray[np.float64]:
        return vest_shares(torsos, hues)

    return worn_rule(rule, scene, "vest", by_colour(torso_of, shares, SIZE, rule.share, UPRIGHT))


def torso_of(box: list[float], aspect: float) -> Box:
    """The torso region of a person's box, relative."""
    x1, y1, x2, y2 = box
    tall, middle = y2 - y1, (x1 + x2) / 2
    half = WIDTH * tall / aspect / 2
    return Box(max(x1, middle - half), y1 + TOP * tall, min(x2, middle + half), y1 + BOTTOM * tall)


def vest_shares(torsos: NDArray[np.uint8], hues: list[Hue]) -> NDArray[np.float64]:
    """Share 0..1 of the pixels of each torso (n, h, w, 3) that have one of the vests' colours: (n,)."""
    return vivid_shares(torsos, hues, brightness=BRIGHT)
