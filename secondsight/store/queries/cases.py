"""The durable queue of cases: leased to one worker at a time, settled exactly once, never forgotten.

    recording --attach_clip--> queued --lease--> leased --settle--> settled
                                  ^                |
                                  +---- release ---+

`expire` settles what is past its deadline from any state, except under a lease that still runs.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from secondsight.log import redact
from secondsight.records import Case, CaseState, Verdict, Verification
from secondsight.store.database import mapping
from secondsight.store.database.schema import candidates, cases, events, verdicts
from secondsight.store.queries import case_queue, filters
from secondsight.store.values import LeaseTerms

_ALERTS = {Verification.CONFIRMED: True, Verification.UNSURE: True, Verification.REJECTED: False}
"""Verdicts that decide whether people are told; without one the rule's policy does."""


def lease(connection: Connection, now: float, worker: str, seconds: float, terms: LeaseTerms) -> Case | None:
    """The case whose turn it is, now the worker's; None when there is none."""
    id = case_queue.lease(connection, now, worker, seconds, terms)
    return None if id is None else get(connection, id)


def release(
    connection: Connection, id: str, not_before: float | None, error: str | None, worker: str | None
) -> bool:
    held = [cases.c.id == id, cases.c.state == CaseState.LEASED] if worker is None else _held(id, worker)
    changes: dict[str, Any] = {
        "state": CaseState.QUEUED,
        "not_before": mapping.number(not_before),
        **case_queue.NO_LEASE,
    }
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
    if verdict is not None:
        filters.judged(connection, now, id, verdict.verification, verdict.usage.calls > 0)
    return mine


def _add_verdict(connection: Connection, now: float, id: str, verdict: Verdict, worker: str | None) -> int:
    values = mapping.verdict_values(id, worker, verdict, now)
    same = [verdicts.c[name] == values[name] for name in ("case_id", "worker", "latency", "summary")]
    known: int | None = connection.execute(select(verdicts.c.id).where(*same)).scalar()
    if known is not None:  # the same call again, since its first answer was lost
        return known
    key = connection.execute(verdicts.insert().values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def _settled(now: float) -> dict[str, Any]:
    no_lease = {"lease_owner": None, "lease_until": None}
    return {"state": CaseState.SETTLED, "settled_at": now, "not_before": None, **no_lease}


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
                "new_note": mapping.joined(row.note, note),
            }
            for row in found
        ],
    )


def alert_waiting(connection: Connection, note: str) -> list[str]:
    """Alert people to the events of waiting cases whose policy wants that without a verdict; their ids."""
    mute = (
        select(cases.c.id)
        .join_from(cases, events, events.c.id == cases.c.id)
        .join(candidates, candidates.c.id == cases.c.id)
        .where(case_queue.OPEN, cases.c.state == CaseState.QUEUED)
        .where(events.c.alert.is_(False), candidates.c.alert_without_brain.is_(True))
    )
    ids = list(connection.execute(mute.order_by(cases.c.id).limit(mapping.CHUNK)).scalars())
    if ids:
        changes = {"alert": True, "note": func.coalesce(events.c.note + "; ", "") + note}
        connection.execute(update(events).where(events.c.id.in_(ids)).values(changes))
    return ids


def expire(connection: Connection, now: float, note: str) -> list[str]:
    """Settle as expired up to `rows.CHUNK` cases past their deadline that nobody works on; their ids."""
    free = or_(cases.c.state.in_([CaseState.RECORDING, CaseState.QUEUED]), case_queue.abandoned(now))
    due = (
        select(cases.c.id)
        .where(case_queue.OPEN, free, cases.c.deadline <= now)
        .order_by(cases.c.deadline, cases.c.id)
        .limit(mapping.CHUNK)
        .with_for_update(skip_locked=True)
    )
    return _end(connection, now, list(connection.execute(due).scalars()), note)


def let_go(connection: Connection, now: float, rate: float, terms: LeaseTerms, note: str) -> list[str]:
    """Settle as expired up to `rows.CHUNK` cases whose turn does not come in time; their ids."""
    return _end(connection, now, case_queue.hopeless(connection, now, rate, terms), note)


def _end(connection: Connection, now: float, ids: list[str], note: str) -> list[str]:
    if ids:
        ended = {**_settled(now), "merged_into": None}
        connection.execute(update(cases).where(cases.c.id.in_(ids)).values(ended))
        _settle_events(connection, now, ids, Verification.EXPIRED, note)
    return ids


def requeue_leased(connection: Connection, workers: str) -> list[str]:
    """Take every case from workers whose name begins with `workers`; their ids."""
    gone = and_(
        case_queue.OPEN,
        cases.c.state == CaseState.LEASED,
        cases.c.lease_owner.startswith(workers, autoescape=True),
    )
    ids = list(
        connection.execute(select(cases.c.id).where(gone).order_by(cases.c.id).with_for_update()).scalars()
    )
    for some in mapping.chunks(ids):
        connection.execute(
            update(cases).where(cases.c.id.in_(some)).values(state=CaseState.QUEUED, **case_queue.NO_LEASE)
        )
    return ids


def get(connection: Connection, id: str) -> Case | None:
    row = connection.execute(mapping.select_cases().where(cases.c.id == id)).mappings().one_or_none()
    return None if row is None else mapping.to_case(row)


def find(connection: Connection, state: CaseState | None, limit: int | None) -> list[Case]:
    """Cases oldest first, of one state or of all."""
    wanted = mapping.select_cases().order_by(cases.c.triggered, cases.c.id).limit(limit)
    if state is not None:
        wanted = wanted.where(cases.c.state == state)
    if state not in (None, CaseState.SETTLED):
        wanted = wanted.where(case_queue.OPEN)
    return [mapping.to_case(row) for row in connection.execute(wanted).mappings()]


def counts(connection: Connection) -> dict[CaseState, int]:
    """Number of cases in each state, every state present."""
    found = connection.execute(
        select(cases.c.state, func.count()).where(case_queue.OPEN).group_by(cases.c.state)
    ).all()
    total = connection.execute(select(func.count()).select_from(cases)).scalar_one()
    counted = dict.fromkeys(CaseState, 0) | {CaseState(state): count for state, count in found}
    counted[CaseState.SETTLED] = total - sum(counted.values())
    return counted
