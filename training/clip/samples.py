"""Draws what `city-clip` learns from: views around suspects in the simulated city, with sentences that hold.

The views are cut as the backend cuts them, at moments chosen as the cascade chooses key frames, with boxes as
unsteady as a sentinel's. Nothing is written but small uint8 arrays, so that training can go over them many times.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.preprocessing import views
from secondsight.brain.backends.clip.sentences import load_prompts
from secondsight.cascade.recording.key_frames import choose_times
from secondsight.ground_truth import Recording, TrueBox, TrueEvent, TrueFrame, TrueObject
from secondsight.learn.networks.clip import MEAN, SIDE
from secondsight.records import Box, Candidate
from secondsight.sim.output.recording import RecordableScene

FRAMES, VIEWS = 4, 2
KEY_FRAMES = 6
AFTER = 5.0
"""Seconds of the clip after the trigger."""
_FILL = (round(255 * MEAN[0]), round(255 * MEAN[1]), round(255 * MEAN[2]))
_POSTURES = {
    "standing": "standing",
    "walking": "walking",
    "running": "running",
    "sitting": "sitting_down",
    "crouching": "crouching",
    "bending": "bending",
    "climbing": "climbing",
}
_VEHICLES = ("car", "truck", "motorcycle", "bicycle", "scooter", "machine")


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip as the encoder will see it.

    Attributes:
        views: uint8 (FRAMES, VIEWS, SIDE, SIDE, 3), RGB.
        seen: names of what is to be seen, of `sheets/clip.en.yaml`.
        captions: whole sentences that are true.
        kind: of the event it is, or looks like, or is nothing of; whose deciding question applies.
        role: `event`, `lookalike`, `ordinary`, `nothing`, or `mistaken`: something else that a rule took for one.
        answers: to questions of that kind, as far as they are known.
    """

    views: NDArray[np.uint8]
    seen: tuple[str, ...]
    captions: tuple[str, ...]
    kind: str
    role: str
    pack: str
    seed: int
    conditions: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)


class Album:
    """The frames of one scene, each rendered once and kept as the JPEG that a case would hold."""

    def __init__(self, scene: RecordableScene, about: Recording, rng: random.Random) -> None:
        self.about = about
        self._scene, self._rng = scene, rng
        self._last = max(round(about.duration * about.frame_rate) - 1, 0)
        self._open = lru_cache(maxsize=256)(self._render)

    def at(self, time: float) -> tuple[Image.Image, TrueFrame]:
        """The frame nearest to `time`."""
        return self._open(min(max(round(time * self.about.frame_rate), 0), self._last))

    def _render(self, index: int) -> tuple[Image.Image, TrueFrame]:
        bgr, truth, _ = self._scene.frame(index)
        out = BytesIO()
        # Cameras compress more than once and differ much; a case's pictures have quality 85 on top of that.
        quality = self._rng.choice((45, 60, 75, 85, 85))
        Image.fromarray(np.ascontiguousarray(bgr[:, :, ::-1])).save(out, "JPEG", quality=quality)
        with Image.open(out) as picture:
            return picture.convert("RGB"), truth


def draw(scene: RecordableScene, rng: random.Random, *, draws: int = 2) -> Iterator[Sample]:
    """All samples of one scene: of each event and look-alike `draws`, of bystanders and of empty places some."""
    about = scene.truth()
    album = Album(scene, about, rng)
    for event in (*about.events, *about.lookalikes):
        for _ in range(draws):
            times = _moments(event, about, rng)
            boxes = [_suspect(event, album.at(time)[1], rng) for time in times]
            if any(boxes):
                yield _of_event(event, album, times, boxes, rng)
            yield from _bystanders(album, times, rng)
        yield from _before(event, album, rng)
    for _ in range(draws):
        yield from _empty(album, rng)


def _moments(event: TrueEvent, about: Recording, rng: random.Random) -> list[float]:
    """Key frames of a candidate that a rule might have made of the event."""
    length = event.end - event.start
    start = event.start + rng.uniform(-0.3, 0.4) * min(length, 4.0)
    triggered = rng.uniform(start + 0.3, max(min(event.end + 0.5, start + 12.0), start + 1.0))
    peak = rng.uniform(start, triggered)
    candidate = Candidate(
        id="",
        camera="",
        epoch=0,
        rule="",
        kind=event.kind,
        start=start,
        triggered=triggered,
        peak=peak,
        score=1.0,
        tracks=(),
    )
    times = choose_times(candidate, peak, 0.0, min(triggered + AFTER, about.duration), KEY_FRAMES)
    chosen = sorted(rng.sample(times, min(FRAMES, len(times))))
    return chosen + [chosen[-1]] * (FRAMES - len(chosen))


