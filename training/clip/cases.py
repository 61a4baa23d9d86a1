"""Draws what `city-clip` may learn from next: cases as the cascade makes them of what the small models suspect.

Each scene is filmed and watched by the product itself, rules and tracker and models and all, but without a brain.
So the boxes and the key frames are those that the brain gets in use, and so are the mistakes it has to find. What a
case really shows is told by the scene's labels, as `secondsight eval` matches them.
"""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from PIL import Image

from secondsight.brain.backends.clip.sentences import load_prompts
from secondsight.cascade.recording.track_history import TrackHistory
from secondsight.config import load_site
from secondsight.ground_truth import Recording, TrueBox, TrueEvent, TrueFrame
from secondsight.jpeg import open_jpeg
from secondsight.measure.metrics.events import shown
from secondsight.measure.running.cases import as_found, key_frames, site_of
from secondsight.measure.running.cases import watched as watched_boxes
from secondsight.measure.running.evaluate import watch
from secondsight.measure.running.recordings import read_folder, site_for
from secondsight.records import Box, Event, iou
from secondsight.sim.make import write_city
from secondsight.sim.world import PACKS, World, make_world
from secondsight.store import Store
from training.clip.draw import DENSITY, weather
from training.clip.samples import FRAMES, Album, Sample, conditions_at, cut, ordinary, save
from training.clip.stages import CASES
from training.kinds import some_kinds

SECONDS = 120.0
RATE = 5.0
"""Pictures a second in the film: as often as the sentinel looks."""
DRAWS = 3
"""Samples of a case with more key frames than a sample has."""
_VISIBLE, _SAME = 0.15, 0.25
"""Least share of an object that is seen, and least overlap at which a case's box is that object's."""
_AFTER = 3.0
"""Seconds before and after an event in which its people may still look as if."""


@dataclass(frozen=True, slots=True)
class Look:
    """One key frame: what it shows, the suspect's box in it, and what is true at that moment."""

    picture: Image.Image
    box: Box | None
    truth: TrueFrame


Case = tuple[str, Sequence[Look], TrueEvent | None, Recording]
"""Kind, key frames, the event or look-alike that happened meanwhile, if any did, and the scene's labels."""


def draw_cases(
    folder: Path,
    seeds: range,
    packs: Sequence[str] = PACKS,
    *,
    seconds: float = SECONDS,
    true_boxes: bool = False,
) -> None:
    """The cases of one scene per seed and pack, one file for each. A file that is there already is kept.

    Scenes of even seeds show what their pack shows by itself, as a site of that pack does; others may show any kinds.

    Args:
        true_boxes: watched by the rules alone, on true boxes with a sentinel's faults: a sixth of the time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for seed, pack in product(seeds, packs):
        path = folder / f"{pack}{CASES}{seed:07d}.npz"
        if path.exists():
            continue
        rng = random.Random(f"{pack} {seed} cases")
        hard, kinds = weather(rng), some_kinds(pack, rng) if seed % 2 else ()
        world = make_world(pack, seed, 0, seconds, conditions=hard, density=DENSITY, kinds=kinds)
        # One event may bring another: what burns on a motorway stands there as well.
        happened = (event.kind for event in world.truth().events)
        world = replace(world, kinds=tuple(dict.fromkeys((*world.kinds, *happened))))
        cases = imagined(world, rng) if true_boxes else watched(world)
        samples = [sample for case in cases for sample in samples_of(*case, rng)]
        if samples:
            save(samples, path)
        print(f"{path.name}: {len(samples)} samples", flush=True)


def watched(world: World) -> Iterator[Case]:
    """Everything that the whole sentinel suspects in a scene."""
    with tempfile.TemporaryDirectory(prefix="secondsight-clip-") as scratch:
        film, data = Path(scratch) / "film", Path(scratch) / "data"
        write_city([replace(world, frame_rate=RATE)], film)
        labelled = read_folder(film)
        site = site_for(load_site(film / "site.yaml"), labelled, data, brain=False)
        (seen,) = watch(site, labelled)
        with Store.open(data, read_only=True) as store:
            events = {event.id: event for event in store.events.find()}
        about = seen.recording
        for found, thing in zip(seen.found, shown(about, seen.found), strict=True):
            event = events.get(found.id)
            if event and event.key_frames and event.kind in about.labelled:
                looks = [_look(event, number, about, data) for number in range(len(event.key_frames))]
                yield event.kind, looks, thing, about


def imagined(world: World, rng: random.Random) -> Iterator[Case]:
    """Everything that the rules suspect on true boxes with a sentinel's faults; only key frames are drawn."""
    about, history = world.truth(), TrackHistory(world.duration)
    first, last = watched_boxes(world, site_of(world), history)
    found = [as_found(one, about.start_time) for one in last]
    album = Album(world, about, rng)
    for candidate, thing in zip(first, shown(about, found), strict=True):
        if candidate.kind in about.labelled:
            frames = key_frames(candidate, history, about.start_time, world.duration)
            looks = [Look(album.at(time)[0], box, album.at(time)[1]) for time, box in frames]
            yield candidate.kind, looks, thing, about


