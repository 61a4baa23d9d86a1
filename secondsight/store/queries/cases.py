"""The durable queue of cases: leased to one worker at a time, settled exactly once, never forgotten.

    recording --AttachClip--> queued --lease--> leased --settle--> settled
                                ^                 |
                                +---- release ----+

`expire_due` settles what is past its deadline from any state, except under a lease that still runs.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, update

from secondsight.clock import Clock
from secondsight.log import redact
from secondsight.records import Case, CaseState, StepKind, Verdict, Verification
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, cases, events, verdicts
from secondsight.store.queries import case_queue, filters, steps
from secondsight.store.searching import Place
from secondsight.store.values import ANY_TERMS, LeaseTerms

_ALERTS = {Verification.CONFIRMED: True, Verification.UNSURE: True, Verification.REJECTED: False}
"""Verdicts that decide whether people are told; without one the rule's policy does."""
_AWAY = "unverified: the brain is away"
# Built once, as what every case goes through: to build them takes longer than to run them.
_CASE = mapping.select_cases().where(cases.c.id == bindparam("wanted"))
_HELD = (
    select(cases.c.state, cases.c.lease_owner, cases.c.lease_until)
    .where(cases.c.id == bindparam("wanted"))
    .with_for_update()
)
_EVENTS = (
    select(events.c.id, events.c.note, candidates.c.alert_without_brain)
    .join_from(events, candidates, candidates.c.id == events.c.id)
    .where(events.c.id.in_(bindparam("ids", expanding=True)))
)
_SETTLE_EVENT = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values(
        verification=bindparam("new_verification"),
        settled=True,
        settled_at=bindparam("now"),
        verdict_id=bindparam("verdict"),
        alert=bindparam("new_alert"),
        note=bindparam("new_note"),
    )
)
_SAME_VERDICT = select(verdicts.c.id).where(
    *(verdicts.c[name] == bindparam(name) for name in ("case_id", "latency", "summary")),
    verdicts.c.worker.is_not_distinct_from(bindparam("worker", type_=verdicts.c.worker.type)),
)


