"""What a person lacks on one part of the body, such as a helmet or a vest: by the part's colours, or by a model.

One look at a few pixels is little to go by, so the mean of several decides; and only people in the zone are looked
at, all of them in the same looks, `EVERY` seconds apart. People who looked alike often enough are looked at
less often.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.image_ops import Bytes
from secondsight.behaviour.state.object_state import (
    HOLDS,
    UNCERTAIN,
    LookContext,
    ObjectMonitor,
    Predicate,
    TrackAnswers,
)
from secondsight.config import Name, ObjectRule, Timespan
from secondsight.records import Box

INERTIA = 2
VOTES = 7
"""Looks at a part whose mean decides: the last four seconds."""
LEAST = 2
"""Looks at a part before it decides: a single one tells too little."""
EVERY = 0.5
"""Seconds between two looks at one part."""
REST = 2.0
"""Seconds between two looks at a part of which the last `VOTES` agreed."""
MOST = 24
"""Parts in one look of the camera, those first that waited longest."""
DETAIL = 640
"""Pixels of the longer side of the picture that parts are taken from: a head 20 m away has ten."""


@dataclass(slots=True)
class Part:
    """One person's part.

    Attributes:
        shares: of the wanted colours, in the latest looks at it. mean: of them; 1 before `LEAST`, too few to tell.
        due: when it is to be looked at again.
    """

    shares: deque[float] = field(default_factory=lambda: deque(maxlen=VOTES))
    mean: float = 1.0
    due: float = float("-inf")

    def see(self, time: float, share: float, least: float) -> None:
        """Take a look at it; with a share of at least `least` it is worn."""
        self.shares.append(share)
        if len(self.shares) >= LEAST:
            self.mean = sum(self.shares) / len(self.shares)
        worn = sum(one >= least for one in self.shares)
        self.due = time + (REST if len(self.shares) == VOTES and worn in (0, VOTES) else EVERY)


class PpeRule(ObjectRule):
    """What every rule has about something that people must wear.

    Attributes:
        zone: name of the zone; the reserved name `frame` means the whole picture.
        duration: seconds in the zone without it before it is reported.
        attribute: name of the second-stage model that decides instead of the colour.
        answers: the model's answers that mean it is missing.
    """

    zone: Name
    duration: Timespan = 1.0
    attribute: Name | None = None
    answers: Annotated[tuple[str, ...], Field(min_length=1)] = ("none",)


Lacks = Callable[[LookContext[Part], list[bool]], list[bool]]
"""Says of every row of a look whether the thing is missing, as far as is known; only rows of those inside matter."""


def worn_rule(rule: PpeRule, scene: Scene, name: str, colour: Lacks) -> ObjectMonitor[Part]:
    """Reports everybody in the zone who lacks it for `duration`, and again when that is over.

    Args:
        name: of the score, the mean share of its colours.
        colour: decides unless the rule names a second-stage model.
    """
    lacks = colour if rule.attribute is None else by_model(rule.attribute, rule.answers)
    return ObjectMonitor(
        rule,
        scene,
        judged(scene, lacks),
        Part,
        inertia=INERTIA,
        dwell=rule.duration,
        scores=lambda part: {name: part.mean} if part.shares else {},
    )


def judged(scene: Scene, lacks: Lacks) -> Predicate[Part]:
    """Holds of everybody in the scene's zone who lacks it."""

    def judge(look: LookContext[Part]) -> TrackAnswers:
        inside = (look.seen.counts & look.seen.inside(scene.polygon)).tolist()
        found = lacks(look, inside)
        return np.array(
            [HOLDS if within and one else UNCERTAIN for one, within in zip(found, inside, strict=True)],
            dtype=np.int8,
        )

    return judge


def by_model(name: str, answers: Sequence[str]) -> Lacks:
    """By the second-stage model of this name, whose `answers` mean that it is missing."""

    def lacks(look: LookContext[Part], inside: list[bool]) -> list[bool]:
        predicted = [look.observation.attributes.get(number, {}).get(name) for number in look.seen.ids]
        return [one is not None and one.votes >= LEAST and one.label in answers for one in predicted]

    return lacks


