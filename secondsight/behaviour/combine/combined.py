"""Combinations: a candidate made of candidates of other rules, so that "no hard hat AND inside the reactor
zone for 2 s" needs no code.

At every look a combination holds, or not, for each track (or for the camera as a whole), by the candidates of its
members that are open at that moment. How each operator judges is in `operators`; here is what it is judged about, and
the candidates that follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from secondsight.behaviour.combine.logic import MEMORY, Match, MemberState, holds
from secondsight.behaviour.protocol import Behaviour
from secondsight.behaviour.signals.evidence import CandidateWriter
from secondsight.behaviour.state.minute_counts import CountingBehaviour
from secondsight.behaviour.state.track_state import MAX_NUMBERS
from secondsight.config import CombinedRule
from secondsight.records import Candidate, Counter, Observation, TrackId, candidate_id

MOST = 1000
"""Candidates remembered of each member."""


class SharedBehaviour:
    """A rule that others name. All of them may ask it about one look, and the camera too; it judges the look once."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._asked: Observation | None = None
        self._answer: list[Candidate] = []
        self._last: list[Candidate] | None = None

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._behaviour.rule

    def update(self, observation: Observation) -> list[Candidate]:
        """As `Behaviour.update`."""
        if observation is not self._asked:
            self._asked, self._answer = observation, []
            self._answer = self._behaviour.update(observation)
        return self._answer

    def close(self, time: float) -> list[Candidate]:
        """As `Behaviour.close`."""
        if self._last is None:
            self._last = self._behaviour.close(time)
        return self._last

    def counts(self, *, over: bool = False) -> list[Counter]:
        """As `CountingBehaviour.counts`; the first caller gets them."""
        return self._behaviour.counts(over=over) if isinstance(self._behaviour, CountingBehaviour) else []


@dataclass(slots=True)
class MatchSubject:
    """What a combination holds for: a track by its number, or the whole camera.

    Attributes:
        held: as of the last look at which it held.
        last: when that was.
        triggered: when it was reported, while it is.
        id: of the report.
    """

    held: Match
    last: float
    triggered: float | None = None
    id: str = ""


