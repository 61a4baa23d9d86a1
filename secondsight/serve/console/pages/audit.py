"""What people changed: who, when, what it was before and after."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from secondsight.serve.access import people as access
from secondsight.serve.auth.requests import Admin, Served
from secondsight.serve.console.page import Asked, PageRoute
from secondsight.store import AuditEntry

router = APIRouter(route_class=PageRoute)
_ON_ONE_PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditView:
    """Attributes: next: number to go on from; None on the last page."""

    entries: list[AuditEntry]
    next: int | None

    @staticmethod
    def words(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
        """What stood there, as text."""
        return [(key, _text(value)) for key, value in (values or {}).items()]


@router.get("/audit")
def audit(
    site: Served, person: Admin, page: Asked, before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None
) -> Response:
    """The log, newest first."""
    found = access.audit_log(site, person, before, _ON_ONE_PAGE)
    next = found[-1].number if len(found) == _ON_ONE_PAGE else None
    return page.show("audit.html", AuditView(found, next), person)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
