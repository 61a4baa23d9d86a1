"""Regions of changed pixels, followed from look to look until they make a candidate.

Does for smoke, fire, debris and landslides what `object_state` does for tracked objects: a behaviour finds regions in
one look; here they are recognised again, counted, reported once and closed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.change import Change
from secondsight.behaviour.signals.evidence import CandidateEvidence
from secondsight.behaviour.signals.image_ops import Mask, Where, components, extent, filled
from secondsight.behaviour.signals.views import TrackSample
from secondsight.behaviour.spatial.geometry import Points
from secondsight.records import Box, Candidate, Observation, hull, overlap_of_smaller

if TYPE_CHECKING:
    from secondsight.config import PixelRule

SHRINK = 0.1
"""Share by which the reach of a region comes closer to its box in each look: flames are there and gone."""
SAME = 0.3
"""Minimum share of the smaller one of two boxes that the other covers for them to be one region."""
PATIENCE = 2.5
"""Seconds for which a region may be out of sight, behind a truck: nothing that matters here is over sooner."""
LEAST_LOOKS = 3
STEADY = 0.5
"""Minimum share of the looks since its first that show a region for it to make a candidate."""
NEAR = 0.5
"""Share of its size, or of the other's if that is smaller, within which a region beside a reported one is part of it:
the tongues of one fire, the heaps of one slide."""
FRONT = 1.0
"""Longer sides of the larger of two boxes within which what spreads, such as a fire, is one front."""
HALF = 0.5
"""Share of a region's box that tracked objects cover if they hide it."""
MANY = 3
"""Most reports that are open at a time: what changes in more places is one change of the scene."""
MOST = 64
"""Regions followed at a time, the largest first: snow on the lens must not cost more than that."""


