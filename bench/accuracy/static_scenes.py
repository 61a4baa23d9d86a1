"""Days before cameras where something false stands: what `filters` learns from.

In each place stands something that a small model takes for what it watches: a heap under a tarpaulin for somebody who
lies there, a coat stand at a shelf for somebody who takes something, a patch of new asphalt for debris. It is
suspected again and again, all day, by night and infra-red light, against the sun and in the weather of the day, while
people pass by it. Between these come real events and what looks like them, anywhere; in one part of each day those
that need such a place are at the very thing. Days pass on the clock; drawn are the key frames alone.
"""

import math
import pickle
import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from bench.accuracy.verdict_cases import request_of
from secondsight.cascade.recording.key_frames import choose_times
from secondsight.ground_truth import Condition, TrueEvent
from secondsight.media import encode_jpeg
from secondsight.records import Box, Candidate, ReviewFrame, ReviewRequest
from secondsight.sim.body.clothing import PALETTE
from secondsight.sim.conditions.conditions import parse_conditions
from secondsight.sim.detections import box_of, plain_frame, unsteady
from secondsight.sim.events import PLOTS
from secondsight.sim.events.background_life import background
from secondsight.sim.events.schedule import plan
from secondsight.sim.scenes import Place
from secondsight.sim.shapes.shapes import Capsule, Colour, GroundPatch, ObjectShape, Shape, Vector
from secondsight.sim.world import World, assemble, make_scene

TRAINING, HELD_OUT = 910_000, 920_000
"""First seeds: to choose settings with, and to report on."""
DAY = 86400.0
KEY_FRAMES = 4
A_DAY = 12.0
"""Times a day that the standing thing is suspected, on average."""
SECONDS, DENSITY = 60.0, 4.0
"""Of the life that is drawn for each part of a day: four times a day so much happens."""
PARTS = ((0.0, 6.0), (6.0, 9.0), (9.0, 17.0), (17.0, 24.0))
"""Hours of night, morning, day and evening."""
TAKEN_FOR: Mapping[str, str] = {
    "metro": "fall",
    "industrial": "man_down",
    "retail": "take",
    "motorway": "debris",
}
SPOTS: Mapping[str, str] = {
    "metro": "edge",
    "industrial": "hardhat",
    "retail": "valuables",
    "motorway": "lane",
}
_WEATHER = (
    (),
    (),
    ("rain:{:.2f}",),
    ("fog:{:.2f}",),
    ("low_bitrate:{:.2f}",),
    ("dirty_lens:{:.2f}",),
    ("reflections:{:.2f}",),
)
_NUMBER = 60_000


