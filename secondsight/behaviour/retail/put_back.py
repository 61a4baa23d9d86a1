"""Put back: a person reached into a shelf; the shelf's look before and afterwards tells what came of it.

A reach is that of take. What the shelf looks like is learnt wherever nobody and no arm is before it, and kept while
a person is (as the long-term picture of Porikli, Ivanov and Haga, "Robust abandoned-object detection using dual
foregrounds", EURASIP Journal on Advances in Signal Processing, 2008). Once the reached-for part is free again, it is
compared: a patch of the size of goods that differs was taken or left there, none means put back, or only touched. If
several have reached for it in the meantime, each of them is a candidate: the review can tell.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.retail.take import TakeRule, take
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.image_ops import Bytes, Mask, apart, blend, components, paste, strongest
from secondsight.behaviour.signals.views import TrackView
from secondsight.behaviour.state.region_state import zone_mask
from secondsight.config import Fraction, Name, ObjectRule, Real, Timespan
from secondsight.records import Box, Candidate, Observation, Severity


class PutBackRule(ObjectRule):
    """A person reached into a shelf; how the shelf looks afterwards tells the outcome.

    Attributes:
        overlap: minimum share of the box's upper-middle part (where hands are) inside the zone.
        extension: minimum width of the box of a person who reaches, as a factor of the width with arms down.
        duration: minimum seconds of the reach.
        movement: minimum share of the strip beside the box that changes during a reach, summed over its looks.
        outcome: what is reported: `put_back`, the shelf looks as before; or `taken`, something is missing or new.
        changed: minimum size of what changed, as a share of the square of the person's height: a bottle is 0.006.
    """

    behaviour: Literal["put_back"]
    severity: Severity = Severity.LOW
    zone: Name
    overlap: Annotated[Fraction, Field(gt=0)] = 0.1
    extension: Annotated[Real, Field(ge=1)] = 1.25
    duration: Timespan = 0.4
    movement: Annotated[Real, Field(gt=0)] = 0.06
    outcome: Literal["put_back", "taken"] = "put_back"
    changed: Annotated[Fraction, Field(gt=0)] = 0.005

    def make(self, scene: Scene) -> Behaviour:
        return ReachOutcomes(self, scene)


LONG_SIDE = 640
"""The shelf is compared at the scale of a picture of this number of pixels: a bottle 10 m away has 30 of them."""
REACH = 0.35
"""How far an arm reaches beyond the box, in heights of the box."""
HANDS = (0.0, 0.65)
"""Where hands reach, as shares of the box's height from its top."""
LINGER = 0.5
"""Seconds for which a place still counts as covered."""
EVERY = 0.4
"""Seconds between two looks at the shelf's pixels."""
FIRST, SETTLE = 2.0, 6.0
"""Seconds for which a place must look the same, in looks that show it free, until that is learnt: for the first time,
and anew. People whom the detector misses stand there for less, and are no part of the shelf."""
LEARN = 2.0
"""Seconds in which it is learnt from then on."""
FREE = 0.7
"""Share of the reached-for part that must be to be seen again."""
LOOKS, SPAN = 4, 0.8
"""This number of looks over this number of seconds are compared, by their median: a passing shadow is no change."""
DIFFERENT = 28
"""Grey levels of the strongest channel: goods differ from what is behind them by more, shadows of people by less."""
PATIENCE = 40.0
"""Seconds after which an outcome that cannot be seen is given up."""


@dataclass(slots=True)
class ShelfReach:
    """A person has reached into the shelf.

    Attributes:
        candidate: as last reported by take.
        height: of the person, pixels of the comparison.
        part: the part of the shelf that was in reach, bool (h, w).
        looks: times and pictures of the part since it is free.
        doubtful: whether what has changed there may be another's doing as well as this one's.
    """

    candidate: Candidate
    height: float
    part: Mask
    looks: list[tuple[float, Bytes]] = field(default_factory=list)
    doubtful: bool = False