@dataclass(frozen=True, slots=True)
class ChangedPatch:
    """One connected region in one look.

    Attributes:
        box: relative. area: share of the picture.
        where: rows and columns of its box; mask: its pixels within them.
        began: when it came to be, if that may have been before anybody could see it.
        unrest: how much its place moved of late, in grey levels, for rules that ask.
    """

    box: Box
    area: float
    where: tuple[slice, slice]
    mask: Mask
    began: float | None = None
    unrest: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether the edge of the picture does not cut it off."""
        x1, y1, x2, y2 = self.box
        return x1 > 0 and y1 > 0 and x2 < 1 and y2 < 1


@dataclass(slots=True, eq=False)
class TrackedRegion:
    """A region over time.

    Attributes:
        since: first look that showed it. began: where its candidate starts, that look or before it.
        box: in the last look that showed it. reach: where it was of late, by which it is recognised.
        first: its box in the first look.
        unrest: of its place in the first look.
        areas: of the looks that showed it, thinned where they are many.
        missed: looks since its first that did not show it.
        hidden: last moment at which people hid it, or it was seen.
    """

    number: int
    since: float
    began: float
    last: float
    box: Box
    reach: Box
    first: Box
    unrest: float = 0.0
    areas: list[float] = field(default_factory=list)
    missed: int = 0
    hidden: float = float("-inf")
    triggered: float | None = None
    reported: Box | None = None
    evidence: CandidateEvidence = field(default_factory=CandidateEvidence)

    @property
    def looks(self) -> int:
        return self.evidence.looks

    @property
    def growth(self) -> float:
        """Its area now, mean of three looks, as a factor of that of its first three."""
        return sum(self.areas[-3:]) / max(sum(self.areas[:3]), 1e-9) if self.areas else 1.0

    @property
    def shift(self) -> float:
        """How far its middle is from where it was at first, in lengths of its longer side; with y as long as x."""
        a, b = self.first, self.box
        side = max(b.x2 - b.x1, b.y2 - b.y1, a.x2 - a.x1, a.y2 - a.y1)
        return max(abs(a.x1 + a.x2 - b.x1 - b.x2), abs(a.y1 + a.y2 - b.y1 - b.y2)) / 2 / max(side, 1e-9)

    def see(self, time: float, patch: ChangedPatch, strength: float, label: str) -> None:
        """A look shows it."""
        self.last, self.box = time, patch.box
        kept = [old + SHRINK * (new - old) for old, new in zip(self.reach, patch.box, strict=True)]
        self.reach = hull(Box(*kept), patch.box)
        self.evidence.add(TrackSample(time, strength, patch.area, True, label))
        if len(self.areas) >= 300:
            del self.areas[3:-3:2]
        self.areas.append(patch.area)


Finder = Callable[[Change, Mask], Iterator[tuple[ChangedPatch, float]]]
"""Finds suspicious patches within a mask, each with a strength 0..1."""


def _always(region: TrackedRegion) -> bool:
    return True


class RegionMonitor:
    """Reports every region that was seen for `duration`, and again when it is gone.

    Args:
        label: label of its candidates.
        find: finds suspicious patches in one look.
        ripe: whether what a region did so far makes a candidate.
        hidden: seconds for which tracked objects may hide a region that is still there.
        spreads: whether it is of a kind that spreads: then all of a front, whatever burns between, is one event.
    """

    def __init__(
        self,
        rule: "PixelRule",
        scene: Scene,
        duration: float,
        label: str,
        find: Finder,
        ripe: Callable[[TrackedRegion], bool] = _always,
        hidden: float = 0.0,
        spreads: bool = False,
    ) -> None:
        self._rule, self._scene, self._duration = rule, scene, duration
        self._label, self._find, self._ripe, self._hidden = label, find, ripe, hidden
        self._spreads = spreads
        self._regions: list[TrackedRegion] = []
        self._silent: list[tuple[Box, float]] = []
        self._zone: Mask | None = None
        self._view = scene.background.view
        self._count = 0
        self._now = float("-inf")
        self._epoch = 0

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        """Take one observation. While nothing moves, what was there still is."""
        background = self._scene.background
        hold_since, self._now = self._now, max(self._now, observation.time)
        self._epoch = observation.epoch
        if observation.held or observation.frame is None or not background.due(observation):
            for region in self._regions:
                if region.last == hold_since:
                    region.last = self._now
            return self._due()
        change = background.compare(observation)
        if background.view != self._view:
            self._view = background.view
            return self._abandon()
        if change is None:
            return []
        found = sorted(self._find(change, self._inside(change)), key=lambda one: -one[0].area)[:MOST]
        self._match(found, change)
        return self._due() + self._bury()

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over: open candidates end where they were seen last."""
        return self._abandon()

    def _abandon(self) -> list[Candidate]:
        """Forget all regions; what was open ends where it was seen last."""
        regions, self._regions = self._regions, []
        return [self._report(region, region.last) for region in regions if region.triggered is not None]

    def _inside(self, change: Change) -> Mask:
        """The zone without what is tracked, if that is to be left out: bool (h, w)."""
        if self._zone is None or self._zone.shape != change.shape:
            self._zone = zone_mask(self._scene.polygon, change.shape)
        return self._zone > change.tracked if self._rule.ignore_tracks else self._zone

    def _match(self, found: list[tuple[ChangedPatch, float]], change: Change) -> None:
        """Give every patch to the region that it overlaps most, or make it a new one."""
        missed = {id(region): region for region in self._regions}
        for patch, strength in found:
            best = max(
                self._regions, key=lambda region: overlap_of_smaller(region.reach, patch.box), default=None
            )
            if best is None or overlap_of_smaller(best.reach, patch.box) < SAME:
                began = self._now if patch.began is None else patch.began
                best = TrackedRegion(
                    self._count,
                    self._now,
                    began,
                    self._now,
                    patch.box,
                    patch.box,
                    patch.box,
                    patch.unrest,
                )
                self._count += 1
                self._regions.append(best)
            elif id(best) not in missed:
                continue  # a larger patch was taken for it: a part that came off belongs to it
            missed.pop(id(best), None)
            best.see(self._now, patch, strength, self._label)
        for region in missed.values():
            if self._now - region.last <= self._hidden and share_set(change.tracked, region.box) >= HALF:
                region.hidden = self._now
            else:
                region.missed += 1

    def _due(self) -> list[Candidate]:
        """Report what makes a candidate, unless its place has been reported already."""
        if not self._regions:
            return []
        reports = []
        self._silent = [(box, until) for box, until in self._silent if until > self._now]
        self._absorb()
        for region in self._regions:
            steady = region.looks >= max(LEAST_LOOKS, STEADY * (region.looks + region.missed))
            if region.triggered is not None or not steady or region.last - region.since < self._duration:
                continue
            if self._ripe(region) and not any(
                overlap_of_smaller(box, region.box) >= SAME for box, _ in self._silent
            ):
                told = [one for one in self._regions if one.triggered is not None]
                if len(told) < MANY and not any(self._joined(one, region) for one in told):
                    region.triggered, region.reported = self._now, region.box
                    reports.append(self._report(region, None))
        return reports

    def _absorb(self) -> None:
        """What came to lie within a region that has been reported belongs to it."""
        told = [region for region in self._regions if region.triggered is not None]
        for region in [region for region in self._regions if region.triggered is None]:
            host = next((one for one in told if self._joined(one, region)), None)
            if host is not None:
                host.last = max(host.last, region.last)
                if self._spreads:
                    host.reach = hull(host.reach, region.box)
                self._regions.remove(region)

    def _joined(self, told: TrackedRegion, other: TrackedRegion) -> bool:
        """Whether a region is part of one that has been reported."""
        return _beside(told.reach, other.box) or (self._spreads and _one_front(told.reach, other.box))

    def _bury(self) -> list[Candidate]:
        """Forget what is out of sight for too long; report its end."""
        if not self._regions:
            return []
        gone = [one for one in self._regions if self._now - max(one.last, one.hidden) > PATIENCE]
        self._regions = [one for one in self._regions if one not in gone]
        over = [region for region in gone if region.triggered is not None]
        self._silent += [(region.reach, region.last + self._rule.cooldown) for region in over]
        return [self._report(region, region.last) for region in over]

    def _report(self, region: TrackedRegion, end: float | None) -> Candidate:
        assert region.triggered is not None
        assert region.reported is not None
        extra: Mapping[str, float] = {"dwell": region.last - region.since, "growth": region.growth}
        return self._scene.writer.region(
            self._epoch,
            region.number,
            region.began,
            region.triggered,
            region.evidence,
            region.reported,
            end=end,
            extra=extra,
        )


