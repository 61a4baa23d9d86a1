"""More of what happens in a shop, for those who ask for it, and what only looks like it."""

from dataclasses import replace

from secondsight.sim.body.clothing import random_looks
from secondsight.sim.events.retail import AFTER, at_shelf, put_product
from secondsight.sim.events.stage import NO, UNCLEAR, YES, Happening, Plot, Stage, beside, who
from secondsight.sim.motion.moves import PhoneAtEar, PutBack, Stand, Take, Walk
from secondsight.sim.motion.timeline import Move

_STEP = 0.85
"""Metres from one in a queue to the next."""
_KEEP_OFF = 2.5
"""Metres that passers-by keep from the head of a queue."""


def put_back(stage: Stage) -> Happening:
    """A person takes a product, looks at it, puts it back, and leaves; or only touches it."""
    rng = stage.rng
    number, place, height = stage.next_number(), at_shelf(stage), rng.uniform(1.0, 1.6)
    main: list[Move] = [Take(number, place, height), Stand(rng.uniform(1.5, 4)), PutBack(place, height)]
    role = stage.visitor(random_looks(rng), main, before=[Stand(rng.uniform(1.5, 3), place)])
    put_product(stage, number, (*place, height), role.person)
    answers = {"happens": YES, "all": YES, "hides": NO}
    order = [role.person.number, number]
    event = stage.event("put_back", role.start, role.end + AFTER, answers, actors=order, who=who(role.person))
    return stage.done(event, end=role.end + AFTER)


def take(stage: Stage) -> Happening:
    """A person takes a product and walks away with it."""
    rng = stage.rng
    number, place, height = stage.next_number(), at_shelf(stage), rng.uniform(1.0, 1.6)
    main: list[Move] = [Take(number, place, height)]
    role = stage.visitor(random_looks(rng), main, before=[Stand(rng.uniform(1.5, 3), place)])
    put_product(stage, number, (*place, height), role.person)
    answers = {"happens": NO, "all": NO, "hides": NO}
    order = [role.person.number, number]
    event = stage.event(
        "take",
        role.start,
        role.end + AFTER,
        answers,
        actors=order,
        resembles="put_back",
        who=who(role.person),
    )
    return stage.done(event)


def browsing(stage: Stage) -> Happening:
    """A person stands before the shelf and looks, without reaching into it."""
    rng = stage.rng
    place = at_shelf(stage)
    role = stage.visitor(random_looks(rng), [Stand(rng.uniform(3, 6), place)])
    answers = {"happens": NO, "all": UNCLEAR, "hides": NO}
    event = stage.event("browsing", role.start, role.end, answers, resembles="put_back", who=who(role.person))
    return stage.done(event)


def queue(stage: Stage) -> Happening:
    """Four or five people wait in line at the cash desk."""
    rng = stage.rng
    return _line(stage, rng.randint(4, 5), rng.uniform(20, 26), real=True)


def short_queue(stage: Stage) -> Happening:
    """Two wait at the cash desk."""
    rng = stage.rng
    return _line(stage, 2, rng.uniform(14, 22), real=False)


def _line(stage: Stage, count: int, seconds: float, *, real: bool) -> Happening:
    rng = stage.rng
    roles = []
    for place in range(count):
        at = beside(stage.spot.at, stage.spot.towards, -_STEP * place)
        main: list[Move] = [Stand(seconds / 2, stage.spot.towards)]
        main.append(rng.choice((Stand, PhoneAtEar))(seconds / 2, stage.spot.towards))
        roles.append(stage.visitor(random_looks(rng), main, at=at, time=stage.time + 0.8 * place))
    start, end = max(role.start for role in roles), min(role.end for role in roles)
    answers = {
        "happens": YES if real else NO,
        "people": "more" if real else "two",
        "served": NO,
        "trouble": NO,
    }
    event = stage.event(
        "queue" if real else "queueing",
        start,
        end,
        answers,
        resembles=None if real else "queue",
        who=who(roles[0].person),
    )
    return replace(stage.done(event, begin=stage.time, end=max(role.end for role in roles)), clear=_KEEP_OFF)


def passing_group(stage: Stage) -> Happening:
    """Several people walk past the cash desk one behind another, without waiting."""
    rng = stage.rng
    far = beside(stage.spot.at, stage.spot.towards, -4.2)
    roles = []
    for place in range(4):
        aside = (far[0] + rng.uniform(-0.2, 0.2), far[1])
        role = stage.visitor(
            random_looks(rng), [Walk(stage.spot.at, 1.3)], at=aside, time=stage.time + 1.1 * place, speed=1.3
        )
        roles.append(role)
    answers = {"happens": NO, "people": UNCLEAR, "served": NO, "trouble": NO}
    end = max(role.end for role in roles)
    event = stage.event("passing_group", stage.time, end, answers, resembles="queue")
    return stage.done(event)


PLOTS = (
    Plot("queue", None, "till", queue, 34),
    Plot("put_back", None, "shelf", put_back, 14),
    Plot("queueing", "queue", "till", short_queue, 26),
    Plot("passing_group", "queue", "till", passing_group, 12),
    Plot("take", "put_back", "shelf", take, 10),
    Plot("browsing", "put_back", "shelf", browsing, 9),
)
