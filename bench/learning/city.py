"""Platforms of the simulated city, filmed day by day: the same cameras, other people, and fog from one day on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from secondsight.ground_truth import Condition, TrueFrame
from secondsight.learn import LabelledBox, Sample
from secondsight.sim import FIRST_TEST_SEED, World, make_world, site_file
from secondsight.sim.output.recording import VideoWriter

DAY = 86400.0
START = 1_767_254_400.0
"""The first morning: 2026-01-01 08:00 UTC."""
EVERY = 2
"""One in so many simulated frames is filmed."""
_PACK, _KINDS = "metro", ("fall", "wrong_way")
_SEED = FIRST_TEST_SEED + 7_000
_DENSITY = 6.0
"""Events and look-alikes a minute."""
_VISIBLE, _HEIGHT = 0.3, 0.03
"""Share of a person, and share of the picture's height, below which people do not label."""
_FRAMES = TypeAdapter(list[TrueFrame])


@dataclass(frozen=True, slots=True)
class City:
    """A site of some cameras.

    Attributes:
        folder: where films and labels go.
        seconds: filmed on each day.
        fog_from: day from which there is fog, at `fog` of its full strength.
    """

    folder: Path
    cameras: int
    days: int
    seconds: float
    fog_from: int
    fog: float

    def names(self) -> list[str]:
        """The cameras."""
        return [f"{_PACK}-{number}" for number in range(self.cameras)]

    def world(self, number: int) -> World:
        """All days of a camera, one after the other."""
        return _world(number, self.days * self.seconds, self.fog_from * self.seconds, self.fog)

    def film(self, day: int) -> None:
        """Film a day of every camera, where that is not done yet."""
        for number in range(self.cameras):
            self._film(number, day)

    def site_text(self, day: int) -> str:
        """The site file that watches the films of a day."""
        about = [self.world(number).truth() for number in range(self.cameras)]
        text = site_file([replace(one, video=self._path(one.camera, day, "mp4").name) for one in about])
        # The classes that rules name are those that no candidate may get worse in.
        return text.replace("    zone: platform\n", "    zone: platform\n    classes: [person]\n")

    def day_folder(self, day: int) -> Path:
        """Where the films of a day lie."""
        return self.folder / f"day-{day:02}"

    def people_in(self, sample: Sample) -> tuple[LabelledBox, ...]:
        """What a person would draw into a sample: everybody who is seen well enough."""
        day, second = divmod(sample.time - START, DAY)
        frames = _frames(self._path(sample.camera, int(day), "json"))
        frame = min(frames, key=lambda one: abs(one.time - second))
        return tuple(
            LabelledBox("person", one.box)
            for one in frame.boxes
            if self._labels(sample.camera)[one.object] == "person"
            and one.visible >= _VISIBLE
            and one.box.y2 - one.box.y1 >= _HEIGHT
        )

    def _labels(self, camera: str) -> dict[int, str]:
        world = self.world(int(camera.rpartition("-")[2]))
        return {actor.number: actor.label for actor in world.actors}

    def _film(self, number: int, day: int) -> None:
        world = self.world(number)
        video, labels = (self._path(world.camera, day, end) for end in ("mp4", "json"))
        if labels.is_file():
            return
        video.parent.mkdir(parents=True, exist_ok=True)
        about, rate = world.truth(), world.frame_rate / EVERY
        first = round(day * self.seconds * world.frame_rate)
        frames = []
        with VideoWriter(video, about.width, about.height, rate, START + day * DAY) as writer:
            for place in range(round(self.seconds * rate)):
                image, frame, _ = world.frame(first + place * EVERY)
                writer.write(image)
                frames.append(replace(frame, index=place, time=place / rate))
        part = labels.with_suffix(".part")
        part.write_bytes(_FRAMES.dump_json(frames))
        part.replace(labels)

    def _path(self, camera: str, day: int, end: str) -> Path:
        return self.day_folder(day) / f"{camera}.{end}"


@cache
def _world(number: int, seconds: float, fog_from: float, fog: float) -> World:
    world = make_world(_PACK, _SEED, number, seconds, density=_DENSITY, kinds=_KINDS)
    return replace(world, conditions=(Condition("fog", fog, fog_from, seconds),))


@cache
def _frames(path: Path) -> Sequence[TrueFrame]:
    return _FRAMES.validate_json(path.read_bytes())
