"""The days of a site that learns, one after the other. Each is written down when it is over; a run that was stopped
goes on with the next one.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from bench.learning.city import DAY, START, City
from bench.learning.cpu import CpuMeter
from bench.learning.people import People
from bench.learning.watching import SimulatedClock, label_by_events, watch_day
from secondsight.brain import make_embedder
from secondsight.config import SiteConfig, load_site
from secondsight.learn import (
    EMBEDDER,
    JobState,
    LabelSource,
    LearnCatalogue,
    LoopStep,
    Sample,
    SampleReason,
    advance,
    outlook,
    production,
    read_sample,
    train_if_due,
    trainings,
)
from secondsight.learn.pictures import detect, frame_of
from secondsight.learn.promote.bundles import opened
from secondsight.learn.promote.scoring import score_picture
from secondsight.media import write_atomic
from secondsight.records import Purpose
from secondsight.store import Store

_MORE = """
data: {data}
learn:
  enabled: true
  per_day: 100000                         # a day is some seconds long here
  uniform: {uniform}
  min_reference: 20
  minutes: {minutes}
  threads: {threads}
  nice: 0
  train: {{labels: {labels}, every: 14d, drift: 0.05}}
"""
_START_PATIENCE = 60.0
"""Seconds that the process of a training may take to begin."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done, so that it fits the machine.

    Attributes:
        minutes: time budget of one training. threads: that it may use.
        labels: new labels that begin a training.
        by_people: samples of each camera-day that people label, beside those that a trial asks them for.
        uniform: share of the samples that is drawn at random.
    """

    minutes: float
    threads: int
    labels: int
    by_people: int
    uniform: float = 0.5


@dataclass(frozen=True, slots=True)
class DayRecord:
    """A day of the site.

    Attributes:
        live: the bundle that looked.
        people: persons in the uniform samples of the day; found: by what looked; first: by the site file's model.
        false, false_first: what each reported there that was not a person.
        events, calls: of the large model, for verdicts.
        by_brain, by_people: samples labelled today.
        notes: what the loop did, in its own words.
        cpu: seconds by stage, without trainings, which have a budget and a process of their own.
    """

    day: int
    fog: bool
    live: str
    people: int
    found: int
    first: int
    false: int
    false_first: int
    events: int
    calls: int
    by_brain: int
    by_people: int
    notes: tuple[str, ...]
    cpu: Mapping[str, float] = field(default_factory=dict)


class LearningSite:
    """A site in a folder, and the days that it has seen.

    Args:
        say: told what happens.
    """

    def __init__(self, city: City, folder: Path, plan: Plan, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._city, self._plan, self._say = city, plan, say
        self._data = folder / "data"
        self._people = People(city)

    @property
    def days(self) -> list[DayRecord]:
        """The days that are over."""
        path = self.folder / "days.json"
        trees = json.loads(path.read_bytes()) if path.is_file() else []
        return [DayRecord(**{**tree, "notes": tuple(tree["notes"])}) for tree in trees]

    def live_through(self, day: int) -> DayRecord:
        """One day: the cameras are watched, samples labelled, the loop goes one step on."""
        meter = CpuMeter()
        with meter.stage("film"):
            self._city.film(day)
        config, morning = self._site(day), SimulatedClock(START + day * DAY)
        with LearnCatalogue(self._data, make=True) as catalogue:
            production(catalogue, config, morning)
            with meter.stage("watch and review"):
                events = watch_day(config, morning)
            night = SimulatedClock(START + (day + 1) * DAY)
            by_brain = label_by_events(catalogue, events, night)
            samples = self._uniform(catalogue, day)
            by_people = self._people.label(catalogue, self._some(samples), night)
            with meter.stage("gate, shadow, triggers"):
                notes, judged = self._go_on(catalogue, config, night)
            live = samples[0].bundle if samples else production(catalogue, config, night).name
            with meter.stage("measure"):
                record = self._measured(catalogue, config, day, live, samples)
        done = DayRecord(
            **record,
            day=day,
            fog=self._city.weather_of(day) == "fog",
            live=live,
            events=len(events),
            calls=self._calls(day),
            by_brain=by_brain,
            by_people=by_people + judged,
            notes=tuple(notes),
            cpu=dict(meter.seconds),
        )
        text = json.dumps([asdict(one) for one in (*self.days, done)], indent=1)
        write_atomic(self.folder / "days.json", text.encode(), 0)
        return done

    def _site(self, day: int) -> SiteConfig:
        plan = self._plan
        learn = _MORE.format(
            data=json.dumps(str(self._data)),
            minutes=plan.minutes,
            threads=plan.threads,
            labels=plan.labels,
            uniform=plan.uniform,
        )
        text = self._city.site_text(day).replace(
            "  model: city-nano\n", "  model: city-nano\n  processes: 1\n", 1
        )
        path = self._city.day_folder(day) / "site.yaml"
        path.write_text(text + learn, encoding="utf-8")
        return load_site(path)

    def _uniform(self, catalogue: LearnCatalogue, day: int) -> list[Sample]:
        begin = START + day * DAY
        found = catalogue.samples(reason=SampleReason.UNIFORM, since=begin)
        return [sample for sample in found if sample.time < begin + DAY / 2]

    def _some(self, samples: Sequence[Sample]) -> list[Sample]:
        """The first samples of each camera."""
        return [
            sample
            for camera in self._city.names()
            for sample in [one for one in samples if one.camera == camera][: self._plan.by_people]
        ]

    def _go_on(
        self, catalogue: LearnCatalogue, config: SiteConfig, clock: SimulatedClock
    ) -> tuple[list[str], int]:
        """What `secondsight learn step` does, with people who judge what it asks for; what was done, and how many
        they judged."""
        judged = 0
        steps = advance(catalogue, config, clock)
        while waiting := self._waiting(catalogue, steps):
            judged += self._people.label(catalogue, waiting, clock)
            steps = advance(catalogue, config, clock)
        notes = [f"{step.bundle}: {step.text}" for step in steps]
        begun = train_if_due(catalogue, config, clock, partial(make_embedder, EMBEDDER))
        if begun is not None:
            notes.append(begun.text)
            self._say(begun.text)
        if begun is not None and begun.spec is not None:
            self._wait(begun.spec.name)
            steps = advance(catalogue, config, clock)
            notes += [f"{step.bundle}: {step.text}" for step in steps]
        else:
            notes += outlook(catalogue, config, clock).waiting
        return notes, judged

    def _waiting(self, catalogue: LearnCatalogue, steps: Sequence[LoopStep]) -> list[Sample]:
        labels = catalogue.labels()
        ids = {id for step in steps for id in step.waiting}
        return [
            catalogue.sample(id)
            for id in sorted(ids)
            if not any(one.source is LabelSource.HUMAN for one in labels.get(id, ()))
        ]

    def _wait(self, name: str) -> None:
        """Until the training has ended; one whose process dies is left to the next day, which goes on with it."""
        begun = time.monotonic()
        while True:
            (training,) = (one for one in trainings(self._data) if one.spec.name == name)
            starting = time.monotonic() - begun < _START_PATIENCE
            if training.status.state is not JobState.RUNNING or not (training.alive or starting):
                break
            time.sleep(1.0)
        self._say(f"training {name}: {training.status.state}, {training.status.step} steps")

    def _measured(
        self, catalogue: LearnCatalogue, config: SiteConfig, day: int, live: str, samples: Sequence[Sample]
    ) -> dict[str, int]:
        """Recall on the uniform samples of the day: of what looked, and of the model that the site began with."""
        first, current = catalogue.bundles()[0], catalogue.bundle(live)
        sums = dict.fromkeys(("people", "found", "first", "false", "false_first"), 0)
        with opened(first, self._data, config) as detector:
            for sample in samples:
                truth = self._city.things_in(sample)
                seen = [box for box in sample.seen if box.confidence >= current.threshold]
                old = detect(detector, frame_of(read_sample(self._data, sample)), first.threshold)
                for boxes, found, false in ((seen, "found", "false"), (old, "first", "false_first")):
                    score = score_picture([box for box in boxes if box.label == "person"], truth)
                    sums[found] += score.found["person"]
                    sums[false] += score.false["person"]
                sums["people"] += len(truth)
        return sums

    def _calls(self, day: int) -> int:
        begin = START + day * DAY
        with Store.open(self._data, read_only=True) as store:
            calls = store.ledger.find(since=begin, until=begin + DAY / 2)
        return sum(call.purpose is Purpose.VERIFY for call in calls)
