"""Tailgating: two people pass an entrance one close behind the other, though each needs a pass of their own.

That is what access control calls tailgating or piggybacking: the second goes through before the entrance can have
closed behind the first. To a camera it is two crossings of one line in the same direction, within the time that the
entrance stays open, or with less than some distance between the two; or one crossing of a box into which a person
else has just vanished, since a person who follows closely hides the one ahead.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.scene import Scene
from secondsight.behaviour.zones.line_crossing import LineCrossing, LineCrossingRule
from secondsight.config import Fraction, Name, ObjectRule, Positive, Timespan
from secondsight.records import Candidate, Observation, TrackId, share_within


class TailgatingRule(ObjectRule):
    """Two pass a line close behind each other, where each needs a pass of their own.

    Attributes:
        direction: direction that counts, looking along the line from its first to its second point.
        hysteresis: distance beyond the line at which the other side is reached, as a share of the picture's height.
        interval: maximum seconds between the two.
        distance: maximum distance between the two, in metres, as an alternative; without it the time alone decides.
    """

    behaviour: Literal["tailgating"]
    line: Name
    direction: Literal["left_to_right", "right_to_left", "any"] = "any"
    hysteresis: Fraction = 0.01
    interval: Timespan = 2.5
    distance: Positive | None = None

    def make(self, scene: Scene) -> Behaviour:
        return Tailgating(self, scene)


SWALLOWED = 4.0
"""Seconds for which a person who vanished into another's box goes on with that one: the second hides the first."""
COVERED = 0.4
"""Minimum share of the last box of a person who vanished that the other's box covers."""
LOOKS = 4
"""Looks that must have shown a person for that: detectors see people in reflections for a look or two."""
FORGET = 60.0
"""Seconds after which nobody follows the last one any more, however near they are."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A person who has passed, and where that person was seen last, metres."""

    crossing: Candidate
    place: tuple[float, float] | None


@dataclass(slots=True)
class EntrantState:
    """A person near the entrance: last box and time, how often seen, and into whose box that one vanished."""

    box: tuple[float, ...]
    time: float
    looks: int = 1
    into: int | None = None


class Tailgating:
    """Reports each two who pass too close to each other, as soon as the second has; both reports come at once."""

    def __init__(self, rule: TailgatingRule, scene: Scene) -> None:
        self._rule, self._scene = rule, scene
        same = rule.model_dump(
            include=set(LineCrossingRule.model_fields) - {"behaviour", "cooldown", "policy"}
        )
        alone = LineCrossingRule.model_validate({**same, "behaviour": "line_crossing", "cooldown": 0.0})
        self._crossings = LineCrossing(alone, scene)
        self._last: dict[float, Pass] = {}
        self._seen: dict[int, EntrantState] = {}

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._scene.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        crossed = [one for one in self._crossings.update(observation) if one.end is not None]
        if observation.held:
            return []
        places = self._places(observation)
        self._watch(observation)
        self._last = {side: self._moved(one, places) for side, one in self._last.items()}
        reports: list[Candidate] = []
        for one in crossed:
            side, here = one.scores["side"], places.get(one.tracks[-1].number)
            ahead = self._last.get(side)
            hidden = self._hidden(one)
            if hidden is not None:
                number, since = hidden
                reports += _report(replace(one, start=since), one, (*one.tracks, number))
            elif ahead is not None and self._follows(ahead, one, here):
                reports += _report(ahead.crossing, one, (*one.tracks, *ahead.crossing.tracks))
            self._last[side] = Pass(one, here)
        return reports

    def close(self, time: float) -> list[Candidate]:
        return self._crossings.close(time)

    def _places(self, observation: Observation) -> dict[int, tuple[float, float]]:
        """Where everybody stands, metres."""
        seen = self._scene.views.view(observation, self._rule, observation.time)
        plane = self._scene.plane(observation)
        return {
            number: plane.metres(x, y) for number, (x, y) in zip(seen.ids, seen.feet.tolist(), strict=True)
        }

    def _moved(self, one: Pass, places: dict[int, tuple[float, float]]) -> Pass:
        return replace(one, place=places.get(one.crossing.tracks[-1].number, one.place))

    def _follows(self, ahead: Pass, second: Candidate, here: tuple[float, float] | None) -> bool:
        gap = second.start - ahead.crossing.start
        if set(ahead.crossing.tracks) & set(second.tracks) or gap > FORGET:
            return False
        near = self._rule.distance
        close = (
            near is not None
            and here is not None
            and ahead.place is not None
            and math.dist(here, ahead.place) <= near
        )
        return gap <= self._rule.interval or close

    def _watch(self, observation: Observation) -> None:
        """Remember who is seen, and into whose box those vanished who no longer are."""
        time = observation.time
        seen = self._scene.views.view(observation, self._rule, time)
        rows = zip(seen.ids, seen.corners, seen.counts.tolist(), strict=True)
        shown = {number: box for number, box, counts in rows if counts}
        for number, box in shown.items():
            known = self._seen.get(number)
            self._seen[number] = EntrantState(box, time, 1 if known is None else known.looks + 1)
        for number, one in list(self._seen.items()):
            if time - one.time > SWALLOWED:
                del self._seen[number]
            elif number not in shown and one.into is None:
                covers = {other: share_within(one.box, box) for other, box in shown.items()}
                best = max(covers, key=covers.__getitem__, default=None)
                if best is not None and covers[best] >= COVERED:
                    one.into = best

    def _hidden(self, crossed: Candidate) -> tuple[TrackId, float] | None:
        """A person who goes through in the box of the one who has just crossed, and when both were seen last."""
        last = crossed.tracks[-1]
        for number, one in self._seen.items():
            if one.into == last.number and one.looks >= LOOKS and one.time < crossed.triggered:
                return TrackId(last.camera, last.epoch, number), one.time
        return None


def _report(first: Candidate, second: Candidate, tracks: tuple[TrackId, ...]) -> list[Candidate]:
    whole = replace(
        second,
        start=min(first.start, second.start),
        tracks=tracks,
        scores={**second.scores, "interval": max(second.start - first.start, 0.0)},
    )
    return [replace(whole, end=None), whole]
