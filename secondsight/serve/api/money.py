"""/budgets, /costs, /calls: what the brain may cost, has cost, and what left the site."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from secondsight.clock import iso
from secondsight.serve.access import money as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.site import BudgetOut, CallOut, CostOut, SpentOut
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.store import CallTotals

router = APIRouter(tags=["money"])


class SumKey(StrEnum):
    """What sums may be split by."""

    CAMERA = "camera"
    KIND = "kind"
    HOUR = "hour"
    DAY = "day"
    PURPOSE = "purpose"
    BACKEND = "backend"
    OUTCOME = "outcome"
    DESTINATION = "destination"
    REMOTE = "remote"
    EGRESS = "egress"


@router.get("/budgets")
def budgets(site: Served, person: Viewer) -> list[BudgetOut]:
    """Budgets, and what was spent of them; empty where the site file is not known."""
    return [
        BudgetOut(
            scope=one.scope, name=one.name, limits=one.limits, hour=_spent(one.hour), day=_spent(one.day)
        )
        for one in access.budgets(site, person)
    ]


@router.get("/costs")
def costs(
    site: Served,
    person: Viewer,
    by: Annotated[list[SumKey], Query(default_factory=list, max_length=4)],
    since: common.Since = None,
    until: common.Until = None,
) -> list[CostOut]:
    """Sums over the ledger, one for each combination of `by`; one in all without."""
    keys = [key.value for key in dict.fromkeys(by)]
    found = access.costs(site, person, keys, common.seconds_of(since), common.seconds_of(until))
    return [_sum(keys, one) for one in found]


@router.get("/calls")
def calls(
    site: Served,
    person: Viewer,
    since: common.Since = None,
    until: common.Until = None,
    limit: common.Limit = 50,
) -> list[CallOut]:
    """The newest calls of large models in that time, oldest first."""
    found = access.calls(site, person, common.seconds_of(since), common.seconds_of(until), limit)
    return [CallOut.model_validate(call) for call in found]


def _sum(keys: list[str], one: CallTotals) -> CostOut:
    by = {
        name: iso(float(value)) if name in (SumKey.HOUR, SumKey.DAY) else value
        for name, value in zip(keys, one.key, strict=True)
    }
    return CostOut(
        by={name: value if isinstance(value, bool) else str(value) for name, value in by.items()},
        calls=one.calls,
        cases=one.cases,
        unanswered=one.unanswered,
        tokens_in=one.tokens_in,
        tokens_out=one.tokens_out,
        seconds=one.seconds,
        money=one.money,
        unpriced=one.unpriced,
    )


def _spent(totals: CallTotals | None) -> SpentOut:
    if totals is None:
        return SpentOut(calls=0, tokens=0, money=0.0)
    tokens = totals.tokens_in + totals.tokens_out
    return SpentOut(calls=totals.calls, tokens=tokens, money=totals.money)
