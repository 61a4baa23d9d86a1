"""A suspicion about a place as a whole, such as a queue or a jam: it holds or not, whoever makes it up."""

from collections.abc import Mapping, Sequence

from secondsight.behaviour.scene import Scene
from secondsight.behaviour.signals.views import TrackSample, TrackView
from secondsight.behaviour.state.object_state import DebouncedState
from secondsight.records import Box, Candidate


class ZoneMonitor:
    """Reports a state of a place that held for `duration`, and again when it is over.

    Args:
        inertia: looks in a row that must agree.
        cooldown: seconds of silence after its end.
    """

    def __init__(self, scene: Scene, *, inertia: int, duration: float, cooldown: float) -> None:
        self._reporter, self._inertia = scene.reporter, inertia
        self._duration, self._cooldown = duration, cooldown
        self._visit = DebouncedState()
        self._most: dict[str, float] = {}
        self._numbers: tuple[int, ...] = ()
        self._box: Box | None = None
        self._count = 0

    @property
    def open(self) -> bool:
        """Whether it is reported and not over."""
        return self._visit.triggered is not None

    @property
    def begun(self) -> bool:
        """Whether enough looks in a row showed it, and it is not over."""
        return self._visit.confirmed

    def holds(
        self,
        sighting: TrackSample,
        scores: Mapping[str, float],
        *,
        numbers: Sequence[int] = (),
        box: Box | None = None,
    ) -> None:
        """A look shows it. Of the scores the largest are kept; those who make it up are as of the trigger."""
        self._visit.enter(sighting, self._inertia)
        for name, value in scores.items():
            self._most[name] = max(self._most.get(name, value), value)
        if not self.open:
            self._numbers, self._box = tuple(numbers), box

    def fails(self) -> None:
        """A look does not show it."""
        self._visit.leave(self._inertia, missing=False)
        if not self._visit.confirmed and not self.open:
            self._most.clear()

    def holds_still(self, time: float) -> None:
        """Nothing has moved until `time`."""
        if self._visit.inside:
            self._visit.last = time

    def end(self) -> None:
        """The epoch is over."""
        self._visit.end()

    def due(self, time: float, epoch: int) -> list[Candidate]:
        """What is to be reported now."""
        visit = self._visit
        due = visit.due(time, self._duration, self._cooldown)
        if due is None:
            return []
        extra = {"dwell": visit.dwell, **self._most}
        if due.end is None:
            self._count += 1
        else:
            self._most.clear()
        if self._numbers:
            report = self._reporter.candidate(
                epoch, self._numbers, visit.since, due.triggered, visit.evidence, end=due.end, extra=extra
            )
        else:
            box = self._box or Box(0.0, 0.0, 1.0, 1.0)
            report = self._reporter.region(
                epoch, self._count, visit.since, due.triggered, visit.evidence, box, end=due.end, extra=extra
            )
        return [report]


def together(seen: TrackView, rows: Sequence[int], time: float) -> TrackSample:
    """Several rows of a look as one sighting: mean confidence, summed area."""
    mine = [seen.sightings[row] for row in rows]
    confidence = sum(one.confidence for one in mine) / max(len(mine), 1)
    return TrackSample(time, confidence, sum(one.area for one in mine), True, mine[0].label if mine else "")