class Shelf:
    """How a shelf looks with nobody before it; float32 (h, w, 3) of the zone's bounding box."""

    def __init__(self, polygon: NDArray[np.float64]) -> None:
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        self.box = Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        self._polygon = (polygon - low) / np.maximum(high - low, 1e-6)
        self.usual: NDArray[np.float32] | None = None
        self.known: Mask = np.zeros((0, 0), dtype=bool)
        self.zone: Mask = np.zeros((0, 0), dtype=bool)
        self._covers: deque[tuple[float, NDArray[np.float64]]] = deque()
        self._time = float("-inf")
        self._last: Bytes = np.zeros((0, 0, 3), dtype=np.uint8)
        self._same: NDArray[np.float32] = np.zeros((0, 0), dtype=np.float32)

    def see(self, observation: Observation, boxes: NDArray[np.float64]) -> tuple[Bytes, Mask] | None:
        """The picture of a look, and where it shows the shelf free of people. None without pixels, and too soon after
        the last one.
        """
        frame, time = observation.frame, observation.time
        self._covers.append((time, boxes))
        while time - self._covers[0][0] > LINGER:
            self._covers.popleft()
        if frame is None or 0 <= time - self._time < EVERY:
            return None
        scale = LONG_SIDE / max(frame.width, frame.height)
        width = max(8, round((self.box.x2 - self.box.x1) * frame.width * scale))
        height = max(8, round((self.box.y2 - self.box.y1) * frame.height * scale))
        now = frame.crop(self.box, width, height)
        if self.usual is None or self.usual.shape != now.shape:
            self.usual, self.known = now.astype(np.float32), np.zeros(now.shape[:2], dtype=bool)
            self._last, self._same = now.copy(), np.zeros(now.shape[:2], dtype=np.float32)
            self.zone = zone_mask(self._polygon, (height, width))
        aspect = observation.width / max(observation.height, 1)
        free = np.ones(now.shape[:2], dtype=bool)
        for box in np.concatenate([boxes for _, boxes in self._covers]).tolist():
            x1, y1, x2, y2 = grown(box, aspect)
            if x1 <= self.box.x2 and x2 >= self.box.x1 and y1 <= self.box.y2 and y2 >= self.box.y1:
                free[self.within((x1, y1, x2, y2))] = False
        return now, free

    def learn(self, now: Bytes, time: float, where: Mask) -> None:
        """Learn how it looks, where that is to be seen and nothing waits to be compared."""
        assert self.usual is not None
        passed = min(max(time - self._time, 0.0), 2 * EVERY)
        moved = where & (strongest(apart(now, self._last)) > DIFFERENT)
        self._same += where * np.float32(passed)
        self._same *= ~moved
        paste(now, self._last, where)
        settled = where & (self._same >= FIRST) & (~self.known | (self._same >= SETTLE))
        fresh = settled & ~self.known
        if fresh.any():
            self.usual[fresh] = now[fresh]
            self.known |= fresh
        blend(self.usual, now, passed / LEARN, settled)
        self._time = time

    def within(self, box: Sequence[float]) -> tuple[slice, slice]:
        """Rows and columns of a relative box of the whole picture."""
        rows, columns = self.zone.shape
        wide, tall = max(self.box.x2 - self.box.x1, 1e-6), max(self.box.y2 - self.box.y1, 1e-6)
        x1, x2 = ((x - self.box.x1) / wide * columns for x in (box[0], box[2]))
        y1, y2 = ((y - self.box.y1) / tall * rows for y in (box[1], box[3]))
        return slice(max(int(y1), 0), max(int(y2) + 1, 0)), slice(max(int(x1), 0), max(int(x2) + 1, 0))


