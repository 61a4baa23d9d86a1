"""Filters of cameras: proposed once, ended at once, and applied in the very transaction that would queue a case.

So a case is never held back by a filter that had been revoked before, and a verdict that disproves a filter ends it
together with its own event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select, update

from secondsight.clock import Clock
from secondsight.records import Box, CaseState, Verification
from secondsight.store.database.database import Database
from secondsight.store.database.mapping import TRUTH, joined
from secondsight.store.database.schema import candidates, cases, events, filters, verdicts
from secondsight.store.values import Appearance, CameraFilter, FilterState, Screening, SeenCase, Shadow


class Filters:
    """Filters of cameras. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def propose(self, proposed: CameraFilter, rivals: Sequence[str]) -> bool:
        """Store a filter; False if it is known, or one of its camera and kind came that is none of `rivals`."""
        now = self._clock.now()
        return self._database.write(lambda c: _propose(c, now, proposed, rivals))

    def get(self, id: str) -> CameraFilter | None:
        """One filter by its id."""
        found = self._read(self._clock.now(), filters.c.id == id)
        return found[0] if found else None

    def find(self, camera: str | None = None, kind: str | None = None) -> list[CameraFilter]:
        """Filters in the order in which they were proposed, ended ones too."""
        wanted = []
        if camera is not None:
            wanted.append(filters.c.camera == camera)
        if kind is not None:
            wanted.append(filters.c.kind == kind)
        return self._read(self._clock.now(), *wanted)

    def active(self, camera: str, kind: str) -> list[CameraFilter]:
        """The filters of a camera and kind that hold now."""
        now = self._clock.now()
        return self._read(now, filters.c.camera == camera, filters.c.kind == kind, _holds(now))

    def approve(self, id: str, shadow: Shadow) -> bool:
        """Let a proposed or expired filter hold from now on; False for any other. `shadow`: its newest test."""
        now = self._clock.now()
        waiting = or_(
            filters.c.state == FilterState.PROPOSED,
            and_(filters.c.state == FilterState.ACTIVE, filters.c.expires_at <= now),
        )
        approved = (
            update(filters)
            .where(filters.c.id == id, waiting)
            .values(state=FilterState.ACTIVE, expires_at=now + filters.c.life, shadow=asdict(shadow))
        )
        return self._database.write(lambda c: bool(c.execute(approved).rowcount))

    def revoke(self, id: str, note: str) -> bool:
        """End a filter for good, at once; False if it has ended already or is unknown."""
        now = self._clock.now()
        return self._database.write(lambda c: _revoke(c, now, id, note))

    def seen_cases(
        self, camera: str, kind: str, since: float | None = None, until: float | None = None
    ) -> list[SeenCase]:
        """Every settled case of a camera and kind whose look is known, triggered in [since, until], oldest first."""
        known = [cases.c.state == CaseState.SETTLED, cases.c.look.is_not(None)]
        if since is not None:
            known.append(cases.c.triggered >= since)
        if until is not None:
            known.append(cases.c.triggered <= until)
        wanted = (
            select(
                cases.c.id,
                cases.c.triggered,
                cases.c.look,
                cases.c.filter_id,
                events.c.verification,
                verdicts.c.calls,
                TRUTH,
            )
            .select_from(cases)
            .join(candidates, candidates.c.id == cases.c.id)
            .join(events, events.c.id == cases.c.id)
            .outerjoin(verdicts, verdicts.c.id == events.c.verdict_id)
            .where(candidates.c.camera == camera, candidates.c.kind == kind)
            .where(*known)
            .order_by(cases.c.triggered, cases.c.id)
        )

        def seen_cases(connection: Connection) -> list[SeenCase]:
            return [
                SeenCase(
                    id,
                    triggered,
                    _appearance(look["box"], look["vector"]),
                    Verification(verification),
                    calls or 0,
                    truth,
                    filter,
                )
                for id, triggered, look, filter, verification, calls, truth in connection.execute(wanted)
            ]

        return self._database.read(seen_cases)

    def _read(self, now: float, *wanted: ColumnElement[bool]) -> list[CameraFilter]:
        query = select(filters).where(*wanted).order_by(filters.c.created_at, filters.c.id)
        return self._database.read(lambda c: [_filter(row, now) for row in c.execute(query).mappings()])


