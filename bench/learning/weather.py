"""`python -m bench learn_weather`: what labels are worth, on a simulated site whose sentinel knows clear days alone.

`city-nano` has never seen night, fog or rain. The site lives through days of each; the product keeps samples, and its
embedded brain judges events. After some of the days one model is trained from each set of labels:

- `brain`: verdicts carried along their tracks, and nothing else;
- `brain + N`: and N samples that people label, the least certain first, as `secondsight label next` shows them;
- `brain + N random`: the same number, drawn at random;
- `oracle`: people label every sample.

Each sees the same number of batches. Judged on later days: average precision, and the share of events that the rules
report. Every model is written down when it is judged; a run that was stopped goes on with the next one.
"""

import argparse
import json
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import av
from av import VideoFrame
from supervision import Detections

from bench.learning.city import DAY, START, City, Weather
from bench.learning.people import People
from bench.learning.watching import SimulatedClock, label_by_events, watch_day
from secondsight import log
from secondsight.config import SiteConfig, load_site
from secondsight.errors import RefusedError
from secondsight.learn import (
    Bundle,
    LabelSource,
    LearnCatalogue,
    Sample,
    build_dataset,
    least_certain,
    new_job,
    production,
)
from secondsight.learn.jobs.train_detector import train_candidate
from secondsight.learn.promote.bundles import model_of, opened
from secondsight.measure.metrics.detection import average_precision, true_detections
from secondsight.measure.metrics.evaluation import evaluate_results
from secondsight.measure.running.evaluate import watch
from secondsight.measure.running.recordings import site_for
from secondsight.media import Converter, DecodedFrame
from secondsight.sentinel import Detector, ModelStore

WEATHER = ("night", "fog", "rain")
STRENGTH = 0.7
BEFORE = "before"
CLASSES = ("person", "suitcase")
_LEARN = """
data: {data}
models: {models}
learn: {{enabled: true, per_day: 100000, uniform: 0.5, reference: 0.000001}}
"""
_THRESHOLD, _IOU = 0.02, 0.5
_VISIBLE = 0.3
_EACH = 6
"""One in so many frames of a film is judged."""


