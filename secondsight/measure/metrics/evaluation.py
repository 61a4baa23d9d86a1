"""From what was found in each recording to all that an evaluation says; pure, so that any run can be judged again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from secondsight.certify import Reliability, reliability
from secondsight.ground_truth import Recording
from secondsight.measure.metrics.events import Found, Occurrence, What, judge, match, shown
from secondsight.measure.metrics.objects import ObjectQuality
from secondsight.measure.metrics.scores import Interval, Scores, Tally, change, score, tally
from secondsight.records import Verification

UNHINDERED = "none"
"""Name of the time in which no condition is labelled."""
SENTINEL, BOTH = "sentinel", "sentinel + brain"
_MOST_POINTS = 50

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CameraResult:
    """One camera's labels and what was found there."""

    recording: Recording
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class DetPoint:
    """What alerting from `threshold` on would give."""

    threshold: float
    p_miss: float
    false_alarms_per_hour: float


@dataclass(frozen=True, slots=True)
class System:
    """Figures of one system: the sentinel alone, or with the brain.

    Attributes:
        kinds, conditions: figures of each kind of event, and of the time under each condition.
        det: trade-off between misses and false alarms, thresholds ascending; empty without true events.
        reliability: of the sentinel's score, or of the brain's probability where it gave one; None if nowhere.
    """

    name: str
    overall: Scores
    kinds: Mapping[str, Scores]
    conditions: Mapping[str, Scores]
    det: tuple[DetPoint, ...]
    reliability: Reliability | None


