"""Whose turn it is: the order of the queue, who may not be served now, and whose turn will not come in time.

    priority, then cameras that had no more than their share, then value x freshness, then the newest

Freshness is the share of the time up to the deadline that is left: 1 for a new case, 0 at its deadline. It changes
by the second, hence it is computed when a case is taken; there are never more open cases than arise until their
deadlines, and `hopeless` keeps them to those that can be reached.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from secondsight.records import CaseState
from secondsight.store.database import mapping
from secondsight.store.database.schema import candidates, cases
from secondsight.store.values import LeaseTerms

# Written out, not bound: only then do planners see that the index of open cases serves the query.
OPEN = cases.c.state != literal_column("'settled'")
NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None, "merged_into": None}
_MOST_NEAR = 50
"""Most cases that are looked through for those of one incident."""


def abandoned(now: float | ColumnElement[float]) -> ColumnElement[bool]:
    return and_(cases.c.state == CaseState.LEASED, cases.c.lease_until <= now)


def lease(connection: Connection, now: float, worker: str, seconds: float, terms: LeaseTerms) -> str | None:
    """Id of the case whose turn it is, now the worker's; None when there is none."""
    id: str | None = connection.execute(_FIRST, _line_values(now, terms)).scalar()
    if id is not None:
        connection.execute(_LEASE, _lease_values([id], worker, now + seconds, None))
    return id


def near(camera: str, since: float, until: float) -> Select[Any]:
    """Cases of one camera that wait for a worker and were triggered in [since, until], oldest first."""
    return (
        mapping.select_cases()
        .where(OPEN, cases.c.state == CaseState.QUEUED, candidates.c.camera == camera)
        .where(cases.c.triggered >= since, cases.c.triggered <= until)
        .order_by(cases.c.triggered, cases.c.id)
        .limit(_MOST_NEAR)
    )


def join(
    connection: Connection, now: float, leader: str, ids: Sequence[str], worker: str, seconds: float
) -> list[str]:
    """Lease those of `ids` that still wait, to be looked at in the leader's review; their ids."""
    waiting = select(cases.c.id).where(OPEN, _waiting(now), cases.c.id.in_(ids), _in_time(now))
    free = list(connection.execute(waiting.order_by(cases.c.id).with_for_update(skip_locked=True)).scalars())
    if free:
        connection.execute(_LEASE, _lease_values(free, worker, now + seconds, leader))
    return free


def hopeless(connection: Connection, now: float, rate: float, terms: LeaseTerms) -> list[str]:
    """Up to `mapping.CHUNK` of the cases whose turn does not come before their deadline, the last in line first.

    Args:
        rate: cases served per second.
    """
    line = connection.execute(_LINE, _line_values(now, terms)).all()
    late = [
        row.id
        for place, row in enumerate(line)
        if row.deadline is not None and now + place / rate + terms.margin > row.deadline
    ]
    return late[::-1][: mapping.CHUNK]


def _waiting(now: float | ColumnElement[float]) -> ColumnElement[bool]:
    due = or_(cases.c.not_before.is_(None), cases.c.not_before <= now)
    return and_(cases.c.state == CaseState.QUEUED, due)


def _in_time(then: float | ColumnElement[float]) -> ColumnElement[bool]:
    return or_(cases.c.deadline.is_(None), cases.c.deadline > then)


def _line() -> Select[Any]:
    """Cases that may be served, in the order in which they are; wants `_line_values`."""
    now: ColumnElement[float] = bindparam("now", type_=Double)
    left = (cases.c.deadline - now) / func.nullif(cases.c.deadline - cases.c.created_at, 0.0)
    freshness = case((cases.c.deadline.is_(None), 1.0), else_=left)
    return (
        select(cases.c.id, cases.c.deadline)
        .join_from(cases, candidates, candidates.c.id == cases.c.id)
        .where(
            OPEN,
            or_(_waiting(now), abandoned(now)),
            _in_time(bindparam("then", type_=Double)),
            candidates.c.camera.not_in(bindparam("cameras", expanding=True)),
            candidates.c.kind.not_in(bindparam("kinds", expanding=True)),
        )
        .order_by(
            cases.c.priority.desc(),
            case((candidates.c.camera.in_(bindparam("over_share", expanding=True)), 1), else_=0),
            (cases.c.value * freshness).desc(),
            cases.c.triggered.desc(),
            cases.c.id.desc(),
        )
    )


def _line_values(now: float, terms: LeaseTerms) -> dict[str, Any]:
    return {
        "now": now,
        "then": now + terms.margin,
        "cameras": list(terms.cameras),
        "kinds": list(terms.kinds),
        "over_share": list(terms.over_share),
    }


# Built once: to build them takes longer than to run them.
_LINE = _line()
_FIRST = _LINE.limit(1).with_for_update(skip_locked=True, of=cases)
_LEASE = (
    update(cases)
    .where(cases.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=CaseState.LEASED,
        attempts=cases.c.attempts + 1,
        lease_owner=bindparam("worker"),
        lease_until=bindparam("until"),
        not_before=None,
        merged_into=bindparam("leader"),
    )
)


def _lease_values(ids: Sequence[str], worker: str, until: float, leader: str | None) -> dict[str, Any]:
    return {"ids": list(ids), "worker": worker, "until": until, "leader": leader}