@dataclass(frozen=True, slots=True)
class Result:
    """A model and what it sees.

    Attributes:
        arm: whose labels taught it. days: that the site had lived through.
        labels: samples with a label, by source; boxes: in them.
        ap50: by weather; classes: AP50 on clear days, by class.
        events: the share that the rules report in bad weather; None where that was not measured.
        true_events: how many there were.
    """

    arm: str
    days: int
    labels: dict[str, int]
    boxes: int
    ap50: dict[str, float]
    classes: dict[str, float]
    events: float | None = None
    true_events: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Live through the days, train and judge what is missing, print the table. Returns the exit code."""
    options = _options(arguments)
    log.configure("error", "text")
    os.nice(options.nice)
    study = Study(options.out.resolve(), options)
    study.run()
    print(table(study.results, max(options.after)), flush=True)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench learn_weather", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/learn-weather"))
    parser.add_argument("--cameras", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0, help="filmed on each day")
    parser.add_argument(
        "--after", type=int, nargs="+", default=[3, 6], help="days after which models are trained"
    )
    parser.add_argument("--people", type=int, default=50, help="samples that people label")
    parser.add_argument("--steps", type=int, default=250, help="batches of each training")
    parser.add_argument("--held-out", type=int, default=2, help="later days of each weather")
    parser.add_argument(
        "--events", action="store_true", help="also measure the share of events that are reported"
    )
    parser.add_argument("--nice", type=int, default=15)
    return parser.parse_args(arguments)


class Study:
    """A site in a folder, the models that its labels give, and what these see."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder, self._options = folder, options
        self._learned = max(options.after)
        kinds = (*WEATHER, "clear")
        days = self._learned + len(kinds) * options.held_out
        names = [WEATHER[day % 3] for day in range(self._learned)]
        names += [kinds[day % len(kinds)] for day in range(days - self._learned)]
        weather = tuple(
            Weather(name, STRENGTH, day, day + 1) for day, name in enumerate(names) if name != "clear"
        )
        self._days = days
        self._city = City(folder / "film", options.cameras, days, options.seconds, weather, CLASSES)
        self._path = folder / "results.json"

    @property
    def results(self) -> list[Result]:
        """The models that have been judged."""
        trees = json.loads(self._path.read_bytes()) if self._path.is_file() else []
        return [Result(**tree) for tree in trees]

    def run(self) -> None:
        """Whatever is missing yet."""
        self._live()
        for day in range(self._learned, self._days):
            self._city.film(day)
        people = self._options.people
        arms = ("oracle", f"brain + {people}", f"brain + {people} random", "brain")
        wanted = [(BEFORE, 0)] + [(arm, days) for days in sorted(self._options.after) for arm in arms]
        for arm, days in wanted:
            if not any((one.arm, one.days) == (arm, days) for one in self.results):
                one = self._judged(arm, days)
                print(one, flush=True)
                text = json.dumps([asdict(each) for each in (*self.results, one)], indent=1)
                part = self._path.with_suffix(".part")
                part.write_text(text, encoding="utf-8")
                part.replace(self._path)

    def _config(self, day: int, data: Path) -> SiteConfig:
        text = self._city.site_text(day).replace(
            "  model: city-nano\n", "  model: city-nano\n  processes: 1\n", 1
        )
        path = self._city.day_folder(day) / f"{data.name}.yaml"
        more = _LEARN.format(data=json.dumps(str(data)), models=json.dumps(str(self._folder / "models")))
        path.write_text(text + more, encoding="utf-8")
        return load_site(path)

    def _live(self) -> None:
        """Watch the days that were not watched yet; the data folder is kept as it was after each of `after`."""
        data = self._folder / "data"
        for day in range(self._learned):
            kept = self._folder / f"after-{day + 1}"
            done = self._folder / f"day-{day}.done"
            if done.exists():
                continue
            self._city.film(day)
            config, morning = self._config(day, data), SimulatedClock(START + day * DAY)
            with LearnCatalogue(data, make=True) as catalogue:
                production(catalogue, config, morning)
                events = watch_day(config, morning)
                labels = label_by_events(catalogue, events, SimulatedClock(START + (day + 1) * DAY))
                samples = len(catalogue.samples())
            weather = self._city.weather_of(day)
            print(
                f"day {day} ({weather}): {len(events)} events, {labels} labels, {samples} samples", flush=True
            )
            if day + 1 in self._options.after:
                shutil.copytree(data, kept, dirs_exist_ok=True)
            done.touch()

    def _judged(self, arm: str, days: int) -> Result:
        if arm == BEFORE:
            config = self._config(0, self._folder / "data")
            with LearnCatalogue(config.data) as catalogue:
                bundle = production(catalogue, config, SimulatedClock(START))
            return self._result(arm, days, config, bundle, Counter(), 0)
        data = self._folder / f"{arm.replace(' + ', '-').replace(' ', '-')}-{days}"
        shutil.rmtree(data, ignore_errors=True)
        shutil.copytree(self._folder / f"after-{days}", data)
        config, clock = self._config(0, data), SimulatedClock(START + days * DAY)
        with LearnCatalogue(data) as catalogue:
            People(self._city).label(catalogue, self._chosen(catalogue, arm), clock)
            try:
                dataset = build_dataset(catalogue, config.learn, clock)
                bundle = self._trained(catalogue, config, clock)
            except RefusedError:  # no label, or none to learn from: the site keeps what it has
                return self._result(arm, days, config, production(catalogue, config, clock), Counter(), 0)
        labels = Counter(item.source.value for item in dataset.items)
        return self._result(arm, days, config, bundle, labels, sum(len(item.boxes) for item in dataset.items))

    def _trained(self, catalogue: LearnCatalogue, config: SiteConfig, clock: SimulatedClock) -> Bundle:
        first, steps = production(catalogue, config, clock), self._options.steps
        model = model_of(first, config.data, config).path
        spec = new_job(catalogue, config.learn, first, model, clock, minutes=10_000.0, steps=steps)
        return train_candidate(catalogue, spec, clock, lambda status: None)

    def _chosen(self, catalogue: LearnCatalogue, arm: str) -> list[Sample]:
        """The samples that people label."""
        samples, people = catalogue.samples(), self._options.people
        if arm == "oracle":
            return samples
        if arm.endswith("random"):
            return random.Random(people).sample(samples, min(people, len(samples)))
        return [] if arm == "brain" else least_certain(samples, catalogue.labels())[:people]

    def _result(
        self, arm: str, days: int, config: SiteConfig, bundle: Bundle, labels: Counter[str], boxes: int
    ) -> Result:
        ap50, classes = {}, {}
        with opened(bundle, config.data, config) as detector:
            for name in (*WEATHER, "clear"):
                judged = [
                    day for day in range(self._learned, self._days) if self._city.weather_of(day) == name
                ]
                found, true = self._seen(detector, judged)
                ap50[name] = average_precision(found, true, detector.labels).ap50 or 0.0
                if name == "clear":
                    classes = self._by_class(found, true, detector.labels)
        events, count = (
            self._events(config, bundle) if self._options.events and days in (0, self._learned) else (None, 0)
        )
        return Result(arm, days, dict(labels), boxes, ap50, classes, events, count)

    def _by_class(
        self, found: Sequence[Detections], true: Sequence[Detections], labels: Sequence[str]
    ) -> dict[str, float]:
        """AP50 of each class on its own."""

        def only(all: Sequence[Detections], number: int) -> list[Detections]:
            return [one if one.class_id is None else one[one.class_id == number] for one in all]  # type: ignore[misc]

        return {
            name: average_precision(only(found, number), only(true, number), labels).ap50 or 0.0
            for number, name in enumerate(labels)
            if name in CLASSES and any(len(one) for one in only(true, number))
        }

    def _seen(self, detector: Detector, days: Sequence[int]) -> tuple[list[Detections], list[Detections]]:
        found, true = [], []
        converter = Converter()
        for day in days:
            for number in range(self._options.cameras):
                about, frames = self._city.recording(number, day), self._city.frames(number, day)
                for place, picture in _pictures(about.video):
                    tensor, letterbox = detector.prepare(
                        DecodedFrame("city", 0, place, 0.0, picture, converter)
                    )
                    found.append(detector.submit(tensor, letterbox, _THRESHOLD, _IOU).result())
                    truth = true_detections(
                        about.recording, frames[place], detector.labels, min_visible=_VISIBLE
                    )
                    true.append(truth)
        return found, true

    def _events(self, config: SiteConfig, bundle: Bundle) -> tuple[float | None, int]:
        """Share of the events in bad weather that the rules report without a brain, and how many there were."""
        name = f"{config.data.name}-{bundle.name}"
        store = ModelStore(config.models)
        if name not in store.installed():
            model = model_of(bundle, config.data, config)
            store.add(model.path, name, model.family, list(model.labels))
        results = []
        for day in range(self._learned, self._days):
            if self._city.weather_of(day) == "clear":
                continue
            labelled = [self._city.recording(number, day) for number in range(self._options.cameras)]
            folder = self._folder / "judged" / f"{name}-{day}"
            shutil.rmtree(folder, ignore_errors=True)
            site = site_for(config, labelled, folder, brain=False)
            sentinel = site.sentinel.model_copy(update={"model": name})
            learn = site.learn.model_copy(update={"enabled": False})
            results += watch(site.model_copy(update={"sentinel": sentinel, "learn": learn}), labelled)
        scores = evaluate_results("weather", results, brain=False).systems[0].overall
        events = sum(len(one.recording.events) for one in results)
        return scores.figures["recall"].value, events


