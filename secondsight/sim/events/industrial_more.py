"""More of what happens in a yard, for those who ask for it, and what only looks like it."""

from collections.abc import Sequence
from dataclasses import replace

from secondsight.sim.actors.vehicles import RouteStop, Vehicle, VehicleKind
from secondsight.sim.body.clothing import LIME, PALETTE, Looks, random_looks
from secondsight.sim.events.stage import NO, YES, Happening, Plot, Role, Stage, who
from secondsight.sim.motion.moves import Bend, Crouch, HandAtHead, PhoneAtEar, SmokeCigarette, Stand, Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes.scene import Point

_HELMETS = ("yellow", "white", "orange", "red", "blue")
_SHIRTS = ("blue", "grey", "black", "green", "brown")
_KINDS: tuple[VehicleKind, ...] = ("car", "van", "truck")
_HALF = {"car": 0.87, "van": 0.98, "truck": 1.22}
"""Half the width of a vehicle, metres."""
_PAINTS = ("red", "blue", "white", "green", "orange")
_ALONE = 60.0
"""Metres within which nobody else may be who could come near a vehicle by chance."""


def _worker(stage: Stage, *, vest: bool = True) -> Looks:
    colour = stage.rng.choice((LIME, PALETTE["orange"])) if vest else None
    helmet = PALETTE[stage.rng.choice(_HELMETS)]
    return random_looks(stage.rng, helmet=helmet, vest=colour, shirts=_SHIRTS)


def no_vest(stage: Stage) -> Happening:
    """A person works in the marked area without a vest."""
    role = stage.visitor(_worker(stage, vest=False), _work(stage))
    start, end = stage.crossing(role.person, "hardhat")
    answers = {"happens": YES, "helmet": YES, "covered": NO}
    return stage.done(stage.event("no_vest", start, end, answers, who=who(role.person)))


def vest_worn(stage: Stage) -> Happening:
    """A vest is worn, now and then with the back turned to the light or while bending down."""
    role = stage.visitor(_worker(stage), _work(stage))
    start, end = stage.crossing(role.person, "hardhat")
    answers = {"happens": NO, "helmet": YES, "covered": NO}
    return stage.done(stage.event("vest_worn", start, end, answers, resembles="no_vest"))


def _work(stage: Stage) -> list[Move]:
    options: tuple[Move, ...] = (Bend(1.5), Crouch(2.0), Stand(3.0))
    return [stage.rng.choice(options), Stand(stage.rng.uniform(1, 3))]


def forbidden_operation(stage: Stage) -> Happening:
    """A person phones or smokes where that is forbidden."""
    phones = stage.rng.random() < 0.5
    seconds = stage.rng.uniform(7, 11)
    move: Move = PhoneAtEar(seconds) if phones else SmokeCigarette(seconds)
    role = stage.visitor(_worker(stage), [move])
    answers = {"happens": YES, "what": "phoning" if phones else "smoking", "moving": NO}
    text = f"{who(role.person)} talks on the phone" if phones else f"{who(role.person)} smokes"
    return stage.done(stage.event("forbidden_operation", role.start, role.end, answers, caption=text))


def hand_at_head(stage: Stage) -> Happening:
    """A person holds a bare hand at the head."""
    role = stage.visitor(_worker(stage), [HandAtHead(stage.rng.uniform(4, 8))])
    return _idle(stage, "hand_at_head", role)


def standing_by(stage: Stage) -> Happening:
    """A person stands about."""
    role = stage.visitor(_worker(stage), [Stand(stage.rng.uniform(5, 9))])
    return _idle(stage, "standing_by", role)


def _idle(stage: Stage, kind: str, role: Role) -> Happening:
    answers = {"happens": NO, "what": "none", "moving": NO}
    event = stage.event(
        kind, role.start, role.end, answers, resembles="forbidden_operation", who=who(role.person)
    )
    return stage.done(event)


def lone_worker(stage: Stage) -> Happening:
    """A person works alone in the closed area."""
    start, end = _inside(stage, [0.0], stage.rng.uniform(15, 20))
    answers = {"happens": YES, "works": YES, "machine": YES, "needs_help": NO}
    return stage.done(stage.event("lone_worker", start, end, answers))


def two_workers(stage: Stage) -> Happening:
    """Two work there side by side."""
    start, end = _inside(stage, [0.0, 1.2], stage.rng.uniform(15, 20))
    answers = {"happens": NO, "works": YES, "machine": YES, "needs_help": NO}
    return stage.done(stage.event("two_workers", start, end, answers, resembles="lone_worker"))


