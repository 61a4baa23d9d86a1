"""Which objects are in the state that a rule looks for, since when, and the candidates of those that stay in it.

Most behaviours differ only in what they ask of each object in each look, and in how long the answer must be yes. So
they are made of what stands here: `DebouncedState` is the state of one object with inertia, `ObjectMonitor` keeps
the states of all objects and reports them; the question itself is the behaviour's `Predicate`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.evidence import CandidateEvidence
from secondsight.behaviour.signals.views import TrackSample, TrackView, ViewCache, track_numbers
from secondsight.behaviour.spatial.geometry import Points
from secondsight.behaviour.state.track_state import TrackState, TrackStates
from secondsight.records import Candidate, Observation

if TYPE_CHECKING:
    from secondsight.config import ObjectRule

S = TypeVar("S")

TrackAnswers = NDArray[np.int8]
"""One answer per row of a view: HOLDS, UNCERTAIN or ENDED."""
HOLDS, UNCERTAIN, ENDED = 1, 0, -1
"""The state holds; it does not in this look, which inertia may pass over; it is over, whatever the inertia."""
SELDOM = 0.3
"""Minimum seconds between two looks at what takes many seconds to hold: every second one at 5 a second."""
STAYS = 1.0
"""Minimum seconds of a state for its object, once lost, to be found again late: passers-by do not add up."""


class DueReport(NamedTuple):
    """A report of a state: when the candidate was triggered, and its end; None while the state goes on."""

    triggered: float
    end: float | None


@dataclass(slots=True)
class DebouncedState:
    """A state of one object, such as being in a zone: it begins and ends only when `inertia` looks in a row agree.

    Attributes:
        inside: what the last look showed.
        confirmed: whether the state has begun and not ended.
        since: its first moment, confirmed or not yet.
        last: last moment at which it was seen to hold.
        triggered: moment at which the candidate was reported, while it is open.
        silent_until: no new report before this time.
    """

    inside: bool = False
    confirmed: bool = False
    since: float = 0.0
    last: float = 0.0
    triggered: float | None = None
    silent_until: float = float("-inf")
    evidence: CandidateEvidence = field(default_factory=CandidateEvidence)
    _against: int = 0

    def enter(self, sample: TrackSample, inertia: int, since: float | None = None) -> None:
        """A look shows that the state holds, and has held since then, if it tells; else since this look."""
        if not self.confirmed and not self.inside:
            began = sample.time if since is None else min(since, sample.time)
            self.since, self.evidence, self._against = began, CandidateEvidence(), 0
        self.inside, self.last = True, sample.time
        self.evidence.add(sample)
        self._against = 0 if self.confirmed else self._against + 1
        if self._against >= inertia:
            self.confirmed, self._against = True, 0

    def leave(self, inertia: int, *, missing: bool) -> None:
        """A look shows that it does not, or does not show the object at all, which alone ends nothing."""
        self.inside = False
        if not self.confirmed:
            return
        self._against += 1
        if self._against >= inertia and not missing:
            self.end()

    def end(self) -> None:
        """The state is over."""
        self.inside, self.confirmed, self._against = False, False, 0

    def due(self, time: float, least: float, cooldown: float) -> "DueReport | None":
        """What is to be reported at `time`: that the state has held for long enough, or that it is over.

        Args:
            least: seconds that it must have held for.
            cooldown: seconds of silence after the end of what was reported.
        """
        if self.triggered is None:
            ripe = self.confirmed and self.inside and self.dwell >= least
            if not ripe or time < self.silent_until:
                return None
            self.triggered = time
            return DueReport(time, None)
        if self.confirmed:
            return None
        report = DueReport(self.triggered, self.last)
        self.triggered, self.silent_until = None, self.last + cooldown
        return report

    @property
    def stays(self) -> bool:
        """Whether it has held for longer than passing by takes."""
        return self.confirmed and self.dwell >= STAYS

    @property
    def dwell(self) -> float:
        """Seconds from the first to the last moment at which it held; gaps shorter than the inertia count."""
        return self.last - self.since


@dataclass(slots=True)
class MonitoredObject(Generic[S]):
    """One object: its state, what the behaviour remembers of it, and when what was reported began."""

    debounced: DebouncedState
    memory: S
    began: float = 0.0


class LookContext(NamedTuple, Generic[S]):
    """A fresh look, as a behaviour's predicate gets it. Rows of arrays are the objects of the look, n in all.

    Attributes:
        time: UTC seconds.
        seen: the objects as arrays, relative to the picture: `boxes` float64 (n, 4), `feet` float64 (n, 2);
            `counts` bool (n,) says which of them the rule is about.
        memories: what the behaviour remembers of each object, by row.
        observation: the look as the sentinel gave it.
        views: makes the same look as other rules see it.

    Examples:
        A predicate that holds for objects taller than half the picture:

        >>> from pathlib import Path
        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.behaviour import HOLDS, UNCERTAIN, LookContext
        >>> from secondsight.behaviour.signals.views import ViewCache
        >>> from secondsight.config import make_site
        >>> from secondsight.records import Observation
        >>> def look(time, *boxes):
        ...     n = len(boxes)  # in pixels of a picture of 100 x 100
        ...     detections = Detections(
        ...         xyxy=np.array(boxes, dtype=float).reshape(-1, 4),
        ...         confidence=np.full(n, 0.9),
        ...         class_id=np.zeros(n, dtype=int),
        ...         tracker_id=np.arange(n),
        ...     )
        ...     return Observation("hall", 0, time, 100, 100, detections, ("person",))
        >>> def tall(look):
        ...     heights = look.seen.boxes[:, 3] - look.seen.boxes[:, 1]
        ...     return np.where(look.seen.counts & (heights > 0.5), HOLDS, UNCERTAIN).astype(np.int8)
        >>> rule = {"behaviour": "intrusion", "zone": "frame"}
        >>> values = {"cameras": {"hall": {"source": "hall.mp4"}}, "rules": {"no-entry": rule}}
        >>> rule = make_site(values, Path()).rules["no-entry"]
        >>> observation, views = look(0.0, (10, 10, 40, 90), (50, 50, 70, 90)), ViewCache()
        >>> context = LookContext(0.0, views.view(observation, rule, 0.0), [None, None], observation, views)
        >>> tall(context)
        array([1, 0], dtype=int8)
    """

    time: float
    seen: TrackView
    memories: Sequence[S]
    observation: Observation
    views: ViewCache

    def shown(self, others: "ObjectRule") -> TrackView:
        """The same look as another rule would see it: owners of bags, vehicles near people."""
        return self.views.view(self.observation, others, self.time)

    @property
    def aspect(self) -> float:
        """The picture's width in heights: relative x and y alone are not at the same scale."""
        return max(self.observation.width, 1) / max(self.observation.height, 1)


