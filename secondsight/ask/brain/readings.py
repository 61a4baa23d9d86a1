"""Whether two readings of a question are one."""

from dataclasses import replace

from secondsight.ask.plan import AskedPlace, Measure, QuestionPlan, TimeSpan
from secondsight.ask.vocabulary import Vocabulary

_APART = 120.0
"""Seconds; times that are written to the minute are the same within these."""


def agree(first: QuestionPlan, second: QuestionPlan, vocabulary: Vocabulary) -> bool:
    """Whether two plans ask for the same figure; whether the events are listed beside it does not matter."""
    one, other = _bare(first, vocabulary), _bare(second, vocabulary)
    times = ((first.when, second.when), (first.compare, second.compare))
    return one == other and all(_same_time(*both) for both in times)


def _bare(plan: QuestionPlan, vocabulary: Vocabulary) -> QuestionPlan:
    """A plan without its times, its names in order, and with the cameras of its zones and rules left to these."""
    where = plan.where
    implied = {one.camera for one in vocabulary.zones if one.zone in where.zones}
    whole = set(vocabulary.cameras)
    cameras = set(where.cameras)
    place = AskedPlace(
        cameras=() if cameras in (implied, whole) else tuple(sorted(cameras)),
        zones=tuple(sorted(where.zones)),
        rules=tuple(sorted(where.rules)),
        product=where.product,
    )
    return replace(
        plan,
        kinds=tuple(sorted(plan.kinds)),
        answers=tuple(sorted(plan.answers)),
        where=place,
        when=None,
        compare=None,
        group=None if plan.measure is Measure.UNSEEN and not plan.top else plan.group,
        listed=False,
    )


def _same_time(first: TimeSpan | None, second: TimeSpan | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first.since - second.since) <= _APART and abs(first.until - second.until) <= _APART
