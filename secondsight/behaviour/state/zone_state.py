"""A state of a zone as a whole, such as a queue or a jam, whichever objects make it up, and its candidates."""

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
        self._writer, self._inertia = scene.writer, inertia
        self._duration, self._cooldown = duration, cooldown
        self._state = DebouncedState()
        self._most: dict[str, float] = {}
        self._numbers: tuple[int, ...] = ()
        self._box: Box | None = None
        self._count = 0

    @property
    def open(self) -> bool:
        """Whether it is reported and not over."""
        return self._state.triggered is not None

    @property
    def begun(self) -> bool:
        """Whether enough looks in a row showed it, and it is not over."""
        return self._state.confirmed

    def holds(
        self,
        sample: TrackSample,
        scores: Mapping[str, float],
        *,
        numbers: Sequence[int] = (),
        box: Box | None = None,
    ) -> None:
        """A look shows it. Of the scores the largest are kept; those who make it up are as of the trigger."""
        self._state.enter(sample, self._inertia)
        for name, value in scores.items():
            self._most[name] = max(self._most.get(name, value), value)
        if not self.open:
            self._numbers, self._box = tuple(numbers), box

    def fails(self) -> None:
        """A look does not show it."""
        self._state.leave(self._inertia, missing=False)
        if not self._state.confirmed and not self.open:
            self._most.clear()

    def holds_still(self, time: float) -> None:
        """Nothing has moved until `time`."""
        if self._state.inside:
            self._state.last = time

    def end(self) -> None:
        """The epoch is over."""
        self._state.end()

    def due(self, time: float, epoch: int) -> list[Candidate]:
        """What is to be reported now."""
        state = self._state
        due = state.due(time, self._duration, self._cooldown)
        if due is None:
            return []
        extra = {"dwell": state.dwell, **self._most}
        if due.end is None:
            self._count += 1
        else:
            self._most.clear()
        if self._numbers:
            report = self._writer.candidate(
                epoch,
                self._numbers,
                state.since,
                due.triggered,
                state.evidence,
                end=due.end,
                extra=extra,
            )
        else:
            box = self._box or Box(0.0, 0.0, 1.0, 1.0)
            report = self._writer.region(
                epoch,
                self._count,
                state.since,
                due.triggered,
                state.evidence,
                box,
                end=due.end,
                extra=extra,
            )
        return [report]


def together(seen: TrackView, rows: Sequence[int], time: float) -> TrackSample:
    """Several rows of a look as one sample: mean confidence, summed area."""
    mine = [seen.samples[row] for row in rows]
    confidence = sum(one.confidence for one in mine) / max(len(mine), 1)
    return TrackSample(time, confidence, sum(one.area for one in mine), True, mine[0].label if mine else "")
