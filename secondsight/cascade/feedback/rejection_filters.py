"""Learned rejection: what the brain keeps rejecting on one camera is not asked about for ever.

    rejected again and again --propose, test in shadow--> proposed --approve--> active --audits--> active ...
                                       |                                          |
                                    refused                             expired, revoked

A filter knows a camera, a kind, a place and an appearance. It is made from cases that the brain reviewed and
rejected, and tried on every settled case of its camera and kind: one that was confirmed, unsure or true by feedback
refuses it. While it is active, a share of what it matches goes to the brain all the same, drawn by case and seed, so
that a run can be repeated; the probability is stored with the decision. A rejection renews the filter, a confirmation
ends it in the same transaction. It works on cases that have their key frames, never on frames.
"""

import hashlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from secondsight.cascade.feedback.appearance import appearance, comparable, mean, same_appearance
from secondsight.config import FilterSettings
from secondsight.log import fields
from secondsight.records import Action, Candidate, Case, KeyFrame, PolicyDecision, Verification, iou
from secondsight.store import Appearance, CameraFilter, FilterState, Screening, SeenCase, Shadow

_log = logging.getLogger(__name__)


class FilterStore(Protocol):
    """What filters need of the store."""

    def propose(self, proposed: CameraFilter, rivals: Sequence[str]) -> bool: ...
    def find(self, camera: str | None = None, kind: str | None = None) -> list[CameraFilter]: ...
    def active(self, camera: str, kind: str) -> list[CameraFilter]: ...
    def revoke(self, id: str, note: str) -> bool: ...
    def seen_cases(
        self, camera: str, kind: str, since: float | None = None, until: float | None = None
    ) -> list[SeenCase]: ...


class CameraFilters:
    """The filters of one site. Safe in any thread.

    Args:
        data: folder that the key frames' paths begin in.
        seed: of the audits.
    """

    def __init__(self, store: FilterStore, settings: FilterSettings, data: Path, seed: int = 0) -> None:
        self._store, self._settings, self._data, self._seed = store, settings, data, seed
        self._proposing = threading.Lock()

    def screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        """What the filters say of a case that has just got its key frames; None where it has no appearance.

        Raises:
            StoreError: try again.
        """
        if decision.action is not Action.REVIEW:
            return None
        seen = appearance(self._data, candidate, key_frames)
        if seen is None or self._settings.mode == "off":
            return None if seen is None else Screening(seen)
        settings = self._settings
        for filter in self._store.active(candidate.camera, candidate.kind):
            if same_appearance(filter.seen, seen, filter.overlap, filter.radius):
                audited = _draw(self._seed, candidate.id) < settings.audit
                probability = settings.audit if audited else 1.0 - settings.audit
                return Screening(seen, filter.id, not audited, probability)
        return Screening(seen)

    def on_settled(self, case: Case, verification: Verification) -> None:
        """The brain has given a verdict: a rejection may lead to a filter, a confirmation ends those that match it.

        Raises:
            StoreError: nothing was learned; the next rejection leads to the same filter.
        """
        if self._settings.mode == "off":
            return
        if verification is Verification.CONFIRMED:
            self._disprove(case)
        elif verification is Verification.REJECTED:
            with self._proposing:
                self._propose(case)

    def _propose(self, case: Case) -> None:
        camera, kind, when = case.candidate.camera, case.candidate.kind, case.candidate.triggered
        known, within = self._store.find(camera, kind), self._settings.within
        near = self._store.seen_cases(camera, kind, when - within, when + within)
        draft = propose(case.id, near, known, camera, kind, self._settings)
        if draft is None:
            return
        # All settled cases are read only for a filter that may be proposed, not for every rejection.
        tried = try_in_shadow(draft, self._store.seen_cases(camera, kind))
        if self._store.propose(tried, [one.id for one in known]):
            extra = fields(camera=camera, filter=tried.id, cases=len(tried.evidence))
            _log.info(f"filter {tried.state.value}", extra=extra)

    def _disprove(self, case: Case) -> None:
        """A case that was queued before a filter held is confirmed now: the filter would have held it back."""
        candidate = case.candidate
        active = self._store.active(candidate.camera, candidate.kind)
        seen = appearance(self._data, candidate, case.key_frames) if active else None
        for filter in active:
            if seen is not None and same_appearance(filter.seen, seen, filter.overlap, filter.radius):
                self._store.revoke(filter.id, f"{case.id}: confirmed by the brain")


