"""A simulated detector with its tracker and second stage: true boxes with their faults, without a model.

`SimulatedDetector` gives every look the faults of a good detector. `observations` watches a world that nobody draws,
which takes a fifth of the time, and adds the faults that last and lead to false alarms: people whose clothes are
misread for good, and boxes for some seconds where nothing is. Rules that look at pixels (`BY_PIXELS`) would need
every picture: their candidates are made from the labels instead, see `pixel_candidates`.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from supervision import Detections

from secondsight.ground_truth import Recording, TrueBox, TrueFrame
from secondsight.records import Attribute, Box, Candidate, Frame, Observation
from secondsight.sim.conditions.conditions import active, shift
from secondsight.sim.scenes import WIDTH
from secondsight.sim.shapes.camera import Camera
from secondsight.sim.shapes.shapes import Capsule, GroundPatch, Puff, Shape, Solid
from secondsight.sim.world import World

EVERY = 2
"""Of the city's frames every second one is a look: 5 a second, as of the sentinel."""
LABELS = ("person", "bicycle", "car", "motorcycle", "truck", "suitcase")
"""Classes that a true box can have: those of `city-nano`."""
JITTER, MISSES, VISIBLE = 0.02, 0.05, 0.3
"""Standard deviation of each edge in sizes of the box; share of boxes not found; least share that is seen."""
WRONG = 0.1
"""Share of a true person's attributes that are wrong, before they are voted."""
HANDS = {"phoning": "phone", "smoking": "smoking"}
"""What `city-hands` calls what people do; `city-vest` and `city-helmet` say whether one is worn."""
VOTES = 5
BY_PIXELS: Final = ("fire", "smoke", "debris", "landslide")
MISREAD = 0.15
"""Share of people whose helmet and vest are always misread."""
GHOSTS, LASTING = 2.0, (4.0, 25.0)
"""Boxes of nothing per minute, and seconds from which to which each lasts."""
_FIRST_GHOST = 50_000
_FLIPPED = {"yes": "no", "no": "yes"}


@dataclass(frozen=True, slots=True)
class _Ghost:
    number: int
    label: str
    box: Box
    start: float
    end: float


class SimulatedDetector:
    """What a good detector, tracker and second stage find in one recording; its seed decides the faults.

    Args:
        about: the recording and what it shows.
        labels: classes of what it does not show, by number.
    """

    def __init__(self, about: Recording, labels: Mapping[int, str] | None = None) -> None:
        self._about = about
        self._rng = np.random.default_rng(about.seed)
        self._labels = {thing.number: thing.label for thing in about.objects} | dict(labels or {})
        self._votes: dict[tuple[int, str], list[str]] = {}

    def found(self, frame: TrueFrame) -> list[TrueBox]:
        """The objects of a frame that are found: of those seen well enough, most."""
        return [
            box
            for box in frame.boxes
            if self._labels[box.object] in LABELS and box.visible >= VISIBLE and self._rng.random() >= MISSES
        ]

    def observation(self, shown: Sequence[TrueBox], time: float, frame: Frame | None = None) -> Observation:
        """One look: boxes a little off, attributes voted. To be asked in the order of time.

        Args:
            shown: what was found.
            time: UTC seconds.
            frame: the pixels, if there are any.
        """
        about = self._about
        return Observation(
            about.camera,
            0,
            time,
            about.width,
            about.height,
            self._detections(shown),
            LABELS,
            frame=frame,
            attributes=self._attributes(shown),
        )

    def _detections(self, shown: Sequence[TrueBox]) -> Detections:
        boxes = np.array([one.box for one in shown], dtype=np.float64).reshape(-1, 4)
        sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
        size = np.tile((self._about.width, self._about.height), 2)
        boxes = (boxes + self._rng.normal(0, JITTER, boxes.shape) * sides) * size
        return Detections(
            xyxy=boxes.astype(np.float32),
            confidence=np.full(len(shown), 0.8, dtype=np.float32),
            class_id=np.array([LABELS.index(self._labels[one.object]) for one in shown], dtype=int),
            tracker_id=np.array([one.object for one in shown], dtype=int),
        )

    def _attributes(self, shown: Sequence[TrueBox]) -> dict[int, dict[str, Attribute]]:
        """What good second-stage models say of people, voted."""
        return {
            one.object: {
                name: self._voted((one.object, name), true, choices)
                for name, true, choices in _worn_and_held(one)
            }
            for one in shown
            if self._labels[one.object] == "person"
        }

    def _voted(self, whose: tuple[int, str], true: str, choices: Sequence[str]) -> Attribute:
        """One more look's answer, now and then a wrong one, and what the last ones say together."""
        mine = self._votes.setdefault(whose, [])
        mine.append(str(self._rng.choice(choices)) if self._rng.random() < WRONG else true)
        del mine[:-VOTES]
        best = max(sorted(set(mine)), key=mine.count)
        return Attribute(best, mine.count(best) / len(mine), len(mine))


