"""More of what happens on a motorway, for those who ask for it, and what only looks like it."""

from collections.abc import Sequence

from secondsight.ground_truth import Condition
from secondsight.sim.actors.people import Person
from secondsight.sim.actors.vehicles import RouteStop, Vehicle, VehicleKind
from secondsight.sim.body.clothing import LIME, PALETTE, random_looks
from secondsight.sim.events.motorway import COLOURS, ends, stop
from secondsight.sim.events.stage import NO, YES, Happening, Plot, Stage, beside, who
from secondsight.sim.motion.moves import Stand, Walk
from secondsight.sim.motion.timeline import Move

_KINDS: tuple[VehicleKind, ...] = ("car", "car", "van", "truck")
_REVERSING = 3.0
"""Metres per second."""


def wrong_way_vehicle(stage: Stage) -> Happening:
    """A car drives against the traffic of its lane."""
    rng = stage.rng
    speed = rng.uniform(9, 15)
    begin, finish = ends(stage)
    car = _driven(stage, [RouteStop(*finish, speed), RouteStop(*begin, speed)], stage.spot.at[1], speed)
    start, end = stage.time - 15 / speed, stage.time + 15 / speed
    answers = {"happens": YES, "reverses": NO, "service": NO, "oncoming": NO}
    event = stage.event("wrong_way_vehicle", start, end, answers, actors=[car.number])
    return stage.done(event, begin=car.start, end=car.until)


def slow_vehicle(stage: Stage) -> Happening:
    """A car drives slowly along its lane, the right way."""
    speed = stage.rng.uniform(6, 9)
    begin, finish = ends(stage)
    car = _driven(stage, [RouteStop(*begin, speed), RouteStop(*finish, speed)], stage.spot.at[1], speed)
    answers = {"happens": NO, "reverses": NO, "service": NO, "oncoming": NO}
    end = stage.time + 20 / speed
    event = stage.event(
        "driving", stage.time, end, answers, actors=[car.number], resembles="wrong_way_vehicle"
    )
    return stage.done(event, begin=car.start, end=car.until)


def _driven(stage: Stage, route: list[RouteStop], y: float, speed: float) -> Vehicle:
    """A vehicle that is at `y` metres at the stage's time."""
    start = stage.time - abs(y - route[0].y) / speed
    colour = PALETTE[stage.rng.choice(COLOURS)]
    vehicle = Vehicle(stage.next_number(), stage.rng.choice(_KINDS), colour, route, start)
    stage.actors.append(vehicle)
    return vehicle


def jam(stage: Stage) -> Happening:
    """Both lanes fill up, everybody waits, and then it goes on."""
    rng = stage.rng
    wait = rng.uniform(16, 22)
    vehicles, full = _column(stage, rng.randint(3, 4), wait)
    answers = {"happens": YES, "accident": NO, "lanes": YES, "people": NO}
    event = stage.event("jam", full, stage.time + wait, answers)
    return stage.done(event, begin=min(v.start for v in vehicles), end=max(v.until for v in vehicles))


def two_waiting(stage: Stage) -> Happening:
    """Two vehicles halt beside each other for a while."""
    wait = stage.rng.uniform(12, 16)
    vehicles, full = _column(stage, 1, wait)
    answers = {"happens": NO, "accident": NO, "lanes": YES, "people": NO}
    event = stage.event("stopped_vehicle", full, stage.time + wait, answers, resembles="jam")
    return stage.done(event, begin=min(v.start for v in vehicles), end=max(v.until for v in vehicles))


def _column(stage: Stage, rows: int, wait: float) -> tuple[list[Vehicle], float]:
    """Vehicles that halt on both lanes behind each other, and when the last of them stands."""
    rng = stage.rng
    vehicles, full = [], stage.time
    for side in (-1, 1):
        back = 0.0
        for place in range(rows):
            kind: VehicleKind = rng.choice(("car", "car", "car", "van"))
            length = {"van": 5.2}.get(kind, 4.2)
            at = beside(stage.spot.at, stage.spot.towards, -back - length / 2, side * 1.8)
            back += length + rng.uniform(1.8, 3.0)
            arrival = stage.time + 1.7 * place + rng.uniform(0, 0.5)
            full = max(full, arrival)
            vehicles.append(stop(stage, kind, at, arrival, wait - 0.6 * place)[0])
    return vehicles, full


def heavy_traffic(stage: Stage) -> Happening:
    """Many vehicles close behind each other, all of them moving."""
    rng = stage.rng
    speed, begin, vehicles = rng.uniform(11, 14), ends(stage)[0], []
    forward = 1.0 if stage.spot.towards[1] > stage.spot.at[1] else -1.0
    for side in (-1, 1):
        for place in range(4):
            x = beside(stage.spot.at, stage.spot.towards, 0.0, side * 1.8)[0]
            far = 130.0 * forward + begin[1]
            route = [RouteStop(x, begin[1], speed), RouteStop(x, far, speed)]
            start = (
                stage.time
                - abs(stage.spot.at[1] - begin[1]) / speed
                + (10 * place + rng.uniform(0, 3)) / speed
            )
            colour = PALETTE[rng.choice(COLOURS)]
            vehicles.append(Vehicle(stage.next_number(), rng.choice(_KINDS[:3]), colour, route, start))
    stage.actors.extend(vehicles)
    answers = {"happens": NO, "accident": NO, "lanes": YES, "people": NO}
    event = stage.event("driving", stage.time, stage.time + 40 / speed, answers, resembles="jam")
    return stage.done(event, begin=min(v.start for v in vehicles), end=max(v.until for v in vehicles))


