"""How `all`, `any`, `then` and `unless` judge: from the candidates of a combination's members that concern one track,
or the camera, to whether it holds and since when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondsight.config import CombinedRule
from secondsight.records import Candidate

MEMORY = 600.0
"""Seconds for which an ended candidate is remembered beyond `within`: the next step may come to light that late."""


@dataclass(slots=True, eq=False)
class MemberState:
    """A member's candidate.

    Attributes:
        name: of the member.
        candidate: as last reported.
        numbers: of its tracks.
        fresh: whether this very look brought it; then it counts even if it is over, as the crossing of a line is.
    """

    name: str
    candidate: Candidate
    numbers: frozenset[int]
    fresh: bool = True

    @property
    def active(self) -> bool:
        """Whether it holds at this look."""
        return self.candidate.end is None or self.fresh

    @property
    def until(self) -> float:
        """Its end; infinite while it is open."""
        return float("inf") if self.candidate.end is None else self.candidate.end


@dataclass(frozen=True, slots=True)
class Match:
    """A combination that holds.

    Attributes:
        since: from when on.
        start: first moment of what led to it: of a sequence, the beginning of its first step.
        support: candidates it rests on; of a sequence one per step, in order.
    """

    since: float
    start: float
    support: Sequence[MemberState]

    @property
    def names(self) -> frozenset[str]:
        """Ids of these candidates."""
        return frozenset(one.candidate.id for one in self.support)


def holds(rule: CombinedRule, known: Mapping[str, Sequence[MemberState]], not_before: float) -> Match | None:
    """Whether the combination holds.

    Args:
        known: candidates about one subject, by member.
        not_before: the combination's hours began then.
    """
    against = [one for name in rule.unless for one in known.get(name, ())]
    if any(one.active for one in against):
        return None
    free = max((one.until for one in against), default=float("-inf"))
    if rule.then:
        chain = _chain([known.get(name, ()) for name in rule.then], rule.within, after=free)
        return Match(max(_start(chain[-1]), not_before), _start(chain[0]), chain) if chain else None
    active = [[one for one in known.get(name, ()) if one.active] for name in rule.members]
    if rule.all:
        if not all(active):
            return None
        support = [min(ones, key=_start) for ones in active]
        since = max(map(_start, support))
    else:
        support = [one for ones in active for one in ones]
        if not support:
            return None
        since = min(map(_start, support))
    since = max(since, free, not_before)
    return Match(since, since, support)


def _start(one: MemberState) -> float:
    return one.candidate.start


def _chain(steps: Sequence[Sequence[MemberState]], within: float, after: float) -> list[MemberState] | None:
    """The sequence that began last among those that began later than `after` and whose last step holds, and of these
    the one whose last step began first; None if there is none.
    """
    chains = [[one] for one in steps[0] if _start(one) > after]
    for step in steps[1:]:
        longer = []
        for one in step:
            before = [c for c in chains if _start(c[-1]) < _start(one) <= c[-1].until + within]
            if before:
                longer.append([*max(before, key=lambda chain: _start(chain[0])), one])
        chains = longer
    ripe = [chain for chain in chains if chain[-1].active]
    return max(ripe, key=_rank, default=None)


def _rank(chain: Sequence[MemberState]) -> tuple[float, float, str]:
    return _start(chain[0]), -_start(chain[-1]), chain[-1].candidate.id