def _beside(one: Box, other: Box) -> bool:
    """Whether two boxes overlap, or lie within `NEAR` of the smaller one's size of each other."""
    if overlap_of_smaller(one, other) >= SAME:
        return True
    x = NEAR * min(one.x2 - one.x1, other.x2 - other.x1)
    y = NEAR * min(one.y2 - one.y1, other.y2 - other.y1)
    across, along = _gaps(one, other)
    return across <= x and along <= y


def _one_front(one: Box, other: Box) -> bool:
    """Whether two boxes are no farther apart than the longer side of the larger one."""
    longest = max(one.x2 - one.x1, one.y2 - one.y1, other.x2 - other.x1, other.y2 - other.y1)
    return max(_gaps(one, other)) <= FRONT * longest


def _gaps(one: Box, other: Box) -> tuple[float, float]:
    """How far two boxes are apart across and along; below 0 where they overlap."""
    across = max(one.x1, other.x1) - min(one.x2, other.x2)
    along = max(one.y1, other.y1) - min(one.y2, other.y2)
    return across, along


def share_set(mask: Mask, box: Box) -> float:
    """Share of a relative box that is set in a mask (h, w)."""
    rows, columns = mask.shape
    part = mask[
        int(box.y1 * rows) : int(box.y2 * rows) + 1, int(box.x1 * columns) : int(box.x2 * columns) + 1
    ]
    return float(part.mean()) if part.size else 0.0


def patches(
    mask: Mask, rule: "PixelRule", close: int = 3, *, within: Where | None = None
) -> Iterator[ChangedPatch]:
    """The connected regions of a mask (h, w) whose size the rule allows.

    Args:
        close: gaps of fewer pixels are bridged.
        within: rows and columns out of which nothing is set, nor within `close` of their edge; None if not known.
    """
    within = within or extent(mask, close)
    if within is None:
        return
    rows, columns = mask.shape
    labels, table = components(mask[within], close)
    down, right = within[0].start, within[1].start
    least, most = rule.min_area * mask.size, rule.max_area * mask.size
    for number, (x, y, width, height, area) in enumerate(table[1:], 1):
        if least <= area <= most:
            part = labels[y : y + height, x : x + width] == number
            left, top = x + right, y + down
            box = Box(left / columns, top / rows, (left + width) / columns, (top + height) / rows)
            yield ChangedPatch(
                box, area / mask.size, (slice(top, top + height), slice(left, left + width)), part
            )


def zone_mask(polygon: Points, shape: tuple[int, int]) -> Mask:
    """The pixels within a relative polygon, bool (h, w)."""
    rows, columns = shape
    return filled(np.rint(polygon * (columns, rows) - 0.5).astype(np.int32), shape)
