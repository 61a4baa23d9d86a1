"""Platforms of the simulated city, filmed day by day: the same cameras, other people, and the weather of the day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from secondsight.ground_truth import Condition, TrueEvent, TrueFrame
from secondsight.learn import LabelledBox, Sample
from secondsight.measure.running.recordings import Labelled
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
class Weather:
    """What makes seeing hard from one day on, up to another that has it no more.

    Attributes:
        name: of a condition of the city, such as `fog`. strength: 0..1.
    """

    name: str
    strength: float
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class City:
    """A site of some cameras.

    Attributes:
        folder: where films and labels go.
        seconds: filmed on each day.
        weather: of the days; the others are clear.
        classes: of things that people label.
    """

    folder: Path
    cameras: int
    days: int
    seconds: float
    weather: tuple[Weather, ...]
    classes: tuple[str, ...] = ("person",)

    def names(self) -> list[str]:
        """The cameras."""
        return [f"{_PACK}-{number}" for number in range(self.cameras)]

    def world(self, number: int) -> World:
        """All days of a camera, one after the other."""
        conditions = tuple(
            Condition(one.name, one.strength, one.begin * self.seconds, one.end * self.seconds)
            for one in self.weather
        )
        return _world(number, self.days * self.seconds, conditions)

    def weather_of(self, day: int) -> str:
        """Name of the day's weather; `clear` without any."""
        return next((one.name for one in self.weather if one.begin <= day < one.end), "clear")

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

    def things_in(self, sample: Sample) -> tuple[LabelledBox, ...]:
        """What a person would draw into a sample: all of their classes that is seen well enough."""
        day, second = divmod(sample.time - START, DAY)
        frames = _frames(self._path(sample.camera, int(day), "json"))
        return self.labelled(sample.camera, min(frames, key=lambda one: abs(one.time - second)))

    def labelled(self, camera: str, frame: TrueFrame) -> tuple[LabelledBox, ...]:
        """What a person would draw into a frame."""
        labels = self._labels(camera)
        return tuple(
            LabelledBox(labels[one.object], one.box)
            for one in frame.boxes
            if labels[one.object] in self.classes
            and one.visible >= _VISIBLE
            and one.box.y2 - one.box.y1 >= _HEIGHT
        )

    def frames(self, number: int, day: int) -> Sequence[TrueFrame]:
        """What is to be seen in each frame of a filmed day."""
        return _frames(self._path(self.world(number).camera, day, "json"))

    def recording(self, number: int, day: int) -> Labelled:
        """A filmed day of a camera, with the events of the day."""
        about, begin = self.world(number).truth(), day * self.seconds
        path = self._path(about.camera, day, "mp4")

        def of_day(events: Sequence[TrueEvent]) -> tuple[TrueEvent, ...]:
            inside = [one for one in events if begin <= one.start and one.end <= begin + self.seconds]
            return tuple(replace(one, start=one.start - begin, end=one.end - begin) for one in inside)

        recording = replace(
            about,
            video=path.name,
            frame_rate=about.frame_rate / EVERY,
            duration=self.seconds,
            start_time=START + day * DAY,
            events=of_day(about.events),
            lookalikes=of_day(about.lookalikes),
            conditions=(),
        )
        return Labelled(recording, path)

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
def _world(number: int, seconds: float, conditions: tuple[Condition, ...]) -> World:
    world = make_world(_PACK, _SEED, number, seconds, density=_DENSITY, kinds=_KINDS)
    return replace(world, conditions=conditions)


@cache
def _frames(path: Path) -> Sequence[TrueFrame]:
    return _FRAMES.validate_json(path.read_bytes())
