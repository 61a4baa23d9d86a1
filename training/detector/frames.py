"""Labelled frames of the simulated city for the detector, rendered by a process of its own while the training runs.

A shard is a number of frames out of one world. Its content depends on nothing but its number, and so does which
shards a training step may use: whether frames are rendered fast or slowly makes no difference.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from secondsight.ground_truth import TrueFrame
from secondsight.learn.training.augment import LabelledPicture
from secondsight.sim.actors.base import Actor
from secondsight.sim.actors.things import Thing
from secondsight.sim.actors.vehicles import RouteStop, Vehicle
from secondsight.sim.body.clothing import PALETTE, random_looks
from secondsight.sim.world import World, make_world
from training.kinds import some_kinds

NAME = "city-nano"
LABELS = ("person", "bicycle", "car", "motorcycle", "truck", "suitcase")
"""The everyday classes, by class id."""
RARE = ("scooter", "machine", "debris", "fire", "smoke", "slope")
"""Left for a site to learn: ignored, neither found nor called nothing. What else is no class, such as a box or a
puddle, is background."""
PACKS = ("metro", "industrial", "retail", "motorway")

VISIBLE = 0.3
"""Objects of which less is seen are ignored."""
HEIGHT = 8
"""So are objects with fewer pixels of height in the frame."""
_KINDS: tuple[Literal["suitcase", "bicycle", "motorcycle"], ...] = (
    "suitcase",
    "suitcase",
    "bicycle",
    "motorcycle",
)
_PAINTS = ("red", "blue", "white", "black", "grey", "green", "orange", "brown")
PER_SHARD = 24
SECONDS = 60.0
DENSITY = 8.0
"""Events and look-alikes per minute of a shard's world."""
_QUALITY = 90
_AHEAD = 16
_SPAWN = multiprocessing.get_context("spawn")


class Shard(NamedTuple):
    """Frames as JPEG, and a row for every object: frame, class id or -1 to be ignored, left, top, right, bottom."""

    jpegs: list[bytes]
    rows: NDArray[np.float32]

    def sample(self, index: int) -> LabelledPicture:
        """Frame `index`, decoded."""
        picture = cv2.imdecode(np.frombuffer(self.jpegs[index], np.uint8), cv2.IMREAD_COLOR)
        rows = self.rows[self.rows[:, 0] == index]
        asked = rows[:, 1] >= 0
        return LabelledPicture(
            np.asarray(picture, np.uint8), rows[asked, 2:], rows[asked, 1].astype(np.int64), rows[~asked, 2:]
        )


def labelled(frame: TrueFrame, labels: dict[int, str], width: int, height: int) -> NDArray[np.float32]:
    """Rows (n, 5) of a frame's objects: class id or -1 to be ignored, left, top, right, bottom in pixels."""
    rows = []
    for item in frame.boxes:
        label = labels[item.object]
        if label not in LABELS + RARE:
            continue
        box = np.array(item.box) * (width, height, width, height)
        asked = label in LABELS and item.visible >= VISIBLE and box[3] - box[1] >= HEIGHT
        rows.append((LABELS.index(label) if asked else -1, *box))
    return np.array(rows, np.float32).reshape(-1, 5)


def render_shard(number: int, seed: int) -> Shard:
    """Shard `number`: frames of one clear day, half of them while something happens; the packs take turns."""
    place, turn = divmod(number, len(PACKS))
    pack, rng = PACKS[turn], np.random.default_rng((seed, number))
    kinds = some_kinds(pack, random.Random(f"{pack} {seed + place} frames"))
    world = make_world(pack, seed + place, place % 8, SECONDS, density=DENSITY, kinds=kinds)
    if pack != "retail":
        # There they would lie on shelves, among boxes that look like them.
        world = replace(world, actors=(*world.actors, *_strewn(world, rng)))
    labels = {item.number: item.label for item in world.truth().objects}
    jpegs, rows = [], []
    for index, moment in enumerate(sorted(moments(world, rng))):
        bgr, frame, _ = world.frame(moment)
        jpegs.append(cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes())
        found = labelled(frame, labels, bgr.shape[1], bgr.shape[0])
        rows.append(np.insert(found, 0, index, axis=1))
    return Shard(jpegs, np.concatenate(rows))