def _suspect(event: TrueEvent, frame: TrueFrame, rng: random.Random) -> Box | None:
    """Where a sentinel might say that the event is; None when it has lost sight of it."""
    places = {one.object: one for one in frame.boxes if one.visible >= 0.15}
    actors = [number for number in event.actors if number in places]
    if actors and rng.random() > 0.04:
        main = actors[0] if rng.random() < 0.75 else rng.choice(actors)
        return unsteady(places[main].box, rng)
    return unsteady(event.box, rng) if event.box else None


def unsteady(box: Box, rng: random.Random) -> Box:
    """The box as a small detector might give it: its sides off by 6 % as a rule, sometimes by much."""
    spread = 0.3 if rng.random() < 0.05 else 0.06
    width, height = box.x2 - box.x1, box.y2 - box.y1
    moves = [rng.gauss(0.0, spread) for _ in range(4)]
    x1, x2 = sorted((box.x1 + moves[0] * width, box.x2 + moves[1] * width))
    y1, y2 = sorted((box.y1 + moves[2] * height, box.y2 + moves[3] * height))
    return Box(max(x1, 0.0), max(y1, 0.0), min(x2, 1.0), min(y2, 1.0))


def _of_event(
    event: TrueEvent, album: Album, times: Sequence[float], boxes: Sequence[Box | None], rng: random.Random
) -> Sample:
    ensemble = load_prompts().seen.get(event.kind, ())
    kind = event.resembles or event.kind
    return Sample(
        views=_cut(album, times, boxes, kind),
        seen=(event.kind,) if ensemble else (),
        captions=tuple(dict.fromkeys((*([event.caption] if event.caption else []), *ensemble))),
        kind=kind,
        role="lookalike" if event.resembles else "event",
        pack=album.about.pack,
        seed=album.about.seed or 0,
        conditions=conditions_at(album.about, times[0]),
        answers=dict(event.answers),
    )


def _bystanders(album: Album, times: Sequence[float], rng: random.Random, most: int = 2) -> Iterator[Sample]:
    """Objects that take part in nothing at these moments, seen in most of them."""
    about = album.about
    busy = {
        actor
        for event in (*about.events, *about.lookalikes)
        if event.start - 2.0 <= times[-1] and times[0] <= event.end + 2.0
        for actor in event.actors
    }
    frames = [{one.object: one for one in album.at(time)[1].boxes if one.visible >= 0.4} for time in times]
    numbers = sorted({number for frame in frames for number in frame} - busy)
    rng.shuffle(numbers)
    for number in numbers[:most]:
        places = [frame.get(number) for frame in frames]
        if sum(place is not None for place in places) * 2 < len(places):
            continue
        boxes = [unsteady(place.box, rng) if place else None for place in places]
        thing = next(one for one in about.objects if one.number == number)
        seen = ordinary(thing, [place for place in places if place], about)
        if not seen:
            continue
        sentences = [sentence for name in seen for sentence in load_prompts().seen[name]]
        kind = _asked(about, seen, rng)
        yield Sample(
            views=_cut(album, times, boxes, kind),
            seen=seen,
            captions=tuple(dict.fromkeys((*([thing.caption] if thing.caption else []), *sentences))),
            kind=kind,
            role="ordinary",
            pack=about.pack,
            seed=about.seed or 0,
            conditions=conditions_at(about, times[0]),
        )


def _asked(about: Recording, seen: Sequence[str], rng: random.Random) -> str:
    """The kind that somebody ordinary might be suspected of; a worker often of what only the head tells."""
    told_by_heads = [kind for kind in about.labelled if load_prompts().framed(kind) == "head"]
    if told_by_heads and "helmet" in seen and rng.random() < 0.5:
        return rng.choice(told_by_heads)
    return rng.choice(about.labelled) if about.labelled else ""


def ordinary(thing: TrueObject, places: Sequence[TrueBox], about: Recording) -> tuple[str, ...]:
    """What an object that does nothing special is seen to be and do; nothing if it does several things."""
    if thing.label in _VEHICLES:
        return (thing.label if thing.label in ("bicycle", "machine") else "driving",)
    postures = {place.attributes.get("posture", "") for place in places}
    if thing.label != "person" or len(postures) != 1 or not postures <= set(_POSTURES):
        return ()
    names = [_POSTURES[postures.pop()]]
    flow = about.zones.get("exit")
    if names == ["walking"] and flow and all(_inside(place.box, flow) for place in places):
        # Whoever goes the wrong way there is an event.
        names.append("right_way")
    names += [name for name in ("helmet", "vest") if all(one.attributes.get(name) == "yes" for one in places)]
    return tuple(names)