@dataclass(slots=True)
class Combined:
    """Reports every track, or the camera, for which the combination held for long enough, and again when it is over.

    Attributes:
        members: those it names, by name; a camera may lack some of `any` and `unless`.
        open: whether the rule's hours include a moment, UTC seconds.
    """

    settings: CombinedRule
    writer: CandidateWriter
    members: Mapping[str, SharedBehaviour]
    open: Callable[[float], bool]
    _known: dict[str, list[MemberState]] = field(default_factory=dict)
    _subjects: dict[int | None, MatchSubject] = field(default_factory=dict)
    _silent: dict[int | None, float] = field(default_factory=dict)
    _now: float = float("-inf")
    _epoch: int = 0
    _opened: float | None = None
    # Whether anything has happened by which it may begin or end since it was judged.
    _changed: bool = True

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self.writer.rule

    def update(self, observation: Observation) -> list[Candidate]:
        """Take one observation; time that runs backwards counts as standing still."""
        self._now, self._epoch = max(self._now, observation.time), observation.epoch
        for name, member in self.members.items():
            for report in member.update(observation):
                self._take(name, report)
        is_open = self.open(self._now)
        if is_open != (self._opened is not None):
            self._opened, self._changed = self._now if is_open else None, True
        reports = self._judge()
        if self._changed and self._settle():  # what came and went in one look counted for that look
            reports += self._judge()
        self._changed = self._forget()
        return reports

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over: what is open ends with its members."""
        for name, member in self.members.items():
            for report in member.close(time):
                self._take(name, report)
        self._opened, self._changed = None, True
        return self._judge()

    def counts(self, *, over: bool = False) -> list[Counter]:
        """What its members count; nothing else asks members without events. See `CountingBehaviour.counts`."""
        return [count for member in self.members.values() for count in member.counts(over=over)]

    def _take(self, name: str, report: Candidate) -> None:
        self._changed = True
        known = self._known.setdefault(name, [])
        for one in known:
            if one.candidate.id == report.id:
                one.candidate = report
                return
        known.append(MemberState(name, report, frozenset(track.number for track in report.tracks)))

    def _settle(self) -> bool:
        """What is new is new no more. Whether any of it is over already."""
        fresh = [one for known in self._known.values() for one in known if one.fresh]
        for one in fresh:
            one.fresh = False
        return any(not one.active for one in fresh)

    def _forget(self) -> bool:
        """Drop what is over for too long to matter. Whether there was any."""
        if not self._known:
            return False
        before = sum(map(len, self._known.values()))
        needed = {id(one) for subject in self._subjects.values() for one in subject.held.support}
        for name, known in self._known.items():
            lasting = name in self.settings.then or name in self.settings.unless
            since = self._now - (self.settings.within + MEMORY if lasting else 0.0)
            kept = [
                one for one in known if one.active or id(one) in needed or (lasting and one.until >= since)
            ]
            self._known[name] = kept[-MOST:]
        self._known = {name: known for name, known in self._known.items() if known}
        self._silent = {key: until for key, until in self._silent.items() if until > self._now}
        return sum(map(len, self._known.values())) != before

    def _judge(self) -> list[Candidate]:
        """What arises and ends as things stand."""
        reports = self._reconsider() if self._changed else []
        for subject in self._subjects.values():
            subject.last = self._now
        return reports + [
            report for key, one in self._subjects.items() if (report := self._due(key, one)) is not None
        ]

    def _reconsider(self) -> list[Candidate]:
        """Ask for every subject whether it holds, and for new ones; returns what has ended."""
        reports = []
        for key, subject in list(self._subjects.items()):
            held = self._holds(key)
            if held is None:
                del self._subjects[key]
                reports += self._over(key, subject)
            else:
                subject.held = self._longer(subject.held, held)
        for key in self._news():
            held = self._holds(key)
            if held is not None and not any(
                held.names <= subject.held.names for subject in self._subjects.values()
            ):
                self._subjects[key] = MatchSubject(held, self._now)
        return reports

    def _longer(self, before: Match, now: Match) -> Match:
        """What goes on: since when it does; `any` also rests on what is over."""
        support = {one.candidate.id: one for one in (*before.support, *now.support)}
        kept = tuple(support.values())[-MAX_NUMBERS:] if self.settings.any else now.support
        return Match(before.since, before.start, kept)

    def _news(self) -> list[int | None]:
        """What it may newly hold for."""
        active = [one for name in self.settings.members for one in self._known.get(name, ()) if one.active]
        if self.settings.same == "camera":
            return [None] if active and None not in self._subjects else []
        return [*sorted({number for one in active for number in one.numbers} - self._subjects.keys())]

    def _holds(self, key: int | None) -> Match | None:
        if self._opened is None:
            return None
        about = {
            name: [one for one in known if key is None or key in one.numbers]
            for name, known in self._known.items()
        }
        return holds(self.settings, about, not_before=self._opened)

    def _due(self, key: int | None, subject: MatchSubject) -> Candidate | None:
        long_enough = self._now - subject.held.since >= self.settings.duration
        if subject.triggered is not None or not long_enough or self._silent.get(key, self._now) > self._now:
            return None
        subject.triggered = self._now
        track = f"{self._epoch}/all" if key is None else str(TrackId(self.writer.camera, self._epoch, key))
        subject.id = candidate_id(
            self.writer.camera,
            self.writer.origin,
            self.writer.rule,
            f"{track}/{subject.triggered:.3f}",  # two may have one start, as sequences of one first step do
            subject.held.start,
        )
        return self._report(key, subject, end=None)

    def _over(self, key: int | None, subject: MatchSubject) -> list[Candidate]:
        if subject.triggered is None:
            return []
        held, now = subject.held, self._now
        decisive = held.support[-1:] if self.settings.then else held.support
        last = (max if self.settings.any else min)(one.until for one in decisive)
        end = min(max(subject.last if last > now else last, held.since), now)
        self._silent[key] = end + self.settings.cooldown
        return [self._report(key, subject, end=end)]

    def _report(self, key: int | None, subject: MatchSubject, end: float | None) -> Candidate:
        assert subject.triggered is not None
        held, writer = subject.held, self.writer
        support = [one.candidate for one in held.support]
        youngest = max(support, key=lambda one: one.start)
        own = () if key is None else (TrackId(writer.camera, self._epoch, key),)
        tracks = tuple(dict.fromkeys([*own, *(track for one in support for track in one.tracks)]))
        scores = {one.name: one.candidate.score for one in held.support}
        return Candidate(
            id=subject.id,
            camera=writer.camera,
            epoch=self._epoch,
            rule=writer.rule,
            kind=writer.kind,
            start=held.start,
            triggered=subject.triggered,
            peak=min(max(youngest.peak, held.start), self._now),
            score=(max if self.settings.any else min)(scores.values()),
            tracks=tracks[:MAX_NUMBERS],
            label=next((one.label for one in support if one.label), ""),
            zone=next((one.zone for one in support if one.zone), None),
            end=end,
            scores={**scores, "dwell": (self._now if end is None else end) - held.since},
            box=next((one.box for one in support if one.box), None),
        )
