"""/learning, /bundles: what the site has learned, what is live, and changing that by hand."""

from fastapi import APIRouter

from secondsight.learn import Training
from secondsight.serve.access import learning as access
from secondsight.serve.api.forms.learning import (
    BundleOut,
    HistoryOut,
    LearningOut,
    PromoteIn,
    RollbackIn,
    TrainingOut,
)
from secondsight.serve.auth.requests import Admin, Served

router = APIRouter(tags=["learning"])


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
