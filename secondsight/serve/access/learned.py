"""What was learned from verdicts and feedback: filters, which people approve and revoke, and calibrations."""

from secondsight.cascade import approve_filter, revoke_filter
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import Calibration, CameraFilter


def filters(site: ServedSite, person: Principal) -> list[CameraFilter]:
    """Filters of cameras that the person may see, oldest first, ended ones too."""
    person.need(Right.VIEW)
    return [one for one in site.store.filters.find() if person.sees(one.camera)]


def get_filter(site: ServedSite, person: Principal, id: str) -> CameraFilter:
    """One filter. Raises UnknownError."""
    person.need(Right.VIEW)
    found = site.store.filters.get(id)
    if found is None or not person.sees(found.camera):
        raise UnknownError("there is no such filter")
    return found


def approve(site: ServedSite, person: Principal, id: str) -> CameraFilter:
    """Let a filter hold. Raises UnknownError, ForbiddenError, RefusedError."""
    person.need(Right.MANAGE)
    get_filter(site, person, id)
    return approve_filter(site.store, id, person.name)


def revoke(site: ServedSite, person: Principal, id: str, note: str) -> CameraFilter:
    """End a filter for good. Raises UnknownError, ForbiddenError, RefusedError."""
    person.need(Right.MANAGE)
    get_filter(site, person, id)
    return revoke_filter(site.store, id, person.name, note)


def calibrations(site: ServedSite, person: Principal) -> list[Calibration]:
    """The newest calibration of each kind, model and source; they belong to no camera."""
    person.need(Right.VIEW)
    return site.store.calibrations.all_newest()
