"""Says of every candidate whether it was right, and of every true event what became of it.

The definitions follow NIST's ActEV evaluations (TRECVID ActEV evaluation plan, activity detection: one-to-one
alignment by the Hungarian method, a second of common time, P_miss, rate of false alarms). docs/measuring.md says
where ours differ. Times are seconds from the recording's first frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from secondsight.ground_truth import Recording, TrueEvent
from secondsight.records import Verification

COMMON = 1.0
"""Seconds that a found and a true event must have in common, where both last long enough."""
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Found:
    """One candidate of the sentinel in one recording, and what the site made of it.

    Attributes:
        end: last moment, seconds; where the behaviour was never seen to end, its trigger.
        score: of the sentinel when it reported it, 0..1.
        told: moment at which people learn of it with the brain: the clip is complete and the verdict given.
        alert: whether the site as a whole, brain included, tells people.
        dropped: the policy dropped it unseen, for its score; neither sentinel nor brain tells anybody.
        probability: that the brain gave for it; None without a verdict or when the brain cannot tell.
        calls: of the large model. `cost`: in the site's currency; None when unknown.
    """

    id: str
    kind: str
    start: float
    end: float
    triggered: float
    score: float
    told: float
    alert: bool
    dropped: bool = False
    verification: Verification = Verification.UNVERIFIED
    probability: float | None = None
    calls: int = 0
    cost: float | None = 0.0

    @property
    def belief(self) -> float:
        """How sure the site is, 0..1: the brain's probability, else its word, else whether people are told."""
        if self.probability is not None:
            return self.probability
        said = {Verification.CONFIRMED: 1.0, Verification.REJECTED: 0.0, Verification.UNSURE: 0.5}
        return said.get(self.verification, float(self.alert))


class What(StrEnum):
    """What a mark counts."""

    HIT = "hit"
    MISS = "miss"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    CASE = "case"
    RIGHT_CASE = "right_case"
    LOOKALIKE = "lookalike"
    LOOKALIKE_SUSPECTED = "lookalike_suspected"
    LOOKALIKE_ALERTED = "lookalike_alerted"
    NEVER_SUSPECTED = "never_suspected"
    DROPPED = "dropped"
    REJECTED = "rejected"
    UNSURE = "unsure"
    NO_VERDICT = "no_verdict"
    CALLS = "calls"
    COST = "cost"
    DELAY = "delay"


CAUSES = (What.NEVER_SUSPECTED, What.DROPPED, What.REJECTED, What.UNSURE, What.NO_VERDICT)
"""Why a true event was missed; every miss has exactly one."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One thing to count: of which kind, at which moment (by which it belongs to a condition), how much."""

    what: What
    kind: str
    time: float
    value: float = 1.0


def _common(true: Sequence[TrueEvent], kinds: Sequence[str], found: Sequence[Found]) -> NDArray[np.float64]:
    """Seconds that each pair has in common, float64 (true, found); 0 where they do not fit."""
    a, b = _spans([(event.start, event.end) for event in true]), _spans([(f.start, f.end) for f in found])
    overlap = np.minimum(a[:, None, 1], b[None, :, 1]) - np.maximum(a[:, None, 0], b[None, :, 0])
    shorter = np.minimum((a[:, 1] - a[:, 0])[:, None], (b[:, 1] - b[:, 0])[None, :])
    same = np.array(kinds, dtype=object)[:, None] == np.array([f.kind for f in found], dtype=object)[None, :]
    fits = same & (overlap >= np.minimum(COMMON, shorter / 2) - _TINY)
    return np.where(fits, overlap, 0.0)


