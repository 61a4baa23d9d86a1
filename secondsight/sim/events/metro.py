"""What happens on a metro platform, and what only looks like it."""

from collections.abc import Callable
from math import dist

from secondsight.sim.actors.people import Person
from secondsight.sim.actors.things import Thing
from secondsight.sim.body.clothing import LIME, PALETTE, Looks, random_looks
from secondsight.sim.events.stage import DOWN, NO, YES, Happening, Plot, Role, Stage, beside, who
from secondsight.sim.motion.moves import (
    Carry,
    Crouch,
    Fall,
    Fight,
    GetUp,
    Hug,
    PhoneAtEar,
    PickUp,
    PutDown,
    Sit,
    Stand,
    Stumble,
    TieShoe,
    Turn,
    Walk,
)
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes.scene import Point

_BAGS = ("red", "blue", "green", "black", "grey", "brown", "orange")


def fall(stage: Stage) -> Happening:
    """A person falls, lies there, and gets up again; now and then another person comes and kneels down."""
    rng = stage.rng
    hurt, helped, drunk = rng.random() < 0.5, rng.random() < 0.35, rng.random() < 0.2
    lie = rng.uniform(9, 14) if hurt or helped else rng.uniform(5, 8)
    before: list[Move] = [Stumble()] * rng.randrange(2)
    if drunk:
        before = [Stumble(), Stand(0.4), Stumble()]
    looks = random_looks(rng)
    direction = rng.choice(DOWN)
    role = stage.visitor(looks, [Fall(direction, lie, rng.uniform(0.7, 1.0)), GetUp()], before=before)
    if helped:
        near = beside(role.person.place(role.start + 1)[:2], (0.0, 50.0), -0.9, rng.choice((-0.8, 0.8)))
        stage.visitor(
            random_looks(rng), [Crouch(lie - 2.5)], at=near, time=role.start + rng.uniform(2.2, 3.0)
        )
    answers = {
        "happens": YES,
        "ground": YES,
        "hurt": YES if hurt else NO,
        "helped": YES if helped else NO,
        "drunk": YES if drunk else NO,
    }
    return stage.done(stage.event("fall", role.start, role.end, answers, who=who(role.person)))


_STANDS = {"happens": NO, "ground": NO, "hurt": NO, "helped": NO, "drunk": NO}


def tying_shoe(stage: Stage) -> Happening:
    rng = stage.rng
    main: list[Move] = [TieShoe(rng.uniform(3, 6), quick=rng.random() < 0.6), GetUp()]
    return _lowered(stage, "tying_shoe", main)


def crouching(stage: Stage) -> Happening:
    return _lowered(stage, "crouching", [Crouch(stage.rng.uniform(3, 7)), GetUp()])


def sitting_down(stage: Stage) -> Happening:
    """On the bench, or on the bare floor."""
    seconds = stage.rng.uniform(6, 10)
    if stage.rng.random() < 0.4:
        return _lowered(stage, "sitting_down", [Sit(seconds, "ground"), GetUp()])
    away = 90.0 if stage.spot.towards[0] > stage.spot.at[0] else -90.0
    return _lowered(stage, "sitting_down", [Sit(seconds), GetUp()], [Turn(away)])


def _lowered(stage: Stage, kind: str, main: list[Move], before: list[Move] | None = None) -> Happening:
    role = stage.visitor(random_looks(stage.rng), main, before=before or [Stand(stage.rng.uniform(0.3, 1.5))])
    event = stage.event(kind, role.start, role.end, _STANDS, resembles="fall", who=who(role.person))
    return stage.done(event)


def fight(stage: Stage) -> Happening:
    rng = stage.rng
    seconds, seed = rng.uniform(6, 11), rng.randrange(1 << 20)
    people = _pair(stage, lambda other, side: Fight(seconds, other, seed + side))
    answers = {"happens": YES, "hurt": NO, "weapon": NO, "helped": NO, "people": "two"}
    return stage.done(stage.event("fight", stage.time, people[0].end, answers, who=who(people[0].person)))


def hug(stage: Stage) -> Happening:
    seconds = stage.rng.uniform(4, 8)
    people = _pair(stage, lambda other, side: Hug(seconds, other))
    answers = {"happens": NO, "hurt": NO, "weapon": NO, "helped": NO, "people": "two"}
    return stage.done(stage.event("hug", stage.time, people[0].end, answers, resembles="fight"))


def _pair(stage: Stage, move: Callable[[Point, int], Move]) -> list[Role]:
    """Two who come from different sides and do the same to each other."""
    one, other = (beside(stage.spot.at, (50.0, stage.spot.at[1]), side * 0.6) for side in (-1, 1))
    doors = sorted(stage.scene.doors)
    return [
        stage.visitor(random_looks(stage.rng), [move(b, side)], at=a, come=doors[side], go=doors[side])
        for side, (a, b) in ((0, (one, other)), (-1, (other, one)))
    ]


def loitering(stage: Stage) -> Happening:
    """A person stays at the platform's edge, up and down, for longer than a train takes to come."""
    rng = stage.rng
    x, y = stage.spot.at
    main: list[Move] = []
    for step in range(3):
        main.append(rng.choice((Stand, PhoneAtEar))(rng.uniform(4.5, 6.5), stage.spot.towards))
        main.append(Walk((x, y + (1.6 if step % 2 == 0 else 0.0)), 0.8))
    main.append(Stand(4.0, stage.spot.towards))
    role = stage.visitor(random_looks(rng), main)
    answers = {"stays": YES, "ordinary_reason": NO, "alone": YES, "needs_help": NO}
    return stage.done(stage.event("loitering", role.start, role.end, answers, who=who(role.person)))


