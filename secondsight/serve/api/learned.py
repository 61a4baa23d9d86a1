"""/filters, /calibrations: what was learned, and what people let hold."""

from typing import Annotated

from fastapi import APIRouter, Path

from secondsight.serve.access import learned as access
from secondsight.serve.api.forms.site import CalibrationOut, FilterOut, RevokeIn, ShadowOut
from secondsight.serve.auth.requests import Manager, Served, Viewer
from secondsight.store import CameraFilter

router = APIRouter(tags=["learned"])
FilterId = Annotated[str, Path(max_length=200)]


@router.get("/filters")
def filters(site: Served, person: Viewer) -> list[FilterOut]:
    """Filters, oldest first, ended ones too."""
    return [_form(one) for one in access.filters(site, person)]


@router.get("/filters/{id}")
def show(site: Served, person: Viewer, id: FilterId) -> FilterOut:
    """One filter."""
    return _form(access.get_filter(site, person, id))


@router.post("/filters/{id}/approve")
def approve(site: Served, person: Manager, id: FilterId) -> FilterOut:
    """Let a proposed or expired filter hold, after one more test in shadow."""
    return _form(access.approve(site, person, id))


@router.post("/filters/{id}/revoke")
def revoke(site: Served, person: Manager, id: FilterId, why: RevokeIn | None = None) -> FilterOut:
    """End a filter for good; a run that goes on obeys at once."""
    return _form(access.revoke(site, person, id, (why or RevokeIn()).note))


@router.get("/calibrations")
def calibrations(site: Served, person: Viewer) -> list[CalibrationOut]:
    """The newest calibration of each kind, model and source."""
    return [CalibrationOut.model_validate(one) for one in access.calibrations(site, person)]


def _form(one: CameraFilter) -> FilterOut:
    return FilterOut(
        id=one.id,
        camera=one.camera,
        kind=one.kind,
        state=one.state,
        box=list(one.seen.box),
        evidence=list(one.evidence),
        shadow=ShadowOut.model_validate(one.shadow),
        hits=one.hits,
        created_at=one.created_at,
        expires_at=one.expires_at,
        ended_at=one.ended_at,
        note=one.note,
    )