def _inside(box: Box, zone: Sequence[tuple[float, float]]) -> bool:
    """Whether the bottom centre lies in a polygon (even-odd rule)."""
    x, y, inside = (box.x1 + box.x2) / 2, box.y2, False
    for (ax, ay), (bx, by) in pairwise((*zone, zone[0])):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def _before(event: TrueEvent, album: Album, rng: random.Random) -> Iterator[Sample]:
    """The place of something that does not walk, while it was not yet there: a road without debris or smoke."""
    things = {one.number: one.label for one in album.about.objects}
    if (
        event.start < 5.0
        or not event.actors
        or things.get(event.actors[0], "person") in ("person", *_VEHICLES)
    ):
        return
    then = album.at(min(event.start + 2.0, event.end))[1]
    box = next((one.box for one in then.boxes if one.object == event.actors[0]), None)
    if box is not None:
        begin = rng.uniform(max(event.start - 9.0, 0.0), event.start - 4.0)
        yield from _nothing(
            album, [begin + i for i in range(FRAMES)], box, event.resembles or event.kind, rng
        )


def _empty(album: Album, rng: random.Random) -> Iterator[Sample]:
    """A place where nothing is at any of the moments."""
    about = album.about
    begin = rng.uniform(0.0, max(about.duration - AFTER, 0.0))
    times = [min(begin + i * 1.5, about.duration) for i in range(FRAMES)]
    height = rng.uniform(0.06, 0.3)
    width = height * about.height / about.width * rng.uniform(0.4, 1.6)
    x, y = rng.uniform(0.0, 1.0 - width), rng.uniform(0.25, 1.0 - height)
    yield from _nothing(album, times, Box(x, y, x + width, y + height), rng.choice(about.labelled), rng)


def _nothing(
    album: Album, times: Sequence[float], box: Box, kind: str, rng: random.Random
) -> Iterator[Sample]:
    """One sample, unless something is there after all."""
    about = album.about
    if any(_touch(_wider(box), one.box) for time in times for one in album.at(time)[1].boxes):
        return
    seen = "slope" if kind == "landslide" else "nobody"
    yield Sample(
        views=_cut(album, times, [unsteady(box, rng) for _ in times], kind),
        seen=(seen,),
        captions=load_prompts().seen[seen],
        kind=kind,
        role="nothing",
        pack=about.pack,
        seed=about.seed or 0,
        conditions=conditions_at(about, times[0]),
    )


def _wider(box: Box) -> Box:
    width, height = box.x2 - box.x1, box.y2 - box.y1
    return Box(box.x1 - width / 4, box.y1 - height / 4, box.x2 + width / 4, box.y2 + height / 4)


def _touch(a: Box, b: Box) -> bool:
    return a.x1 < b.x2 and b.x1 < a.x2 and a.y1 < b.y2 and b.y1 < a.y2


def conditions_at(about: Recording, time: float) -> tuple[str, ...]:
    """Names of what makes seeing hard at a moment."""
    return tuple(one.name for one in about.conditions if one.start <= time <= one.end)


def cut(pictures: Sequence[Image.Image], boxes: Sequence[Box | None], kind: str) -> NDArray[np.uint8]:
    """The views of a suspect in some pictures, uint8 (pictures, VIEWS, SIDE, SIDE, 3)."""
    rows, framing = [], load_prompts().framed(kind)
    for picture, box in zip(pictures, boxes, strict=True):
        each = views(picture, box, _FILL, framing)
        each *= VIEWS // len(each)
        small = [view.resize((SIDE, SIDE), Image.Resampling.BILINEAR) for view in each]
        rows.append(np.stack([np.asarray(view) for view in small]))
    return np.stack(rows)


def _cut(album: Album, times: Sequence[float], boxes: Sequence[Box | None], kind: str) -> NDArray[np.uint8]:
    return cut([album.at(time)[0] for time in times], boxes, kind)


def save(samples: Sequence[Sample], path: Path) -> None:
    """Write samples as one file; it appears under its name only when it is whole."""
    facts = [{key: value for key, value in asdict(one).items() if key != "views"} for one in samples]
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez(file, views=np.stack([one.views for one in samples]), facts=np.array(json.dumps(facts)))
    draft.rename(path)


def load(paths: Sequence[Path]) -> tuple[NDArray[np.uint8], list[dict[str, Any]]]:
    """All samples of some files: views (n, FRAMES, VIEWS, SIDE, SIDE, 3), and the rest of each as written."""
    parts, facts = [], []
    for path in paths:
        with np.load(path) as data:
            parts.append(data["views"])
            facts += json.loads(str(data["facts"]))
    return np.concatenate(parts), facts
