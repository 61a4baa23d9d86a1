"""What happens on a motorway, and what only looks like it."""

import random
from typing import Literal

from secondsight.ground_truth import TrueEvent
from secondsight.sim.actors.landslide import Slope
from secondsight.sim.actors.particles import Fire, Smoke, SmokeColour
from secondsight.sim.actors.people import Person
from secondsight.sim.actors.things import Thing, ThingKind
from secondsight.sim.actors.vehicles import Route, RouteStop, Vehicle, VehicleKind
from secondsight.sim.body.clothing import LIME, PALETTE, random_looks
from secondsight.sim.events.marks import GroundMark, Haze, blob, slab
from secondsight.sim.events.stage import NO, YES, Happening, Plot, Stage, beside
from secondsight.sim.motion.moves import PhoneAtEar, Stand, Walk
from secondsight.sim.scenes.motorway import FAR, NEAR
from secondsight.sim.scenes.scene import Point
from secondsight.sim.shapes.shapes import Points3

COLOURS = ("red", "blue", "white", "black", "grey", "green", "orange")
CRUISE = 20.0
"""Metres per second."""
_BRAKING = 45.0
"""Metres in which vehicles come to a stop, and get going again."""
_PLUME = 0.8
"""Seconds that smoke takes until there is something to be seen of it."""


def stopped_vehicle(stage: Stage) -> Happening:
    """A vehicle stops on the shoulder or on a lane, stands a while, and drives on; the driver may get out."""
    rng = stage.rng
    seconds = rng.uniform(10, 18)
    vehicle, start = _stopper(stage, rng.choice(("car", "car", "van", "truck")), seconds)
    out = rng.random() < 0.4
    if out:
        _driver(stage, start + 2.5, start + seconds - 1.0)
    answers = {"people": YES if out else NO, "smoke": NO}
    event = _standing(stage, vehicle, start, start + seconds, answers)
    return stage.done(event, begin=vehicle.start, end=vehicle.until)


def smoke(stage: Stage) -> Happening:
    """A vehicle stops, dark smoke comes out of it for a while, and it limps away."""
    rng = stage.rng
    seconds = rng.uniform(20, 26)
    vehicle, stop = _stopper(stage, rng.choice(("car", "van", "truck")), seconds)
    start, end = stop + rng.uniform(0.5, 2.5), stop + seconds - 4.0
    plume = _plume(stage, beside(stage.spot.at, stage.spot.towards, 1.4), start, end, "dark")
    answers = {"happens": YES, "vehicle": YES, "flames": NO}
    order = [plume.number, vehicle.number]
    event = stage.event("smoke", start + _PLUME, end, answers, actors=order)
    standing = _standing(stage, vehicle, stop, stop + seconds, {"people": NO, "smoke": YES})
    return stage.done(event, standing, begin=vehicle.start, end=vehicle.until)


def fire(stage: Stage) -> Happening:
    """A vehicle stops and burns, with flames and smoke, until the end."""
    rng = stage.rng
    vehicle, stop = _stopper(stage, rng.choice(("car", "van")), None)
    start = stop + rng.uniform(1.0, 3.0)
    rear = beside(stage.spot.at, stage.spot.towards, rng.uniform(-2.2, -1.4), rng.uniform(-0.4, 0.4))
    flames = Fire(stage.next_number(), (*rear, 0.5), start, 1.2, 0.15, 2.8, rng.randrange(1 << 20))
    stage.actors.append(flames)
    middle = beside(stage.spot.at, stage.spot.towards, 1.0)
    plume = _plume(stage, middle, start + 1.0, stage.length, "dark", height=2.4)
    answers = {"happens": YES, "vehicle": YES, "people": NO}
    order = [flames.number, vehicle.number]
    event = stage.event("fire", start + 0.4, stage.length, answers, actors=order)
    dark = {"happens": YES, "vehicle": YES, "flames": YES}
    smoking = stage.event(
        "smoke", start + 1.0 + _PLUME, stage.length, dark, actors=[plume.number, vehicle.number]
    )
    standing = _standing(stage, vehicle, stop, stage.length, {"people": NO, "smoke": YES})
    return stage.done(event, smoking, standing, begin=vehicle.start)