@dataclass(frozen=True, slots=True)
class LabelledThing:
    """A true event, a look-alike, or a suspicion of neither, and what became of it.

    Attributes:
        truth: `event`, `lookalike` or `nothing`.
        kind: what it really is; of `nothing` what was suspected.
        resembles: of a look-alike what it may be taken for.
        start, end: seconds from the first frame.
        suspicions: ids of the events of the store that show it.
        verification: what the site says of the best of them; None if nothing was suspected.
        alert: whether people were told.
    """

    camera: str
    truth: str
    kind: str
    resembles: str | None
    start: float
    end: float
    suspicions: tuple[str, ...]
    verification: Verification | None
    alert: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that is known after a run.

    Attributes:
        name: of the suite or folder.
        simulated: whether any recording comes from the simulated city.
        systems: the sentinel alone and, unless it ran without, sentinel and brain; from one and the same run.
        false_alarm_change: of false alarms by the brain, such as -0.6; None without it.
        objects: quality of boxes and tracks, if it was asked for.
    """

    name: str
    simulated: bool
    seed: int
    systems: tuple[System, ...]
    false_alarm_change: Interval | None
    things: tuple[LabelledThing, ...]
    objects: ObjectQuality | None = None


def evaluate_results(
    name: str,
    watched: Sequence[CameraResult],
    *,
    brain: bool,
    seed: int = 0,
    objects: ObjectQuality | None = None,
) -> Evaluation:
    """Judge everything that was found. `seed` is that of the bootstrap."""
    alone = [judge(one.recording, one.found, brain=False) for one in watched]
    systems = [_system(SENTINEL, watched, alone, brain=False, seed=seed)]
    fewer = None
    if brain:
        both = [judge(one.recording, one.found, brain=True) for one in watched]
        systems.append(_system(BOTH, watched, both, brain=True, seed=seed))
        fewer = change(_tallies(watched, alone), _tallies(watched, both), "false_alarms_per_hour", seed=seed)
    return Evaluation(
        name,
        any(one.recording.simulated for one in watched),
        seed,
        tuple(systems),
        fewer,
        tuple(thing for one in watched for thing in _things(one)),
        objects,
    )


def _system(
    name: str,
    watched: Sequence[CameraResult],
    marks: Sequence[Sequence[Occurrence]],
    *,
    brain: bool,
    seed: int,
) -> System:
    kinds = sorted({kind for one in watched for kind in one.recording.labelled})
    conditions = sorted({name for one in watched for name in spans(one.recording)})
    return System(
        name,
        score(_tallies(watched, marks), seed=seed),
        {kind: score(_tallies(watched, marks, kind=kind), seed=seed) for kind in kinds},
        {one: score(_tallies(watched, marks, condition=one), seed=seed) for one in conditions},
        _det(watched, brain),
        _reliability(watched, brain),
    )


def _tallies(
    watched: Sequence[CameraResult],
    marks: Sequence[Sequence[Occurrence]],
    *,
    kind: str | None = None,
    condition: str | None = None,
) -> list[Tally]:
    """A tally for each camera that labels the kind, or that has seen the condition."""
    tallies = []
    for one, all_marks in zip(watched, marks, strict=True):
        recording = one.recording
        if kind is not None and kind not in recording.labelled:
            continue
        during = [(0.0, recording.duration)] if condition is None else spans(recording).get(condition)
        if not during:
            continue
        chosen = [
            mark
            for mark in all_marks
            if kind in (None, mark.kind) and (condition is None or _within(mark.time, during))
        ]
        tallies.append(tally(chosen, sum(end - start for start, end in during) / 3600))
    return tallies


def spans(recording: Recording) -> Mapping[str, list[Span]]:
    """When each condition held, as disjoint spans in order, and under `UNHINDERED` when none did."""
    raw: dict[str, list[Span]] = defaultdict(list)
    for condition in recording.conditions:
        if condition.strength > 0:
            raw[condition.name].append((condition.start, min(condition.end, recording.duration)))
    held = {name: _merged(times) for name, times in raw.items()}
    free, since = [], 0.0
    for start, end in _merged(span for times in held.values() for span in times):
        free.append((since, start))
        since = end
    free.append((since, recording.duration))
    free = [(start, end) for start, end in free if end > start]
    return held | ({UNHINDERED: free} if free else {})


def _merged(times: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(times):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _within(time: float, during: Sequence[Span]) -> bool:
    return any(start <= time < end for start, end in during)


def _det(watched: Sequence[CameraResult], brain: bool) -> tuple[DetPoint, ...]:
    """One matching for each threshold; at most `_MOST_POINTS` thresholds, spread over the scores that occur."""
    hours = sum(one.recording.duration for one in watched) / 3600
    cases, total = [], 0
    for one in watched:
        labelled = set(one.recording.labelled)
        true = [event for event in one.recording.events if event.kind in labelled]
        found = [each for each in one.found if each.kind in labelled and not each.dropped]
        cases.append((true, found, np.array([_sureness(each, brain) for each in found])))
        total += len(true)
    levels = np.unique(np.concatenate([np.empty(0), *(scores for _, _, scores in cases)]))
    if not total or not hours or not levels.size:
        return ()
    if levels.size > _MOST_POINTS:
        levels = np.unique(np.quantile(levels, np.linspace(0, 1, _MOST_POINTS), method="nearest"))
    points = []
    for level in levels:
        hits = alerts = 0
        for true, found, scores in cases:
            told = [found[i] for i in np.flatnonzero(scores >= level)]
            hits, alerts = hits + len(match(true, told)), alerts + len(told)
        points.append(DetPoint(float(level), 1 - hits / total, (alerts - hits) / hours))
    return tuple(points)


def _sureness(found: Found, brain: bool) -> float:
    return found.belief if brain else found.score


def _reliability(watched: Sequence[CameraResult], brain: bool) -> Reliability | None:
    given, real = [], []
    for one in watched:
        cases = [found for found in one.found if found.kind in one.recording.labelled and not found.dropped]
        for found, thing in zip(cases, shown(one.recording, cases), strict=True):
            said = found.probability if brain else found.score
            if said is not None:
                given.append(min(max(said, 0.0), 1.0))
                real.append(thing is not None and thing.resembles is None)
    return reliability(given, real)


def _things(one: CameraResult) -> list[LabelledThing]:
    recording = one.recording
    labelled = set(recording.labelled)
    cases = [found for found in one.found if found.kind in labelled]
    of_thing: dict[int, list[Found]] = defaultdict(list)
    things = []
    for found, shows in zip(cases, shown(recording, cases), strict=True):
        if shows is not None:
            of_thing[id(shows)].append(found)
        else:
            things.append(_thing(recording, "nothing", found.kind, None, (found.start, found.end), [found]))
    for event in (*recording.events, *recording.lookalikes):
        if (event.resembles or event.kind) in labelled:
            truth = "event" if event.resembles is None else "lookalike"
            during = (event.start, event.end)
            things.append(_thing(recording, truth, event.kind, event.resembles, during, of_thing[id(event)]))
    return sorted(things, key=lambda thing: (thing.start, thing.end, thing.kind))


def _thing(
    recording: Recording, truth: str, kind: str, resembles: str | None, during: Span, cases: Sequence[Found]
) -> LabelledThing:
    alerted = [found for found in cases if found.alert and not found.dropped]
    best = max(alerted or cases, key=lambda found: found.belief, default=None)
    return LabelledThing(
        recording.camera,
        truth,
        kind,
        resembles,
        during[0],
        during[1],
        tuple(found.id for found in cases),
        None if best is None else best.verification,
        bool(alerted),
    )


def things_of(evaluation: Evaluation, truth: str) -> list[LabelledThing]:
    """The things of one sort of truth: `event`, `lookalike` or `nothing`."""
    return [thing for thing in evaluation.things if thing.truth == truth]


def density(evaluation: Evaluation) -> float:
    """True events and look-alikes per camera-hour: how busy this suite is, by which calls per day are to be read."""
    overall = evaluation.systems[0].overall
    count = sum(overall.counts[what] for what in (What.HIT, What.MISS, What.LOOKALIKE))
    return count / overall.hours if overall.hours else 0.0