def _pictures(video: Path) -> Iterator[tuple[int, VideoFrame]]:
    with closing(av.open(str(video))) as source:
        for place, frame in enumerate(source.decode(video=0)):
            if place % _EACH == 0:
                yield place, frame


def table(results: Sequence[Result], last: int) -> str:
    """The results as Markdown, with what share of the oracle's gain in AP50 each arm reaches."""
    before = results[0]
    lines = [
        f"| labels | days | samples labelled: brain, people | {' | '.join((*WEATHER, 'clear'))} | share of "
        "the oracle's gain | of its labels | events reported |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in results:
        oracle = next((each for each in results if each.arm == "oracle" and each.days == one.days), None)
        figures = " | ".join(f"{one.ap50[name]:.3f}" for name in (*WEATHER, "clear"))
        by_people = one.labels.get(LabelSource.HUMAN, 0)
        brain = sum(one.labels.values()) - by_people
        gain = share = "-"
        if oracle is not None:
            whole = mean(oracle) - mean(before)
            gain = f"{(mean(one) - mean(before)) / whole:.0%}" if whole > 0 else "-"
            share = f"{by_people / max(1, oracle.labels.get(LabelSource.HUMAN, 0)):.0%}"
        events = "-" if one.events is None else f"{one.events:.0%} of {one.true_events}"
        lines.append(
            f"| {one.arm} | {one.days} | {brain}, {by_people} | {figures} | {gain} | {share} | {events} |"
        )
    return "\n".join(lines)


def mean(one: Result) -> float:
    """AP50 in bad weather."""
    return sum(one.ap50[name] for name in WEATHER) / len(WEATHER)