def _look(event: Event, number: int, about: Recording, data: Path) -> Look:
    frame = event.key_frames[number]
    index = round((frame.time - about.start_time) * about.frame_rate)
    truth = about.frames[min(max(index, 0), len(about.frames) - 1)]
    return Look(open_jpeg((data / frame.path).read_bytes()), frame.box, truth)


def samples_of(
    kind: str,
    looks: Sequence[Look],
    thing: TrueEvent | None,
    about: Recording,
    rng: random.Random,
    *,
    draws: int = DRAWS,
) -> Iterator[Sample]:
    """Samples of one case; none if the labels leave open what it shows.

    Args:
        thing: the event or look-alike that happened meanwhile, if any did.
    """
    told = _told(kind, looks, thing, about)
    if told is None:
        return
    chosen = [sorted(rng.sample(range(len(looks)), min(FRAMES, len(looks)))) for _ in range(draws)]
    for numbers in sorted(set(map(tuple, chosen))):
        some = [looks[number] for number in numbers]
        some += some[-1:] * (FRAMES - len(some))
        yield replace(told, views=cut([look.picture for look in some], [look.box for look in some], kind))


def _told(kind: str, looks: Sequence[Look], thing: TrueEvent | None, about: Recording) -> Sample | None:
    """What is to be said of a case, its pictures left out."""
    places = [place for look in looks if (place := _at(look)) is not None]
    told = Sample(
        views=cut([looks[0].picture], [looks[0].box], kind)[:0],
        seen=(),
        captions=(),
        kind=kind,
        role="mistaken",
        pack=about.pack,
        seed=about.seed or 0,
        conditions=conditions_at(about, looks[0].truth.time),
    )
    if thing is not None and _takes_part(thing, looks):
        role = "lookalike" if thing.resembles else "event"
        return replace(_as(told, thing), role=role, answers=dict(thing.answers))
    if thing is not None and not thing.resembles:
        return None  # what happened then happened elsewhere
    return _mistaken(told, looks, places, about)


def _mistaken(
    told: Sample, looks: Sequence[Look], places: Sequence[TrueBox], about: Recording
) -> Sample | None:
    """A case of something else: an event of another kind, somebody ordinary, nobody, or nobody knows what."""
    if not places:
        return _with(told, ("nobody",), "") if _empty(looks) else told
    number, count = Counter(place.object for place in places).most_common(1)[0]
    if count * 2 < len(looks):
        return told
    begin, end = looks[0].truth.time, looks[-1].truth.time
    for event in (*about.events, *about.lookalikes):
        if number in event.actors and begin < event.end + _AFTER and event.start - _AFTER < end:
            if told.kind == event.kind:
                return None  # too early or too late to count, and yet it may be seen
            role = "lookalike" if event.resembles == told.kind else "mistaken"
            return replace(_as(told, event), role=role)
    thing = next(one for one in about.objects if one.number == number)
    return _with(told, ordinary(thing, [one for one in places if one.object == number], about), thing.caption)


def _as(told: Sample, event: TrueEvent) -> Sample:
    return _with(told, (event.kind,) if event.kind in load_prompts().seen else (), event.caption)


def _with(told: Sample, seen: Sequence[str], caption: str) -> Sample:
    sentences = [sentence for name in seen for sentence in load_prompts().seen[name]]
    captions = tuple(dict.fromkeys((*([caption] if caption else []), *sentences)))
    return replace(told, seen=tuple(seen), captions=captions)


def _at(look: Look) -> TrueBox | None:
    """The object that a look's box is around."""
    if look.box is None:
        return None
    box, some = look.box, [one for one in look.truth.boxes if one.visible >= _VISIBLE]
    best = max(some, key=lambda one: iou(one.box, box), default=None)
    return best if best is not None and iou(best.box, box) >= _SAME else None


def _takes_part(event: TrueEvent, looks: Sequence[Look]) -> bool:
    """Whether a case shows an event and not only the moment at which it happens elsewhere."""
    if not event.actors and event.box is None:
        return True
    return any(look.box is None or _touches(look.box, _places(event, look.truth)) for look in looks)


def _places(event: TrueEvent, truth: TrueFrame) -> list[Box]:
    boxes = [one.box for one in truth.boxes if one.object in event.actors]
    return [*boxes, event.box] if event.box else boxes


def _empty(looks: Sequence[Look]) -> bool:
    """Whether nothing at all is where the case's boxes are."""
    return all(
        look.box is not None and not _touches(look.box, [one.box for one in look.truth.boxes])
        for look in looks
    )


def _touches(box: Box, others: Sequence[Box]) -> bool:
    return any(iou(box, other) > 0.0 for other in others)