def steam(stage: Stage) -> Happening:
    """White steam from a drain beside the road."""
    return _vapour(stage, "steam")


def dust(stage: Stage) -> Happening:
    """Dry earth in the air at the foot of the bank."""
    return _vapour(stage, "dust")


def _vapour(stage: Stage, kind: Literal["steam", "dust"]) -> Happening:
    end = stage.time + stage.rng.uniform(9, 16)
    _plume(stage, stage.spot.at, stage.time - _PLUME, end, kind)
    answers = {"happens": NO, "vehicle": NO, "flames": NO}
    return stage.done(stage.event(kind, stage.time, end + 1.0, answers, resembles="smoke"))


def headlights_in_fog(stage: Stage) -> Happening:
    """A car with its lights on comes slowly through a bank of fog."""
    rng = stage.rng
    along, slow = rng.uniform(9, 13), rng.uniform(5, 7)
    at = stage.spot.at
    haze = Haze(
        stage.next_number(),
        at,
        3.2,
        along,
        stage.time - 6,
        stage.time + 2 * along / slow + 6,
        rng.randrange(1 << 20),
    )
    stage.actors.append(haze)
    entry, leave = beside(at, stage.spot.towards, -along), beside(at, stage.spot.towards, along)
    begin, finish = ends(stage)
    route = [
        RouteStop(*begin, CRUISE),
        RouteStop(*entry, slow),
        RouteStop(*leave, slow),
        RouteStop(*finish, CRUISE),
    ]
    start = stage.time - Route(route[:2], 0.0).end
    colour = PALETTE[rng.choice(COLOURS)]
    vehicle = Vehicle(stage.next_number(), rng.choice(("car", "van")), colour, route, start, lights=True)
    stage.actors.append(vehicle)
    answers = {"happens": NO, "vehicle": NO, "people": NO}
    end = stage.time + 2 * along / slow
    order = [vehicle.number, haze.number]
    event = stage.event("headlights_in_fog", stage.time, end, answers, actors=order, resembles="fire")
    return stage.done(event, begin=min(start, haze.start), end=max(vehicle.until, haze.until))


def debris(stage: Stage) -> Happening:
    """A truck loses something; later another one pushes it away."""
    rng = stage.rng
    kind: ThingKind = rng.choice(("tyre", "cardboard", "plank", "box"))
    end = stage.time + rng.uniform(12, 20)
    begin, until = _loss(stage, end)
    colour = PALETTE[rng.choice(("brown", "white", "orange", "red"))]
    heading = rng.uniform(0, 180)
    thing = Thing(
        stage.next_number(), kind, colour, (*stage.spot.at, 0.0), heading=heading, start=stage.time, until=end
    )
    stage.actors.append(thing)
    answers = {"happens": YES, "lane": YES, "avoided": NO}
    event = stage.event("debris", stage.time, end, answers, actors=[thing.number])
    return stage.done(event, begin=begin, end=until)


def puddle(stage: Stage) -> Happening:
    """A truck loses water, which dries."""
    rng = stage.rng
    outline = blob(rng, stage.spot.at, rng.uniform(0.8, 1.4), rng.uniform(1.2, 2.6))
    return _mark(stage, "puddle", outline, (122.0, 104.0, 92.0), 0.75, fade=1.2)


def road_patch(stage: Stage) -> Happening:
    """A repaired piece of the road shows once a truck has gone."""
    rng = stage.rng
    outline = slab(stage.spot.at, rng.uniform(0.7, 1.3), rng.uniform(1.2, 2.4))
    return _mark(stage, "road_patch", outline, (52.0, 50.0, 50.0), 0.9, fade=0.0)


