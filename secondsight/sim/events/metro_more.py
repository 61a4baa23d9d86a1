"""More of what happens on a metro platform, for those who ask for it, and what only looks like it."""

import random
from math import cos, pi, sin

from secondsight.sim.actors.people import Person
from secondsight.sim.actors.things import Thing
from secondsight.sim.body.clothing import PALETTE, random_looks
from secondsight.sim.events.stage import NO, YES, Happening, Plot, Stage, beside, lasting, who
from secondsight.sim.motion.moves import Carry, Climb, PhoneAtEar, PickUp, PutDown, Run, Stand, Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes.scene import Point

_BAGS = ("red", "blue", "green", "black", "brown", "orange")
_FAR = 35.0
"""Metres along the platform where people are out of sight."""


def running(stage: Stage) -> Happening:
    """A person runs along the platform."""
    person, start, end = _along(stage, stage.rng.uniform(3.2, 4.2))
    answers = {"happens": YES, "ordinary_reason": NO, "others": NO, "chased": NO}
    return stage.done(stage.event("running", start, end, answers, zone="platform", who=who(person)))


def brisk_walking(stage: Stage) -> Happening:
    """A person walks as fast as people walk."""
    person, start, end = _along(stage, stage.rng.uniform(1.75, 2.0))
    answers = {"happens": NO, "ordinary_reason": NO, "others": NO, "chased": NO}
    event = stage.event(
        "brisk_walking", start, end, answers, resembles="running", zone="platform", who=who(person)
    )
    return stage.done(event)


def _along(stage: Stage, speed: float) -> tuple[Person, float, float]:
    """A person who goes through the platform at one speed, in either direction; with the times in its zone."""
    rng = stage.rng
    near, far = (stage.spot.at[0], -6.0), (stage.spot.at[0] * 0.5, _FAR)
    come, go = rng.choice(((near, far), (far, near)))
    move: Move = Run(go, speed) if speed > 2.2 else Walk(go, speed)
    begin = stage.time - (abs(come[1] - 12.0) - 5.0) / speed
    looks, number = random_looks(rng), stage.next_number()
    person = Person(number, looks, [move], begin, come, until=begin + lasting(looks, [move], come))
    stage.actors.append(person)
    return person, *stage.crossing(person, "platform")


def crowd(stage: Stage) -> Happening:
    """Eight or nine people gather around a place and stay there for a while."""
    rng = stage.rng
    seconds, count = rng.uniform(14, 18), rng.randint(8, 9)
    roles = []
    for number in range(count):
        at = _around(stage.spot.at, number, count, rng)
        stay: Move = rng.choice((Stand, Stand, PhoneAtEar))(seconds - 0.5 * number, stage.spot.at)
        later = stage.time + 0.5 * number
        roles.append(stage.visitor(random_looks(rng), [stay], at=at, time=later, come=stage.door(at)))
    answers = {"happens": YES, "ordinary_reason": NO, "trouble": NO, "blocked": NO}
    # From when the fifth has come until the last have gone out of each other's way.
    start, end = roles[4].start, max(role.end for role in roles) + 3.0
    return stage.done(stage.event("crowd", start, end, answers), begin=stage.time - 4, end=end)


def _around(middle: Point, number: int, count: int, rng: random.Random) -> Point:
    """One of `count` places around a point, at least half a metre from the next."""
    inner = count // 3
    ring, size, radius = (number, inner, 0.55) if number < inner else (number - inner, count - inner, 1.45)
    angle = 2 * pi * (ring + rng.uniform(-0.1, 0.1)) / size
    return middle[0] + radius * cos(angle), middle[1] + 1.15 * radius * sin(angle)


