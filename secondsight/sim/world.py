"""One camera of the simulated city: everything that is to be seen, and everything that is true of it.

Everything is a pure function of (pack, seed, camera) and the time, so that any frame can be drawn at once, in any
order and without files.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import dist

import numpy as np
from numpy.typing import NDArray

from secondsight.config import suggestion
from secondsight.errors import ConfigError
from secondsight.ground_truth import Condition, Recording, TrueBox, TrueEvent, TrueFrame, TrueObject
from secondsight.records import Box
from secondsight.sim.actors.base import Actor
from secondsight.sim.conditions.conditions import active, apply, parse_conditions, shift, shifted
from secondsight.sim.events import PLOTS, Happening, plots_of
from secondsight.sim.events.background_life import CROWD, background
from secondsight.sim.events.schedule import plan
from secondsight.sim.rendering.render import RenderedFrame, Renderer
from secondsight.sim.scenes import HEIGHT, SCENES, WIDTH, Place
from secondsight.sim.scenes.extras import furnish

PACKS = tuple(SCENES)
FRAME_RATE = 10.0
FIRST_TEST_SEED = 1_000_000
"""Seeds from here on are for tests only: no model that ships has seen them."""
START_TIME = 1_767_254_400.0
"""UTC seconds of the first frame of every recording: 2026-01-01 08:00."""

_LEAST_AREA = 12
"""Pixels below which an object is not labelled."""
_COMPANY = ("intrusion", "wrong_way")
"""Kinds whose sheets ask for other people, and whose plots do not say."""
_NEARBY = 3.0
"""Metres within which others are there, or in the way."""


def training_seeds(count: int) -> range:
    """Seeds to train and develop with."""
    return range(count)


def test_seeds(count: int) -> range:
    """Seeds to test with; disjoint from all training seeds."""
    return range(FIRST_TEST_SEED, FIRST_TEST_SEED + count)


@dataclass(slots=True)
class World:
    """One camera of the simulated city with all that happens before it.

    Attributes:
        camera: name of the camera.
        scene: the place it watches.
        actors: everybody and everything that moves, events' people included.
        events: what really happens, in the order of time.
        lookalikes: what may be taken for it.
        conditions: what makes seeing hard.
        duration: seconds.
        seed: of weather and noise.
        kinds: of the events that its labels are complete for.
        frame_rate: frames per second.

    Examples:
        >>> from secondsight.sim import make_world, test_seeds
        >>> world = make_world("metro", test_seeds(1)[0], camera=0, seconds=60)
        >>> world.frames
        600
        >>> picture, labels, clear = world.frame(20)
        >>> picture.shape, labels.time, clear.ids.shape
        ((360, 640, 3), 2.0, (360, 640))
        >>> world.truth([labels]).frames == (labels,)
        True
    """

    camera: str
    scene: Place
    actors: tuple[Actor, ...]
    events: tuple[TrueEvent, ...]
    lookalikes: tuple[TrueEvent, ...]
    conditions: tuple[Condition, ...]
    duration: float
    seed: int
    kinds: tuple[str, ...]
    frame_rate: float = FRAME_RATE
    _renderer: Renderer | None = field(default=None, repr=False, compare=False)

    @property
    def frames(self) -> int:
        """How many there are."""
        return round(self.duration * self.frame_rate)

    def frame(self, index: int) -> tuple[NDArray[np.uint8], TrueFrame, RenderedFrame]:
        """Draw one frame; any, in any order.

        Args:
            index: number of the frame, from 0.

        Returns:
            The frame as the camera shows it, uint8 BGR (360, 640, 3); its labels; and the picture without
            weather and noise, with the number of the object at each pixel of the frame.
        """
        t = index / self.frame_rate
        picture = self.picture(t)
        strengths = active(self.conditions, t)
        image = apply(picture, strengths, t, self.seed)
        moved = shift(strengths, t, self.seed, WIDTH)
        frame = TrueFrame(index, round(t, 3), self._boxes(picture, t, moved))
        if moved != (0, 0):
            picture = replace(picture, ids=shifted(picture.ids, moved))
        return image, frame, picture

    def picture(self, t: float) -> RenderedFrame:
        """What is to be seen at `t` seconds, in clear weather."""
        if self._renderer is None:
            self._renderer = Renderer(self.scene.camera(), self.scene.backdrop, self.scene.light, self.seed)
        return self._renderer.render([actor.body(t) for actor in self.actors if actor.present(t)])

    def truth(self, frames: Sequence[TrueFrame] = ()) -> Recording:
        """All labels; those of the frames as given."""
        return Recording(
            camera=self.camera,
            video=f"{self.camera}.mp4",
            width=WIDTH,
            height=HEIGHT,
            frame_rate=self.frame_rate,
            duration=self.duration,
            start_time=START_TIME,
            labelled=self.kinds,
            frames=tuple(frames),
            objects=tuple(
                TrueObject(one.number, one.label, one.caption) for one in self.actors if self._ever(one)
            ),
            events=self.events,
            lookalikes=self.lookalikes,
            conditions=self.conditions,
            zones=self.scene.relative_zones(),
            lines=self.scene.relative_lines(),
            geometry=self.scene.geometry,
            caption=self._caption(),
            pack=self.scene.pack,
            seed=self.seed,
            simulated=True,
        )

    def _ever(self, actor: Actor) -> bool:
        return any(actor.present(index / self.frame_rate) for index in range(self.frames))

    def _caption(self) -> str:
        seen = [event.caption for event in self.events]
        return "; ".join([self.scene.caption, *seen]) if seen else self.scene.caption

    def _boxes(self, picture: RenderedFrame, t: float, moved: tuple[int, int]) -> tuple[TrueBox, ...]:
        boxes = []
        for actor in self.actors:
            seen = picture.objects.get(actor.number) if actor.present(t) else None
            if seen is None or seen.area < _LEAST_AREA:
                continue
            box = _moved(seen.box, moved[0] / WIDTH, moved[1] / HEIGHT)
            if box.x2 > box.x1 and box.y2 > box.y1:
                boxes.append(TrueBox(actor.number, box, round(seen.visible, 3), actor.attributes(t)))
        return tuple(boxes)


def labelled(pack: str) -> tuple[str, ...]:
    """Kinds of events that a pack shows by itself, for which its labels are complete."""
    return tuple(plot.kind for plot in PLOTS[pack] if plot.resembles is None)


def make_scene(pack: str, seed: int, camera: int) -> Place:
    """The place that a camera watches; the same for the same numbers.

    Raises:
        ConfigError: there is no such pack.
    """
    if pack not in SCENES:
        raise ConfigError(f"no pack is called `{pack}`; {suggestion(pack, SCENES)}", key="pack")
    return SCENES[pack](random.Random(f"{pack} {seed} {camera} scene"))


def make_world(
    pack: str,
    seed: int,
    camera: int,
    seconds: float,
    conditions: Sequence[str] = (),
    density: float = 4.0,
    kinds: Sequence[str] = (),
) -> World:
    """Make a camera's recording, full of life. The same arguments always give the same world.

    Args:
        pack: metro, industrial, retail or motorway.
        seed: not negative; see `training_seeds` and `test_seeds`.
        camera: its number; each stands and looks differently.
        seconds: length of the recording.
        conditions: such as `night` or `rain:0.4`, throughout.
        density: events and look-alikes per minute, about.
        kinds: of the events that happen, such as `running`; if none, those that the pack shows by itself.

    Returns:
        The world. Nothing is drawn yet.

    Raises:
        ConfigError: an unknown pack, condition or kind.

    Examples:
        >>> from secondsight.sim import make_world, test_seeds
        >>> (seed,) = test_seeds(1)
        >>> world = make_world("metro", seed, camera=0, seconds=60, kinds=["running"])
        >>> {event.kind for event in world.events}
        {'running'}
        >>> again = make_world("metro", seed, camera=0, seconds=60, kinds=["running"])
        >>> world.events == again.events
        True
    """
    hard = parse_conditions(conditions)
    scene = make_scene(pack, seed, camera)
    plots = plots_of(pack, kinds)
    if kinds:
        scene = furnish(scene, kinds)
    rng = random.Random(f"{pack} {seed} {camera} life")
    happened = plan(scene, plots, rng, seconds, density, number=1)
    number = 1 + max((actor.number for one in happened for actor in one.actors), default=0)
    crowd = CROWD if rng.random() < 0.2 else rng.uniform(0.4, 1.3)
    others = background(scene, rng, seconds, happened, number, crowd, kinds)
    return assemble(
        f"{pack}-{camera}",
        scene,
        happened,
        others,
        (
            *(Condition(name, strength, 0.0, seconds) for name, strength in hard),
            *(one for happening in happened for one in happening.conditions),
        ),
        seconds,
        seed * 1000 + camera,
        tuple(kinds),
    )


def assemble(
    camera: str,
    scene: Place,
    happened: Sequence[Happening],
    others: Sequence[Actor],
    conditions: tuple[Condition, ...],
    seconds: float,
    seed: int,
    kinds: Sequence[str] = (),
) -> World:
    """A world from its parts; events are numbered in the order of their start.

    Args:
        kinds: of the events that the labels are complete for; if none, those that the pack shows by itself.
    """
    events = sorted(
        (event for one in happened for event in one.events), key=lambda event: (event.start, event.kind)
    )
    named = [replace(event, id=f"{camera}-{number}") for number, event in enumerate(events, 1)]
    actors = (*(actor for one in happened for actor in one.actors), *others)
    named = [_with_company(event, actors) for event in named]
    return World(
        camera=camera,
        scene=scene,
        actors=actors,
        events=tuple(event for event in named if event.resembles is None),
        lookalikes=tuple(event for event in named if event.resembles is not None),
        conditions=conditions,
        duration=seconds,
        seed=seed,
        kinds=tuple(kinds) or labelled(scene.pack),
    )


def _with_company(event: TrueEvent, actors: Sequence[Actor]) -> TrueEvent:
    """The event with its answer to whether others are there, where that is asked and depends on who passes by."""
    if (event.resembles or event.kind) not in _COMPANY:
        return event
    by_number = {actor.number: actor for actor in actors}
    main = by_number[event.actors[0]]
    people = [a for a in actors if a.label == "person" and a.number not in event.actors]
    times = np.arange(event.start, event.end, 0.5).tolist()
    near = any(
        dist(main.place(t)[:2], other.place(t)[:2]) <= _NEARBY
        for t in times
        for other in people
        if other.present(t)
    )
    return replace(event, answers={**event.answers, "others": "yes" if near else "no"})


def _moved(box: Box, dx: float, dy: float) -> Box:
    parts = (box.x1 + dx, box.y1 + dy, box.x2 + dx, box.y2 + dy)
    return Box(*(round(min(max(part, 0.0), 1.0), 4) for part in parts))