def shadow(stage: Stage) -> Happening:
    """The shadow of something outside the picture falls on the road for a while."""
    rng = stage.rng
    outline = slab(stage.spot.at, rng.uniform(0.9, 1.5), rng.uniform(1.2, 2.0), rng.uniform(-1.0, 1.0))
    return _mark(stage, "shadow", outline, (28.0, 26.0, 24.0), 0.55, fade=1.5)


def _mark(
    stage: Stage,
    kind: Literal["puddle", "road_patch", "shadow"],
    outline: Points3,
    colour: tuple[float, float, float],
    opacity: float,
    fade: float,
) -> Happening:
    rng = stage.rng
    end = stage.time + rng.uniform(12, 20)
    begin, until = stage.time, end
    if kind != "shadow":
        begin, until = _loss(stage, end)
    word = {"puddle": "a puddle", "road_patch": "a patch of new asphalt", "shadow": "a dark shadow"}[kind]
    mark = GroundMark(stage.next_number(), kind, word, outline, colour, opacity, stage.time, end, fade)
    stage.actors.append(mark)
    answers = {"happens": NO, "lane": YES, "avoided": NO}
    event = stage.event(kind, stage.time, end, answers, actors=[mark.number], resembles="debris")
    return stage.done(event, begin=begin, end=until)


def landslide(stage: Stage) -> Happening:
    """The bank gives way and comes to lie on the shoulder, for good."""
    rng = stage.rng
    (x, y), (to, _) = stage.spot.at, stage.spot.towards
    slope = Slope(
        stage.next_number(),
        (x, y),
        270.0 if to < x else 90.0,
        rng.uniform(7, 12),
        4.6,
        6.5,
        rng.uniform(3.0, 5.0),
        stage.time,
        rng.uniform(3, 5),
        rng.randrange(1 << 20),
    )
    stage.actors.append(slope)
    _plume(stage, beside(stage.spot.at, stage.spot.towards, 1.0), stage.time + 1.0, stage.time + 4.0, "dust")
    answers = {"happens": YES, "road": YES, "vehicles": NO}
    event = stage.event("landslide", stage.time + 0.5, stage.length, answers, actors=[slope.number])
    return stage.done(event)


def jam(stage: Stage) -> Happening:
    """Both lanes fill up, everybody waits, and then it goes on."""
    rng = stage.rng
    wait, vehicles = rng.uniform(9, 13), []
    for side in (-1, 1):
        back = 0.0
        for place in range(rng.randint(3, 4)):
            kind: VehicleKind = rng.choice(("car", "car", "car", "van", "truck"))
            length = {"truck": 8.2, "van": 5.2}.get(kind, 4.2)
            at = beside(stage.spot.at, stage.spot.towards, -back - length / 2, side * 1.8)
            back += length + rng.uniform(1.8, 3.0)
            arrival = stage.time + 1.7 * place + rng.uniform(0, 0.5)
            vehicles.append(stop(stage, kind, at, arrival, wait - 0.6 * place)[0])
    end = stage.time + wait
    answers = {"happens": NO, "shoulder": NO, "people": NO, "smoke": NO}
    event = stage.event("jam", stage.time, end, answers, resembles="stopped_vehicle")
    starts, ends = [one.start for one in vehicles], [one.until for one in vehicles]
    return stage.done(event, begin=min(starts), end=max(ends))


def _standing(stage: Stage, vehicle: Vehicle, start: float, end: float, answers: dict[str, str]) -> TrueEvent:
    shoulder = YES if stage.spot.zone == "shoulder" else NO
    return stage.event(
        "stopped_vehicle",
        start,
        end,
        {"happens": YES, "shoulder": shoulder, **answers},
        actors=[vehicle.number],
    )


def ends(stage: Stage, at: Point | None = None) -> tuple[Point, Point]:
    """Where a vehicle comes from and goes to that passes a point of the stage's lane."""
    x = (at or stage.spot.at)[0]
    away = stage.spot.towards[1] > stage.spot.at[1]
    return ((x, NEAR), (x, FAR)) if away else ((x, FAR), (x, NEAR))