def passing_group(stage: Stage) -> Happening:
    """As many people walk by together."""
    rng = stage.rng
    speed, count = rng.uniform(1.1, 1.4), rng.randint(7, 8)
    come, go = rng.choice(((-6.0, _FAR), (_FAR, -6.0)))
    spans = []
    for number in range(count):
        x = stage.spot.at[0] + rng.uniform(-0.2, 0.2) + 0.7 * (number % 3 - 1)
        behind = (number // 3) * 1.0 * (1 if come > go else -1)
        looks, move = random_looks(rng), Walk((x, go + behind), speed)
        begin = stage.time - (abs(come - 12.0) - 5.0) / speed
        until = begin + lasting(looks, [move], (x, come + behind))
        person = Person(stage.next_number(), looks, [move], begin, (x, come + behind), until=until)
        stage.actors.append(person)
        if number in (0, count - 1):
            spans.append(stage.crossing(person, "platform"))
    answers = {"happens": NO, "ordinary_reason": NO, "trouble": NO, "blocked": NO}
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    event = stage.event("passing_group", start, end, answers, resembles="crowd", zone="platform")
    return stage.done(event)


def climbing(stage: Stage) -> Happening:
    """A person climbs over the railing into the exit, or out of it."""
    rng = stage.rng
    near, far = stage.spot.at, stage.spot.towards
    seconds = rng.uniform(2.6, 3.4)
    role = stage.visitor(
        random_looks(rng),
        [Climb(far, 1.0, seconds)],
        at=near,
        before=[Stand(rng.uniform(0.3, 1.2))],
        after=[Stand(0.5)],
        come=stage.door(near),
        go=(far[0], _FAR),
    )
    answers = {"happens": YES, "staff": NO, "carries": NO, "others": NO}
    event = stage.event("climbing", role.start, role.end + 0.5, answers, who=who(role.person))
    return stage.done(event, end=role.end + 2)


def along_barrier(stage: Stage) -> Happening:
    """A person walks close along the railing, on either side of it, and stops there now and then."""
    rng = stage.rng
    (x, y), (beyond, _) = stage.spot.at, stage.spot.towards
    side = rng.random() < 0.5
    rail = (x + beyond) / 2
    close = rail + (x - rail) * 0.75 if side else rail + (beyond - rail) * 0.75
    main: list[Move] = [
        Walk((close, y + 2.5), 1.0),
        Stand(rng.uniform(0.5, 2.0)),
        Walk((close, y + 5.0), 1.2),
    ]
    door = None if side else (close, -6.0)
    role = stage.visitor(
        random_looks(rng), main, at=(close, y), come=door, go=None if side else (close, _FAR)
    )
    answers = {"happens": NO, "staff": NO, "carries": NO, "others": NO}
    event = stage.event(
        "along_barrier", role.start, role.end, answers, resembles="climbing", who=who(role.person)
    )
    return stage.done(event)


def removed_object(stage: Stage) -> Happening:
    """A suitcase that has always stood there is taken by a person who comes for it."""
    rng = stage.rng
    number, at = stage.next_number(), stage.spot.at
    door = stage.door(at)
    place = beside(at, door, -0.45)
    main: list[Move] = [PickUp(number), Walk(stage.door(at), 1.5)]
    role = stage.visitor(random_looks(rng), main, come=door, go=door, before=[Stand(rng.uniform(0.2, 1.0))])
    colour = PALETTE[rng.choice(_BAGS)]
    stage.actors.append(
        Thing(
            number,
            "suitcase",
            colour,
            (*place, 0.0),
            heading=rng.uniform(0, 180),
            carriers=[role.person],
            start=-1e3,
        )
    )
    answers = {"happens": YES, "taker": YES, "owner": NO, "item": "suitcase"}
    end = role.start + 10.0
    order = [role.person.number, number]
    event = stage.event("removed_object", role.start, end, answers, actors=order, who=who(role.person))
    return stage.done(event, begin=0.0)


def own_bag(stage: Stage) -> Happening:
    """The owner of a suitcase, who has stood beside it for long, takes it along."""
    rng = stage.rng
    number, from_start = stage.next_number(), rng.random() < 0.5
    came = -4.0 if from_start else stage.time - rng.uniform(9, 12)
    stand = stage.time - came - 1.5
    main: list[Move] = [PutDown(), rng.choice((Stand, PhoneAtEar))(stand), PickUp(number)]
    role = stage.visitor(random_looks(rng), main, first=[Carry(number)], time=came)
    colour = PALETTE[rng.choice(_BAGS)]
    stage.actors.append(Thing(number, "suitcase", colour, carriers=[role.person], start=role.person.start))
    answers = {"happens": NO, "taker": YES, "owner": YES, "item": "suitcase"}
    order = [role.person.number, number]
    event = stage.event(
        "own_bag",
        stage.time,
        stage.time + 10.0,
        answers,
        actors=order,
        resembles="removed_object",
        who=who(role.person),
    )
    return stage.done(event, begin=min(came, stage.time))


def tailgating(stage: Stage) -> Happening:
    """A person slips through the gate close behind another person."""
    first, second = _through(stage, stage.rng.uniform(0.85, 1.4))
    answers = {"happens": YES, "together": NO, "noticed": NO, "people": "two"}
    event = stage.event("tailgating", first - 0.5, second + 1.0, answers)
    return stage.done(event, begin=first - 6, end=second + 6)


def own_passes(stage: Stage) -> Happening:
    """Two go through one after the other, each with a pass of their own."""
    first, second = _through(stage, stage.rng.uniform(4.0, 6.0))
    answers = {"happens": NO, "together": NO, "noticed": NO, "people": "two"}
    event = stage.event("own_passes", first - 0.5, second + 1.0, answers, resembles="tailgating")
    return stage.done(event, begin=first - 6, end=second + 6)


def _through(stage: Stage, gap: float) -> tuple[float, float]:
    """Two go through the gate, `gap` seconds apart; when they do."""
    rng = stage.rng
    (x, y), (_, end) = stage.spot.at, stage.spot.towards
    speed = rng.uniform(1.15, 1.35)
    for number in range(2):
        begin, looks = (x + rng.uniform(-0.1, 0.1), -6.0), random_looks(rng)
        move = Walk((begin[0], end), speed)
        start = stage.time + number * gap - (y + 6.0) / speed
        person = Person(stage.next_number(), looks, [move], start, begin)
        stage.actors.append(Person(person.number, looks, [move], start, begin, until=person.end))
    return stage.time, stage.time + gap


PLOTS = (
    Plot("running", None, "floor", running, 17),
    Plot("brisk_walking", "running", "floor", brisk_walking, 16),
    Plot("crowd", None, "floor", crowd, 26),
    Plot("passing_group", "crowd", "floor", passing_group, 26),
    Plot("climbing", None, "rail", climbing, 12),
    Plot("along_barrier", "climbing", "rail", along_barrier, 10),
    Plot("removed_object", None, "floor", removed_object, 16, stays=True),
    Plot("own_bag", "removed_object", "floor", own_bag, 15, stays=True),
    Plot("tailgating", None, "gate", tailgating, 16),
    Plot("own_passes", "tailgating", "gate", own_passes, 14),
)
