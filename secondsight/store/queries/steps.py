"""Steps of events: stored in the transaction of the change that they tell of, published in one order without gaps.

    a change --add--> unpublished --publish--> position 1, 2, 3 ...

One publisher sets positions, so they never go back: a reader needs to keep no more than the last one it has read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    update,
)

from secondsight.clock import Clock
from secondsight.records import Step, StepKind, Verification, Word
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, channel_cursors, events, steps
from secondsight.store.values import DueStep, ToldEvent

_ORDER = (steps.c.event_id, steps.c.number)


class Steps:
    """Steps of all events. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    # -- for readers

    def after(self, position: int, limit: int | None = None) -> list[Step]:
        """Published steps behind `position`, in the order of publication.

        Args:
            position: of the last step read; 0 for all.
            limit: most steps to give, the next ones.
        """
        wanted = select(steps).where(steps.c.position > position).order_by(steps.c.position).limit(limit)
        return self._read(wanted)

    def of(self, event: str) -> tuple[Step, ...]:
        """All steps of one event, in their order, those not yet published too."""
        return tuple(self._read(select(steps).where(steps.c.event_id == event).order_by(steps.c.number)))

    def last(self) -> int:
        """The last position that was given; 0 before the first."""
        return self._database.read(_last)

    def cursor(self, reader: str) -> int:
        """The position up to which this reader has read; 0 for one that is new."""
        wanted = select(channel_cursors.c.position).where(channel_cursors.c.channel == reader)
        return self._database.read(lambda c: c.execute(wanted).scalar()) or 0

    def move_cursor(self, reader: str, position: int) -> None:
        """Note that this reader has read up to `position`. A cursor never goes back."""
        self._database.write(lambda c: move_cursor(c, reader, position))

    # -- for people

    def acknowledge(self, event: str, by: str, note: str | None = None) -> bool:
        """A person takes an event. False for an unknown event, and for one that the same person has taken before."""
        now = self._clock.now()

        def acknowledge(connection: Connection) -> bool:
            if not lock(connection, event):
                return False
            mine = and_(steps.c.kind == StepKind.ACKNOWLEDGED, steps.c.author == by)
            if _has(connection, event, mine):
                return False
            add(connection, now, [event], StepKind.ACKNOWLEDGED, by=by, note=note)
            return True

        return self._database.write(acknowledge)

    # -- for the publisher

    def unpublished(self, limit: int | None = None) -> list[Step]:
        """Steps that wait for publication, in the order in which they were stored, which is each event's own."""
        wanted = select(steps).where(steps.c.position.is_(None)).order_by(steps.c.id).limit(limit)
        return self._read(wanted)

    def publish(self, decided: Sequence[Step]) -> list[Step]:
        """Give steps their positions, in this order; what was published before stays as it is.

        Args:
            decided: steps with `word`, `why` and `incident`.

        Returns:
            Those that were published now, with their positions.
        """

        def publish(connection: Connection) -> list[Step]:
            waiting = _waiting(connection, [step.event for step in decided])
            new = (step for step in decided if (step.event, step.number) in waiting)
            done = [replace(step, position=at) for at, step in enumerate(new, _last(connection) + 1)]
            if done:
                connection.execute(_PUBLISH, [_published(step) for step in done])
            return done

        return self._database.write(publish)

    def earlier(self, ids: Sequence[str]) -> dict[str, tuple[Step, ...]]:
        """The published steps of each of these events, in their order."""
        found: dict[str, tuple[Step, ...]] = dict.fromkeys(ids, ())
        for some in mapping.chunks(list(found)):
            wanted = select(steps).where(steps.c.event_id.in_(some), steps.c.position.is_not(None))
            for step in self._read(wanted.order_by(*_ORDER)):
                found[step.event] += (step,)
        return found

    def told(self, since: float) -> list[ToldEvent]:
        """Events of which people were told for the first time since `since` (UTC seconds), in that order, with what
        they believe now."""
        first = (
            select(steps.c.event_id, func.min(steps.c.position).label("position"))
            .where(steps.c.word != Word.NONE, steps.c.position.is_not(None))
            .group_by(steps.c.event_id)
            .subquery()
        )
        newest = _newest_word()
        wanted = (
            select(steps, candidates.c.camera, candidates.c.rule, candidates.c.triggered, newest)
            .join_from(steps, candidates, candidates.c.id == steps.c.event_id)
            .join(first, and_(first.c.event_id == steps.c.event_id, first.c.position == steps.c.position))
            .where(steps.c.word != Word.NONE, steps.c.time >= since)
            .order_by(steps.c.position)
        )
        return self._database.read(
            lambda c: [
                ToldEvent(
                    row.event_id,
                    row.camera,
                    row.rule,
                    row.triggered,
                    incident=row.incident,
                    stands=row.newest_word != Word.WITHDRAWAL,
                )
                for row in c.execute(wanted)
            ]
        )

    def late(self, event: str, note: str) -> bool:
        """Note that no verdict came in time, and that people are to be told all the same. False when one did, and for
        an event that is late already."""
        return self._note_once(
            event, StepKind.LATE, events.c.settled.is_(False), change={"alert": True}, note=note
        )

    def escalate(self, event: str, note: str) -> bool:
        """Note that nobody has taken an event in time. False where a person has, or what was told was taken back."""
        taken = _some(events.c.id, StepKind.ACKNOWLEDGED, StepKind.CORRECTED)
        stands = _newest_word(events.c.id) != Word.WITHDRAWAL
        return self._note_once(event, StepKind.ESCALATED, ~taken, stands, note=note)

    def undecided(self) -> list[DueStep]:
        """Events that wait for a verdict, are not late yet, and are announced without a brain; since when."""
        return self._due(
            events.c.settled.is_(False),
            candidates.c.alert_without_brain.is_(True),
            steps.c.kind == StepKind.RAISED,
            ~_some(steps.c.event_id, StepKind.LATE),
        )

    def unacknowledged(self, since: float) -> list[DueStep]:
        """Events of which people were first told since `since`, and that nobody has taken; since when."""
        done = (StepKind.ACKNOWLEDGED, StepKind.CORRECTED, StepKind.ESCALATED)
        return self._due(steps.c.word == Word.ALERT, steps.c.time >= since, ~_some(steps.c.event_id, *done))

    def _due(self, *which: ColumnElement[bool]) -> list[DueStep]:
        wanted = (
            select(steps.c.event_id, candidates.c.rule, steps.c.time)
            .join_from(steps, events, events.c.id == steps.c.event_id)
            .join(candidates, candidates.c.id == steps.c.event_id)
            .where(*which)
            .order_by(steps.c.id)
        )
        return self._database.read(lambda c: [DueStep(*row) for row in c.execute(wanted)])

    def _note_once(
        self,
        event: str,
        kind: StepKind,
        *unless: ColumnElement[bool],
        change: Mapping[str, Any] | None = None,
        note: str,
    ) -> bool:
        now = self._clock.now()

        def note_it(connection: Connection) -> bool:
            if not lock(connection, event) or _has(connection, event, steps.c.kind == kind):
                return False
            if (
                connection.execute(select(events.c.id).where(events.c.id == event, *unless)).one_or_none()
                is None
            ):
                return False
            if change:
                connection.execute(update(events).where(events.c.id == event).values(change))
            add(connection, now, [event], kind, note=note)
            return True

        return self._database.write(note_it)

    def _read(self, wanted: Select[Any]) -> list[Step]:
        return self._database.read(lambda c: [_to_step(row) for row in c.execute(wanted)])


