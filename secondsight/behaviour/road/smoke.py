"""Smoke: a soft, pale region grows and hides what is behind it.

Cues of Toreyin, Dedeoglu and Cetin ("Wavelet based real-time smoke detection in video", EUSIPCO 2005): smoke has no
sharp edges, its colours are grey, it changes its shape and grows. They look for the edges that it hides; a road has
none to hide, but the rim of smoke is wide everywhere. Steam, dust and light in fog do the same, and are for the
second look.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.change import Change
from secondsight.behaviour.signals.image_ops import Mask, extent, part, rim, slope, smoothed, spread
from secondsight.behaviour.state.region_state import ChangedPatch, RegionMonitor, TrackedRegion, patches
from secondsight.config import PixelRule, Real, Timespan
from secondsight.records import Severity


class SmokeRule(PixelRule):
    """A soft, pale region grows and hides what is behind it.

    Attributes:
        duration: minimum seconds that it is seen.
        growth: minimum factor by which its area grows from the first look.
    """

    behaviour: Literal["smoke"]
    severity: Severity = Severity.HIGH
    duration: Timespan = 2.0
    growth: Annotated[Real, Field(ge=1)] = 1.3

    def make(self, scene: Scene) -> Behaviour:
        return smoke(self, scene)


GREY = 60
"""Largest difference of a smoke pixel's channels, in grey levels."""
SOFT = 0.22
"""Largest mean slope of the change along the region's rim, as a share of its height (mean change) per pixel (of 320):
things have rims of one or two pixels, smoke of ten."""
ALIVE = 1.0
"""Minimum mean change of brightness from look to look, in grey levels: smoke is never still."""
DENSE = 0.4
"""Minimum share of the region that has changed itself, between the bridged gaps: of smoke mostly 0.6 and more."""
WILD = 30.0
"""Most of that: bodies and lorries change by more."""
PERSON = 0.5
"""A larger share of the region where people were of late is one of them."""
NEW, WARY = 12.0, 2.0
"""Seconds for which a background is new, and times `duration` that smoke must be seen before it: what moved in the
first looks is soft too."""
CLOSE = 7
STRONG = 48.0
"""As `background.STRONG`; smoke is less clear than things."""


def smoke(rule: SmokeRule, scene: Scene) -> RegionMonitor:
    """Reports every region that looks like smoke for `duration` and has grown, and when it is gone."""

    def find(change: Change, inside: Mask) -> Iterator[tuple[ChangedPatch, float]]:
        pale = change.changed & inside
        where = extent(pale, CLOSE)
        if where is None or change.unsettled:
            return
        pale[where] &= spread(part(change.now.planes, where)) <= GREY
        for patch in patches(pale, rule, CLOSE, within=where):
            alive = float(change.step[patch.where][patch.mask].mean())
            dense = float(pale[patch.where][patch.mask].mean())
            if change.of_people(patch.where, patch.mask) > PERSON:
                continue
            if ALIVE <= alive <= WILD and dense >= DENSE and soft(change, patch):
                yield patch, change.strength(patch.where, patch.mask, STRONG)

    def ripe(region: TrackedRegion) -> bool:
        lasts = region.last - region.since >= (WARY if scene.background.age < NEW else 1.0) * rule.duration
        return lasts and region.growth >= rule.growth

    return RegionMonitor(rule, scene, rule.duration, "smoke", find, ripe)


def soft(change: Change, patch: ChangedPatch) -> bool:
    """Whether the rim of a patch is wide: what is seen there fades into the background."""
    rows, columns = patch.where
    # Two pixels of margin, so that the slope at the rim is seen whole.
    top, left = max(rows.start - 2, 0), max(columns.start - 2, 0)
    around = smoothed(change.difference[top : rows.stop + 2, left : columns.stop + 2])
    mask = np.zeros(around.shape, bool)
    mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = patch.mask
    return float(slope(around, rim(mask)).mean()) <= SOFT * float(around[mask].mean())
