"""What happens in a yard, and what only looks like it."""

from secondsight.sim.body.clothing import LIME, PALETTE, Looks, random_looks
from secondsight.sim.events.stage import DOWN, NO, YES, Happening, Plot, Stage, beside, who
from secondsight.sim.motion.moves import (
    Bend,
    Climb,
    Crouch,
    Fall,
    GetUp,
    LieDown,
    PhoneAtEar,
    Stand,
    Stumble,
    Turn,
    Walk,
)
from secondsight.sim.motion.timeline import Move
from secondsight.sim.shapes.shapes import Colour

_HELMETS = ("yellow", "white", "orange", "red", "blue")
_SHIRTS = ("blue", "grey", "black", "green", "brown")
_SHEENS: tuple[Colour, ...] = (
    (135.0, 170.0, 205.0),
    (60.0, 75.0, 95.0),
    (70.0, 70.0, 72.0),
    (165.0, 185.0, 200.0),
)
"""Colours that a helmet shows when light glances off it, or that make it look like hair or skin."""


def _worker(stage: Stage, *, vest: bool | None = None) -> Looks:
    rng = stage.rng
    wears = rng.random() < 0.7 if vest is None else vest
    colour = rng.choice((LIME, PALETTE["orange"])) if wears else None
    return random_looks(rng, helmet=PALETTE[rng.choice(_HELMETS)], vest=colour, shirts=_SHIRTS)


def no_helmet(stage: Stage) -> Happening:
    """A person works in the marked area with a bare head; the helmet is somewhere else, or in the hand."""
    rng = stage.rng
    in_hand = rng.random() < 0.4
    helmet = PALETTE[rng.choice(_HELMETS)] if in_hand else None
    vest = rng.choice((LIME, PALETTE["orange"], None))
    looks = random_looks(rng, helmet=helmet, vest=vest, helmet_in_hand=in_hand, shirts=_SHIRTS)
    role = stage.visitor(looks, _work(stage), before=[])
    start, end = stage.crossing(role.person, stage.spot.zone or "")
    answers = {"happens": YES, "in_hand": YES if in_hand else NO, "vest": YES if vest else NO}
    text = "a worker with a bare head holds a helmet" if in_hand else None
    return stage.done(stage.event("no_helmet", start, end, answers, caption=text))


def helmet_reflection(stage: Stage) -> Happening:
    """The helmet is worn, but light or its colour makes it look like a head."""
    rng = stage.rng
    vest = rng.choice((LIME, PALETTE["orange"], None))
    looks = random_looks(rng, helmet=rng.choice(_SHEENS), vest=vest, shirts=_SHIRTS)
    role = stage.visitor(looks, _work(stage))
    start, end = stage.crossing(role.person, stage.spot.zone or "")
    answers = {"happens": NO, "in_hand": NO, "vest": YES if vest else NO}
    return stage.done(stage.event("helmet_reflection", start, end, answers, resembles="no_helmet"))


def _work(stage: Stage) -> list[Move]:
    rng = stage.rng
    options: tuple[Move, ...] = (Bend(1.5), Crouch(2.0), Stand(3.0), PhoneAtEar(3.0))
    return [rng.choice(options), Stand(rng.uniform(1, 3))]


def intrusion(stage: Stage) -> Happening:
    """A person goes into the closed area, now and then over the boards, and comes out again."""
    rng = stage.rng
    vest, climbs = rng.random() < 0.4, rng.random() < 0.35
    looks = _worker(stage, vest=vest)
    seconds = rng.uniform(4, 8)
    main: list[Move] = [Stand(seconds), Bend(1.5)] if rng.random() < 0.5 else [PhoneAtEar(seconds)]
    x, y = stage.spot.at
    outside = (x, min(corner[1] for corner in stage.scene.zones["restricted"]) - 0.8)
    before: list[Move] = (
        [Climb((x, outside[1] + 1.7), 0.95), Walk((x, y), 1.1)] if climbs else [Walk((x, y), 1.2)]
    )
    gate = stage.spot.towards if not climbs else outside
    role = stage.visitor(looks, main, at=gate, before=before, after=[Walk(stage.spot.towards, 1.2)])
    start, end = stage.crossing(role.person, "restricted")
    answers = {"present": YES, "barrier": YES if climbs else NO, "work_clothes": YES if vest else NO}
    return stage.done(stage.event("intrusion", start, end, answers, who=who(role.person)))


def authorised_worker(stage: Stage) -> Happening:
    """A worker in a vest walks close along the border, outside."""
    rng = stage.rng
    main: list[Move] = [Walk(beside(stage.spot.at, stage.spot.towards, 5.0), 1.1), Stand(rng.uniform(1.5, 4))]
    main.append(Walk(stage.spot.towards, 1.2))
    role = stage.visitor(_worker(stage, vest=True), main)
    answers = {"present": NO, "barrier": NO, "work_clothes": YES}
    event = stage.event("authorised_worker", role.start, role.end, answers, resembles="intrusion")
    return stage.done(event)


def man_down(stage: Stage) -> Happening:
    """A worker goes down and does not move for long; now and then a colleague comes."""
    rng = stage.rng
    vest, helped = rng.random() < 0.7, rng.random() < 0.4
    lie = rng.uniform(17, 22)
    direction = rng.choice(DOWN)
    main: list[Move] = [Fall(direction, lie, rng.uniform(0.9, 1.4)), GetUp()]
    options: tuple[Move, ...] = (Stumble(), Stand(2.0), Bend(1.0))
    before = [rng.choice(options)]
    role = stage.visitor(_worker(stage, vest=vest), main, before=before)
    if helped:
        near = beside(role.person.place(role.start + 1)[:2], (0.0, 50.0), -0.9, rng.choice((-0.8, 0.8)))
        stage.visitor(_worker(stage), [Crouch(5.0)], at=near, time=role.start + lie - 6.5)
    answers = {"happens": YES, "working": NO, "helped": YES if helped else NO, "vest": YES if vest else NO}
    return stage.done(stage.event("man_down", role.start, role.end, answers, zone="yard"))


def lying_under_machine(stage: Stage) -> Happening:
    """A mechanic lies down beside a parked truck, head and shoulders under it, and works."""
    rng = stage.rng
    vest = rng.random() < 0.7
    (x, _), (under, _) = stage.spot.at, stage.spot.towards
    main: list[Move] = [LieDown(rng.uniform(15, 20)), GetUp()]
    role = stage.visitor(_worker(stage, vest=vest), main, before=[Turn(90.0 if x > under else -90.0)])
    answers = {"happens": NO, "working": YES, "helped": NO, "vest": YES if vest else NO}
    event = stage.event(
        "lying_under_machine", role.start, role.end, answers, resembles="man_down", zone="yard"
    )
    return stage.done(event)


PLOTS = (
    Plot("no_helmet", None, "hardhat", no_helmet, 16),
    Plot("intrusion", None, "restricted", intrusion, 14),
    Plot("man_down", None, "hardhat", man_down, 27),
    Plot("helmet_reflection", "no_helmet", "hardhat", helmet_reflection, 16),
    Plot("authorised_worker", "intrusion", "border", authorised_worker, 15),
    Plot("lying_under_machine", "man_down", "machine", lying_under_machine, 27),
)
