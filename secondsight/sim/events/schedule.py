"""Which events happen where and when, so that they neither share a place nor confuse a score: two of the same kind,
or one and what looks like it, never overlap in time.
"""

import random
from collections.abc import Sequence
from math import dist

from secondsight.ground_truth import TrueEvent
from secondsight.sim.events import Happening, Plot, Stage
from secondsight.sim.scenes import Place, Spot

REAL_SHARE = 0.4
"""The share of what happens that is real; the rest only looks like it."""

_APART = 4.0
"""Seconds between two that may be taken for each other."""
_ROOM = 2.5
"""Metres between two that happen at the same time."""
_LEAD = 2.0
"""Seconds at the start without events, for the background to be learned."""
_PLOTS, _TRIES = 4, 5
"""How many kinds are tried for one happening, and how often each."""


def plan(
    scene: Place, plots: Sequence[Plot], rng: random.Random, seconds: float, density: float, number: int
) -> tuple[Happening, ...]:
    """Fill a recording with events.

    Args:
        density: happenings per minute, about; fewer where there is no room or no time for them.
        number: the first free number of an object.

    Returns:
        In the order of their beginning.
    """
    count = int(density * seconds / 60 + rng.random())
    decks = _Decks(plots, rng)
    happened: list[Happening] = []
    share = round(REAL_SHARE * count)
    kinds = rng.sample([True] * share + [False] * (count - share), count)
    # Those that stay, and then the long ones first: they are the hardest to fit in.
    drawn = sorted(
        ((slot, decks.draw(real)) for slot, real in enumerate(kinds)),
        key=lambda one: (not one[1].stays, -one[1].lasts),
    )
    for slot, plot in drawn:
        usual = _LEAD + (seconds - _LEAD) * (slot + rng.uniform(0.0, 0.8)) / count
        for _ in range(_PLOTS):
            found = _stage(scene, plot, rng, (usual, seconds), number, happened)
            if found is not None:
                happened.append(found)
                number = max((number, *(1 + actor.number for actor in found.actors)))
                break
            plot = decks.instead(plot)
    return tuple(sorted(happened, key=lambda one: one.events[0].start))


class _Decks:
    """Real plots and look-alikes, shuffled, so that all come up before one comes twice."""

    def __init__(self, plots: Sequence[Plot], rng: random.Random) -> None:
        self._rng = rng
        self._plots = {
            real: [plot for plot in plots if (plot.resembles is None) == real] for real in (True, False)
        }
        self._left: dict[bool, list[Plot]] = {True: [], False: []}

    def draw(self, real: bool) -> Plot:
        # A landslide has no look-alike; a pack may show nothing else.
        real = real if self._plots[real] else not real
        if not self._left[real]:
            self._left[real] = self._rng.sample(self._plots[real], len(self._plots[real]))
        return self._left[real].pop()

    def instead(self, plot: Plot) -> Plot:
        """Another one; `plot` goes to the bottom of its deck."""
        real = plot.resembles is None
        self._left[real].insert(0, plot)
        return self.draw(real)


def _stage(
    scene: Place,
    plot: Plot,
    rng: random.Random,
    times: tuple[float, float],
    number: int,
    happened: Sequence[Happening],
) -> Happening | None:
    """One plot at a free place, at the usual time or, if that is taken, at any; None if there is none.

    Args:
        times: the usual time, and the length of the recording, seconds.
    """
    usual, seconds = times
    spots, last = scene.spots.get(plot.spots, ()), seconds - plot.lasts
    first = max(_LEAD, 0.6 * last) if plot.stays else _LEAD
    if not spots or last < _LEAD:
        return None
    for attempt in range(_TRIES):
        time = usual if attempt < 2 and usual < last and not plot.stays else rng.uniform(first, last)
        found = plot.build(Stage(scene, rng, rng.choice(spots), time, number, seconds))
        fits = all(0 <= event.start < event.end <= seconds for event in found.events)
        # What lies over the whole picture, such as fog, comes up before its event.
        seen = not found.conditions or found.begin >= _LEAD
        if fits and seen and not any(_clash(found, other) for other in happened):
            return found
    return None


def _clash(one: Happening, other: Happening) -> bool:
    if _near_in_place(one.spot, other.spot) and one.begin < other.end and other.begin < one.end:
        return True
    if one.conditions and other.conditions:
        return one.begin - _APART < other.end and other.begin - _APART < one.end
    return any(_confusable(a, b) for a in one.events for b in other.events)


def _near_in_place(one: Spot, other: Spot) -> bool:
    return dist(one.at, other.at) < _ROOM or bool(set(one.lanes) & set(other.lanes))


def _confusable(one: TrueEvent, other: TrueEvent) -> bool:
    alike = (one.resembles or one.kind) == (other.resembles or other.kind)
    return alike and one.start - _APART < other.end and other.start - _APART < one.end
