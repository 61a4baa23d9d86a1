"""The one budget that all users of the brain pay from: reviews, audits, labels, questions and reports.

A caller asks `allow` first. It gets a grant, which reserves the estimated amount until it is closed, or a refusal
with the reason and the time at which to ask again. What a call really took is recorded when it is over (`spend`), so
limits are exceeded at most by what the reviews under way take beyond their estimates. A limit below one estimate
admits one review in each of its hours or days; only 0 admits none. Hours are those of the clock, days those of the
site's time zone. A restart begins with what the ledger says and does not renew the budget.
"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from secondsight.clock import Clock, iso
from secondsight.config import BudgetLimits, BudgetSettings
from secondsight.records import Call, Purpose
from secondsight.store import CallTotals

_HOUR = 3600.0
_LONGEST_DAY = 25 * _HOUR
"""A day on which clocks are put back."""
_SHARES = 2.0
"""Equal shares of the brain that one camera may use before its cases go after those of others."""
_SOON = 1.0
"""Seconds after which amounts reserved for reviews under way may be free again."""
_ROUNDING = 1e-9
"""Sums of fractions do not come out even."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What something will probably take, or has taken."""

    calls: float = 1.0
    tokens: float = 0.0
    money: float = 0.0

    def __add__(self, other: "CostEstimate") -> "CostEstimate":
        return CostEstimate(self.calls + other.calls, self.tokens + other.tokens, self.money + other.money)

    def __sub__(self, other: "CostEstimate") -> "CostEstimate":
        return CostEstimate(self.calls - other.calls, self.tokens - other.tokens, self.money - other.money)


NOTHING = CostEstimate(0.0)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing is left. `reason` is for people; `until` is the UTC time, in seconds, at which the budget renews."""

    reason: str
    until: float


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Which budgets are used up now, and why: of the whole site, of cameras, of kinds."""

    site: Refusal | None = None
    cameras: Mapping[str, Refusal] = field(default_factory=dict)
    kinds: Mapping[str, Refusal] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        """Every reason, the site's first."""
        own = [self.site] if self.site is not None else []
        return [refusal.reason for refusal in (*own, *self.cameras.values(), *self.kinds.values())]


class Grant:
    """The right to call. A context manager; its end frees what was reserved."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def close(self) -> None:
        """Free what was reserved: the calls are over and recorded. A second call does nothing."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Sums(Protocol):
    """What the budget needs of the ledger."""

    def costs(
        self, by: Sequence[str] = (), *, since: float | None = None, until: float | None = None
    ) -> list[CallTotals]: ...


class BudgetGate:
    """The budgets of a site, its cameras and its kinds of event. Safe in any thread; never waits.

    Args:
        budget: of the site, and of its kinds.
        cameras: limits by camera, of all cameras.
        zone: time zone in which a day begins.
        ledger: says what was spent before this start; nothing was if None.

    Raises:
        StoreError: the ledger cannot be read.
    """

    def __init__(
        self,
        budget: BudgetSettings,
        cameras: Mapping[str, BudgetLimits],
        clock: Clock,
        *,
        zone: str = "UTC",
        ledger: Sums | None = None,
    ) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._spans = spans = (_hour, partial(_day, zone=ZoneInfo(zone)))
        limited = {("site", ""): budget} | {("camera", name): limits for name, limits in cameras.items()}
        limited |= {("kind", name): limits for name, limits in budget.kinds.items()}
        self._accounts = {
            key: _Account(" ".join(key).strip(), limits, spans) for key, limits in limited.items()
        }
        self._fixed = budget.camera_rate is not None
        self._rate = (budget.camera_rate or 0.0) / _HOUR
        self._burst, self._cameras = float(budget.camera_burst), max(len(cameras), 1)
        self._buckets: dict[str, tuple[float, float]] = {}
        if ledger is not None:
            self._restore(ledger, spans)

    def limit_cameras(self, cameras: Mapping[str, BudgetLimits]) -> None:
        """Set the limits of all cameras anew. What was spent stays spent."""
        with self._lock:
            for name, limits in cameras.items():
                if ("camera", name) in self._accounts:
                    self._accounts["camera", name].limit(limits)
                else:
                    self._accounts["camera", name] = _Account(f"camera {name}", limits, self._spans)
            self._cameras = max(len(cameras), 1)

    def _restore(self, ledger: Sums, spans: "tuple[_Span, ...]") -> None:
        now = self._clock.now()
        for number, span in enumerate(spans):
            for cost in ledger.costs(("camera", "kind"), since=span(now)[0]):
                camera, kind = map(str, cost.key)
                spent = CostEstimate(cost.calls, cost.tokens_in + cost.tokens_out, cost.money)
                for account in self._of(camera, kind):
                    account.windows[number].spend(now, spent)

    def allow(self, purpose: Purpose, camera: str, kind: str, estimate: CostEstimate) -> Grant | Refusal:
        """Whether a call may be made now.

        Args:
            camera, kind: what it is about; empty for a question or a report about several.
        """
        with self._lock:
            accounts = self._of(camera, kind)
            for account in accounts:
                refusal = account.refusal(self._clock.now(), estimate)
                if refusal is not None:
                    return refusal
            for account in accounts:
                account.reserved += estimate
            if purpose is Purpose.VERIFY:
                tokens = max(self._tokens(camera) - 1.0, -self._burst)
                self._buckets[camera] = (self._clock.monotonic(), tokens)
        return Grant(partial(self._release, accounts, estimate))

    def spend(self, call: Call) -> None:
        """Record what a call has taken."""
        spent = CostEstimate(1.0, float((call.tokens_in or 0) + (call.tokens_out or 0)), call.cost or 0.0)
        with self._lock:
            for account in self._of(call.camera, call.kind):
                for window in account.windows:
                    window.spend(self._clock.now(), spent)

    def exhausted(self, estimate: Callable[[str], CostEstimate]) -> Exhausted:
        """Which budgets are used up at this moment.

        Args:
            estimate: kind -> what a review of it will take; of an average kind for "".
        """
        found: dict[str, dict[str, Refusal]] = {"site": {}, "camera": {}, "kind": {}}
        with self._lock:
            for (scope, name), account in self._accounts.items():
                kind = name if scope == "kind" else ""
                refusal = account.refusal(self._clock.now(), estimate(kind))
                if refusal is not None:
                    found[scope][name] = refusal
        return Exhausted(found["site"].get(""), found["camera"], found["kind"])

    def expect(self, capacity: float) -> None:
        """Note how many reviews per second the brain can do."""
        if not self._fixed:
            self._rate = _SHARES * capacity / self._cameras

    def over_share(self) -> frozenset[str]:
        """Cameras that have used up their fair share of reviews for now."""
        with self._lock:
            return frozenset(camera for camera in self._buckets if self._tokens(camera) < 1.0)

    def _of(self, camera: str, kind: str) -> "list[_Account]":
        keys = (("site", ""), ("camera", camera), ("kind", kind))
        return [self._accounts[key] for key in keys if key in self._accounts]

    def _release(self, accounts: "list[_Account]", estimate: CostEstimate) -> None:
        with self._lock:
            for account in accounts:
                account.reserved -= estimate

    def _tokens(self, camera: str) -> float:
        """Tokens in a camera's bucket. It fills at a steady rate up to the burst, and owes at most as much: a camera
        that was busy while all others slept must not wait for hours once they wake.
        """
        now = self._clock.monotonic()
        then, tokens = self._buckets.get(camera, (now, self._burst))
        return min(tokens + (now - then) * self._rate, self._burst)


