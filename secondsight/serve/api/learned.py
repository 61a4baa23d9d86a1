"""/filters, /calibrations, /learning, /bundles: what was learned, and what people let hold."""

from typing import Annotated

from fastapi import APIRouter, Path

from secondsight.learn import Training
from secondsight.serve.access import learned as access
from secondsight.serve.api.forms.learning import (
    BundleOut,
    HistoryOut,
    LearningOut,
    PromoteIn,
    RollbackIn,
    TrainingOut,
)
from secondsight.serve.api.forms.site import CalibrationOut, FilterOut, RevokeIn, ShadowOut
from secondsight.serve.auth.requests import Admin, Manager, Served, Viewer
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


@router.get("/learning")
def learning(site: Served, person: Admin) -> LearningOut:
    """Bundles, their history and the trainings, oldest first; and whether the next training is due."""
    found = access.learning(site, person)
    ahead = found.outlook
    return LearningOut(
        bundles=[BundleOut.model_validate(one) for one in found.bundles],
        history=[HistoryOut.model_validate(one) for one in found.history],
        trainings=[_training(one) for one in found.trainings],
        due=None if ahead is None or ahead.reason is None else ahead.reason.text,
        waiting=[] if ahead is None else list(ahead.waiting),
    )


@router.post("/bundles/promote")
def promote(site: Served, person: Admin, wanted: PromoteIn) -> BundleOut:
    """Put a bundle into production by hand, without a trial; a site that runs takes it up within half a minute."""
    return BundleOut.model_validate(access.promote(site, person, wanted.bundle, wanted.reason))


@router.post("/bundles/rollback")
def rollback(site: Served, person: Admin, wanted: RollbackIn) -> BundleOut:
    """Put the bundle that was in production before back; the answer is that bundle."""
    return BundleOut.model_validate(access.rollback(site, person, wanted.reason))


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


def _training(one: Training) -> TrainingOut:
    return TrainingOut(
        name=one.spec.name,
        parent=one.spec.parent,
        dataset=one.spec.dataset,
        state=one.status.state,
        alive=one.alive,
        step=one.status.step,
        steps=one.spec.steps,
        cause=one.spec.cause,
        reason=one.spec.reason,
        problem=one.status.problem,
    )
