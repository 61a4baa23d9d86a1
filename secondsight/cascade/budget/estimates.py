"""What a verdict is worth, what it will cost, and how long it will take: the numbers behind the order of the queue.

    value = weight x max(4 p (1 - p), 0.05) / price, times the freshness at the moment a case is taken

`weight` is the rule's. `p` is the candidate's score, or the probability it was calibrated to: the verdict on a
candidate that may be true or not tells most, on one that is almost certain least, but never nothing. `price` is what
reviews of the kind cost on average over what reviews cost on average, 1 until that is known. Freshness is the share
of the time up to the deadline that is left (`store.queue`). Under overload this greedy order serves 95 % and more
of what an optimum that knows the future serves (`python -m bench overload`).
"""

import threading
from collections import deque
from collections.abc import Iterable

from secondsight.cascade.budget.budget import CostEstimate
from secondsight.clock import Clock
from secondsight.records import Usage
from secondsight.store import CallTotals

_LEAST_UNCERTAINTY = 0.05
_MEMORY = 0.1
"""Weight of the newest review in a running mean."""
_TYPICAL = 5
"""Reviews of a kind after which its own mean is believed."""


def review_value(score: float, weight: float, price: float = 1.0) -> float:
    """Value of a fresh verdict.

    Args:
        score: probability of the candidate being true, 0..1, as far as known.
        weight: how bad it is if it is true, 0..1.
        price: relative to other reviews, > 0.
    """
    p = min(max(score, 0.0), 1.0)
    return weight * max(4.0 * p * (1.0 - p), _LEAST_UNCERTAINTY) / price


class CostEstimates:
    """Running means of what a review consumes, per kind and over all. Safe in any thread."""

    def __init__(self) -> None:
        self._means: dict[str, tuple[int, CostEstimate]] = {}
        self._lock = threading.Lock()

    def seed(self, costs: Iterable[CallTotals]) -> None:
        """Begin with what the ledger knows, summed by kind."""
        with self._lock:
            for cost in costs:
                kind, cases = str(cost.key[0]), max(cost.cases, 1)
                if not kind:
                    continue
                total = CostEstimate(cost.calls, cost.tokens_in + cost.tokens_out, cost.money)
                mean = CostEstimate(total.calls / cases, total.tokens / cases, total.money / cases)
                before, of_all = self._means.get("", (0, mean))
                self._means[kind] = (cases, mean)
                self._means[""] = (before + cases, _mixed(of_all, mean, cases / (before + cases)))

    def learn(self, kind: str, usage: Usage) -> None:
        """Note what one review of a kind has consumed."""
        tokens = float((usage.tokens_in or 0) + (usage.tokens_out or 0))
        new = CostEstimate(float(usage.calls), tokens, usage.cost or 0.0)
        with self._lock:
            for key in (kind, ""):
                count, mean = self._means.get(key, (0, new))
                weight = max(_MEMORY, 1.0 / (count + 1))
                self._means[key] = (count + 1, _mixed(mean, new, weight))

    def estimate(self, kind: str = "") -> CostEstimate:
        """What a review of a kind, or of any, will probably consume; one call if nothing is known."""
        with self._lock:
            count, mean = self._means.get(kind, (0, CostEstimate()))
            if count < _TYPICAL:
                mean = self._means.get("", (0, mean))[1]
        return mean

    def relative(self, kind: str) -> float:
        """Price of a review of a kind over that of any: in money if it costs any, else in tokens, else in calls."""
        one, all_ = self.estimate(kind), self.estimate()
        for mine, theirs in ((one.money, all_.money), (one.tokens, all_.tokens), (one.calls, all_.calls)):
            if mine > 0.0 and theirs > 0.0:
                return mine / theirs
        return 1.0


def _mixed(old: CostEstimate, new: CostEstimate, weight: float) -> CostEstimate:
    return CostEstimate(
        old.calls + weight * (new.calls - old.calls),
        old.tokens + weight * (new.tokens - old.tokens),
        old.money + weight * (new.money - old.money),
    )


class LatencyEstimate:
    """How long reviews take, from the last of them.

    Measurements grow stale: a brain that was slow an hour ago must get the chance to show that it no longer is.
    """

    def __init__(self, clock: Clock, count: int = 100, lifetime: float = 600.0) -> None:
        self._clock, self._lifetime = clock, lifetime
        self._seconds: deque[tuple[float, float]] = deque(maxlen=count)

    def took(self, seconds: float) -> None:
        """Note one review that was answered."""
        self._seconds.append((self._clock.monotonic(), seconds))

    @property
    def most(self) -> float:
        """Seconds within which 19 of 20 reviews were answered; 0.0 when nothing is known."""
        known = sorted(self._known())
        return known[max(0, -(-19 * len(known) // 20) - 1)] if known else 0.0

    @property
    def mean(self) -> float | None:
        """Mean seconds of a review; None when nothing is known."""
        known = self._known()
        return sum(known) / len(known) if known else None

    def _known(self) -> list[float]:
        oldest = self._clock.monotonic() - self._lifetime
        return [seconds for time, seconds in self._seconds if time >= oldest]
