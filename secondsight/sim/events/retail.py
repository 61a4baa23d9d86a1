"""What happens in a shop, and what only looks like it."""

from secondsight.sim.actors.people import Person
from secondsight.sim.actors.things import Thing
from secondsight.sim.body.clothing import PALETTE, random_looks
from secondsight.sim.events.stage import NO, YES, Happening, Plot, Stage, beside, who
from secondsight.sim.motion.moves import PhoneAtEar, PutBack, Reach, Stand, Take, Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes.scene import Point

_GOODS = ("red", "blue", "green", "yellow", "orange", "purple", "white")
AFTER = 2.5
"""Seconds after the hand has left the shelf until it is plain that the product is gone with its taker."""


def take(stage: Stage) -> Happening:
    """A person takes a product and walks away with it."""
    rng = stage.rng
    number, place, height = stage.next_number(), at_shelf(stage), rng.uniform(1.0, 1.6)
    main: list[Move] = [Take(number, place, height)]
    role = stage.visitor(random_looks(rng), main, before=[Stand(rng.uniform(0.5, 3), place)])
    put_product(stage, number, (*place, height), role.person)
    answers = {"happens": YES, "put_back": NO, "hides": NO}
    order = [role.person.number, number]
    end = role.end + AFTER
    return stage.done(stage.event("take", role.start, end, answers, actors=order, who=who(role.person)))


def put_back(stage: Stage) -> Happening:
    """A person takes a product, looks at it, and puts it back."""
    rng = stage.rng
    number, place, height = stage.next_number(), at_shelf(stage), rng.uniform(1.0, 1.6)
    look = Stand(rng.uniform(1.5, 4))
    main: list[Move] = [Take(number, place, height), look, PutBack(place, height)]
    role = stage.visitor(random_looks(rng), main, before=[Stand(rng.uniform(0.5, 2), place)])
    put_product(stage, number, (*place, height), role.person)
    answers = {"happens": NO, "put_back": YES, "hides": NO}
    order = [role.person.number, number]
    event = stage.event(
        "put_back", role.start, role.end, answers, actors=order, resembles="take", who=who(role.person)
    )
    return stage.done(event, end=role.end + 1)


def browsing(stage: Stage) -> Happening:
    """A person stands before the shelf and looks, or points at something, or only walks past close to it."""
    rng = stage.rng
    place = at_shelf(stage)
    main: list[Move] = [Stand(rng.uniform(3, 6), place)]
    if rng.random() < 0.5:
        main += [Reach(rng.uniform(0.3, 0.8), place, rng.uniform(1.0, 1.6)), Stand(1.5, place)]
    if rng.random() < 0.4:
        x, y = stage.spot.at
        main = [Walk((x, y + 2.0), 0.7), *main[1:]] if len(main) > 1 else [Walk((x, y + 2.5), 0.7)]
    role = stage.visitor(random_looks(rng), main)
    answers = {"happens": NO, "put_back": NO, "hides": NO}
    event = stage.event("browsing", role.start, role.end, answers, resembles="take", who=who(role.person))
    return stage.done(event)


def linger(stage: Stage) -> Happening:
    """A person stays before the valuables, up and down, touching nothing."""
    rng = stage.rng
    x, y = stage.spot.at
    main: list[Move] = []
    for step in range(3):
        target = (stage.spot.towards[0], y)
        main.append(rng.choice((Stand, PhoneAtEar))(rng.uniform(4.5, 6.5), target))
        main.append(Walk((x, y + (1.3 if step % 2 == 0 else 0.0)), 0.7))
    main.append(Stand(4.0, (stage.spot.towards[0], y)))
    role = stage.visitor(random_looks(rng), main)
    answers = {"happens": YES, "queue": NO, "touches": NO, "alone": YES}
    return stage.done(stage.event("linger", role.start, role.end, answers, who=who(role.person)))


def queueing(stage: Stage) -> Happening:
    """A few people wait in line at the cash desk, along the valuables."""
    rng = stage.rng
    seconds = rng.uniform(19, 24)
    roles = []
    for place in range(rng.randint(3, 4)):
        at = beside(stage.spot.at, stage.spot.towards, -0.85 * place)
        main: list[Move] = [
            Stand(seconds / 2, stage.spot.towards),
            PhoneAtEar(seconds / 2, stage.spot.towards),
        ]
        roles.append(stage.visitor(random_looks(rng), main, at=at, time=stage.time + 0.8 * place))
    answers = {"happens": NO, "queue": YES, "touches": NO, "alone": NO}
    end, first = min(role.end for role in roles), who(roles[0].person)
    return stage.done(stage.event("queueing", stage.time, end, answers, resembles="linger", who=first))


def at_shelf(stage: Stage) -> Point:
    """Where the hand goes: a little way into the shelf."""
    return beside(stage.spot.at, stage.spot.towards, 0.62)


def put_product(stage: Stage, number: int, at: tuple[float, float, float], person: Person) -> None:
    colour = PALETTE[stage.rng.choice(_GOODS)]
    stage.actors.append(Thing(number, "product", colour, at, carriers=[person], start=-1e3))


PLOTS = (
    Plot("take", None, "shelf", take, 8),
    Plot("linger", None, "valuables", linger, 32),
    Plot("put_back", "take", "shelf", put_back, 11),
    Plot("browsing", "take", "shelf", browsing, 11),
    Plot("queueing", "linger", "desk", queueing, 29),
)
