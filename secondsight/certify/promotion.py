"""May a candidate replace what is in production? A sequential test, one observation per camera-day.

Days are compared in pairs: both saw the same frames. A camera-day counts once, however much happened in it, because
what happens in one day on one camera is not independent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from secondsight.certify.sequential import EProcess

FALSE_REPORTS = "false reports"
"""Stands among the kinds for what a model reports that is not there."""


class Decision(StrEnum):
    """What the evidence so far says of a candidate."""

    OPEN = "open"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class FoundCounts:
    """What two models found of the things of one kind that were really there.

    Attributes:
        true: things that were there.
        production, candidate: how many of them each found.
    """

    true: int
    production: int
    candidate: int

    def __post_init__(self) -> None:
        if not (0 <= self.production <= self.true and 0 <= self.candidate <= self.true):
            raise ValueError(f"no model finds more than was there: {self}")


@dataclass(frozen=True, slots=True)
class PairedDay:
    """One camera-day on which two models saw the same.

    Attributes:
        found: by kind.
        false_production, false_candidate: what each reported that was not there.
    """

    found: Mapping[str, FoundCounts]
    false_production: int = 0
    false_candidate: int = 0


@dataclass(frozen=True, slots=True)
class PromotionLimits:
    """What a candidate has to show.

    Attributes:
        margin: recall that it may lose per kind, 0..1, and still count as no worse.
        false_margin: the same for false reports: how far its share of both models' may exceed production's; 0.1
            is 55 against 45.
        alpha: probability of promoting one that loses more in any kind, or gains nothing.
    """

    margin: float = 0.05
    false_margin: float = 0.1
    alpha: float = 0.05


@dataclass(slots=True)
class _Kind:
    """Evidence on one kind: that the candidate's recall is no worse, that it is worse, that it is better."""

    no_worse: EProcess
    worse: EProcess
    better: EProcess


@dataclass(slots=True)
class PromotionTest:
    """Non-inferior in recall for every kind, and better in something: fewer false reports, or more found of a kind.

    Each kind's hypothesis "recall lost by more than the margin" must be refuted at `alpha`, and so must "more false
    reports by more than theirs" (an intersection-union test: Berger 1982, so no correction for their number). "No
    gain" must be refuted at `alpha` shared among the gains that are tried (Bonferroni). All are e-processes, so the
    test may be read after every day and stopped at will.

    Attributes:
        kinds: all that must be no worse. A kind without anything true in it keeps the test open.
        limits: what the candidate has to show.
        days: camera-days so far.

    Examples:
        >>> from secondsight.certify import Decision, FoundCounts, PairedDay, PromotionLimits, PromotionTest
        >>> test = PromotionTest(("person",), PromotionLimits())
        >>> for _ in range(90):
        ...     test.add(PairedDay({"person": FoundCounts(10, 9, 9)}, false_production=4, false_candidate=2))
        >>> test.decision
        <Decision.BETTER: 'better'>
    """

    kinds: tuple[str, ...]
    limits: PromotionLimits
    days: int = 0
    _kinds: dict[str, _Kind] = field(init=False)
    _fewer_false: EProcess = field(init=False)
    _no_more_false: EProcess = field(init=False)
    _more_false: EProcess = field(init=False)

    def __post_init__(self) -> None:
        if not self.kinds:
            raise ValueError("a test needs at least one kind")
        floor = (1 - self.limits.margin) / 2
        self._kinds = {
            kind: _Kind(EProcess(floor), EProcess(1 - floor), EProcess(0.5)) for kind in self.kinds
        }
        self._fewer_false = EProcess(0.5)
        self._no_more_false = EProcess((1 - self.limits.false_margin) / 2)
        self._more_false = EProcess((1 + self.limits.false_margin) / 2)

    def add(self, day: PairedDay) -> None:
        """Take one camera-day; kinds of which nothing was there are skipped."""
        self.days += 1
        for kind, found in day.found.items():
            if found.true and kind in self._kinds:
                gain = (found.candidate - found.production) / found.true
                evidence = self._kinds[kind]
                evidence.no_worse.add((1 + gain) / 2)
                evidence.worse.add((1 - gain) / 2)
                evidence.better.add((1 + gain) / 2)
        reported = day.false_production + day.false_candidate
        fewer = (day.false_production - day.false_candidate) / reported if reported else 0.0
        self._no_more_false.add((1 + fewer) / 2)
        self._more_false.add((1 - fewer) / 2)
        if reported:
            self._fewer_false.add((1 + fewer) / 2)

    @property
    def decision(self) -> Decision:
        """What the days so far allow."""
        if self.worse_in or self.more_false:
            return Decision.WORSE
        gains = [self._fewer_false, *(kind.better for kind in self._kinds.values())]
        gained = any(gain.refutes(self.limits.alpha / len(gains)) for gain in gains)
        return Decision.BETTER if gained and not self.unproven else Decision.OPEN

    @property
    def unproven(self) -> tuple[str, ...]:
        """What is not shown yet: kinds whose recall may be worse, and `FALSE_REPORTS` if there may be more."""
        alpha = self.limits.alpha
        kinds = tuple(name for name, kind in self._kinds.items() if not kind.no_worse.refutes(alpha))
        return kinds if self._no_more_false.refutes(alpha) else (*kinds, FALSE_REPORTS)

    @property
    def worse_in(self) -> tuple[str, ...]:
        """Kinds of which it is shown, at `alpha` shared among all, that recall was lost by more than the margin."""
        return tuple(name for name, kind in self._kinds.items() if kind.worse.refutes(self._shared))

    @property
    def more_false(self) -> bool:
        """Whether it is shown likewise that the candidate reports more that is not there."""
        return self._more_false.refutes(self._shared)

    @property
    def _shared(self) -> float:
        return self.limits.alpha / (len(self._kinds) + 1)

    def evidence(self) -> Mapping[str, float]:
        """The e-value of "no worse" by kind, and of `FALSE_REPORTS`; promotion asks 1/alpha of each."""
        kinds = {name: kind.no_worse.evidence for name, kind in self._kinds.items()}
        return {**kinds, FALSE_REPORTS: self._no_more_false.evidence}
