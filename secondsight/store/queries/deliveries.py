"""The outbox of alerts: how far each channel has read the published steps, and what still has to reach its receiver.

A step that is to go to a channel becomes a delivery: waiting -> sent, or dead once it is given up. Those of one event
go out in their order; a dead one no longer holds up those behind it.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, case, delete, func, select, tuple_, update

from secondsight.clock import Clock
from secondsight.records import Step, Word
from secondsight.store.database import mapping
from secondsight.store.database.database import Database
from secondsight.store.database.schema import channel_cursors, deliveries, steps
from secondsight.store.queries.steps import move_cursor
from secondsight.store.values import ChannelTotals, Delivery, DeliveryState

_CURSOR = "alerts/"
"""Before a channel's name in the table of cursors, which others use as well."""
_WAITING = deliveries.c.state == DeliveryState.WAITING


class Deliveries:
    """Cursors and deliveries of all channels. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def begin(self, channel: str, position: int) -> int:
        """Make a new channel's cursor at `position`; where the channel's cursor is, new or not."""
        cursor = _CURSOR + channel
        wanted = select(channel_cursors.c.position).where(channel_cursors.c.channel == cursor)

        def begin(connection: Connection) -> int:
            values = {"channel": cursor, "position": position}
            connection.execute(
                mapping.insert(connection, channel_cursors).values(values).on_conflict_do_nothing()
            )
            return int(connection.execute(wanted).scalar_one())

        return self._database.write(begin)

    def told(self, channel: str, events: Collection[str]) -> set[str]:
        """Those of these events of which something was given to the channel."""
        told: set[str] = set()

        def find(connection: Connection) -> set[str]:
            for some in mapping.chunks(sorted(events)):
                of_event = and_(deliveries.c.channel == channel, deliveries.c.event_id.in_(some))
                told.update(connection.execute(select(deliveries.c.event_id).where(of_event)).scalars())
            return told

        return self._database.read(find)

    def had_word(self, channel: str, events: Collection[str], before: int) -> bool:
        """Whether the channel was given a word about one of these events at an earlier position."""
        joined = and_(steps.c.event_id == deliveries.c.event_id, steps.c.number == deliveries.c.number)
        wanted = (
            select(func.count())
            .select_from(deliveries.join(steps, joined))
            .where(deliveries.c.channel == channel, deliveries.c.event_id.in_(sorted(events)))
            .where(deliveries.c.position < before, steps.c.word != Word.NONE)
        )
        return bool(self._database.read(lambda c: c.execute(wanted).scalar_one()))

    def route(self, channel: str, position: int, chosen: Sequence[Step]) -> None:
        """Move the channel's cursor on to `position`, and put the chosen steps into its outbox; all or nothing."""
        now = self._clock.now()
        rows = [
            {
                "channel": channel,
                "position": step.position,
                "event_id": step.event,
                "number": step.number,
                "state": DeliveryState.WAITING,
                "attempts": 0,
                "next_at": now,
                "created_at": now,
            }
            for step in chosen
        ]

        def route(connection: Connection) -> None:
            if rows:
                statement = mapping.insert(connection, deliveries).on_conflict_do_nothing()
                connection.execute(statement, rows)
            move_cursor(connection, _CURSOR + channel, position)

        self._database.write(route)

    def due(self, channel: str, limit: int = 1) -> list[Delivery]:
        """What may be sent now, in the order of publication: of each event only the first that waits."""
        wanted = (
            select(deliveries)
            .where(self._first_of_event(channel), deliveries.c.next_at <= self._clock.now())
            .order_by(deliveries.c.position)
            .limit(limit)
        )
        return self._read(wanted)

    def of(self, events: Collection[str]) -> list[Delivery]:
        """Everything of these events, of all channels."""
        found: list[Delivery] = []
        for some in mapping.chunks(sorted(events)):
            found += self._read(select(deliveries).where(deliveries.c.event_id.in_(some)))
        return found

    def next_at(self, channel: str) -> float | None:
        """When the next delivery is due, UTC seconds; None where none waits."""
        wanted = select(func.min(deliveries.c.next_at)).where(self._first_of_event(channel))
        found: float | None = self._database.read(lambda c: c.execute(wanted).scalar())
        return found

    def sent(self, delivery: Delivery) -> None:
        """The receiver has it."""
        changes = {
            "state": DeliveryState.SENT,
            "attempts": delivery.attempts + 1,
            "sent_at": self._clock.now(),
        }
        self._change(delivery, {**changes, "error": None})

    def postpone(self, delivery: Delivery, until: float, error: str) -> None:
        """A try failed; the next one is not before `until`, UTC seconds."""
        self._change(delivery, {"attempts": delivery.attempts + 1, "next_at": until, "error": error})

    def bury(self, delivery: Delivery, error: str) -> None:
        """Give it up: it stays as a dead letter, to be seen and sent again."""
        changes = {"state": DeliveryState.DEAD, "attempts": delivery.attempts + 1, "error": error}
        self._change(delivery, changes)

    def dead(self, channel: str | None = None, limit: int | None = None) -> list[Delivery]:
        """Dead letters, oldest first; at most `limit`."""
        wanted = select(deliveries).where(deliveries.c.state == DeliveryState.DEAD)
        if channel is not None:
            wanted = wanted.where(deliveries.c.channel == channel)
        return self._read(wanted.order_by(deliveries.c.channel, deliveries.c.position).limit(limit))

    def resend(self, *, channel: str | None = None, positions: Collection[int] = ()) -> int:
        """Let dead letters wait again, all or those named, with their age and tries counted anew; how many."""
        now = self._clock.now()
        dead: list[ColumnElement[bool]] = [deliveries.c.state == DeliveryState.DEAD]
        if channel is not None:
            dead.append(deliveries.c.channel == channel)
        if positions:
            dead.append(deliveries.c.position.in_(sorted(positions)))
        anew = {"state": DeliveryState.WAITING, "attempts": 0, "next_at": now, "created_at": now}
        return self._database.write(
            lambda c: c.execute(update(deliveries).where(*dead).values(anew)).rowcount
        )

    def totals(self, *, sent: bool = True) -> list[ChannelTotals]:
        """Every channel that ever was, by name.

        Args:
            sent: count what was sent, too, which takes longer the more that is.
        """

        def of(state: DeliveryState, value: Any) -> Any:
            return case((deliveries.c.state == state, value))

        which = [] if sent else [deliveries.c.state.in_([DeliveryState.WAITING, DeliveryState.DEAD])]
        name = func.substr(channel_cursors.c.channel, len(_CURSOR) + 1)
        counted = (
            select(
                name.label("channel"),
                channel_cursors.c.position,
                func.count(of(DeliveryState.WAITING, 1)).label("waiting"),
                func.count(of(DeliveryState.SENT, 1)).label("sent"),
                func.count(of(DeliveryState.DEAD, 1)).label("dead"),
                func.min(of(DeliveryState.WAITING, deliveries.c.created_at)).label("oldest"),
                func.max(deliveries.c.sent_at).label("last_sent"),
            )
            .select_from(channel_cursors.outerjoin(deliveries, and_(deliveries.c.channel == name, *which)))
            .where(channel_cursors.c.channel.like(f"{_CURSOR}%"))
            .group_by(channel_cursors.c.channel, channel_cursors.c.position)
            .order_by(channel_cursors.c.channel)
        )
        failed = (
            select(deliveries.c.channel, deliveries.c.error)
            .where(_WAITING, deliveries.c.error.is_not(None))
            .order_by(deliveries.c.next_at)
        )

        def totals(connection: Connection) -> list[ChannelTotals]:
            errors = {row.channel: row.error for row in connection.execute(failed)}
            rows = connection.execute(counted).mappings()
            return [ChannelTotals(**row, error=errors.get(row["channel"])) for row in rows]

        return self._database.read(totals)

    def sweep(self, before: float) -> int:
        """Forget up to `mapping.CHUNK` deliveries sent before a time; how many. What is not sent stays."""
        old = (
            select(deliveries.c.channel, deliveries.c.position)
            .where(deliveries.c.state == DeliveryState.SENT, deliveries.c.sent_at < before)
            .limit(mapping.CHUNK)
        )

        gone = delete(deliveries).where(tuple_(deliveries.c.channel, deliveries.c.position).in_(old))
        return self._database.write(lambda c: c.execute(gone).rowcount)

    @staticmethod
    def _first_of_event(channel: str) -> ColumnElement[bool]:
        earlier = deliveries.alias("earlier")
        blocked = (
            select(earlier.c.position)
            .where(earlier.c.channel == channel, earlier.c.event_id == deliveries.c.event_id)
            .where(earlier.c.state == DeliveryState.WAITING, earlier.c.position < deliveries.c.position)
            .exists()
        )
        return and_(deliveries.c.channel == channel, _WAITING, ~blocked)

    @staticmethod
    def _is(channel: str, position: int) -> ColumnElement[bool]:
        return and_(deliveries.c.channel == channel, deliveries.c.position == position)

    def _change(self, one: Delivery, values: dict[str, Any]) -> None:
        changed = update(deliveries).where(self._is(one.channel, one.position)).values(values)
        self._database.write(lambda c: c.execute(changed))

    def _read(self, wanted: Any) -> list[Delivery]:
        return self._database.read(lambda c: [_delivery(row) for row in c.execute(wanted).mappings()])


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        channel=row["channel"],
        position=row["position"],
        event=row["event_id"],
        number=row["number"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        next_at=row["next_at"],
        error=row["error"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
    )