def _spans(pairs: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Float64 (n, 2); what is shorter than `COMMON` is widened to it about its middle."""
    spans = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    short = np.maximum(COMMON - (spans[:, 1] - spans[:, 0]), 0.0) / 2
    return spans + short[:, None] * (-1.0, 1.0)


def match(true: Sequence[TrueEvent], found: Sequence[Found]) -> list[tuple[int, int]]:
    """One-to-one pairs of one recording's true and found events, as positions, in the order of `true`.

    A pair is of one kind and has at least 1 s in common, or half of the shorter of the two if that is less; what
    lasts less than 1 s counts as lasting 1 s about its middle, so that an instant inside a true event fits it. Of
    all such pairings the one with most pairs is taken, and among those the one with the longest common time.
    """
    return _pairs(_common(true, [event.kind for event in true], found))


def _pairs(common: NDArray[np.float64]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    # One more pair weighs more than all common time together.
    weights = np.where(common > 0, common + common.sum() + 1.0, 0.0)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if common[i, j] > 0]


def shown(recording: Recording, found: Sequence[Found]) -> list[TrueEvent | None]:
    """For each candidate the true event it fits best, else the look-alike, else None; not one-to-one."""
    labelled = set(recording.labelled)
    things = [
        *((event, event.kind) for event in recording.events),
        *((event, event.resembles or "") for event in recording.lookalikes),
    ]
    common = _common([event for event, _ in things], [kind for _, kind in things], found)
    real = len(recording.events)
    best: list[TrueEvent | None] = []
    for position, candidate in enumerate(found):
        column = common[:, position]
        among = column[:real] if column[:real].any() else column
        fits = candidate.kind in labelled and among.any()
        best.append(things[int(among.argmax())][0] if fits else None)
    return best


def judge(recording: Recording, found: Sequence[Found], *, brain: bool) -> list[Occurrence]:
    """Everything there is to count in one recording.

    Kinds that the recording does not label are left out on both sides.

    Args:
        brain: whether people are told what the site as a whole decided, or (False) everything that the sentinel
            suspected and the policy did not drop.
    """
    labelled = set(recording.labelled)
    found = [candidate for candidate in found if candidate.kind in labelled]
    true = [event for event in recording.events if event.kind in labelled]
    suspected = [candidate for candidate in found if not candidate.dropped]
    alerted = [candidate for candidate in suspected if candidate.alert or not brain]
    told = {candidate.id for candidate in alerted}
    pairs = {i: alerted[j] for i, j in match(true, alerted)}
    hits = {candidate.id for candidate in pairs.values()}
    silent = [candidate for candidate in found if candidate.id not in told]
    marks = _hits_and_misses(true, pairs, silent, brain)
    truths = shown(recording, suspected)
    for candidate, thing in zip(suspected, truths, strict=True):
        real = thing is not None and thing.resembles is None
        marks += _case(candidate, real, candidate.id in told, candidate.id in hits, brain)
    for lookalike in recording.lookalikes:
        if lookalike.resembles in labelled:
            of_it = {case.id for case, thing in zip(suspected, truths, strict=True) if thing is lookalike}
            marks += _lookalike(lookalike, bool(of_it), bool(of_it & told))
    return marks


def _hits_and_misses(
    true: Sequence[TrueEvent], pairs: Mapping[int, Found], silent: Sequence[Found], brain: bool
) -> list[Occurrence]:
    """`pairs` by the true event's position; `silent`: candidates of which nothing is reported."""
    common = _common(true, [event.kind for event in true], silent)
    marks = []
    for position, (event, row) in enumerate(zip(true, common, strict=True)):
        middle = (event.start + event.end) / 2
        hit = pairs.get(position)
        if hit is None:
            cause = _cause(silent[int(row.argmax())]) if row.any() else What.NEVER_SUSPECTED
            marks += [Occurrence(What.MISS, event.kind, middle), Occurrence(cause, event.kind, middle)]
        else:
            delay = max((hit.told if brain else hit.triggered) - event.start, 0.0)
            marks += [
                Occurrence(What.HIT, event.kind, middle),
                Occurrence(What.DELAY, event.kind, middle, delay),
            ]
    return marks


def _cause(silent: Found) -> What:
    if silent.dropped:
        return What.DROPPED
    causes = {Verification.REJECTED: What.REJECTED, Verification.UNSURE: What.UNSURE}
    return causes.get(silent.verification, What.NO_VERDICT)


def _case(candidate: Found, real: bool, alerted: bool, hit: bool, brain: bool) -> list[Occurrence]:
    kind, middle = candidate.kind, (candidate.start + candidate.end) / 2
    marks = [Occurrence(What.CASE, kind, middle)]
    if real == alerted:
        marks.append(Occurrence(What.RIGHT_CASE, kind, middle))
    if alerted and not hit:
        marks.append(Occurrence(What.FALSE_ALARM, kind, middle))
        if real:
            marks.append(Occurrence(What.DUPLICATE, kind, middle))
    if brain and candidate.calls:
        cost = float("nan") if candidate.cost is None else candidate.cost
        marks += [
            Occurrence(What.CALLS, kind, middle, candidate.calls),
            Occurrence(What.COST, kind, middle, cost),
        ]
    return marks


def _lookalike(lookalike: TrueEvent, suspected: bool, alerted: bool) -> list[Occurrence]:
    kind, middle = lookalike.resembles or "", (lookalike.start + lookalike.end) / 2
    marks = [Occurrence(What.LOOKALIKE, kind, middle)]
    if suspected:
        marks.append(Occurrence(What.LOOKALIKE_SUSPECTED, kind, middle))
    if alerted:
        marks.append(Occurrence(What.LOOKALIKE_ALERTED, kind, middle))
    return marks
