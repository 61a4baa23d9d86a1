"""The durable queue of cases: leased to one worker at a time, settled exactly once, never forgotten.

    recording --attach_clip--> queued --lease--> leased --settle--> settled
                                  ^                |
                                  +---- release ---+

`expire` settles what is past its deadline from any state, except under a lease that still runs.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, literal_column, or_, select, update

from secondsight.log import redact
from secondsight.records import Case, CaseState, Verdict, Verification
from secondsight.store import rows
from secondsight.store.schema import candidates, cases, events, verdicts

# Written out, not bound: only then do planners see that the index of open cases serves the query.
_OPEN = cases.c.state != literal_column("'settled'")
_ALERTS = {Verification.CONFIRMED: True, Verification.UNSURE: True, Verification.REJECTED: False}
"""Verdicts that decide whether people are told; without one the rule's policy does."""
_NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}


def lease(connection: Connection, now: float, worker: str, seconds: float) -> Case | None:
    """The best free case, now the worker's; None when there is none."""
    waiting = and_(
        cases.c.state == CaseState.QUEUED, or_(cases.c.not_before.is_(None), cases.c.not_before <= now)
    )
    id = connection.execute(
        select(cases.c.id)
        .where(_OPEN, or_(waiting, _abandoned(now)), or_(cases.c.deadline.is_(None), cases.c.deadline > now))
        .order_by(cases.c.priority.desc(), cases.c.triggered.desc(), cases.c.id.desc())
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()
    if id is None:
        return None
    connection.execute(
        update(cases)
        .where(cases.c.id == id)
        .values(
            state=CaseState.LEASED,
            attempts=cases.c.attempts + 1,
            lease_owner=worker,
            lease_until=now + seconds,
            not_before=None,
        )
    )
    return get(connection, id)


def _abandoned(now: float) -> ColumnElement[bool]:
    return and_(cases.c.state == CaseState.LEASED, cases.c.lease_until <= now)


def renew(connection: Connection, now: float, id: str, worker: str, seconds: float) -> bool:
    done = connection.execute(update(cases).where(*_held(id, worker)).values(lease_until=now + seconds))
    return bool(done.rowcount)


def release(
    connection: Connection, id: str, not_before: float | None, error: str | None, worker: str | None
) -> bool:
    held = [cases.c.id == id, cases.c.state == CaseState.LEASED] if worker is None else _held(id, worker)
    changes: dict[str, Any] = {"state": CaseState.QUEUED, "not_before": rows.number(not_before), **_NO_LEASE}
    if error is None:
        # Handed back unopened, as by a worker that is told to stop: that was no attempt.
        changes["attempts"] = cases.c.attempts - 1
    else:
        changes["error"] = redact(error)
    return bool(connection.execute(update(cases).where(*held).values(changes)).rowcount)


def _held(id: str, worker: str) -> list[ColumnElement[bool]]:
    return [cases.c.id == id, cases.c.state == CaseState.LEASED, cases.c.lease_owner == worker]


def settle(
    connection: Connection,
    now: float,
    id: str,
    verification: Verification,
    verdict: Verdict | None,
    note: str | None,
    worker: str | None,
) -> bool:
    """End a case. False, with case and event as they were, unless it is `worker`'s (or nobody's)."""
    case = connection.execute(
        select(cases.c.state, cases.c.lease_owner, cases.c.lease_until)
        .where(cases.c.id == id)
        .with_for_update()
    ).one_or_none()
    if case is None:
        return False
    if worker is not None:
        mine = bool(case.state == CaseState.LEASED and case.lease_owner == worker)
    else:
        abandoned = case.state == CaseState.LEASED and case.lease_until <= now
        mine = bool(abandoned or case.state in (CaseState.RECORDING, CaseState.QUEUED))
    # A verdict that came too late is kept all the same: it was paid for.
    verdict_id = None if verdict is None else _add_verdict(connection, now, id, verdict, worker)
    if mine:
        connection.execute(update(cases).where(cases.c.id == id).values(_settled(now)))
        _settle_events(connection, now, [id], verification, note, verdict_id)
    return mine


def _add_verdict(connection: Connection, now: float, id: str, verdict: Verdict, worker: str | None) -> int:
    values = rows.verdict_values(id, worker, verdict, now)
    same = [verdicts.c[name] == values[name] for name in ("case_id", "worker", "latency", "summary")]
    known: int | None = connection.execute(select(verdicts.c.id).where(*same)).scalar()
    if known is not None:  # the same call again, since its first answer was lost
        return known
    key = connection.execute(verdicts.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _settled(now: float) -> dict[str, Any]:
    return {"state": CaseState.SETTLED, "settled_at": now, "not_before": None, **_NO_LEASE}


def _settle_events(
    connection: Connection,
    now: float,
    ids: Sequence[str],
    verification: Verification,
    note: str | None,
    verdict_id: int | None = None,
) -> None:
    found = connection.execute(
        select(events.c.id, events.c.note, candidates.c.alert_without_brain)
        .join_from(events, candidates, candidates.c.id == events.c.id)
        .where(events.c.id.in_(ids))
    ).all()
    if not found:
        return
    connection.execute(
        update(events)
        .where(events.c.id == bindparam("event"))
        .values(
            verification=verification,
            settled=True,
            settled_at=now,
            verdict_id=verdict_id,
            alert=bindparam("new_alert"),
            note=bindparam("new_note"),
        ),
        [
            {
                "event": row.id,
                "new_alert": _ALERTS.get(verification, row.alert_without_brain),
                "new_note": rows.joined(row.note, note),
            }
            for row in found
        ],
    )


def expire(connection: Connection, now: float, note: str) -> list[str]:
    """Settle as expired up to `rows.CHUNK` cases past their deadline that nobody works on; their ids."""
    free = or_(cases.c.state.in_([CaseState.RECORDING, CaseState.QUEUED]), _abandoned(now))
    due = (
        select(cases.c.id)
        .where(_OPEN, free, cases.c.deadline <= now)
        .order_by(cases.c.deadline, cases.c.id)
        .limit(rows.CHUNK)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(due).scalars())
    if ids:
        connection.execute(update(cases).where(cases.c.id.in_(ids)).values(_settled(now)))
        _settle_events(connection, now, ids, Verification.EXPIRED, note)
    return ids


def requeue_leased(connection: Connection, workers: str) -> list[str]:
    """Take every case from workers whose name begins with `workers`; their ids."""
    gone = and_(
        _OPEN,
        cases.c.state == CaseState.LEASED,
        cases.c.lease_owner.startswith(workers, autoescape=True),
    )
    ids = list(
        connection.execute(select(cases.c.id).where(gone).order_by(cases.c.id).with_for_update()).scalars()
    )
    for some in rows.chunks(ids):
        connection.execute(
            update(cases).where(cases.c.id.in_(some)).values(state=CaseState.QUEUED, **_NO_LEASE)
        )
    return ids


def get(connection: Connection, id: str) -> Case | None:
    row = connection.execute(rows.select_cases().where(cases.c.id == id)).mappings().one_or_none()
    return None if row is None else rows.to_case(row)


def find(connection: Connection, state: CaseState | None, limit: int | None) -> list[Case]:
    """Cases oldest first, of one state or of all."""
    wanted = rows.select_cases().order_by(cases.c.triggered, cases.c.id).limit(limit)
    if state is not None:
        wanted = wanted.where(cases.c.state == state)
    if state not in (None, CaseState.SETTLED):
        wanted = wanted.where(_OPEN)
    return [rows.to_case(row) for row in connection.execute(wanted).mappings()]


def counts(connection: Connection) -> dict[CaseState, int]:
    """Number of cases in each state, every state present."""
    found = connection.execute(select(cases.c.state, func.count()).where(_OPEN).group_by(cases.c.state)).all()
    total = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    counted = dict.fromkeys(CaseState, 0) | {CaseState(state): count for state, count in found}
    counted[CaseState.SETTLED] = total - sum(counted.values())
    return counted