def _propose(connection: Connection, now: float, proposed: CameraFilter, rivals: Sequence[str]) -> bool:
    same = and_(filters.c.camera == proposed.camera, filters.c.kind == proposed.kind)
    others = connection.execute(select(filters.c.id).where(same)).scalars()
    if set(others) - set(rivals):
        return False
    connection.execute(
        filters.insert().values(
            id=proposed.id,
            camera=proposed.camera,
            kind=proposed.kind,
            state=proposed.state,
            box=proposed.seen.box,
            look=proposed.seen.vector,
            overlap=proposed.overlap,
            radius=proposed.radius,
            evidence=proposed.evidence,
            shadow=asdict(proposed.shadow),
            hits=0,
            created_at=now,
            life=proposed.life,
            expires_at=now + proposed.life,
            ended_at=now if proposed.state is FilterState.REFUSED else None,
            note=proposed.note,
        )
    )
    return True


def _revoke(connection: Connection, now: float, id: str, note: str) -> bool:
    open_ones = filters.c.state.in_([FilterState.PROPOSED, FilterState.ACTIVE])
    done = connection.execute(
        update(filters)
        .where(filters.c.id == id, open_ones)
        .values(state=FilterState.REVOKED, ended_at=now, note=note)
    )
    return bool(done.rowcount)


def screen(connection: Connection, now: float, id: str, screening: Screening) -> bool:
    """Note what a queued case looks like and the filter that it matches, if that still holds; whether it is to be
    held back."""
    seen = {"box": screening.seen.box, "vector": screening.seen.vector}
    connection.execute(update(cases).where(cases.c.id == id).values(look=seen))
    queued = connection.execute(
        select(candidates.c.reason)
        .join_from(cases, candidates, candidates.c.id == cases.c.id)
        .where(cases.c.id == id, cases.c.state == CaseState.QUEUED)
    ).scalar()
    if screening.filter is None or queued is None:
        return False
    held = connection.execute(
        update(filters).where(filters.c.id == screening.filter, _holds(now)).values(hits=filters.c.hits + 1)
    )
    if not held.rowcount:
        return False
    what = "held back by" if screening.hold_back else "audit of"
    reason = joined(queued, f"{what} filter {screening.filter}")
    connection.execute(update(cases).where(cases.c.id == id).values(filter_id=screening.filter))
    connection.execute(
        update(candidates)
        .where(candidates.c.id == id)
        .values(reason=reason, probability=candidates.c.probability * screening.probability)
    )
    return screening.hold_back


def judged(connection: Connection, now: float, id: str, verification: Verification, own: bool) -> None:
    """A case has its verdict: one that a filter matched proves the filter, or ends it.

    Args:
        own: the brain was asked for this very case; only then a rejection proves anything.
    """
    if verification is Verification.CONFIRMED:
        disproved(connection, now, id, "confirmed by the brain")
    elif verification is Verification.REJECTED and own:
        matched = select(cases.c.filter_id).where(cases.c.id == id).scalar_subquery()
        connection.execute(
            update(filters)
            .where(filters.c.id == matched, _holds(now))
            .values(expires_at=now + filters.c.life)
        )


def disproved(connection: Connection, now: float, id: str, why: str) -> None:
    """End the filter that a case matched, if any."""
    matched = connection.execute(select(cases.c.filter_id).where(cases.c.id == id)).scalar()
    if matched is not None:
        _revoke(connection, now, matched, f"{id}: {why}")


def _holds(now: float) -> ColumnElement[bool]:
    return and_(filters.c.state == FilterState.ACTIVE, filters.c.expires_at > now)


def _appearance(box: Sequence[Any], vector: Sequence[Any]) -> Appearance:
    return Appearance(Box(*(float(side) for side in box)), tuple(float(number) for number in vector))


def _filter(row: RowMapping, now: float) -> CameraFilter:
    c = filters.c
    state = FilterState(row[c.state])
    if state in (FilterState.ACTIVE, FilterState.PROPOSED) and row[c.expires_at] <= now:
        state = FilterState.EXPIRED
    counted: Mapping[str, int] = row[c.shadow]
    return CameraFilter(
        id=row[c.id],
        camera=row[c.camera],
        kind=row[c.kind],
        state=state,
        seen=_appearance(row[c.box], row[c.look]),
        overlap=row[c.overlap],
        radius=row[c.radius],
        evidence=tuple(row[c.evidence]),
        shadow=Shadow(**counted),
        life=row[c.life],
        created_at=row[c.created_at],
        expires_at=row[c.expires_at],
        hits=row[c.hits],
        ended_at=row[c.ended_at],
        note=row[c.note],
    )
