"""Lets a month pass at a simulated site: what happens, who comes, and what no camera saw."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from bench.accuracy.ask.world import Happening, Passage, Stay, Stretch, Wait, World


@dataclass(frozen=True, slots=True)
class Source:
    """How often something happens at a site.

    Attributes:
        per_day: mean number.
        answers: what the second look may answer, by key.
    """

    kind: str
    rule: str
    camera: str
    zone: str | None
    per_day: float
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Haunt:
    """A zone that people come to, `per_day`; of them a share is `bare`-headed."""

    camera: str
    zone: str
    per_day: int
    bare: float = 0.0


def simulate(
    world: World,
    sources: Sequence[Source],
    haunts: Sequence[Haunt],
    counted: Sequence[tuple[str, str, int]],
    queues: Sequence[tuple[str, str, int]],
    *,
    seed: int,
) -> None:
    """Let a month pass in a world.

    Args:
        counted: cameras and rules that count passages, and how many a day.
        queues: likewise waits.
    """
    dice = random.Random(seed)
    first = world.local_now.date().replace(day=1)
    days = [first + timedelta(days=n) for n in range(world.local_now.day)]
    for day in days:
        for source in sources:
            for _ in range(_poisson(dice, source.per_day)):
                _happen(world, dice, source, _moment(world, dice, day))
        for haunt in haunts:
            _visit(world, dice, haunt, day)
        _count(world, dice, day, counted, queues)
        world.spent += [(_moment(world, dice, day), dice.randint(1, 40) / 1000) for _ in range(20)]
    for camera in world.config.cameras:
        _watch(world, dice, camera, days)
    _cut_off(world)


def _count(
    world: World,
    dice: random.Random,
    day: date,
    counted: Iterable[tuple[str, str, int]],
    queues: Iterable[tuple[str, str, int]],
) -> None:
    """Passages over lines and waits in queues, noted to the second as minutes' counts are."""
    for camera, rule, number in counted:
        for _ in range(number):
            way = dice.choice(("in", "in", "out"))
            world.passages.append(Passage(camera, rule, way, float(int(_moment(world, dice, day)))))
    for camera, rule, number in queues:
        for _ in range(number):
            seconds = float(dice.randint(20, 400))
            world.queue_waits.append(Wait(camera, rule, float(int(_moment(world, dice, day))), seconds))


def _moment(world: World, dice: random.Random, day: date) -> float:
    """Any moment of a day, more often by daylight."""
    begin, end = world.midnight(day), world.midnight(day + timedelta(days=1))
    share = dice.random() if dice.random() < 0.3 else min(0.999, max(0.0, dice.gauss(0.55, 0.15)))
    return begin + share * (end - begin)


def _poisson(dice: random.Random, mean: float) -> int:
    return sum(dice.random() < mean / 20 for _ in range(20))


def _happen(world: World, dice: random.Random, source: Source, moment: float) -> None:
    verified = dice.random() < 0.75
    answers = {key: dice.choice(choices) for key, choices in source.answers.items()} if verified else {}
    world.happenings.append(
        Happening(
            source.kind,
            source.camera,
            source.zone,
            source.rule,
            moment,
            real=dice.random() < 0.7,
            verified=verified,
            answers=answers,
        )
    )


def _visit(world: World, dice: random.Random, haunt: Haunt, day: date) -> None:
    """People come, some several times; a tracker sees each stay in pieces."""
    crew = [dice.randrange(10**9) for _ in range(max(1, haunt.per_day * 2 // 3))]
    bare = {person: dice.random() < haunt.bare for person in crew}
    busy: dict[int, list[Stretch]] = {}
    for _ in range(haunt.per_day):
        person, begin = dice.choice(crew), _moment(world, dice, day)
        length = dice.choice((40.0, 120.0, 300.0, 900.0)) * dice.uniform(0.6, 1.6)
        if any(begin < end + 60 and begin + length + 60 > start for start, end in busy.get(person, ())):
            continue
        busy.setdefault(person, []).append((begin, begin + length))
        cuts = sorted(dice.uniform(0.1, 0.9) * length for _ in range(dice.choice((0, 0, 0, 1, 2))))
        edges = [0.0, *cuts, length]
        pieces = tuple(
            (begin + a + (1.5 if n else 0.0), begin + b)
            for n, (a, b) in enumerate(pairwise(edges))
            if b - a > 5.0
        )
        stay = Stay(person, haunt.camera, haunt.zone, pieces, bare[person], len(world.stays) * 10)
        world.stays.append(stay)
        if bare[person]:
            epoch, track = 1, stay.first_track
            verified = dice.random() < 0.6
            world.happenings.append(
                Happening(
                    "no_helmet", haunt.camera, "hardhat", "helmets", begin + 3.0, True, verified,
                    track=(haunt.camera, epoch, track),
                )
            )  # fmt: skip


def _watch(world: World, dice: random.Random, camera: str, days: Sequence[date]) -> None:
    """A camera is watched but for some gaps; in some of these the program ran and got no pictures."""
    at = world.midnight(days[0])
    for day in days:
        if dice.random() < 0.7:
            begin = world.midnight(day) + dice.randint(1, 20) * 3600.0
            end = begin + dice.randint(5, 90) * 60.0
            world.watched.setdefault(camera, []).append((at, begin))
            if dice.random() < 0.5:
                world.blind.setdefault(camera, []).append((begin, end))
            at = end
    world.watched.setdefault(camera, []).append((at, world.now))


def _cut_off(world: World) -> None:
    """Nothing happens after now, nor before a camera that is not watched."""

    def seen(camera: str, moment: float) -> bool:
        return moment < world.now - 1 and any(begin <= moment < end for begin, end in world.watched[camera])

    world.happenings = [one for one in world.happenings if seen(one.camera, one.time)]
    world.stays = [
        one for one in world.stays if one.pieces and one.leave < world.now and seen(one.camera, one.enter)
    ]
    world.passages = [one for one in world.passages if seen(one.camera, one.time)]
    world.queue_waits = [one for one in world.queue_waits if seen(one.camera, one.time)]
    world.spent = [one for one in world.spent if one[0] < world.now]
    world.watched = {
        camera: [(begin, min(end, world.now)) for begin, end in spans if begin < world.now]
        for camera, spans in world.watched.items()
    }