class _Account:
    """The budget of the site, of one camera or of one kind; `reserved` is reserved for calls under way."""

    def __init__(self, name: str, limits: BudgetLimits, spans: "tuple[_Span, ...]") -> None:
        self.name, self.reserved = name, NOTHING
        self.windows = (_Window("an hour", spans[0], _HOUR), _Window("a day", spans[1], _LONGEST_DAY))
        self.limit(limits)

    def limit(self, limits: BudgetLimits) -> None:
        """Set the limits."""
        hour, day = self.windows
        hour.limits = (limits.calls_per_hour, limits.tokens_per_hour, limits.money_per_hour)
        day.limits = (limits.calls_per_day, limits.tokens_per_day, limits.money_per_day)

    def refusal(self, now: float, need: CostEstimate) -> Refusal | None:
        """Why `need` exceeds the budget at `now`; None if it does not."""
        for window in self.windows:
            what = window.short_of(now, self.reserved, need)
            if what is None:
                continue
            if window.short_of(now, NOTHING, need) is None:
                return Refusal(
                    f"budget of {self.name}: the last of {what} is reserved for reviews under way",
                    now + _SOON,
                )
            return Refusal(f"budget of {self.name}: {what} used up until {iso(window.end)}", window.end)
        return None


class _Window:
    """What was spent since the hour or the day began; none is longer than `longest` seconds.

    Attributes:
        limits: of calls, tokens and money.
    """

    def __init__(self, name: str, span: "_Span", longest: float) -> None:
        self._name, self._span, self._longest = name, span, longest
        self.limits: tuple[int | None, int | None, float | None] = (None, None, None)
        self.end = -math.inf
        self._spent = NOTHING

    def spend(self, now: float, spent: CostEstimate) -> None:
        self._roll(now)
        self._spent += spent

    def short_of(self, now: float, reserved: CostEstimate, need: CostEstimate) -> str | None:
        """The limit that `need` would pass, in words; None if there is enough.

        The first in a window has enough of any limit but 0: if one review takes more than the limit, to wait for
        the next window would never help.
        """
        self._roll(now)
        taken = self._spent + reserved
        first, total = taken.calls <= _ROUNDING, taken + need
        amounts = (("calls", total.calls), ("tokens", total.tokens), ("in money", total.money))
        for (what, amount), limit in zip(amounts, self.limits, strict=True):
            if limit is not None and amount > limit + _ROUNDING and not (first and limit > 0):
                return f"{limit:g} {what} {self._name}"
        return None

    def _roll(self, now: float) -> None:
        # A clock that is set back within a day must not renew the budget: only a later window is a new one.
        if now >= self.end:
            self.end = self._span(now)[1]
            self._spent = NOTHING
        elif self.end - now > self._longest:
            # Only a clock that was ahead sets such an end, and after a jump of years it would never come.
            self.end = self._span(now)[1]


_Span = Callable[[float], tuple[float, float]]
"""Begin and end of the hour or the day that a moment is in, in UTC seconds."""


def _hour(now: float) -> tuple[float, float]:
    begin = now - now % _HOUR
    return begin, begin + _HOUR


def _day(now: float, zone: ZoneInfo) -> tuple[float, float]:
    midnight = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    # Days on which clocks change have 23 or 25 hours: the next midnight is asked of the zone as well.
    following = (midnight + timedelta(days=1)).replace(fold=0)
    return midnight.timestamp(), following.timestamp()