def _inside(stage: Stage, beside_it: Sequence[float], seconds: float) -> tuple[float, float]:
    """People who go into the closed area through its open side and work there; the first's times inside."""
    rng = stage.rng
    spans = []
    for shift in beside_it:
        x, y = stage.spot.at[0] + shift * (1 if stage.spot.at[0] > 0 else -1), stage.spot.at[1] + 0.3 * shift
        gate = (stage.spot.towards[0], y)
        main: list[Move] = [Stand(seconds / 3), rng.choice((Bend, Crouch))(seconds / 3), Stand(seconds / 3)]
        role = stage.visitor(
            _worker(stage), main, at=gate, before=[Walk((x, y), 1.2)], after=[Walk(gate, 1.2)]
        )
        spans.append(stage.crossing(role.person, "restricted"))
    return min(span[0] for span in spans), max(span[1] for span in spans)


def vehicle_near_person(stage: Stage) -> Happening:
    """A vehicle drives by so close to a person on foot that it could touch them."""
    rng = stage.rng
    kind = rng.choice(_KINDS)
    x, y = stage.spot.at
    side = rng.uniform(0.7, 1.1) + _HALF[kind]
    vehicle, speed = _drives_by(stage, kind, x - side if x > 0 else x + side, y)
    role = _bystander(stage, stage.spot.at)
    near = 4.2 / speed
    answers = {"happens": YES, "moving": YES, "guides": NO, "aware": NO}
    order = [role.person.number, vehicle.number]
    event = stage.event("vehicle_near_person", stage.time - near, stage.time + near, answers, actors=order)
    return replace(stage.done(event, begin=vehicle.start, end=vehicle.until), clear=_ALONE)


def vehicle_passing(stage: Stage) -> Happening:
    """A vehicle drives by on the other side of the yard."""
    free, y = _free_side(stage), stage.spot.at[1]
    vehicle, _ = _drives_by(stage, stage.rng.choice(_KINDS), -1.9 * free, y)
    role = _bystander(stage, (3.4 * free, y))
    answers = {"happens": NO, "moving": YES, "guides": NO, "aware": NO}
    order = [role.person.number, vehicle.number]
    event = stage.event(
        "vehicle_passing",
        stage.time - 2,
        stage.time + 2,
        answers,
        actors=order,
        resembles="vehicle_near_person",
    )
    return replace(stage.done(event, begin=vehicle.start, end=vehicle.until), clear=_ALONE)


def vehicle_standing(stage: Stage) -> Happening:
    """A person stands beside a vehicle that has always stood there."""
    rng = stage.rng
    kind, free, y = rng.choice(_KINDS[:2]), _free_side(stage), stage.spot.at[1]
    paint = PALETTE[rng.choice(_PAINTS)]
    vehicle = Vehicle(stage.next_number(), kind, paint, [RouteStop(4.4 * free, y, 0.0)], -1e3)
    stage.actors.append(vehicle)
    role = _bystander(stage, ((4.4 - _HALF[kind] - rng.uniform(0.5, 0.8)) * free, y))
    answers = {"happens": NO, "moving": NO, "guides": NO, "aware": NO}
    order = [role.person.number, vehicle.number]
    event = stage.event(
        "vehicle_standing", role.start, role.end, answers, actors=order, resembles="vehicle_near_person"
    )
    return stage.done(event, begin=role.start - 6, end=role.end + 6)


def _free_side(stage: Stage) -> int:
    """On which side of the yard there is no closed area: -1 or 1."""
    return -1 if stage.scene.zones["restricted"][0][0] > 0 else 1


def _bystander(stage: Stage, at: Point) -> Role:
    return stage.visitor(_worker(stage), [Stand(6.0)], at=at, time=stage.time - 3.0)


def _drives_by(stage: Stage, kind: VehicleKind, x: float, y: float) -> tuple[Vehicle, float]:
    """A vehicle that drives into the yard and is `y` metres along it at the stage's time; and its speed."""
    speed = stage.rng.uniform(2.6, 3.8)
    begin, end = (x, -10.0), (x, 26.5)
    start = stage.time - (y - begin[1]) / speed
    away = 45.0 if x > 0 else -45.0
    route = [RouteStop(*begin, speed), RouteStop(*end, speed), RouteStop(away, end[1], speed)]
    paint = PALETTE[stage.rng.choice(_PAINTS)]
    vehicle = Vehicle(stage.next_number(), kind, paint, route, start, until=start + 36.5 / speed + 2.0)
    stage.actors.append(vehicle)
    return vehicle, speed


PLOTS = (
    Plot("no_vest", None, "hardhat", no_vest, 17),
    Plot("vest_worn", "no_vest", "hardhat", vest_worn, 16),
    Plot("forbidden_operation", None, "hardhat", forbidden_operation, 13),
    Plot("hand_at_head", "forbidden_operation", "hardhat", hand_at_head, 10),
    Plot("standing_by", "forbidden_operation", "hardhat", standing_by, 11),
    Plot("lone_worker", None, "closed", lone_worker, 28),
    Plot("two_workers", "lone_worker", "closed", two_workers, 28),
    Plot("vehicle_near_person", None, "road", vehicle_near_person, 15),
    Plot("vehicle_passing", "vehicle_near_person", "road", vehicle_passing, 14),
    Plot("vehicle_standing", "vehicle_near_person", "road", vehicle_standing, 14),
)
