"""What the brain has cost and may cost, and what left the site."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from secondsight.config import BudgetLimits
from secondsight.records import Call
from secondsight.serve.auth.rights import Principal, Right
from secondsight.serve.site import ServedSite
from secondsight.store import CallTotals


@dataclass(frozen=True, slots=True)
class Spending:
    """A budget and what was spent of it.

    Attributes:
        scope: `site`, `camera` or `kind`; `name` says which.
        hour, day: spent since the hour and the day of the site's time zone began; None for nothing yet.
    """

    scope: str
    name: str
    limits: BudgetLimits
    hour: CallTotals | None
    day: CallTotals | None


def budgets(site: ServedSite, person: Principal) -> list[Spending]:
    """Budgets with what was spent: of the site and of kinds for people who may see all cameras, else of theirs.

    Empty where no site file is known.
    """
    person.need(Right.VIEW)
    if site.config is None:
        return []
    now = datetime.fromtimestamp(site.clock.now(), ZoneInfo(site.config.site.timezone))
    hour = now.replace(minute=0, second=0, microsecond=0).timestamp()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()

    def spent(by: Sequence[str], since: float) -> dict[str, CallTotals]:
        found = site.store.ledger.costs(by, cameras=person.only(), since=since)
        return {str(one.key[0]) if one.key else "": one for one in found}

    settings, name = site.config, site.config.site.name
    cameras = {camera: settings.cameras[camera].budget for camera in person.visible(settings.cameras)}
    asked: list[tuple[str, Sequence[str], dict[str, BudgetLimits]]] = [("camera", ("camera",), cameras)]
    if person.sees_all:
        asked = [("site", (), {"": settings.budget}), ("kind", ("kind",), settings.budget.kinds), *asked]
    found = []
    for scope, by, limits in asked:
        hours, days = spent(by, hour), spent(by, day)
        found += [
            Spending(scope, key or name, limit, hours.get(key), days.get(key))
            for key, limit in limits.items()
        ]
    return found


def costs(
    site: ServedSite, person: Principal, by: Sequence[str], since: float | None, until: float | None
) -> list[CallTotals]:
    """Sums over calls for cameras that the person may see, one for each combination of `by`; days are those of
    the site's clock."""
    person.need(Right.VIEW)
    zone = ZoneInfo(site.config.site.timezone if site.config is not None else "UTC")
    return site.store.ledger.costs(by, cameras=person.only(), since=since, until=until, zone=zone)


def calls(
    site: ServedSite, person: Principal, since: float | None, until: float | None, limit: int
) -> list[Call]:
    """The newest calls for cameras that the person may see, oldest first."""
    person.need(Right.VIEW)
    return site.store.ledger.find(cameras=person.only(), since=since, until=until, limit=limit)