class Cases:
    """The queue of cases. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def lease(self, worker: str, seconds: float, terms: LeaseTerms = ANY_TERMS) -> Case | None:
        """Take the best free case (`case_queue` says which). It is the worker's until the lease ends.

        Free is a queued case whose `not_before` has passed, or a leased one whose lease has ended, before its
        deadline, on the `terms`.
        """
        now = self._clock.now()

        def lease(connection: Connection) -> Case | None:
            id = case_queue.lease(connection, now, worker, seconds, terms)
            return None if id is None else _get(connection, id)

        return self._database.write(lease)

    def near(self, camera: str, since: float, until: float) -> list[Case]:
        """Cases of one camera that wait for a worker and were triggered in [since, until], oldest first."""
        return self._read(case_queue.near(camera, since, until))

    def join(self, leader: str, ids: Sequence[str], worker: str, seconds: float) -> list[str]:
        """Lease those of `ids` that still wait, to be looked at in the review of `leader`; their ids."""
        now = self._clock.now()
        return self._database.write(lambda c: case_queue.join(c, now, leader, ids, worker, seconds))

    def release(
        self, id: str, not_before: float | None, error: str | None, *, worker: str | None = None
    ) -> bool:
        """Give a leased case back, to be taken again from `not_before` (UTC s) on.

        Without an error it does not count as an attempt. False when it is not leased, or not by `worker`.
        """
        held = [cases.c.id == id, cases.c.state == CaseState.LEASED]
        if worker is not None:
            held.append(cases.c.lease_owner == worker)
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
        released = update(cases).where(*held).values(changes)
        return self._database.write(lambda c: bool(c.execute(released).rowcount))

    def settle(
        self,
        id: str,
        verification: Verification,
        verdict: Verdict | None = None,
        note: str | None = None,
        *,
        worker: str | None = None,
    ) -> bool:
        """End a case and settle its event: once, whatever happens.

        With `worker`, only that worker's leased case; without, only a case nobody works on. False means that
        nothing was settled here; a verdict is stored all the same, for its cost and as a second opinion.
        """
        now = self._clock.now()
        return self._database.write(lambda c: settle(c, now, id, verification, verdict, note, worker))

    def expire_due(self) -> list[str]:
        """Settle as `expired` every case past its deadline that nobody works on; their ids.

        A case whose lease still runs is left to its worker: a late verdict is better than none.
        """
        now = self._clock.now()
        ids: list[str] = []
        while True:
            some = self._database.write(lambda c: _expire(c, now))
            ids += some
            if len(some) < mapping.CHUNK:
                return ids

    def alert_waiting(self) -> list[str]:
        """Set `alert` on events that wait for a brain that is away, where their policy is open; the ids of up to
        `mapping.CHUNK`.

        A verdict that comes later decides again.
        """
        return self._database.write(_alert_waiting)

    def let_go(self, rate: float, terms: LeaseTerms = ANY_TERMS) -> list[str]:
        """Settle as `expired` cases that `rate` reviews a second will not reach in time; the ids of up to
        `mapping.CHUNK`."""
        now = self._clock.now()

        def let_go(connection: Connection) -> list[str]:
            hopeless = case_queue.hopeless(connection, now, rate, terms)
            return _end(connection, now, hopeless, "let go: too many better cases before it")

        return self._database.write(let_go)

    def requeue(self, workers: str = "") -> list[str]:
        """At start: put the leased cases of a previous process back; their ids.

        Args:
            workers: beginning of the names of this site's workers, where other sites share the database.
        """
        gone = and_(
            case_queue.OPEN,
            cases.c.state == CaseState.LEASED,
            cases.c.lease_owner.startswith(workers, autoescape=True),
        )
        wanted = select(cases.c.id).where(gone).order_by(cases.c.id).with_for_update()

        def requeue(connection: Connection) -> list[str]:
            ids = list(connection.execute(wanted).scalars())
            changes = {"state": CaseState.QUEUED, **case_queue.NO_LEASE}
            for some in mapping.chunks(ids):
                connection.execute(update(cases).where(cases.c.id.in_(some)).values(changes))
            return ids

        return self._database.write(requeue)

    def get(self, id: str) -> Case | None:
        """One case by its id."""
        return self._database.read(lambda c: _get(c, id))

    def find(self, state: CaseState | None = None, limit: int | None = None) -> list[Case]:
        """Cases oldest first, of one state or of all."""
        wanted = mapping.select_cases().order_by(cases.c.triggered, cases.c.id).limit(limit)
        if state is not None:
            wanted = wanted.where(cases.c.state == state)
        if state not in (None, CaseState.SETTLED):
            wanted = wanted.where(case_queue.OPEN)
        return self._read(wanted)

    def page(
        self,
        *,
        cameras: Collection[str] | None = None,
        state: CaseState | None = None,
        after: Place | None = None,
        limit: int = 50,
    ) -> list[Case]:
        """Cases newest first, of some cameras or of all, beyond the place (trigger and id) of the last one seen."""
        c = candidates.c
        wanted = mapping.select_cases().order_by(c.triggered.desc(), c.id.desc()).limit(limit)
        if cameras is not None:
            wanted = wanted.where(c.camera.in_(cameras))
        if state is not None:
            wanted = wanted.where(cases.c.state == state)
        if state not in (None, CaseState.SETTLED):
            wanted = wanted.where(case_queue.OPEN)
        if after is not None:
            time, id = after
            wanted = wanted.where(c.triggered <= time, or_(c.triggered < time, c.id < id))
        return self._read(wanted)

    def verdicts(self, id: str) -> list[Verdict]:
        """Every verdict on a case in the order in which they came, also those that came too late to count."""
        wanted = select(verdicts).where(verdicts.c.case_id == id).order_by(verdicts.c.id)
        return self._database.read(
            lambda c: [mapping.to_verdict(row) for row in c.execute(wanted).mappings()]
        )

    def oldest_open(self) -> float | None:
        """When the oldest case that is not settled was stored, UTC seconds."""
        wanted = select(func.min(cases.c.created_at)).where(case_queue.OPEN)
        return self._database.read(lambda c: c.execute(wanted).scalar())

    def open_count(self) -> int:
        """Number of cases that are not settled; takes no longer the more cases are."""
        wanted = select(func.count()).select_from(cases).where(case_queue.OPEN)
        return int(self._database.read(lambda c: c.execute(wanted).scalar_one()))

    def counts(self) -> dict[CaseState, int]:
        """Number of cases in each state, every state present."""
        states = select(cases.c.state, func.count()).where(case_queue.OPEN).group_by(cases.c.state)

        def counts(connection: Connection) -> dict[CaseState, int]:
            found = connection.execute(states).all()
            total = connection.execute(select(func.count()).select_from(cases)).scalar_one()
            counted = dict.fromkeys(CaseState, 0) | {CaseState(state): count for state, count in found}
            counted[CaseState.SETTLED] = total - sum(counted.values())
            return counted

        return self._database.read(counts)

    def _read(self, wanted: Select[Any]) -> list[Case]:
        return self._database.read(lambda c: [mapping.to_case(row) for row in c.execute(wanted).mappings()])


def _get(connection: Connection, id: str) -> Case | None:
    row = connection.execute(_CASE, {"wanted": id}).mappings().one_or_none()
    return None if row is None else mapping.to_case(row)


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
    case = connection.execute(_HELD, {"wanted": id}).one_or_none()
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
        connection.execute(_SETTLE, {"wanted": id, "now": now})
        _settle_events(connection, now, [id], verification, note, verdict_id)
    if verdict is not None:
        filters.judged(connection, now, id, verdict.verification, verdict.usage.calls > 0)
    return mine


def _add_verdict(connection: Connection, now: float, id: str, verdict: Verdict, worker: str | None) -> int:
    values = mapping.verdict_values(id, worker, verdict, now)
    known: int | None = connection.execute(_SAME_VERDICT, values).scalar()
    if known is not None:  # the same call again, since its first answer was lost
        return known
    key = connection.execute(verdicts.insert(), values).inserted_primary_key
    assert key is not None
    return int(key[0])


def _settled(now: float | ColumnElement[float]) -> dict[str, Any]:
    no_lease = {"lease_owner": None, "lease_until": None}
    return {"state": CaseState.SETTLED, "settled_at": now, "not_before": None, **no_lease}


_SETTLE = update(cases).where(cases.c.id == bindparam("wanted")).values(_settled(bindparam("now")))


def _settle_events(
    connection: Connection,
    now: float,
    ids: Sequence[str],
    verification: Verification,
    note: str | None,
    verdict_id: int | None = None,
) -> None:
    found = connection.execute(_EVENTS, {"ids": ids}).all()
    if not found:
        return
    connection.execute(
        _SETTLE_EVENT,
        [
            {
                "event": row.id,
                "now": now,
                "verdict": verdict_id,
                "new_verification": verification,
                "new_alert": _ALERTS.get(verification, row.alert_without_brain),
                "new_note": mapping.joined(
                    _without_away(row.note) if verdict_id is not None else row.note, note
                ),
            }
            for row in found
        ],
    )
    steps.add(connection, now, [row.id for row in found], StepKind.VERIFIED, note=note)


def _without_away(note: str | None) -> str | None:
    """A note less what a verdict has made untrue."""
    return "; ".join(part for part in (note or "").split("; ") if part != _AWAY) or None


def _alert_waiting(connection: Connection) -> list[str]:
    mute = (
        select(cases.c.id)
        .join_from(cases, events, events.c.id == cases.c.id)
        .join(candidates, candidates.c.id == cases.c.id)
        .where(case_queue.OPEN, cases.c.state == CaseState.QUEUED)
        .where(events.c.alert.is_(False), candidates.c.alert_without_brain.is_(True))
    )
    ids = list(connection.execute(mute.limit(mapping.CHUNK)).scalars())
    if ids:
        changes = {"alert": True, "note": func.coalesce(events.c.note + "; ", "") + _AWAY}
        connection.execute(update(events).where(events.c.id.in_(ids)).values(changes))
    return ids


def _expire(connection: Connection, now: float) -> list[str]:
    free = or_(cases.c.state.in_([CaseState.RECORDING, CaseState.QUEUED]), case_queue.abandoned(now))
    due = (
        select(cases.c.id)
        .where(case_queue.OPEN, free, cases.c.deadline <= now)
        .order_by(cases.c.deadline, cases.c.id)
        .limit(mapping.CHUNK)
        .with_for_update(skip_locked=True)
    )
    return _end(connection, now, list(connection.execute(due).scalars()), "no verdict before the deadline")


def _end(connection: Connection, now: float, ids: list[str], note: str) -> list[str]:
    if ids:
        ended = {**_settled(now), "merged_into": None}
        connection.execute(update(cases).where(cases.c.id.in_(ids)).values(ended))
        _settle_events(connection, now, ids, Verification.EXPIRED, note)
    return ids