Predicate: TypeAlias = Callable[[LookContext[S]], TrackAnswers]
"""Says for every row of a look whether the state holds. It may change the memories."""


def _no_scores(memory: object) -> Mapping[str, float]:
    return {}


def _no_others(memory: object) -> Sequence[int]:
    return ()


def _this_look(memory: object) -> None:
    return None


class ObjectMonitor(Generic[S]):
    """Reports every object whose state held for at least `dwell` seconds, and again when that is over.

    It is a `Behaviour`. Time runs also while nothing moves and the model rests; such looks do not count for
    `inertia`.

    Args:
        rule: the settings; they say which objects count.
        scene: the rule's view of the camera.
        judge: the predicate. It is called once per fresh look, for all objects together, and answers HOLDS,
            UNCERTAIN or ENDED for each row: int8 (n,).
        memory: makes what the behaviour remembers of a new object.
        inertia: looks in a row that must agree before a state begins or ends.
        dwell: least seconds for which the state must hold.
        every: least seconds between two looks that are judged.
        patient: only an explicit ENDED ends the state, however many looks are uncertain.
        hidden: seconds for which an object whose state holds may be out of sight and come back at its place,
            if longer than the scene's patience: for what stays where it is.
        scores: the behaviour's own numbers of one object, for its candidates.
        others: track numbers of further objects that the candidate is about.
        since: from when on the state has held that a look shows, for a predicate that looks back; counts for `dwell`.
        began: when that began which came to be reported, if before the state did.

    Examples:
        Report what stands in the lower half of the picture for a second:

        >>> from pathlib import Path
        >>> import numpy as np
        >>> from supervision import Detections
        >>> from secondsight.behaviour import HOLDS, UNCERTAIN, ObjectMonitor, Scene
        >>> from secondsight.behaviour.signals.background import Background
        >>> from secondsight.behaviour.signals.evidence import CandidateWriter
        >>> from secondsight.config import make_site
        >>> from secondsight.records import Observation
        >>> def look(time, *boxes):
        ...     n = len(boxes)  # in pixels of a picture of 100 x 100
        ...     detections = Detections(
        ...         xyxy=np.array(boxes, dtype=float).reshape(-1, 4),
        ...         confidence=np.full(n, 0.9),
        ...         class_id=np.zeros(n, dtype=int),
        ...         tracker_id=np.arange(n),
        ...     )
        ...     return Observation("hall", 0, time, 100, 100, detections, ("person",))
        >>> def low(look):
        ...     there = look.seen.counts & (look.seen.feet[:, 1] > 0.5)
        ...     return np.where(there, HOLDS, UNCERTAIN).astype(np.int8)
        >>> rule = {"behaviour": "intrusion", "zone": "frame"}
        >>> values = {"cameras": {"hall": {"source": "hall.mp4"}}, "rules": {"low": rule}}
        >>> rule = make_site(values, Path()).rules["low"]
        >>> everywhere = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        >>> writer = CandidateWriter("hall", "live", "low", "low", None)
        >>> scene = Scene(writer, everywhere, None, Background(), patience=2.0)
        >>> monitor = ObjectMonitor(rule, scene, low, lambda: None, inertia=2, dwell=1.0)
        >>> for step in range(10):
        ...     for candidate in monitor.update(look(step / 5, (40, 30, 60, 90), (0, 0, 20, 40))):
        ...         print(candidate.tracks[0], candidate.start, candidate.triggered)
        hall/0/0 0.0 1.0
    """

    def __init__(
        self,
        rule: "ObjectRule",
        scene: Scene,
        judge: Predicate[S],
        memory: Callable[[], S],
        *,
        inertia: int,
        dwell: float,
        every: float = 0.0,
        patient: bool = False,
        hidden: float = 0.0,
        scores: Callable[[S], Mapping[str, float]] = _no_scores,
        others: Callable[[S], Sequence[int]] = _no_others,
        since: Callable[[S], float | None] = _this_look,
        began: Callable[[S], float] | None = None,
    ) -> None:
        self._rule, self._writer, self._judge, self._scores = rule, scene.writer, judge, scores
        self._views = scene.views
        self._inertia, self._dwell, self._every, self._others = inertia, dwell, every, others
        self._since = since
        self._began = began
        self._last_inertia = sys.maxsize if patient else inertia
        self._states: TrackStates[MonitoredObject[S]] = TrackStates(
            lambda: MonitoredObject(DebouncedState(), memory()),
            patience=scene.patience,
            longer=lambda one: hidden if one.debounced.stays else 0.0,
        )
        self._now = self._judged = float("-inf")
        self._epoch = 0
        # Whether anybody's state held in the last look, or had not ended: mostly nobody's does.
        self._busy = False

    def update(self, observation: Observation) -> list[Candidate]:
        """Take one observation; time that runs backwards counts as standing still."""
        self._now = time = max(self._now, observation.time)
        self._epoch = observation.epoch
        if observation.held:
            entries = self._hold(observation)
        elif time - self._judged >= self._every:
            self._judged = time
            entries = self._look(observation)
        else:
            return []
        return [
            report
            for entry in entries
            if (entry.state.debounced.confirmed or entry.state.debounced.triggered is not None)
            and (report := self._due(entry, time)) is not None
        ]

    @property
    def rule(self) -> str:
        """Name of the rule."""
        return self._writer.rule

    def close(self, time: float) -> list[Candidate]:
        """The epoch is over: open candidates end where they were seen last."""
        entries = self._states.clear()
        for entry in entries:
            entry.state.debounced.end()
        return [report for entry in entries if (report := self._due(entry, self._now)) is not None]

    def _look(self, observation: Observation) -> list[TrackState[MonitoredObject[S]]]:
        seen = self._views.view(observation, self._rule, self._now)
        changes = self._states.look(seen, self._now)
        memories = [entry.state.memory for entry in changes.present]
        answers = self._judge(LookContext(self._now, seen, memories, observation, self._views)).tolist()
        if not self._busy and HOLDS not in answers:
            return []
        concerned = []
        for entry, sample, answer in zip(changes.present, seen.samples, answers, strict=True):
            debounced = entry.state.debounced
            if answer == HOLDS:
                debounced.enter(sample, self._inertia, self._since(entry.state.memory))
            elif not (debounced.inside or debounced.confirmed):
                continue
            elif answer == ENDED:
                debounced.end()
            else:
                debounced.leave(self._last_inertia, missing=False)
            concerned.append(entry)
        for entry in changes.missing:
            entry.state.debounced.leave(self._last_inertia, missing=True)
        for entry in changes.dead:
            entry.state.debounced.end()
        self._busy = bool(concerned) or any(entry.state.debounced.confirmed for entry in changes.missing)
        return concerned + changes.dead

    def _hold(self, observation: Observation) -> list[TrackState[MonitoredObject[S]]]:
        """Nothing moved: what held still does."""
        held = self._states.hold(track_numbers(observation), self._now)
        for entry in held:
            if entry.state.debounced.inside:
                entry.state.debounced.last = self._now
        return held

    def _due(self, entry: TrackState[MonitoredObject[S]], time: float) -> Candidate | None:
        debounced = entry.state.debounced
        due = debounced.due(time, self._dwell, self._rule.cooldown)
        if due is None:
            return None
        if due.end is None:
            earlier = self._began(entry.state.memory) if self._began else debounced.since
            entry.state.began = min(earlier, debounced.since)
        return self._writer.candidate(
            self._epoch,
            [*entry.numbers, *self._others(entry.state.memory)],
            entry.state.began,
            due.triggered,
            debounced.evidence,
            end=due.end,
            extra={"dwell": debounced.dwell, **self._scores(entry.state.memory)},
        )


def present_in(polygon: Points) -> Predicate[None]:
    """The predicate of intrusion and loitering: the object counts and stands in the polygon."""

    def judge(look: LookContext[None]) -> TrackAnswers:
        return (look.seen.counts & look.seen.inside(polygon)).astype(np.int8)

    return judge


def nothing() -> None:
    """The memory of a behaviour that judges by each look alone."""