def _worn_and_held(one: TrueBox) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Name of a second-stage model, its true answer, and all of its answers."""
    said = one.attributes
    yield "hands", HANDS.get(said.get("action", ""), "none"), ("none", "phone", "smoking")
    yield "vest", "vest" if said.get("vest") == "yes" else "none", ("vest", "none")
    yield "helmet", "helmet" if said.get("helmet") == "yes" else "bare", ("helmet", "bare")


def observations(world: World) -> Iterator[Observation]:
    """Five looks a second at a world, without pixels."""
    about = world.truth()
    ghosts, misread = _ghosts(world), _misread(world)
    detector = SimulatedDetector(about, {one.number: one.label for one in ghosts})
    for index in range(0, world.frames, EVERY):
        truth = plain_frame(world, index)
        shown = [_read(box, misread) for box in detector.found(truth)]
        shown += [
            TrueBox(one.number, one.box, 1.0, {}) for one in ghosts if one.start <= truth.time < one.end
        ]
        yield detector.observation(shown, about.start_time + truth.time)


def pixel_candidates(world: World) -> Iterator[Candidate]:
    """What rules that look at pixels might report: each event and look-alike of their kinds at its place, and as
    many things that pass by or are not there at all."""
    about, rng = world.truth(), random.Random(f"{world.camera} {world.seed} pixels")
    kinds = [kind for kind in BY_PIXELS if kind in about.labelled]
    if not kinds:
        return
    places: list[tuple[str, float, Box]] = []
    for event in (*about.events, *about.lookalikes):
        kind = event.resembles or event.kind
        if kind in kinds:
            time = min(event.start + rng.uniform(1.0, 5.0), event.end)
            seen = {one.object: one.box for one in plain_frame(world, _index(world, time)).boxes}
            box = next((seen[number] for number in event.actors if number in seen), event.box)
            if box is not None:
                places.append((kind, time, box))
    for ghost in _ghosts(world):
        places.append((rng.choice(kinds), rng.uniform(5.0, world.duration - 5.0), ghost.box))
    for _ in range(len(places) // 2):
        time = rng.uniform(5.0, world.duration - 5.0)
        passing = plain_frame(world, _index(world, time)).boxes
        if passing:
            places.append((rng.choice(kinds), time, rng.choice(passing).box))
    for number, (kind, time, box) in enumerate(places):
        start, begin = about.start_time, max(time - rng.uniform(0.5, 3.0), 0.0)
        yield Candidate(
            id=f"{about.camera}-{kind}-{number}",
            camera=about.camera,
            epoch=0,
            rule=kind,
            kind=kind,
            start=start + begin,
            triggered=start + time,
            peak=start + rng.uniform(begin, time),
            score=0.8,
            tracks=(),
            end=start + time,
            box=unsteady(box, rng),
        )


def _index(world: World, time: float) -> int:
    return min(max(round(time * world.frame_rate), 0), world.frames - 1)


def unsteady(box: Box, rng: random.Random) -> Box:
    """The box as a small detector might give it: its sides off by 6 % as a rule, sometimes by much."""
    spread = 0.3 if rng.random() < 0.05 else 0.06
    width, height = box.x2 - box.x1, box.y2 - box.y1
    sides = [
        side + rng.gauss(0.0, spread) * size for side, size in zip(box, (width, height) * 2, strict=True)
    ]
    (x1, x2), (y1, y2) = sorted(sides[::2]), sorted(sides[1::2])
    return Box(max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0))


def plain_frame(world: World, index: int) -> TrueFrame:
    """The labels of a frame as `World.frame` gives them, but without seeing who hides whom; what a standing thing
    hides is left out, by its place on the ground."""
    camera, t = world.scene.camera(), index / world.frame_rate
    lens = float(camera.origin[0]), float(camera.origin[1])
    moved = shift(active(world.conditions, t), t, world.seed, WIDTH)
    boxes = []
    for actor in world.actors:
        if not actor.present(t):
            continue
        body = actor.body(t)
        seen = box_of(camera, body.shapes)
        if seen is None or world.scene.blocked(lens, (body.place[0], body.place[1])):
            continue
        whole = seen + np.tile((moved[0] / camera.width, moved[1] / camera.height), 2)
        inside = np.clip(whole, 0.0, 1.0)
        visible = float(np.prod(inside[2:] - inside[:2]) / np.prod(whole[2:] - whole[:2]))
        if visible > 0:
            boxes.append(TrueBox(actor.number, Box(*inside.tolist()), visible, actor.attributes(t)))
    return TrueFrame(index, round(t, 3), tuple(boxes))


def box_of(camera: Camera, shapes: Sequence[Shape]) -> NDArray[np.float64] | None:
    """Relative corners (4,) around some shapes; None for what is behind the lens."""
    points: list[NDArray[np.float64]] = []
    radii: list[float] = []
    for shape in shapes:
        if isinstance(shape, Capsule):
            points += [np.array([shape.a]), np.array([shape.b])]
            radii += [shape.radius_a, shape.radius_b]
        elif isinstance(shape, Puff):
            points.append(np.array([shape.centre]))
            radii.append(0.7 * shape.radius)
        elif isinstance(shape, Solid | GroundPatch):
            corners = shape.vertices if isinstance(shape, Solid) else shape.outline
            points.append(corners.astype(np.float64))
            radii += [0.0] * len(corners)
    if not points:
        return None
    seen = camera.project(np.concatenate(points)).astype(np.float64)
    if (seen[:, 2] <= 0.5).any():
        return None
    reach = (np.array(radii) * camera.focal / seen[:, 2])[:, None]
    low, high = (seen[:, :2] - reach).min(axis=0), (seen[:, :2] + reach).max(axis=0)
    return np.asarray(np.concatenate((low, high)) / np.tile((camera.width, camera.height), 2))


def _ghosts(world: World) -> list[_Ghost]:
    rng = random.Random(f"{world.camera} {world.seed} ghosts")
    traffic = world.scene.pack == "motorway"
    ghosts = []
    for number in range(round(GHOSTS * world.duration / 60)):
        height = rng.uniform(0.08, 0.3)
        width = height * rng.uniform(0.8, 1.6) if traffic else height * rng.uniform(0.2, 0.35)
        x, y = rng.uniform(0.05, 0.95 - width), rng.uniform(0.2, 0.98 - height)
        start = rng.uniform(0.0, world.duration)
        ghosts.append(
            _Ghost(
                _FIRST_GHOST + number,
                rng.choice(("car", "truck")) if traffic else "person",
                Box(x, y, x + width, y + height),
                start,
                start + rng.uniform(*LASTING),
            )
        )
    return ghosts


def _misread(world: World) -> frozenset[int]:
    rng = random.Random(f"{world.camera} {world.seed} misread")
    return frozenset(actor.number for actor in world.actors if rng.random() < MISREAD)


def _read(box: TrueBox, misread: frozenset[int]) -> TrueBox:
    if box.object not in misread:
        return box
    said: Mapping[str, str] = {
        name: _FLIPPED.get(value, value) if name in ("helmet", "vest") else value
        for name, value in box.attributes.items()
    }
    return replace(box, attributes=said)