class ReachOutcomes:
    """Reports every reach with the wanted outcome as soon as that is to be seen; both reports come at once."""

    def __init__(self, rule: PutBackRule, scene: Scene) -> None:
        same = rule.model_dump(include=set(TakeRule.model_fields) - {"behaviour", "policy", "when"})
        reaches = TakeRule.model_validate({**same, "behaviour": "take", "cooldown": 0.0})
        self._rule, self._takes, self._shelf = rule, take(reaches, scene), Shelf(scene.polygon)
        self._reaches: dict[str, ShelfReach] = {}
        self._views = scene.views
        self.rule = scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        found = self._takes.update(observation)
        if observation.held:
            return []
        seen = self._views.view(observation, self._rule, observation.time)
        shown = self._shelf.see(observation, seen.boxes[seen.counts])
        if self._shelf.usual is None:
            return []
        for one in found:
            self._note(one)
        self._follow(seen, observation)
        if shown is None:
            return []
        now, free = shown
        waiting = np.zeros(free.shape, dtype=bool)
        for reach in self._reaches.values():
            waiting |= reach.part
        reports = [
            report
            for reach in list(self._reaches.values())
            for report in self._judge(reach, now, free, observation)
        ]
        self._shelf.learn(now, observation.time, free & ~waiting)
        return reports

    def close(self, time: float) -> list[Candidate]:
        self._takes.close(time)
        self._reaches.clear()
        return []

    def _note(self, one: Candidate) -> None:
        known = self._reaches.get(one.id)
        if known is not None:
            known.candidate = one
        elif one.end is None:
            self._reaches[one.id] = ShelfReach(one, 0.0, np.zeros(self._shelf.zone.shape, dtype=bool))

    def _follow(self, seen: TrackView, observation: Observation) -> None:
        """Add what those who reach can reach at this look."""
        rows = dict(zip(seen.ids, seen.boxes.tolist(), strict=True))
        aspect = observation.width / max(observation.height, 1)
        scale = LONG_SIDE * min(1.0, 1 / aspect)
        for reach in self._reaches.values():
            numbers = (track.number for track in reversed(reach.candidate.tracks))
            box = next((rows[number] for number in numbers if number in rows), None)
            if box is None or reach.candidate.end is not None:
                continue
            x1, y1, x2, y2 = box
            tall = y2 - y1
            reach.height = max(reach.height, tall * scale)
            hands = (x1, y1 + HANDS[0] * tall, x2, y1 + HANDS[1] * tall)
            where = self._shelf.within(grown(hands, aspect, REACH * tall))
            reach.part[where] |= self._shelf.zone[where]

    def _judge(self, reach: ShelfReach, now: Bytes, free: Mask, observation: Observation) -> list[Candidate]:
        time, part = observation.time, reach.part & self._shelf.known
        to_see = part & free
        if time - reach.candidate.triggered > PATIENCE:
            del self._reaches[reach.candidate.id]
            return []
        if not part.any() or np.count_nonzero(to_see) < FREE * np.count_nonzero(part):
            reach.looks.clear()
            return []
        reach.looks.append((time, now))
        if len(reach.looks) < LOOKS or time - reach.looks[0][0] < SPAN:
            return []
        del self._reaches[reach.candidate.id]
        size, patch = self._changed(reach, to_see)
        changed = size >= self._rule.changed
        if changed:
            self._share(reach, patch)
        if not reach.doubtful and changed != (self._rule.outcome == "taken"):
            return []
        one = reach.candidate
        whole = replace(one, triggered=time, end=time, scores={**one.scores, "changed": size})
        return [replace(whole, end=None), whole]

    def _share(self, reach: ShelfReach, patch: Mask) -> None:
        """Several reached for what has changed before it could be seen: one of them did it, nobody knows who."""
        for other in self._reaches.values():
            if (other.part & patch).any():
                other.doubtful = reach.doubtful = True

    def _changed(self, reach: ShelfReach, where: Mask) -> tuple[float, Mask]:
        """The largest patch that differs, and its size as a share of the square of the person's height. That is how
        the shelf looks from now on.
        """
        usual = self._shelf.usual
        assert usual is not None
        after = np.median(np.stack([picture for _, picture in reach.looks]), axis=0)
        change = after - usual
        change -= np.median(change[where], axis=0)  # the light may have changed in between
        differs = (np.abs(change).max(axis=2) > DIFFERENT) & where
        usual[where] = after[where]
        labels, table = components(differs, 1)
        areas = [row[4] for row in table[1:]]
        largest = max(areas, default=0)
        patch = labels == areas.index(largest) + 1 if areas else differs
        return largest / max(reach.height, 1.0) ** 2, patch


def grown(box: Sequence[float], aspect: float, by: float | None = None) -> tuple[float, float, float, float]:
    """A relative box, wider by an arm's reach on either side; `by` in picture heights."""
    x1, y1, x2, y2 = box
    wide = (REACH * (y2 - y1) if by is None else by) / aspect
    return x1 - wide, y1 - 0.05 * (y2 - y1), x2 + wide, y2