def queueing(stage: Stage) -> Happening:
    """A few people wait in line at the edge."""
    rng = stage.rng
    x, y = stage.spot.at
    seconds = rng.uniform(19, 24)
    roles = []
    for place in range(rng.randint(3, 4)):
        at = (x, y + 0.85 * place)
        main: list[Move] = [Stand(seconds / 2, (x, y - 5)), PhoneAtEar(1.0 + seconds / 2, (x, y - 5))]
        later = stage.time + 0.7 * place
        roles.append(stage.visitor(random_looks(rng), main, at=at, time=later, come=stage.door(at)))
    answers = {"stays": NO, "ordinary_reason": YES, "needs_help": NO, "alone": NO}
    end = min(role.end for role in roles)
    first = who(roles[0].person)
    return stage.done(stage.event("queueing", stage.time, end, answers, resembles="loitering", who=first))


def wrong_way(stage: Stage) -> Happening:
    """A person walks or runs through the exit against its direction."""
    rng = stage.rng
    person, start, end = _against(
        stage, rng.choice((1.3, 1.5, 1.8, 2.9)), random_looks(rng), stage.spot.at[0]
    )
    hurry = person.attributes(start + 1)["posture"] == "running"
    answers = {"happens": YES, "staff": NO, "hurry": YES if hurry else NO}
    return stage.done(stage.event("wrong_way", start, end, answers, who=who(person)))


def maintenance_crew(stage: Stage) -> Happening:
    """Workers in vests go the same way, side by side."""
    rng = stage.rng
    vest, helmet = (
        rng.choice((LIME, PALETTE["orange"])),
        rng.choice((None, PALETTE["yellow"], PALETTE["white"])),
    )
    spans = []
    for side in (-0.5, 0.5):
        looks = random_looks(rng, vest=vest, helmet=helmet)
        spans.append(_against(stage, 1.2, looks, stage.spot.at[0] + side))
    start, end = min(span[1] for span in spans), max(span[2] for span in spans)
    answers = {"happens": NO, "staff": YES, "hurry": NO}
    return stage.done(stage.event("maintenance_crew", start, end, answers, resembles="wrong_way"))


def _against(stage: Stage, speed: float, looks: Looks, x: float) -> tuple[Person, float, float]:
    """A person who is in sight at the stage's time, coming the wrong way; with the times in the zone."""
    begin, end = (x, stage.spot.at[1]), (x, stage.spot.towards[1])
    way = [Walk(end, speed)]
    start = stage.time - (begin[1] - 24.0) / speed
    person = Person(stage.next_number(), looks, way, start, begin, 180.0)
    person = Person(person.number, looks, way, start, begin, 180.0, until=person.end)
    stage.actors.append(person)
    return person, *stage.crossing(person, stage.spot.zone or "")


def left_bag(stage: Stage) -> Happening:
    """A person puts down a suitcase and goes out of sight; a good while later the owner comes back for it."""
    rng = stage.rng
    number, at = stage.next_number(), stage.spot.at
    door = min(stage.scene.doors, key=lambda other: dist(other, at))
    pace = rng.uniform(1.3, 1.6)
    away = max(0.0, 14.0 - 2 * (dist(door, at) - 3) / pace) + rng.uniform(0, 4)
    main: list[Move] = [PutDown(), Walk(door, pace), Stand(away), Walk(at, pace)]
    role = stage.visitor(
        random_looks(rng), main, first=[Carry(number)], after=[PickUp(number)], come=door, go=door
    )
    colour = PALETTE[rng.choice(_BAGS)]
    stage.actors.append(Thing(number, "suitcase", colour, carriers=[role.person], start=role.person.start))
    answers = {"happens": YES, "owner": NO, "touched": NO, "item": "suitcase"}
    order = [number, role.person.number]
    step = 3.0 / pace
    event = stage.event("left_bag", role.start + 1.5 + step, role.end - step, answers, actors=order)
    return stage.done(event, begin=role.start, end=role.end + 2)


def bag_with_owner(stage: Stage) -> Happening:
    rng = stage.rng
    number, seconds = stage.next_number(), rng.uniform(13, 19)
    main: list[Move] = [PutDown(), rng.choice((Stand, PhoneAtEar))(seconds), PickUp(number)]
    role = stage.visitor(random_looks(rng), main, first=[Carry(number)])
    colour = PALETTE[rng.choice(_BAGS)]
    stage.actors.append(Thing(number, "suitcase", colour, carriers=[role.person], start=role.person.start))
    answers = {"happens": NO, "owner": YES, "touched": YES, "item": "suitcase"}
    order, owner = [number, role.person.number], who(role.person)
    event = stage.event(
        "bag_with_owner", role.start, role.end, answers, actors=order, resembles="left_bag", who=owner
    )
    return stage.done(event)


PLOTS = (
    Plot("fall", None, "floor", fall, 18),
    Plot("fight", None, "floor", fight, 12),
    Plot("loitering", None, "edge", loitering, 32),
    Plot("wrong_way", None, "exit", wrong_way, 17),
    Plot("left_bag", None, "floor", left_bag, 26),
    Plot("tying_shoe", "fall", "floor", tying_shoe, 8),
    Plot("sitting_down", "fall", "bench", sitting_down, 13),
    Plot("crouching", "fall", "floor", crouching, 10),
    Plot("hug", "fight", "floor", hug, 10),
    Plot("queueing", "loitering", "edge", queueing, 28),
    Plot("maintenance_crew", "wrong_way", "exit", maintenance_crew, 19),
    Plot("bag_with_owner", "left_bag", "floor", bag_with_owner, 24),
)