def _stopper(stage: Stage, kind: VehicleKind, seconds: float | None) -> tuple[Vehicle, float]:
    return stop(stage, kind, stage.spot.at, stage.time, seconds)


def stop(
    stage: Stage, kind: VehicleKind, at: Point, time: float, seconds: float | None
) -> tuple[Vehicle, float]:
    """A vehicle that comes to stand at a point at a time, for so long or for ever (None); with that time."""
    begin, finish = ends(stage, at)
    brake = beside(at, begin, min(_BRAKING, abs(at[1] - begin[1]) - 1.0))
    route = [RouteStop(*begin, CRUISE), RouteStop(*brake, CRUISE), RouteStop(*at, 0.0, seconds or 0.0)]
    start = time - Route(route, 0.0).end + (seconds or 0.0)
    if seconds is not None:
        onward = beside(at, finish, min(_BRAKING, abs(finish[1] - at[1]) - 1.0))
        route += [RouteStop(*onward, CRUISE), RouteStop(*finish, CRUISE)]
    colour = PALETTE[stage.rng.choice(COLOURS)]
    vehicle = Vehicle(stage.next_number(), kind, colour, route, start)
    stage.actors.append(vehicle)
    return vehicle, time


def _loss(stage: Stage, end: float) -> tuple[float, float]:
    """Two trucks that pass the spot at the stage's time and at `end`; from when to when the lane is theirs."""
    trucks = [_passing(stage, time) for time in (stage.time - 0.15, end)]
    return trucks[0].start, trucks[1].until


def _passing(stage: Stage, time: float) -> Vehicle:
    begin, finish = ends(stage)
    start = time - abs(stage.spot.at[1] - begin[1]) / CRUISE
    route = [RouteStop(*begin, CRUISE), RouteStop(*finish, CRUISE)]
    colour = PALETTE[stage.rng.choice(COLOURS)]
    truck = Vehicle(stage.next_number(), "truck", colour, route, start)
    stage.actors.append(truck)
    return truck


def _driver(stage: Stage, start: float, end: float) -> None:
    rng = stage.rng
    at = beside(stage.spot.at, stage.spot.towards, -1.0, rng.choice((-1.25, 1.25)))
    rear = beside(stage.spot.at, stage.spot.towards, -4.0, rng.uniform(-0.5, 0.8))
    looks = random_looks(rng, vest=rng.choice((None, LIME)))
    move = rng.choice((Stand, PhoneAtEar))(end - start)
    person = Person(stage.next_number(), looks, [Walk(rear, 1.1), move], start, at, until=end)
    stage.actors.append(person)


def _plume(
    stage: Stage, at: Point, start: float, end: float, colour: SmokeColour, height: float = 0.9
) -> Smoke:
    rng: random.Random = stage.rng
    plume = Smoke(
        stage.next_number(),
        (*at, height if colour == "dark" else 0.1),
        start,
        0.2,
        colour,
        (rng.uniform(-0.8, 0.8), rng.uniform(-0.3, 0.5)),
        rng.randrange(1 << 20),
        end,
    )
    stage.actors.append(plume)
    return plume


PLOTS = (
    Plot("fire", None, "shoulder", fire, 24, stays=True),
    Plot("smoke", None, "shoulder", smoke, 30),
    Plot("debris", None, "lane", debris, 21),
    Plot("landslide", None, "bank", landslide, 18, stays=True),
    Plot("stopped_vehicle", None, "shoulder", stopped_vehicle, 20),
    Plot("steam", "smoke", "verge", steam, 18),
    Plot("dust", "smoke", "verge", dust, 18),
    Plot("headlights_in_fog", "fire", "oncoming", headlights_in_fog, 8),
    Plot("shadow", "debris", "lane", shadow, 21),
    Plot("puddle", "debris", "lane", puddle, 21),
    Plot("road_patch", "debris", "lane", road_patch, 21),
    Plot("jam", "stopped_vehicle", "carriageway", jam, 15),
)
