"""Fire: a bright, warm region flickers at its place.

The colour is that of Chen, Wu and Chiou ("An early fire-detection method based on image processing", ICIP
2004): red is high, and red >= green > blue (here green may equal blue); their bound on saturation is one on
red minus blue here. Flames flicker at some ten hertz (Toreyin, Dedeoglu, Gudukbay and Cetin, "Computer vision
based method for real-time fire and flame detection", Pattern Recognition Letters 27, 2006), which five looks
a second cannot count; but any two of them then differ all over the region, which lamps and orange trucks do
not.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.change import Change
from secondsight.behaviour.signals.image_ops import Mask, brighter, extent, part, warm
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, TrackedRegion, patches
from secondsight.config import Fraction, PixelRule, Positive, Timespan
from secondsight.records import Severity


class FireRule(PixelRule):
    """A bright, warm region flickers.

    Attributes:
        duration: minimum seconds that it is seen.
        flicker: minimum mean change of its brightness between two looks, in grey levels.
    """

    behaviour: Literal["fire"]
    severity: Severity = Severity.HIGH
    ignore_tracks: bool = False
    min_area: Fraction = 0.0002
    duration: Timespan = 2.5
    flicker: Positive = 6.0

    def make(self, scene: Scene) -> Behaviour:
        return fire(self, scene)


RED = 170
"""Minimum red of a flame's pixels."""
WARM = 60
"""Minimum red minus blue."""
BRIGHTER = 20
"""Grey levels by which red or green must be above the background's: lamps and screens flicker about what is usual."""
OUTSHINES = 35.0
"""Minimum mean rise of red above the background, in grey levels: of flames before a lit wall 36 and more."""
ORDERED = 0.3
"""Minimum correlation of green and red over a region's pixels: of flames mostly 0.6 and more."""
RESTLESS = 12.0
"""Most that a place may have moved before a fire there, in grey levels: screens move all the time."""
CLOSE = 5
MOST_SHIFT = 0.75
"""Flames stay at their place: a region that has moved by more of its own length is a truck."""


def glows(change: Change, patch: ChangedPatch) -> bool:
    """Whether a patch outshines the background, and is the yellower the brighter, as flames are (Planck's law): the
    colours of a screen and of what mirrors it know no such order."""
    green, red = (plane[patch.where][patch.mask].astype(np.float32) for plane in change.now.planes[1:])
    usual = change.usual.planes[2][patch.where][patch.mask]
    if float((red - usual).mean()) < OUTSHINES:
        return False
    green, red = green - green.mean(), red - red.mean()
    return float(green @ red) >= ORDERED * float(np.linalg.norm(green) * np.linalg.norm(red))


def fire(rule: FireRule, scene: Scene) -> RegionMonitor:
    """Reports every region of the zone's pixels that looks like flames for `duration`, and when it is gone."""

    def find(change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        bright = (
            inside
            & (change.now.planes[2] >= RED)
            & brighter(change.now.planes, change.usual.planes, BRIGHTER)
        )
        where = extent(bright, CLOSE)
        if where is None or change.flickers:
            return
        bright[where] &= warm(part(change.now.planes, where), WARM)
        for patch in patches(bright, rule, CLOSE, within=where):
            flicker = float(change.step[patch.where][patch.mask].mean())
            if flicker >= rule.flicker and glows(change, patch):
                unrest = float(change.sway[patch.where][patch.mask].mean())
                yield replace(patch, unrest=unrest), min(flicker / (4 * rule.flicker), 1.0)

    def ripe(region: TrackedRegion) -> bool:
        return region.shift <= MOST_SHIFT and region.unrest <= RESTLESS

    return RegionMonitor(rule, scene, rule.duration, "fire", find, ripe, spreads=True)
