"""Who is in a zone and since when, and the suspicions that follow when somebody is there for long enough.

Intrusion and loitering differ only in how long a presence must last, so both are made of what stands here:
`Visit` is the presence of one object with inertia, `ZoneWatch` keeps the visits of all objects and reports
them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secondsight.behaviour.geometry import Points, inside_polygon
from secondsight.behaviour.roster import Entry, Roster
from secondsight.behaviour.suspicion import Evidence, Reporter
from secondsight.behaviour.view import Sighting, track_numbers, view
from secondsight.records import Candidate, Observation

if TYPE_CHECKING:
    from secondsight.config import IntrusionRule, LoiteringRule


@dataclass(slots=True)
class Visit:
    """Presence of one object in one zone: it begins and ends only when `inertia` looks in a row agree.

    Attributes:
        inside: what the last look showed.
        confirmed: whether presence has begun and not ended.
        since: first moment of the presence, confirmed or not yet.
        last: last moment at which it was seen inside.
        triggered: moment at which the suspicion was reported, while it is open.
        silent_until: no new report before this time.
    """

    inside: bool = False
    confirmed: bool = False
    since: float = 0.0
    last: float = 0.0
    triggered: float | None = None
    silent_until: float = float("-inf")
    evidence: Evidence = field(default_factory=Evidence)
    _against: int = 0

    def enter(self, sighting: Sighting, inertia: int) -> None:
        """A look shows the object inside."""
        if not self.confirmed and not self.inside:
            self.since, self.evidence, self._against = sighting.time, Evidence(), 0
        self.inside, self.last = True, sighting.time
        self.evidence.add(sighting)
        self._against = 0 if self.confirmed else self._against + 1
        if self._against >= inertia:
            self.confirmed, self._against = True, 0

    def leave(self, inertia: int, *, missing: bool) -> None:
        """A look shows the object outside, or not at all, which alone does not end its presence."""
        self.inside = False
        if not self.confirmed:
            return
        self._against += 1
        if self._against >= inertia and not missing:
            self.end()

    def end(self) -> None:
        """The presence is over."""
        self.inside, self.confirmed, self._against = False, False, 0

    @property
    def dwell(self) -> float:
        """Seconds from the first to the last moment seen inside; gaps shorter than the inertia count."""
        return self.last - self.since


class ZoneWatch:
    """Reports every object that was in a zone for at least `dwell` seconds, and again when that is over.

    Args:
        polygon: float64 (m, 2), relative.
        patience: seconds for which a vanished track may come back and continue its visit.
    """

    def __init__(
        self,
        rule: "IntrusionRule | LoiteringRule",
        reporter: Reporter,
        polygon: Points,
        *,
        dwell: float,
        patience: float,
    ) -> None:
        self._rule, self._reporter, self._polygon, self._dwell = rule, reporter, polygon, dwell
        self._roster: Roster[Visit] = Roster(Visit, patience=patience)
        self._now = float("-inf")
        self._epoch = 0

    def update(self, observation: Observation) -> list[Candidate]:
        """Take one observation; time that runs backwards counts as standing still."""
        self._now = time = max(self._now, observation.time)
        self._epoch = observation.epoch
        entries = self._hold(observation) if observation.held else self._look(observation)
        return [report for entry in entries if (report := self._judge(entry, time)) is not None]

    def close(self) -> list[Candidate]:
        """Nothing more will come: open suspicions end where they were seen last."""
        entries = self._roster.clear()
        for entry in entries:
            entry.state.end()
        return [report for entry in entries if (report := self._judge(entry, self._now)) is not None]

    @property
    def tracked(self) -> int:
        """Objects remembered at the moment."""
        return len(self._roster)

    def _look(self, observation: Observation) -> list[Entry[Visit]]:
        seen = view(observation, self._rule, self._now)
        inside = seen.counts & inside_polygon(seen.feet, self._polygon)
        roll = self._roster.look(seen, self._now)
        inertia = self._rule.inertia
        for entry, sighting, within in zip(roll.present, seen.sightings, inside.tolist(), strict=True):
            if within:
                entry.state.enter(sighting, inertia)
            else:
                entry.state.leave(inertia, missing=False)
        for entry in roll.missing:
            entry.state.leave(inertia, missing=True)
        for entry in roll.dead:
            entry.state.end()
        return roll.present + roll.dead

    def _hold(self, observation: Observation) -> list[Entry[Visit]]:
        """Nothing moved: whoever was inside still is, but nothing new was learnt that inertia could count."""
        held = self._roster.hold(track_numbers(observation), self._now)
        for entry in held:
            if entry.state.inside:
                entry.state.last = self._now
        return held

    def _judge(self, entry: Entry[Visit], time: float) -> Candidate | None:
        visit = entry.state
        if visit.triggered is None:
            due = visit.confirmed and visit.inside and visit.dwell >= self._dwell
            if not due or time < visit.silent_until:
                return None
            visit.triggered = time
            return self._report(entry, time, end=None)
        if visit.confirmed:
            return None
        report = self._report(entry, visit.triggered, end=visit.last)
        visit.triggered, visit.silent_until = None, visit.last + self._rule.cooldown
        return report

    def _report(self, entry: Entry[Visit], triggered: float, end: float | None) -> Candidate:
        visit = entry.state
        return self._reporter.candidate(
            self._epoch,
            entry.numbers,
            visit.since,
            triggered,
            visit.evidence,
            end=end,
            extra={"dwell": visit.dwell},
        )