def moments(world: World, rng: np.random.Generator) -> list[int]:
    """Frames to show: postures that people seldom have are seen while something happens, and hardly ever else."""
    about = world.truth()
    spans = [
        (one.start * world.frame_rate, one.end * world.frame_rate)
        for one in (*about.events, *about.lookalikes)
    ]
    eventful = [index for index in range(world.frames) if any(start <= index <= end for start, end in spans)]
    half = min(PER_SHARD // 2, len(eventful))
    chosen: set[int] = set(rng.permutation(np.array(eventful, int))[:half].tolist())
    others = [index for index in range(world.frames) if index not in chosen]
    return [*chosen, *rng.permutation(others)[: PER_SHARD - half].tolist()]


def _strewn(world: World, rng: np.random.Generator) -> list[Actor]:
    """A few things more, anywhere on the ground: by itself the city has a suitcase in every third metro scene."""
    camera, number = world.scene.camera(), 1 + max(actor.number for actor in world.actors)
    actors: list[Actor] = []
    for _ in range(int(rng.integers(0, 6))):
        x, y = camera.ground(rng.uniform(0.05, 0.95) * camera.width, rng.uniform(0.4, 1.0) * camera.height)
        if not 2 < y < 40 or world.scene.blocked((camera.origin[0], camera.origin[1]), (x, y)):
            continue
        heading, start = float(rng.uniform(0, 360)), float(rng.uniform(0, SECONDS / 2))
        colour = PALETTE[_PAINTS[rng.integers(len(_PAINTS))]]
        kind = _KINDS[rng.integers(len(_KINDS))]
        if kind == "suitcase":
            actors.append(
                Thing(number, kind, colour, (x, y, 0), heading=heading, start=start, until=start + 30)
            )
        else:
            rider = random_looks(random.Random(int(rng.integers(2**31)))) if rng.random() < 0.5 else None
            route = [RouteStop(x, y, 0.0)]
            actors.append(
                Vehicle(number, kind, colour, route, start, heading=heading, rider=rider, until=start + 30)
            )
        number += 1
    return actors


def write_shard(shard: Shard, path: Path) -> None:
    """Whole or not at all: the trainer takes whatever file is there."""
    ends = np.cumsum([len(jpeg) for jpeg in shard.jpegs])
    temporary = path.with_name(f".{path.name}")
    with temporary.open("wb") as file:
        np.savez(file, jpegs=np.frombuffer(b"".join(shard.jpegs), np.uint8), ends=ends, rows=shard.rows)
    temporary.replace(path)


def read_shard(path: Path) -> Shard:
    """A shard that `write_shard` wrote."""
    with np.load(path) as file:
        bounds = np.concatenate(([0], file["ends"]))
        data = file["jpegs"].tobytes()
        jpegs = [data[a:b] for a, b in pairwise(bounds)]
        return Shard(jpegs, file["rows"])


def _produce(folder: Path, seed: int, count: int, known: "Synchronized[int]") -> None:
    """Render all shards that are not there yet, in order, a little ahead of what is known to the trainer; ends with
    it.
    """
    os.nice(5)
    cv2.setNumThreads(1)
    trainer = os.getppid()
    for number in range(count):
        while number > known.value + _AHEAD and os.getppid() == trainer:
            time.sleep(0.5)
        if os.getppid() != trainer:
            return
        path = folder / f"{number:05}.npz"
        if not path.exists():
            write_shard(render_shard(number, seed), path)


class Shards:
    """The shards of one training, as far as they are rendered.

    Args:
        first: shards that the first of `steps` draws from; each step adds `growth`.
    """

    def __init__(self, folder: Path, seed: int, steps: int, first: int, growth: float) -> None:
        self._folder, self._seed, self._steps = folder, seed, steps
        self._first, self._growth = first, growth
        self._wanted = _SPAWN.Value("i", first)
        self._process: multiprocessing.process.BaseProcess | None = None
        self._loaded: dict[int, Shard] = {}

    @contextmanager
    def rendering(self) -> Iterator[None]:
        """While it lasts, shards are rendered."""
        self._folder.mkdir(parents=True, exist_ok=True)
        count = self._known(self._steps)
        self._process = _SPAWN.Process(
            target=_produce, args=(self._folder, self._seed, count, self._wanted), daemon=True
        )
        self._process.start()
        try:
            yield
        finally:
            self._process.terminate()
            self._process.join()

    def draw(self, step: int, rng: np.random.Generator, count: int) -> list[LabelledPicture]:
        """Random frames out of the shards that step `step` may use; waits for those that are still to come."""
        known = self._wanted.value = self._known(step)
        places = zip(rng.integers(0, known, count), rng.integers(0, PER_SHARD, count), strict=True)
        return [self._shard(int(shard)).sample(int(index)) for shard, index in places]

    def _known(self, step: int) -> int:
        return self._first + int(step * self._growth)

    def _shard(self, number: int) -> Shard:
        if number not in self._loaded:
            path = self._folder / f"{number:05}.npz"
            while not path.exists():
                if self._process is None or not self._process.is_alive():
                    raise RuntimeError(
                        f"the rendering process ended before {path.name}; see its message above"
                    )
                time.sleep(0.1)
            self._loaded[number] = read_shard(path)
        return self._loaded[number]
