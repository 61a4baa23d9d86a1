"""What a builder of an event gets and gives: a free place and a time, and what happens there then."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from secondsight.ground_truth import Condition, TrueEvent
from secondsight.sim.actors.base import Actor
from secondsight.sim.actors.people import Person
from secondsight.sim.body.clothing import Looks
from secondsight.sim.captions import sentence
from secondsight.sim.motion.moves import Walk
from secondsight.sim.motion.timeline import Move
from secondsight.sim.scenes.scene import Place, Point, Spot, inside

YES, NO, UNCLEAR = "yes", "no", "unclear"
DOWN: tuple[Literal["forward", "back", "left", "right"], ...] = ("forward", "back", "left", "right")
"""Ways to fall."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event or look-alike with everybody who takes part.

    Attributes:
        events: what the truth says; the first gives the kind.
        begin, end: seconds between which the place is taken.
        clear: metres that passers-by keep from it, if more than usual.
        conditions: what makes seeing hard meanwhile.
    """

    actors: tuple[Actor, ...]
    events: tuple[TrueEvent, ...]
    spot: Spot
    begin: float
    end: float
    clear: float = 0.0
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A person whose part is played, with the seconds at which the main moves begin and end."""

    person: Person
    start: float
    end: float


@dataclass(slots=True)
class Stage:
    """A place and a time for one event, and the means to fill it.

    Attributes:
        time: when the behaviour itself is to begin, seconds.
        number: the next free number of an object.
        length: of the whole recording, seconds.
    """

    scene: Place
    rng: random.Random
    spot: Spot
    time: float
    number: int
    length: float
    actors: list[Actor] = field(default_factory=list)

    def next_number(self) -> int:
        self.number += 1
        return self.number - 1

    def visitor(
        self,
        looks: Looks,
        main: Sequence[Move],
        *,
        at: Point | None = None,
        before: Sequence[Move] = (),
        after: Sequence[Move] = (),
        time: float | None = None,
        come: Point | None = None,
        go: Point | None = None,
        number: int | None = None,
        first: Sequence[Move] = (),
        speed: float | None = None,
    ) -> Role:
        """A person who comes in by a door, plays `main` from `time` on, and leaves by a door.

        Args:
            at: where; the stage's spot if None.
            before, after: moves around the main ones, at the place. first: moves at the door, such as `Carry`.
            come, go: the doors, chosen if None.
        """
        at = at or self.spot.at
        come, go = come or self.door(at), go or self.door(at)
        pace = speed or self.rng.uniform(1.15, 1.5)
        prelude = [*first, Walk(at, pace), *before]
        start = (self.time if time is None else time) - lasting(looks, prelude, come)
        done = start + lasting(looks, [*prelude, *main], come)
        script = [*prelude, *main, *after, Walk(go, self.rng.uniform(1.15, 1.5))]
        leaving = start + lasting(looks, script, come)
        person = Person(number or self.next_number(), looks, script, start, come, until=leaving)
        self.actors.append(person)
        return Role(person, self.time if time is None else time, done)

    def door(self, at: Point) -> Point:
        """A door from which a straight way to `at` meets nothing."""
        doors = list(self.scene.doors)
        free = [door for door in doors if not self.scene.blocked(at, door)]
        return self.rng.choice(free or doors)

    def crossing(self, person: Person, zone: str) -> tuple[float, float]:
        """From when to when a person is in a zone, from the first entry to the last leaving, to a tenth of a second.

        Raises:
            ValueError: never there.
        """
        corners = self.scene.zones[zone]

        def there(t: float) -> bool:
            return inside(person.place(t), corners)

        times = [
            t
            for t in (step / 2 for step in range(int(person.start * 2), int(person.until * 2) + 1))
            if there(t)
        ]
        if not times:
            raise ValueError(f"the path never enters {zone}")
        return _edge(there, times[0], times[0] - 0.5), _edge(there, times[-1], times[-1] + 0.5)

    def event(
        self,
        kind: str,
        start: float,
        end: float,
        answers: Mapping[str, str],
        *,
        actors: Sequence[int] = (),
        resembles: str | None = None,
        who: str = "a person",
        caption: str | None = None,
        zone: str | None = None,
    ) -> TrueEvent:
        """A label; its id and box are given later, by the world."""
        text = caption or sentence(kind, self.rng, who)
        return TrueEvent(
            id="",
            kind=kind,
            start=round(start, 2),
            end=round(end, 2),
            actors=tuple(actors) or tuple(actor.number for actor in self.actors),
            zone=zone or self.spot.zone,
            answers={"activity": text, **answers},
            resembles=resembles,
            caption=text,
        )

    def done(self, *events: TrueEvent, begin: float | None = None, end: float | None = None) -> Happening:
        """Everything built so far as one happening; the place is taken a while longer than the events last."""
        first = min(event.start for event in events) if begin is None else begin
        last = max(event.end for event in events) if end is None else end
        return Happening(tuple(self.actors), events, self.spot, first - 1.5, last + 1.5)


Builder = Callable[[Stage], Happening]


@dataclass(frozen=True, slots=True)
class Plot:
    """One entry of a pack's repertoire.

    Attributes:
        kind: what it really is. resembles: for a look-alike, what it may be taken for.
        spots: what sort of place of the scene it needs.
        lasts: seconds that it takes at most from its `time` on, about.
        stays: whether what it leaves lies there until the end, so that it had better come late.
    """

    kind: str
    resembles: str | None
    spots: str
    build: Builder
    lasts: float = 14.0
    stays: bool = False


def _edge(holds: Callable[[float], bool], within: float, beyond: float) -> float:
    """The moment between two, half a second apart, at which something begins or ceases to hold."""
    for _ in range(3):
        middle = (within + beyond) / 2
        within, beyond = (middle, beyond) if holds(middle) else (within, middle)
    return within


def lasting(looks: Looks, script: Sequence[Move], at: Point) -> float:
    """Seconds that a script takes."""
    return Person(1, looks, script, 0.0, at).end


def who(person: Person) -> str:
    """The first few words about a person: `a person in a red shirt`."""
    return person.caption.split(" and ")[0]


def beside(at: Point, towards: Point, along: float, across: float = 0.0) -> Point:
    """A point `along` metres from `at` in the direction of `towards` and `across` metres to the right of it."""
    dx, dy = towards[0] - at[0], towards[1] - at[1]
    far = max((dx * dx + dy * dy) ** 0.5, 1e-9)
    ux, uy = dx / far, dy / far
    return at[0] + ux * along + uy * across, at[1] + uy * along - ux * across
