"""What the site has learned: bundles with what they gained, the history with its evidence, and the trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from secondsight.learn import RECALL, RECALL_BEFORE, BundleState, HistoryEntry
from secondsight.serve.access import learned as access
from secondsight.serve.access import money
from secondsight.serve.access.learned import BundleEvents, Learning
from secondsight.serve.auth.requests import Admin, Served
from secondsight.serve.console.page import Asked, PageRoute
from secondsight.store import CallTotals

router = APIRouter(prefix="/learning", route_class=PageRoute)
_DAY = 86400.0
_DAYS = 60
WIDTH, HEIGHT = 600.0, 140.0
"""Of a curve, in units of its picture."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """A line through points.

    Attributes:
        name: what it shows. points: left and top of each, in units of the picture. values: as numbers.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LearningView:
    """Everything that the page shows.

    Attributes:
        recalls: of each class over the bundles that were judged on the reference set, first what was live before.
        judged: those bundles, in this order.
        calls: of the large model by day; most: on one day.
        promotions: places of the promotions on the curve of the calls, with the bundles' names.
        events: of the last days, by bundle.
    """

    learned: Learning
    events: list[BundleEvents]
    recalls: tuple[LearningCurve, ...]
    judged: tuple[str, ...]
    calls: LearningCurve
    most: int
    promotions: tuple[tuple[float, str], ...]
    days: int = _DAYS
    width: float = WIDTH
    height: float = HEIGHT
    live: BundleState = BundleState.PRODUCTION


@router.get("")
def learning_page(site: Served, person: Admin, page: Asked) -> Response:
    """Everything that was learned, newest first."""
    now = site.clock.now()
    since = now - _DAYS * _DAY
    learned = access.learning(site, person)
    recalls, judged = recall_curves(learned.history)
    sums = money.costs(site, person, ("day",), since, None)
    calls, most = calls_curve(sums, since, now)
    view = LearningView(
        learned=learned,
        events=access.events_by_bundle(site, person, since),
        recalls=recalls,
        judged=judged,
        calls=calls,
        most=most,
        promotions=tuple(
            (_across(one.time, since, now), one.bundle)
            for one in learned.history
            if one.action == "promoted" and one.time >= since
        ),
    )
    return page.show("learning.html", view, person)


def recall_curves(history: Sequence[HistoryEntry]) -> tuple[tuple[LearningCurve, ...], tuple[str, ...]]:
    """Recall on the reference set by class: of what was live before the first judged bundle, then of each of them."""
    judged = [one for one in history if any(name.startswith(RECALL) for name in one.evidence)]
    if not judged:
        return (), ()
    first = _named(judged[0].evidence, RECALL_BEFORE)
    rows = [first, *(_named(one.evidence, RECALL) for one in judged)]
    labels = sorted({label for row in rows for label in row})
    curves = []
    for label in labels:
        values = [(at, row[label]) for at, row in enumerate(rows) if label in row]
        points = tuple((WIDTH * at / (len(rows) - 1), HEIGHT * (1 - value)) for at, value in values)
        curves.append(LearningCurve(label, points, tuple(value for _, value in values)))
    return tuple(curves), tuple(one.bundle for one in judged)


def calls_curve(sums: Sequence[CallTotals], since: float, now: float) -> tuple[LearningCurve, int]:
    """Calls of each day, and the most of one day; days without a call are at the bottom."""
    calls = {int(one.key[0]) // int(_DAY): one.calls for one in sums}
    days = range(int(since // _DAY) + 1, int(now // _DAY) + 1)
    values = [calls.get(day, 0) for day in days]
    most = max(values, default=0)
    points = tuple(
        (_across(day * _DAY, since, now), HEIGHT * (1 - value / most if most else 1))
        for day, value in zip(days, values, strict=True)
    )
    return LearningCurve("calls", points, tuple(map(float, values))), most


def _named(evidence: Mapping[str, float], beginning: str) -> dict[str, float]:
    others = RECALL_BEFORE if beginning == RECALL else None
    return {
        name.removeprefix(beginning): value
        for name, value in evidence.items()
        if name.startswith(beginning) and (others is None or not name.startswith(others))
    }


def _across(time: float, since: float, now: float) -> float:
    return WIDTH * (time - since) / (now - since)
