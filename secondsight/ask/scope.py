"""What a plan is about at one site: the cameras its asker may see, names of groups, the clock's hours and days."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from secondsight.ask.grammar import SiteClock
from secondsight.ask.plan import GroupBy, Measure, QuestionPlan, TimeSpan
from secondsight.ask.refusal import MisunderstoodError, Why
from secondsight.ask.results import Group
from secondsight.ask.vocabulary import Vocabulary

MOST_STRETCHES = 800
"""Hours or days that one answer is split into where each is measured by itself: a month, two years."""
BY_CLOCK = (GroupBy.HOUR, GroupBy.DAY)


class PlanScope:
    """The part of a site that somebody may ask about.

    Args:
        allowed: names of the cameras that the asker may see; None for all.
    """

    def __init__(self, vocabulary: Vocabulary, clock: SiteClock, allowed: tuple[str, ...] | None) -> None:
        self._vocabulary, self._clock, self._allowed = vocabulary, clock, allowed

    def cameras(self, plan: QuestionPlan) -> tuple[str, ...] | None:
        """The cameras to look at; None for all."""
        wanted = plan.where.cameras
        if self._allowed is None:
            return wanted or None
        return tuple(sorted(set(self._allowed) & set(wanted) if wanted else self._allowed))

    def seen(self, plan: QuestionPlan) -> tuple[str, ...]:
        """The cameras that a plan is about, by name."""
        allowed = self.cameras(plan)
        if allowed is not None and plan.where.cameras:
            return allowed
        named = tuple(self._vocabulary.cameras)
        if plan.measure is Measure.PASSAGES:
            rules = [
                one
                for one in self._vocabulary.counting
                if not plan.where.rules or one.rule in plan.where.rules
            ]
            named = tuple(dict.fromkeys(camera for one in rules for camera in one.cameras)) or named
        return named if allowed is None else tuple(name for name in named if name in allowed)

    def key(self, by: GroupBy | None, key: Sequence[str | int | None]) -> str | None:
        """The name of a group that the store tells by `key`; None for what belongs to none."""
        if by is GroupBy.PRODUCT:
            camera, zone = key
            return self._vocabulary.product_of(str(camera), None if zone is None else str(zone))
        if by in BY_CLOCK:
            return self.clock_key(by, float(key[0] or 0))
        return None if key[0] is None else str(key[0])

    def clock_key(self, by: GroupBy | None, moment: float) -> str:
        """The local hour or day of a moment, as ISO 8601."""
        local = self._clock.local(moment)
        return f"{local:%Y-%m-%d}" if by is GroupBy.DAY else f"{local:%Y-%m-%dT%H:00%z}"

    def stretches(self, by: GroupBy, when: TimeSpan) -> Iterable[tuple[str, TimeSpan]]:
        """The hours or days of a time by the site's clock, each once, whatever the clock does.

        Raises:
            MisunderstoodError: they are too many, as each is measured by itself.
        """
        length = 86400.0 if by is GroupBy.DAY else 3600.0
        if when.until - when.since > MOST_STRETCHES * length:
            raise MisunderstoodError(Why.TOO_FINE)
        begin = when.since
        while begin < when.until:
            end = self._end_of(by, begin)
            yield self.clock_key(by, begin), TimeSpan(begin, min(end, when.until))
            begin = end

    def _end_of(self, by: GroupBy, moment: float) -> float:
        local = self._clock.local(moment)
        if by is GroupBy.DAY:
            return self._clock.at(local.date() + timedelta(days=1), 0.0)
        return moment + 3600 - (local.minute * 60 + local.second + local.microsecond / 1e6)

    def in_order(self, plan: QuestionPlan, groups: Sequence[Group]) -> Sequence[Group]:
        """By the clock, or the largest first."""
        if plan.group in BY_CLOCK:
            return sorted(groups, key=lambda one: one.key)
        return sorted(groups, key=lambda one: (-(one.figure.value or 0.0), one.key))