def pedestrian_on_road(stage: Stage) -> Happening:
    """A person walks along a lane, or across the carriageway."""
    rng = stage.rng
    at, towards = stage.spot.at, stage.spot.towards
    if rng.random() < 0.5:
        path = [beside(at, towards, -6.0), beside(at, towards, 6.0)]
    else:
        path = [beside(at, towards, 0.0, -1.6), beside(at, towards, 0.0, 1.6), beside(at, towards, 4.0, -1.2)]
    person = _walker(stage, path, vest=False)
    answers = {"happens": YES, "lane": YES, "staff": NO, "vehicle": NO, "hurt": NO}
    event = stage.event(
        "pedestrian_on_road", person.start, person.until, answers, actors=[person.number], who=who(person)
    )
    return stage.done(event)


def on_shoulder(stage: Stage) -> Happening:
    """A worker in a vest walks and works on the shoulder, beside a van."""
    rng = stage.rng
    at, towards = stage.spot.at, stage.spot.towards
    van, _ = stop(stage, "van", at, stage.time - 4.0, 26.0)
    ahead = [beside(at, towards, along, rng.uniform(-0.3, 0.9)) for along in (-4.0, -8.0, -4.5)]
    person = _walker(stage, ahead, vest=True)
    answers = {"happens": NO, "lane": NO, "staff": YES, "vehicle": YES, "hurt": NO}
    event = stage.event(
        "authorised_worker",
        person.start,
        person.until,
        answers,
        actors=[person.number],
        resembles="pedestrian_on_road",
    )
    return stage.done(event, begin=van.start, end=van.until)


def _walker(stage: Stage, path: Sequence[tuple[float, float]], *, vest: bool) -> Person:
    rng = stage.rng
    looks = random_looks(rng, vest=LIME if vest else None)
    script: list[Move] = [
        *(Walk(point, rng.uniform(1.0, 1.4)) for point in path[1:]),
        Stand(rng.uniform(1, 3)),
    ]
    end = Person(1, looks, script, stage.time, path[0]).end
    person = Person(stage.next_number(), looks, script, stage.time, path[0], until=end)
    stage.actors.append(person)
    return person


def low_visibility(stage: Stage) -> Happening:
    """Fog comes up over everything, stays a while, and lifts; or the lens gets dirty."""
    rng = stage.rng
    name = rng.choice(("fog", "fog", "dirty_lens"))
    peak = rng.uniform(0.85, 1.0)
    return _veiled(stage, name, peak, "low_visibility", {"happens": YES, "cause": name, "lights": NO})


def dusk(stage: Stage) -> Happening:
    """It gets dark for a while, and nothing else."""
    answers = {"happens": NO, "cause": "darkness", "lights": NO}
    return _veiled(stage, "night", stage.rng.uniform(0.6, 0.9), "shadow", answers)


def shower(stage: Stage) -> Happening:
    """A little rain, through which everything is to be seen."""
    answers = {"happens": NO, "cause": "rain", "lights": NO}
    return _veiled(stage, "rain", stage.rng.uniform(0.2, 0.4), "driving", answers)


def _veiled(stage: Stage, name: str, peak: float, kind: str, answers: dict[str, str]) -> Happening:
    rng = stage.rng
    steps, step = 5, rng.uniform(0.6, 1.2)
    lasts = rng.uniform(16, 20)
    parts, time = [], stage.time - steps * step
    for share in (*range(1, steps), 0, *range(steps - 1, 0, -1)):
        until = time + (step if share else lasts + step)
        parts.append(Condition(name, peak * (share / steps if share else 1.0), max(time, 0.0), until))
        time = until
    event = stage.event(
        kind,
        stage.time,
        stage.time + lasts,
        answers,
        resembles=None if kind == "low_visibility" else "low_visibility",
    )
    event_begin, event_end = parts[0].start, time
    return Happening((), (event,), stage.spot, event_begin, event_end, conditions=tuple(parts))


PLOTS = (
    Plot("wrong_way_vehicle", None, "lane", wrong_way_vehicle, 8),
    Plot("jam", None, "carriageway", jam, 32),
    Plot("pedestrian_on_road", None, "walkable", pedestrian_on_road, 16),
    Plot("low_visibility", None, "verge", low_visibility, 30),
    Plot("driving", "wrong_way_vehicle", "lane", slow_vehicle, 8),
    Plot("stopped_vehicle", "jam", "carriageway", two_waiting, 20),
    Plot("driving", "jam", "carriageway", heavy_traffic, 14),
    Plot("authorised_worker", "pedestrian_on_road", "shoulder", on_shoulder, 26),
    Plot("shadow", "low_visibility", "verge", dusk, 30),
    Plot("driving", "low_visibility", "verge", shower, 30),
)