def add(
    connection: Connection,
    now: float,
    ids: Sequence[str],
    kind: StepKind,
    *,
    by: str = "",
    note: str | None = None,
    truth: bool | None = None,
) -> None:
    """Add a step to each of these events, as they are now; those that are no events are passed over.

    The rows of the events must have been changed or locked in this transaction: that keeps numbers apart.
    """
    values = {"new_kind": kind, "now": now, "by": by, "new_note": note, "new_truth": truth}
    for some in mapping.chunks(ids):
        connection.execute(_ADD, {"ids": some, **values})


def lock(connection: Connection, event: str) -> bool:
    """Keep others from adding steps to an event until the transaction ends; whether there is such an event."""
    wanted = select(events.c.id).where(events.c.id == event).with_for_update()
    return connection.execute(wanted).one_or_none() is not None


def move_cursor(connection: Connection, reader: str, position: int) -> None:
    """Note within a transaction how far a reader has come. A cursor never goes back."""
    row = mapping.insert(connection, channel_cursors).values(channel=reader, position=position)
    known, given = channel_cursors.c, row.excluded.position
    ahead = row.on_conflict_do_update(
        index_elements=[known.channel], set_={"position": given}, where=known.position < given
    )
    connection.execute(ahead)


_ADD = steps.insert().from_select(
    ["event_id", "number", "kind", "time", "verification", "settled", "author", "note", "truth", "why"],
    select(
        events.c.id,
        select(func.coalesce(func.max(steps.c.number), 0))
        .where(steps.c.event_id == events.c.id)
        .scalar_subquery()
        + 1,
        bindparam("new_kind", type_=steps.c.kind.type),
        bindparam("now", type_=steps.c.time.type),
        events.c.verification,
        events.c.settled,
        bindparam("by", type_=steps.c.author.type),
        bindparam("new_note", type_=steps.c.note.type),
        bindparam("new_truth", type_=steps.c.truth.type),
        literal("", steps.c.why.type),
    )
    .where(events.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(events.c.id),
)

_PUBLISH = (
    update(steps)
    .where(steps.c.event_id == bindparam("event"), steps.c.number == bindparam("of_event"))
    .values({name: bindparam(f"new_{name}") for name in ("position", "word", "why", "incident")})
)


def _published(step: Step) -> dict[str, Any]:
    decided = {"position": step.position, "word": step.word, "why": step.why, "incident": step.incident}
    return {"event": step.event, "of_event": step.number, **{f"new_{name}": v for name, v in decided.items()}}


def _waiting(connection: Connection, ids: Sequence[str]) -> set[tuple[str, int]]:
    """Event and number of the steps of these events that are not published yet."""
    found: set[tuple[str, int]] = set()
    for some in mapping.chunks(list(dict.fromkeys(ids))):
        wanted = select(steps.c.event_id, steps.c.number)
        rows = connection.execute(wanted.where(steps.c.event_id.in_(some), steps.c.position.is_(None)))
        found |= {(row.event_id, row.number) for row in rows}
    return found


def _last(connection: Connection) -> int:
    return connection.execute(select(func.max(steps.c.position))).scalar() or 0


def _has(connection: Connection, event: str, which: ColumnElement[bool]) -> bool:
    wanted = select(steps.c.id).where(steps.c.event_id == event, which).limit(1)
    return connection.execute(wanted).scalar() is not None


def _some(event: ColumnElement[str], *kinds: StepKind) -> ColumnElement[bool]:
    """Whether an event has a step of one of these kinds."""
    other = steps.alias()
    return (
        select(other.c.id)
        .where(other.c.event_id == event, or_(*(other.c.kind == kind for kind in kinds)))
        .correlate(steps, events)
        .exists()
    )


def _newest_word(event: ColumnElement[str] = steps.c.event_id) -> ColumnElement[str]:
    """What was announced last about an event."""
    other = steps.alias()
    return (
        select(other.c.word)
        .where(other.c.event_id == event, other.c.word != Word.NONE)
        .order_by(other.c.number.desc())
        .limit(1)
        .correlate(steps, events)
        .scalar_subquery()
        .label("newest_word")
    )


def _to_step(row: Row[Any]) -> Step:
    return Step(
        event=row.event_id,
        number=row.number,
        kind=StepKind(row.kind),
        time=row.time,
        verification=Verification(row.verification),
        settled=row.settled,
        by=row.author,
        note=row.note,
        truth=row.truth,
        position=row.position,
        word=Word(row.word),
        why=row.why,
        incident=row.incident,
    )
