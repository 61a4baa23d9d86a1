"""/cases: what waits for a verdict, and every verdict there was."""

from typing import Annotated

from fastapi import APIRouter, Path

from secondsight.records import Case, CaseState
from secondsight.serve.access import cases as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.events import CaseOut, CasePageOut, DecisionOut, VerdictOut
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.serve.cursors import read_cursor, write_cursor

router = APIRouter(prefix="/cases", tags=["cases"])
CaseId = Annotated[str, Path(max_length=200)]


@router.get("")
def find(
    site: Served,
    person: Viewer,
    camera: common.Names,
    state: CaseState | None = None,
    cursor: common.Cursor = None,
    limit: common.Limit = 50,
) -> CasePageOut:
    """Cases, newest first."""
    after = read_cursor(cursor)
    found = access.find_cases(site, person, cameras=tuple(camera), state=state, after=after, limit=limit + 1)
    shown = found[:limit]
    place = (shown[-1].candidate.triggered, shown[-1].id) if len(found) > limit else None
    return CasePageOut(cases=[_form(case) for case in shown], next=write_cursor(place))


@router.get("/{id}")
def show(site: Served, person: Viewer, id: CaseId) -> CaseOut:
    """One case."""
    return _form(access.get_case(site, person, id))


@router.get("/{id}/verdicts")
def verdicts(site: Served, person: Viewer, id: CaseId) -> list[VerdictOut]:
    """Every verdict on it in the order in which they came, also those that came too late to count."""
    return [VerdictOut.model_validate(verdict) for verdict in access.verdicts_on(site, person, id)]


def _form(case: Case) -> CaseOut:
    suspected = case.candidate
    return CaseOut(
        id=case.id,
        camera=suspected.camera,
        kind=suspected.kind,
        rule=suspected.rule,
        triggered=suspected.triggered,
        score=suspected.score,
        scores=dict(suspected.scores),
        state=case.state,
        attempts=case.attempts,
        error=case.error,
        merged_into=case.merged_into,
        decision=DecisionOut.model_validate(case.decision),
    )
