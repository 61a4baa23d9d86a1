"""What was learned: filters, which people approve and revoke; calibrations; and bundles, with the trainings that made
them. Bundles are shown to and changed by those alone who may administer: their evidence is told by camera.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from secondsight.cascade import approve_filter, revoke_filter
from secondsight.config import SiteConfig
from secondsight.errors import RefusedError
from secondsight.learn import (
    LEARN_INDEX,
    Bundle,
    HistoryEntry,
    LearnCatalogue,
    Training,
    TrainingOutlook,
    model_of,
    outlook,
    predecessor,
    trainings,
)
from secondsight.learn import promote as put_live
from secondsight.learn import rollback as put_back
from secondsight.records import Verification
from secondsight.serve.auth.rights import Principal, Right, UnknownError
from secondsight.serve.site import ServedSite
from secondsight.store import AuditEntry, Calibration, CameraFilter

_MOST_EVENTS = 20_000


@dataclass(frozen=True, slots=True)
class BundleEvents:
    """What came of the candidates that a bundle's looks gave.

    Attributes:
        events: of the days that are counted; confirmed, rejected: by people, or else by the brain.
    """

    bundle: str
    events: int
    confirmed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Learning:
    """What a site has learned.

    Attributes:
        before: the bundle that a rollback brings back; None where there is none.
        outlook: whether the next training is due; None where no site file is known.
    """

    bundles: tuple[Bundle, ...]
    history: tuple[HistoryEntry, ...]
    trainings: tuple[Training, ...]
    before: str | None
    outlook: TrainingOutlook | None


NOTHING = Learning((), (), (), None, None)


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


def learning(site: ServedSite, person: Principal) -> Learning:
    """All bundles, their history and the trainings; `NOTHING` where nothing was kept for learning yet."""
    person.need(Right.ADMINISTER)
    if not (site.data / LEARN_INDEX).is_file():
        return NOTHING
    with LearnCatalogue(site.data) as catalogue:
        before = predecessor(catalogue)
        return Learning(
            tuple(catalogue.bundles()),
            tuple(catalogue.history()),
            tuple(trainings(site.data)),
            None if before is None else before.name,
            None if site.config is None else outlook(catalogue, site.config, site.clock),
        )


def events_by_bundle(site: ServedSite, person: Principal, since: float) -> list[BundleEvents]:
    """How many events each bundle's looks gave since then, and what was said of them."""
    person.need(Right.ADMINISTER)
    counts: dict[str, Counter[str]] = {}
    for event in site.store.events.find(since=since, limit=_MOST_EVENTS):
        if event.bundle is None:
            continue
        said = event.truth if event.truth is not None else _by_brain(event.verification)
        counts.setdefault(event.bundle, Counter())[str(said)] += 1
    return [
        BundleEvents(name, found.total(), found["True"], found["False"])
        for name, found in sorted(counts.items())
    ]


def promote(site: ServedSite, person: Principal, name: str, reason: str) -> Bundle:
    """Put a bundle into production by hand, without a trial.

    Raises:
        RefusedError: there is no such bundle, it is in production already, or no site file is known.
        ModelError: its file is gone, or was changed.
    """
    person.need(Right.ADMINISTER)
    with _opened(site) as (catalogue, config):
        model_of(catalogue.bundle(name), site.data, config)
        bundle = put_live(catalogue, name, site.clock, reason=reason, by=person.name)
    _note(site, person, "bundle.promote", name, reason)
    return bundle


def rollback(site: ServedSite, person: Principal, reason: str) -> Bundle:
    """Put the bundle that was in production before back. Raises RefusedError where there is none."""
    person.need(Right.ADMINISTER)
    with _opened(site) as (catalogue, _):
        bundle = put_back(catalogue, site.clock, reason=reason, by=person.name)
    _note(site, person, "bundle.rollback", bundle.name, reason)
    return bundle


@contextmanager
def _opened(site: ServedSite) -> Iterator[tuple[LearnCatalogue, SiteConfig]]:
    if site.config is None:
        raise RefusedError("no site file is known; serve with --site")
    if not (site.data / LEARN_INDEX).is_file():
        raise RefusedError("nothing was kept for learning yet; switch `learn.enabled` on in the site file")
    with LearnCatalogue(site.data) as catalogue:
        yield catalogue, site.config


def _note(site: ServedSite, person: Principal, what: str, name: str, reason: str) -> None:
    site.store.audit.add(AuditEntry(person.name, what, name, {}, {"reason": reason}))


def _by_brain(verification: Verification) -> bool | None:
    return {Verification.CONFIRMED: True, Verification.REJECTED: False}.get(verification)
