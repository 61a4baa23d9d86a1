"""What the installed models see on a camera, in plain words: for `secondsight check`."""

import threading
from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from secondsight.clock import SystemClock
from secondsight.config import SiteConfig
from secondsight.errors import ConfigError, ModelError, SourceError
from secondsight.ground_truth import read_truth
from secondsight.media import Stream
from secondsight.records import Frame, label_of
from secondsight.sentinel import FAMILIES, Detector, ModelStore, brightened
from secondsight.site.rule_classes import ModelClasses

SURE = 0.4
"""Confidence from which rules count a box by default."""
MOST_LOOKS = 30
PATIENCE = 20.0
"""Seconds that a live camera may take beyond those that are looked at."""
_MORE = 1.25
"""A model that finds this many times as much is worth naming."""
_SHOWN = 8
_AT_ONCE = 8
"""Cameras whose pictures are held at the same time: some 50 MB each."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one model sees in some looks at a camera.

    Attributes:
        model: its name.
        looks: how many there were.
        seen: by class, the looks that show it, and the most boxes in one of them.
        wanted: boxes of what the camera's rules wait for, in all looks.
        missing: names in the camera's rules that no class of the model means.
    """

    model: str
    looks: int
    seen: Mapping[str, tuple[int, int]]
    wanted: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        most = sorted(self.seen.items(), key=lambda item: -item[1][0])[:_SHOWN]
        found = [
            f"{label} in {looks}" + (f" (up to {n} at once)" if n > 1 else "") for label, (looks, n) in most
        ]
        said = f"{self.model} sees in {self.looks} looks: {', '.join(found) or 'nothing'}"
        return said + (f"; it cannot see {', '.join(self.missing)}" if self.missing else "")


def knows_only_the_city(model: str, store: ModelStore) -> bool:
    """Whether a detector was trained on nothing but the simulated city: those that come with the package."""
    return model in store.embedded() and model not in store.installed()


def is_simulated(config: SiteConfig, camera: str) -> bool:
    """Whether a camera is a recording of the simulated city, by the labels beside it."""
    try:
        return read_truth(
            Path(config.cameras[camera].source.get_secret_value()).with_suffix(".json")
        ).simulated
    except (ConfigError, OSError, ValueError):
        return False


def look_at(config: SiteConfig, cameras: Sequence[str], seconds: float) -> dict[str, list[Sight]]:
    """What the site's model sees on cameras, and what other installed detectors see in the same pictures.

    Args:
        cameras: that give pictures.
        seconds: of each stream; a recording's first ones.

    Returns:
        For each camera the sight of the site's model first, then those of models that see notably more of what its
        rules wait for, the best first; nothing of a camera that gave no picture after all.

    Raises:
        ModelError: the site's model cannot be used.
    """
    sights: dict[str, list[Sight]] = {}
    for first in range(0, len(cameras), _AT_ONCE):
        sights |= _look_at_some(config, cameras[first : first + _AT_ONCE], seconds)
    return sights


def _look_at_some(config: SiteConfig, cameras: Sequence[str], seconds: float) -> dict[str, list[Sight]]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        taken = pool.map(lambda name: _frames(config, name, seconds), cameras)
        shown = {name: frames for name, frames in zip(cameras, taken, strict=True) if frames}
    if not shown:
        return {}
    store = ModelStore(config.models)
    own = _sights(config, config.sentinel.model, store, shown)
    sights = {name: [sight] for name, sight in own.items()}
    for model, installed in store.available().items():
        if (
            model != config.sentinel.model
            and _detects(installed.family)
            and not knows_only_the_city(model, store)
        ):
            try:
                others = _sights(config, model, store, shown)
            except ModelError:
                continue  # `models verify` says what is wrong with it
            for name, sight in others.items():
                if sight.wanted > _MORE * own[name].wanted + 1:
                    sights[name].append(sight)
    return {name: [each[0], *sorted(each[1:], key=lambda one: -one.wanted)] for name, each in sights.items()}


def _detects(family: str) -> bool:
    return any(one.name == family and one.task == "detect" for one in FAMILIES)


def _frames(config: SiteConfig, camera: str, seconds: float) -> list[Frame]:
    """As many looks as the sentinel would have in that time; none from a camera that fails."""
    stream = Stream(camera, config.cameras[camera], SystemClock())
    frames: list[Frame] = []
    timer = threading.Timer(seconds + PATIENCE, stream.stop)
    timer.daemon = True
    timer.start()
    try:
        for _, decoded in stream:
            for frame in decoded:
                if not frames or frame.time >= frames[-1].time + 1 / config.sentinel.fps - 1e-3:
                    frames.append(frame)
            if frames and (frames[-1].time - frames[0].time >= seconds or len(frames) >= MOST_LOOKS):
                break
    except SourceError:
        return []
    finally:
        timer.cancel()
        stream.stop()
    return frames[:MOST_LOOKS]


def _sights(
    config: SiteConfig, model: str, store: ModelStore, shown: Mapping[str, Sequence[Frame]]
) -> dict[str, Sight]:
    sentinel = config.sentinel
    with closing(Detector.open(store.resolve(model), sentinel.runtime, sentinel.device)) as detector:
        return {camera: _sight(config, detector, camera, frames) for camera, frames in shown.items()}


def _sight(config: SiteConfig, detector: Detector, camera: str, frames: Sequence[Frame]) -> Sight:
    rules = [config.rules[name] for name in config.rules_of(camera)]
    wanted = tuple(
        dict.fromkeys(name for rule in rules for names in rule.waits_for.values() for name in names)
    )
    classes = ModelClasses(detector.name, detector.labels, detector.groups)
    meant, count = classes.meant(wanted), 0
    looks: Tally[str] = Tally()
    most: Tally[str] = Tally()
    for frame in frames:
        seen_as = brightened(frame) if config.sentinel.contrast == "auto" else frame
        tensor, letterbox = detector.prepare(seen_as)
        found = detector.submit(tensor, letterbox, SURE, config.sentinel.iou).result()
        numbers = [] if found.class_id is None else found.class_id.tolist()
        here = Tally(label_of(detector.labels, number) for number in numbers)
        looks.update(here.keys())
        most |= here
        count += sum(boxes for label, boxes in here.items() if label in meant)
    seen = {label: (times, most[label]) for label, times in looks.items()}
    missing = tuple(dict.fromkeys(name for rule in rules for name in classes.missing(rule)))
    return Sight(detector.name, len(frames), seen, count, missing)