@dataclass(frozen=True, slots=True)
class DayCase:
    """One case of these days.

    Attributes:
        candidate: its times are UTC seconds of the days.
        of: `standing`, `event` or `lookalike`.
    """

    candidate: Candidate
    request: ReviewRequest
    of: str
    day: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that always stands there and is nobody; an actor of the city, which has no label."""

    shapes: tuple[Shape, ...]
    at: Vector
    number: int = _NUMBER
    label: str = "thing"
    caption: str = "a thing"
    _none: Mapping[str, str] = field(default_factory=dict)

    def present(self, t: float) -> bool:
        return True

    def body(self, t: float) -> ObjectShape:
        return ObjectShape(self.number, self.shapes, self.at)

    def attributes(self, t: float) -> Mapping[str, str]:
        return self._none

    def place(self, t: float) -> Vector:
        return self.at


def days_of(pack: str, seed: int, days: int, keep: Path | None = None) -> list[DayCase]:
    """The cases of one camera, in the order of their triggers; kept as `verdict_cases.cases_of` keeps them."""
    found: list[DayCase] = []
    for day in range(days):
        file = keep / f"day-{pack}-{seed}-{day}.pickle" if keep else None
        if file is not None and file.exists():
            found += pickle.loads(file.read_bytes())
            continue
        drawn = sorted(_drawn(pack, seed, day), key=lambda case: case.candidate.triggered)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(pickle.dumps(drawn))
        print(f"{pack} {seed} {day}: {len(drawn)} cases", file=sys.stderr, flush=True)
        found += drawn
    return found


def _drawn(pack: str, seed: int, day: int) -> Iterator[DayCase]:
    scene, place = make_scene(pack, seed, 0), random.Random(f"{pack} {seed} standing")
    thing, night = _thing(pack, scene, place), place.choice(("infrared", "night"))
    rng = random.Random(f"{pack} {seed} {day} standing")
    weather = [text.format(rng.uniform(0.2, 0.7)) for text in rng.choice(_WEATHER)]
    close = rng.randrange(len(PARTS))
    renderer = None
    for number, hours in enumerate(PARTS):
        light = _light(number, night, weather, rng)
        world = _world(_close(scene, thing) if number == close else scene, thing, seed, rng, light)
        # The same place in the same texture: painted once.
        world._renderer = renderer
        world.picture(0.0)
        renderer = world._renderer
        for time in _times(hours, rng):
            yield _standing(world, thing, day, time, rng)
        for event in (*world.events, *world.lookalikes):
            if (event.resembles or event.kind) in world.kinds:
                case = _happening(world, event, day, rng.uniform(*hours), rng)
                if case is not None:
                    yield case


def _thing(pack: str, scene: Place, rng: random.Random) -> Standing:
    spots = scene.spots[SPOTS[pack]]
    # Near enough to be seen well: a third of the places.
    near = sorted(spots, key=lambda spot: math.dist(spot.at, scene.camera().origin[:2]))[
        : len(spots) // 3 + 1
    ]
    x, y = rng.choice(near).at
    colours: list[Colour] = [
        PALETTE[name] for name in rng.sample(("red", "blue", "white", "black", "grey", "green", "brown"), 3)
    ]
    if pack == "motorway":
        angle = np.linspace(0, 2 * math.pi, 9)[:-1]
        ring = np.stack((1.1 * np.cos(angle), 2.2 * np.sin(angle), 0 * angle), axis=1) * rng.uniform(0.7, 1.2)
        return Standing(
            (GroundPatch((ring + np.array((x, y, 0.0))).astype(np.float32), (45.0, 45.0, 48.0), 0.8),),
            (x, y, 0.0),
        )
    if pack in ("metro", "industrial"):
        turn, long = rng.uniform(0, math.pi), rng.uniform(0.7, 1.0)
        dx, dy = long * math.cos(turn), long * math.sin(turn)
        heap = Capsule((x - dx, y - dy, 0.15), (x + dx, y + dy, 0.2), 0.22, 0.28, colours[0])
        return Standing((heap,), (x, y, 0.0))
    tall = rng.uniform(1.5, 1.8)
    return Standing(
        (
            Capsule((x, y, 0.0), (x, y, tall), 0.03, 0.03, (60.0, 70.0, 80.0)),
            Capsule((x, y, 0.75), (x, y, tall - 0.3), 0.24, 0.17, colours[0]),
            Capsule((x - 0.15, y, 0.9), (x - 0.12, y, tall - 0.4), 0.1, 0.08, colours[1]),
            Capsule((x, y, tall), (x, y, tall + 0.08), 0.12, 0.12, colours[2]),
        ),
        (x, y, 0.0),
    )


def _light(part: int, night: str, weather: Sequence[str], rng: random.Random) -> list[str]:
    """Conditions of a part of a day; no two days are the same."""
    strength = rng.uniform(0.5, 0.8)
    if part == 0:
        return [f"{night}:{strength:.2f}", *weather]
    if part == 1:
        return [f"backlight:{strength - 0.2:.2f}", *weather]
    return list(weather) if part == 2 else [f"night:{strength - 0.3:.2f}", *weather]


def _world(scene: Place, thing: Standing, seed: int, rng: random.Random, hard: Sequence[str]) -> World:
    """Some life of the place under some light."""
    happened = plan(scene, PLOTS[scene.pack], rng, SECONDS, DENSITY, number=1)
    number = 1 + max((actor.number for one in happened for actor in one.actors), default=0)
    others = background(scene, rng, SECONDS, happened, number, rng.uniform(0.4, 1.3))
    conditions = tuple(Condition(name, strength, 0.0, SECONDS) for name, strength in parse_conditions(hard))
    return assemble(f"{scene.pack}-0", scene, happened, [*others, thing], conditions, SECONDS, seed * 1000)


def _close(scene: Place, thing: Standing) -> Place:
    """The scene in which what needs such a place happens at the thing."""
    name = SPOTS[scene.pack]
    spots = [spot for spot in scene.spots[name] if spot.at == thing.at[:2]]
    return replace(scene, spots={**scene.spots, name: tuple(spots)})


def _times(hours: tuple[float, float], rng: random.Random) -> list[float]:
    """Hours at which the thing is suspected."""
    times, time = [], hours[0] + rng.expovariate(A_DAY / 24)
    while time < hours[1]:
        times.append(time)
        time += rng.expovariate(A_DAY / 24)
    return times


def _standing(world: World, thing: Standing, day: int, hour: float, rng: random.Random) -> DayCase:
    corners = box_of(world.scene.camera(), thing.shapes)
    assert corners is not None
    box = Box(*np.clip(corners, 0.0, 1.0).tolist())
    begin = rng.uniform(2.0, SECONDS - 20.0)
    return _case(
        world, TAKEN_FOR[world.scene.pack], "standing", day, hour, begin, begin + 6.0, lambda _: box, rng
    )


def _happening(world: World, event: TrueEvent, day: int, hour: float, rng: random.Random) -> DayCase | None:
    """What a rule might make of a real event or of what looks like one; None where nobody is to be seen."""
    end = min(event.end, event.start + 10.0)
    triggered = rng.uniform((event.start + end) / 2, end)

    def where(time: float) -> Box | None:
        index = min(max(round(time * world.frame_rate), 0), world.frames - 1)
        seen = {one.object: one.box for one in plain_frame(world, index).boxes if one.visible > 0.2}
        return next((seen[number] for number in event.actors if number in seen), event.box)

    if where(triggered) is None:
        return None
    of = "lookalike" if event.resembles else "event"
    return _case(world, event.resembles or event.kind, of, day, hour, event.start, triggered, where, rng)


def _case(
    world: World,
    kind: str,
    of: str,
    day: int,
    hour: float,
    start: float,
    triggered: float,
    where: Callable[[float], Box | None],
    rng: random.Random,
) -> DayCase:
    """A case whose suspect is `where` at seconds of the world."""
    origin = world.truth().start_time + day * DAY + hour * 3600
    candidate = Candidate(
        id=f"{world.camera}-{day}-{hour:.4f}-{of}",
        camera=world.camera,
        epoch=0,
        rule=kind,
        kind=kind,
        start=origin,
        triggered=origin + triggered - start,
        peak=origin + rng.uniform(0.0, triggered - start),
        score=0.8,
        tracks=(),
        end=origin + triggered - start,
    )
    last = min(triggered + 5.0, world.duration) - start
    times = choose_times(candidate, candidate.peak, origin - 1.0, origin + last, KEY_FRAMES)
    frames = []
    for time in times:
        then = time - origin + start
        index = min(max(round(then * world.frame_rate), 0), world.frames - 1)
        box = where(then)
        frames.append(
            ReviewFrame(encode_jpeg(world.frame(index)[0]), time, unsteady(box, rng) if box else None)
        )
    return DayCase(candidate, request_of(candidate, tuple(frames), 0.0), of, day)
