"""What the large model costs, what left the site, what was learned with which evidence, and whether all is well."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from secondsight.records import Call
from secondsight.serve.access import cameras as cameras_access
from secondsight.serve.access import health as health_access
from secondsight.serve.access import learned, money
from secondsight.serve.access.cameras import CameraState
from secondsight.serve.access.health import SiteHealth
from secondsight.serve.access.money import Spending
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.console.page import Asked, PageRoute
from secondsight.store import Calibration, CallTotals, CameraFilter

router = APIRouter(route_class=PageRoute)
_DAY = 86400.0
_NEWEST_CALLS = 200


@dataclass(frozen=True, slots=True)
class MoneyView:
    """Attributes: days: that are looked at. sums: by what, and the sums. calls: newest first."""

    days: int
    total: CallTotals | None
    sums: dict[Literal["day", "camera", "kind"], list[CallTotals]]
    budgets: list[Spending]
    calls: list[Call]
    filters: list[CameraFilter]
    calibrations: list[Calibration]
    cameras: list[CameraState]
    health: SiteHealth | None

    @property
    def left(self) -> list[Call]:
        """Calls with which something left this machine."""
        return [call for call in self.calls if call.remote]


@router.get("/money")
def money_page(
    site: Served, person: Viewer, page: Asked, days: Annotated[int, Query(ge=1, le=3660)] = 30
) -> Response:
    """Everything of the last days."""
    since = site.clock.now() - days * _DAY
    total = money.costs(site, person, (), since, None)
    grouped: tuple[Literal["day", "camera", "kind"], ...] = ("day", "camera", "kind")
    view = MoneyView(
        days=days,
        total=total[0] if total else None,
        sums={by: money.costs(site, person, (by,), since, None) for by in grouped},
        budgets=money.budgets(site, person),
        calls=money.calls(site, person, since, None, _NEWEST_CALLS)[::-1],
        filters=learned.filters(site, person),
        calibrations=learned.calibrations(site, person),
        cameras=cameras_access.cameras(site, person),
        health=health_access.health(site, person),
    )
    return page.show("money.html", view, person)
