"""Candidates and their events: opened, closed and recorded within a transaction of writes; read."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, Select, select, update

from secondsight.records import (
    Action,
    Candidate,
    CaseState,
    Clip,
    Event,
    KeyFrame,
    PolicyDecision,
    StepKind,
    Verification,
)
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, cases, clips, events
from secondsight.store.facts import presence
from secondsight.store.queries import steps
from secondsight.store.values import OpenResult, StoredCandidate


class Events:
    """Events, and the candidates they came from. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, id: str) -> Event | None:
        """One event by its id."""
        found = self._read(mapping.select_events().where(events.c.id == id))
        return found[0] if found else None

    def of(self, ids: Sequence[str]) -> dict[str, Event]:
        """Those of these events that there are, by their ids."""
        found: dict[str, Event] = {}
        for some in mapping.chunks(ids):
            found |= {
                event.id: event for event in self._read(mapping.select_events().where(events.c.id.in_(some)))
            }
        return found

    def ids_like(self, beginning: str, limit: int) -> list[str]:
        """Ids, newest first, that begin so, or whose last part does: `011a` is of `20261130T182337-011ab8de8bc2`."""
        wanted = select(events.c.id).order_by(events.c.id.desc()).limit(limit)
        fits = events.c.id.startswith(beginning, autoescape=True) | events.c.id.contains(
            f"-{beginning}", autoescape=True
        )
        return self._database.read(lambda c: list(c.execute(wanted.where(fits)).scalars()))

    def cameras(self) -> list[str]:
        """Names of all cameras that have events, however many events there are."""
        return self._distinct(candidates.c.camera)

    def kinds(self) -> list[str]:
        """All kinds of events that there are."""
        return self._distinct(candidates.c.kind)

    def _distinct(self, column: Column[str]) -> list[str]:
        """Values of an indexed column: from each to the next, not from row to row."""
        joined = select(column).join_from(candidates, events, events.c.id == candidates.c.id)
        first = joined.order_by(column).limit(1)

        def walk(connection: Connection) -> list[str]:
            found: list[str] = []
            value = connection.execute(first).scalar()
            while value is not None:
                found.append(value)
                value = connection.execute(first.where(column > value)).scalar()
            return found

        return self._database.read(walk)

    def find(
        self,
        *,
        camera: str | None = None,
        kind: str | None = None,
        verification: Verification | str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[Event]:
        """Events triggered in [since, until), newest last; at most `limit`, the newest."""
        wanted = _between(mapping.select_events(), since, until, limit)
        if camera is not None:
            wanted = wanted.where(candidates.c.camera == camera)
        if kind is not None:
            wanted = wanted.where(candidates.c.kind == kind)
        if verification is not None:
            wanted = wanted.where(events.c.verification == verification)
        return self._read(wanted)[::-1]

    def candidates(
        self,
        *,
        camera: str | None = None,
        rule: str | None = None,
        kind: str | None = None,
        action: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
    ) -> list[StoredCandidate]:
        """Candidates triggered in [since, until), the dropped ones too, newest last."""
        joined = candidates.outerjoin(events, events.c.id == candidates.c.id)
        both = select(candidates, events.c.verification, events.c.settled).select_from(joined)
        wanted = _between(both, since, until, limit)
        for column, value in (("camera", camera), ("rule", rule), ("kind", kind), ("action", action)):
            if value is not None:
                wanted = wanted.where(candidates.c[column] == value)
        return self._database.read(
            lambda c: [mapping.to_stored_candidate(row) for row in c.execute(wanted).mappings()]
        )[::-1]

    def unrecorded(self) -> list[Event]:
        """Events whose clip was never attached, reviewed and accepted ones alike, oldest first.

        A file that is replayed reports them again (`OpenResult.RESUME`); for a live camera the moment is gone:
        attach None with a note.
        """
        return self._read(mapping.select_events().where(events.c.attached_at.is_(None)).order_by(events.c.id))

    def _read(self, wanted: Select[Any]) -> list[Event]:
        return self._database.read(lambda c: [mapping.to_event(row) for row in c.execute(wanted).mappings()])


def _between(query: Select[Any], since: float | None, until: float | None, limit: int | None) -> Select[Any]:
    """Newest first, so that a limit keeps the newest; the caller turns the list round."""
    if since is not None:
        query = query.where(candidates.c.triggered >= since)
    if until is not None:
        query = query.where(candidates.c.triggered < until)
    return query.order_by(candidates.c.triggered.desc(), candidates.c.id.desc()).limit(limit)


def open_candidate(
    connection: Connection, now: float, candidate: Candidate, decision: PolicyDecision
) -> OpenResult:
    """Insert the candidate and, unless dropped, its event, and its case if it is to be reviewed."""
    values = mapping.candidate_values(candidate, decision, now)
    new = connection.execute(
        mapping.insert(connection, candidates).values(values).on_conflict_do_nothing(),
        execution_options={"preserve_rowcount": True},
    )
    if new.rowcount == 0:
        return _known(connection, candidate.id)
    presence.add_suspects(connection, candidate.id, candidate.tracks)
    if decision.action is Action.DROP:
        return OpenResult.NEW
    accepted = decision.action is Action.ACCEPT
    connection.execute(
        events.insert().values(
            id=candidate.id,
            verification=Verification.UNVERIFIED,
            settled=False,
            # Under review nobody is to be told yet; settling decides.
            alert=accepted,
        )
    )
    steps.add(connection, now, [candidate.id], StepKind.RAISED)
    if not accepted:
        connection.execute(
            cases.insert().values(
                id=candidate.id,
                state=CaseState.RECORDING,
                priority=decision.priority,
                value=float(decision.value),
                triggered=float(candidate.triggered),
                deadline=mapping.number(decision.deadline),
                attempts=0,
                created_at=now,
            )
        )
    return OpenResult.NEW


def _known(connection: Connection, id: str) -> OpenResult:
    row = connection.execute(select(events.c.attached_at).where(events.c.id == id)).one_or_none()
    return OpenResult.RESUME if row is not None and row.attached_at is None else OpenResult.KNOWN


def close_candidate(connection: Connection, now: float, candidate: Candidate) -> bool:
    """Note how it ended; what the policy saw stays as it was. False when the candidate is unknown."""
    steps.lock(connection, candidate.id)
    before = connection.execute(select(candidates.c.end).where(candidates.c.id == candidate.id)).one_or_none()
    if before is None:
        return False
    connection.execute(
        update(candidates)
        .where(candidates.c.id == candidate.id)
        .values(
            end=mapping.number(candidate.end),
            peak=float(candidate.peak),
            tracks=[str(track) for track in candidate.tracks],
            final_score=float(candidate.score),
            final_scores=candidate.scores,
            # Read after the candidate arose, such as a number plate.
            **({"attributes": candidate.attributes} if candidate.attributes else {}),
        )
    )
    presence.add_suspects(connection, candidate.id, candidate.tracks)
    if candidate.end is not None and before.end is None:
        steps.add(connection, now, [candidate.id], StepKind.ENDED)
    return True


def attach_clip(
    connection: Connection,
    now: float,
    id: str,
    clip: Clip | None,
    key_frames: Sequence[KeyFrame],
    note: str | None,
) -> bool:
    """Note that recording is over: queue the case, or settle the accepted event. False if that was noted
    before.

    A case that expired while it was recorded still gets its clip; its event stays as settled.
    """
    queued = connection.execute(
        update(cases)
        .where(cases.c.id == id, cases.c.state == CaseState.RECORDING)
        .values(state=CaseState.QUEUED)
    )
    event = connection.execute(
        select(events.c.attached_at, events.c.note, candidates.c.action)
        .join_from(events, candidates, candidates.c.id == events.c.id)
        .where(events.c.id == id)
        .with_for_update(of=events)
    ).one_or_none()
    if event is None or event.attached_at is not None:
        return bool(queued.rowcount)
    if clip is not None or key_frames:
        values = mapping.clip_values(id, clip, key_frames, now)
        connection.execute(mapping.insert(connection, clips).values(values).on_conflict_do_nothing())
    mine = update(events).where(events.c.id == id)
    connection.execute(mine.values(attached_at=now, note=mapping.joined(event.note, note)))
    steps.add(connection, now, [id], StepKind.RECORDED, note=note)
    if event.action == Action.ACCEPT:
        connection.execute(mine.values(settled=True, settled_at=now))
        steps.add(connection, now, [id], StepKind.VERIFIED)
    return True