def propose(
    newest: str,
    cases: Sequence[SeenCase],
    known: Sequence[CameraFilter],
    camera: str,
    kind: str,
    settings: FilterSettings,
) -> CameraFilter | None:
    """The filter that a rejection leads to, not yet tried; None when the brain has not rejected enough of the like.

    Args:
        newest: id of the case that was just rejected.
        cases: the settled cases of the camera and kind about the time of that one.
        known: filters of the camera and kind. Where one waits, holds, or was refused or revoked by anybody, there is
            no other; an expired one may be learned again.
    """
    this = next((case for case in cases if case.id == newest), None)
    if this is None or not _counts(this):
        return None
    like = [
        case
        for case in cases
        if _counts(case) and same_appearance(case.seen, this.seen, settings.overlap, settings.radius)
    ]
    if len(like) < settings.cases:
        return None
    seen = mean([case.seen for case in like])
    closed = [filter for filter in known if filter.state is not FilterState.EXPIRED]
    if any(_maybe_same(filter.seen, seen, settings.overlap, settings.radius) for filter in closed):
        return None
    evidence = tuple(case.id for case in like)
    name = hashlib.blake2b("\0".join(evidence).encode(), digest_size=3).hexdigest()
    waiting = FilterState.ACTIVE if settings.mode == "auto" else FilterState.PROPOSED
    return CameraFilter(
        id=f"{camera}-{kind}-{name}",
        camera=camera,
        kind=kind,
        state=waiting,
        seen=seen,
        overlap=settings.overlap,
        radius=settings.radius,
        evidence=evidence,
        shadow=Shadow(),
        life=settings.lifetime,
        created_at=0.0,
        expires_at=0.0,
    )


def try_in_shadow(filter: CameraFilter, cases: Sequence[SeenCase]) -> CameraFilter:
    """The filter after its test in shadow on settled cases; refused if it would have held back anything true."""
    matched = [case for case in cases if _maybe_same(filter.seen, case.seen, filter.overlap, filter.radius)]
    shadow = Shadow(
        tested=len(cases),
        matched=len(matched),
        confirmed=sum(case.verification is Verification.CONFIRMED for case in matched),
        unsure=sum(case.verification is Verification.UNSURE for case in matched),
        true=sum(case.truth is True for case in matched),
    )
    if shadow.harmless:
        return replace(filter, shadow=shadow)
    note = "would have held back what was confirmed, unsure or true"
    return replace(filter, shadow=shadow, state=FilterState.REFUSED, note=note)


def _maybe_same(a: Appearance, b: Appearance, least_overlap: float, radius: float) -> bool:
    """Whether two may look the same: an appearance of an earlier version might be anything that is in its place."""
    if comparable(a, b):
        return same_appearance(a, b, least_overlap, radius)
    return iou(a.box, b.box) >= least_overlap


def _counts(case: SeenCase) -> bool:
    """Whether the brain itself was asked about a case, and rejected it, and nobody says that it was true."""
    return case.verification is Verification.REJECTED and case.calls > 0 and case.truth is not True


def _draw(seed: int, id: str) -> float:
    """A number in [0, 1) that a case always draws with the same seed."""
    digest = hashlib.blake2b(id.encode(), digest_size=8, key=seed.to_bytes(8, "little", signed=True))
    return int.from_bytes(digest.digest(), "little") / 2**64