def by_colour(
    part_of: Callable[[list[float], float], Box],
    shares_of: Callable[[Bytes], NDArray[np.float64]],
    size: int,
    least: float,
    upright: float,
) -> Lacks:
    """By the share of pixels in the wanted colours.

    Args:
        part_of: a person's relative box, and the picture's width over its height -> the part's relative box.
        shares_of: pictures of parts (n, size, size, 3) -> the share of each, 0..1.
        size: a part is looked at as a square of this number of pixels.
        least: minimum share for it to be worn.
        upright: minimum height of a person's box in widths for the part to be where it is looked for.
    """

    # When the present round of looks began, and whether a person still waits for their turn in it.
    began, waiting = float("-inf"), False

    def due(look: LookContext[Part], row: int) -> bool:
        x1, y1, x2, y2 = look.seen.corners[row]
        return look.memories[row].due <= look.time and y2 - y1 >= upright * (x2 - x1) * look.aspect

    def lacks(look: LookContext[Part], inside: list[bool]) -> list[bool]:
        nonlocal began, waiting
        if look.time - began >= EVERY:
            began, waiting = look.time, True
        if waiting and look.observation.frame is not None:
            rows = [row for row, within in enumerate(inside) if within and due(look, row)]
            rows.sort(key=lambda row: look.memories[row].due)
            waiting = len(rows) > MOST
            if rows:
                parts = [part_of(list(look.seen.corners[row]), look.aspect) for row in rows[:MOST]]
                shares = shares_of(pictures(look, parts, size)).tolist()
                for row, share in zip(rows, shares, strict=False):
                    look.memories[row].see(look.time, share, least)
        return [part.mean < least for part in look.memories]

    return lacks


def pictures(look: LookContext[Part], parts: Sequence[Box], size: int) -> Bytes:
    """At least one part of what a look shows, each as a square, uint8 BGR (n, size, size, 3): out of one picture of
    all that is tracked, shared by all rules, since each conversion costs 0.1 ms whatever its size.
    """
    whole, around = look.views.once("tracked", lambda: _around(look))
    left, top, across, down = around.x1, around.y1, around.x2 - around.x1, around.y2 - around.y1
    rows, columns = whole.shape[:2]
    boxes, steps = np.array(parts), (np.arange(size) + 0.5) / size
    x = (boxes[:, :1] + (boxes[:, 2:3] - boxes[:, :1]) * steps - left) * (columns / across)
    y = (boxes[:, 1:2] + (boxes[:, 3:] - boxes[:, 1:2]) * steps - top) * (rows / down)
    at = np.clip(y, 0, rows - 1).astype(int)[:, :, None], np.clip(x, 0, columns - 1).astype(int)[:, None, :]
    parted: Bytes = whole[at]
    return parted


def _around(look: LookContext[Part]) -> tuple[Bytes, Box]:
    """The part of the picture that holds all that is tracked, and where that is."""
    frame, boxes = look.observation.frame, look.seen.boxes
    assert frame is not None
    if max(frame.width, frame.height) <= DETAIL:
        return frame.resized(frame.width, frame.height), Box(0.0, 0.0, 1.0, 1.0)
    size = np.array((frame.width, frame.height))
    # From an even pixel to an even one, as a crop takes them.
    first = np.floor(boxes[:, :2].min(axis=0) * size / 2) * 2
    sides = np.maximum(np.ceil(boxes[:, 2:].max(axis=0) * size / 2) * 2 - first, 2)
    scale = min(1.0, DETAIL / sides.max())
    around = Box(*(first / size).tolist(), *((first + sides) / size).tolist())
    columns, rows = (max(2, round(scale * side)) for side in sides.tolist())
    return frame.crop(around, columns, rows), around
