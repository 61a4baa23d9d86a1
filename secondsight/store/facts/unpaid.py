"""What became of goods that somebody took: put back, paid, carried out without the till, or not seen.

It follows from what is stored, by the tracks of the take: put-backs, stays at a till, the line that was crossed last.
So a verdict or a person's word that comes later counts at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from secondsight.records import Verification
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, events, suspects, visits
from secondsight.store.facts.judged import JUDGED, known_verification
from secondsight.store.facts.values import TakeFate, TakenGoods, TakeSearch

PAYING = 5.0
"""Seconds at a till that are enough to pay; who only passes it stays for less."""
_PICTURE = "frame"
_DAY = 86400.0
_SAME_REACH = 1.0
"""Seconds by which a put-back may begin before the take that it undoes: both are reports of one reach."""


class _Till(IntEnum):
    """How sure it is that somebody was at a till."""

    NEVER, PASSED, STAYED = range(3)


class TakenGoodsQueries:
    """Follows goods. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, wanted: TakeSearch) -> list[TakenGoods]:
        """The takes and what became of each, oldest first."""
        layout = wanted.layout
        if wanted.cameras == () or not layout.takes:
            return []
        takes, put_backs = _takes(wanted), _put_backs(wanted)

        def read(connection: Connection) -> list[TakenGoods]:
            returned = _Returns(connection.execute(put_backs)) if layout.put_backs else _Returns(())
            # The latest take of a shelf is the one that is undone, so these are looked at first.
            rows = groupby(connection.execute(takes), key=lambda row: row.id)
            return [_taken(list(tracks), returned) for _, tracks in rows][::-1]

        return self._database.read(read)


class _Returns:
    """Put-backs that undo no take yet, by track and shelf."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._left: dict[tuple[str, str, int, int], list[tuple[float, str, bool]]] = defaultdict(list)
        self._undone: set[str] = set()
        for row in rows:
            sure = row.known == Verification.CONFIRMED.value
            self._left[row.camera, row.zone or "", row.epoch, row.number].append((row.start, row.id, sure))

    def undo(self, tracks: Sequence[Any]) -> bool | None:
        """Whether a take was put back for sure; None where it was not put back."""
        for row in tracks:
            for start, id, sure in self._left.get((row.camera, row.zone or "", row.epoch, row.number), ()):
                if start >= row.start - _SAME_REACH and id not in self._undone:
                    self._undone.add(id)
                    return sure
        return None


def _taken(tracks: Sequence[Any], returned: _Returns) -> TakenGoods:
    """A take from its rows, one for each of its tracks."""
    one = tracks[0]
    undone = returned.undo(tracks) if one.known != Verification.REJECTED.value else None
    till = max(row.till for row in tracks)
    if undone:
        fate = TakeFate.PUT_BACK
    elif till == _Till.STAYED:
        fate = TakeFate.PAID
    elif undone is None and till == _Till.NEVER and any(row.left for row in tracks):
        fate = TakeFate.UNPAID
    else:
        fate = TakeFate.UNKNOWN
    return TakenGoods(one.id, one.camera, one.zone, one.product, one.triggered, Verification(one.known), fate)


def _takes(wanted: TakeSearch) -> Select[Any]:
    """Takes, the latest first, a row for each track: how sure the till is, and whether it left by an exit."""
    c, s, v = candidates.c, suspects.c, visits.c
    known = known_verification()
    at_till = _among(v.zone, v.camera, wanted.layout.tills)
    # Of the whole picture, where that is the line crossed last: who comes back has not left.
    out = and_(v.zone == _PICTURE, _among(v.left_by, v.camera, wanted.layout.exits))
    long = and_(v.leave - v.enter >= PAYING, v.leave - c.start >= PAYING)
    stayed = case((long, int(_Till.STAYED)), else_=int(_Till.PASSED))
    till = func.coalesce(func.max(case((and_(at_till, v.leave >= c.start), stayed))), int(_Till.NEVER))
    left = func.coalesce(func.max(case((and_(out, v.leave >= c.start), 1))), 0)
    product = func.max(c.attributes["product"].as_string())
    track = and_(v.camera == s.camera, v.epoch == s.epoch, v.number == s.number)
    keys = c.id, c.camera, c.zone, c.start, c.triggered, s.epoch, s.number
    query = (
        select(*keys, known.label("known"), till.label("till"), left.label("left"), product.label("product"))
        .select_from(_suspected().outerjoin(visits, and_(track, or_(at_till, out))))
        .where(c.rule.in_(wanted.layout.takes), c.triggered >= wanted.since, c.triggered < wanted.until)
        .group_by(*keys, known)
        .order_by(c.triggered.desc(), c.id.desc())
    )
    return _there(query, wanted)


def _put_backs(wanted: TakeSearch) -> Select[Any]:
    """Put-backs that are not rejected, the latest first, one row for each of their tracks."""
    c, s = candidates.c, suspects.c
    known = known_verification()
    query = (
        select(c.id, c.camera, c.zone, c.start, s.epoch, s.number, known.label("known"))
        .select_from(_suspected())
        .where(c.rule.in_(wanted.layout.put_backs))
        .where(c.start >= wanted.since - _DAY, c.start < wanted.until + _DAY)
        .where(known != Verification.REJECTED.value)
        .order_by(c.start.desc(), c.id.desc())
    )
    return _there(query, wanted)


def _suspected() -> Any:
    return (
        candidates.join(events, events.c.id == candidates.c.id)
        .join(suspects, suspects.c.candidate_id == candidates.c.id)
        .outerjoin(JUDGED, JUDGED.c.event_id == events.c.id)
    )


def _there(query: Select[Any], wanted: TakeSearch) -> Select[Any]:
    if wanted.cameras is not None:
        query = query.where(candidates.c.camera.in_(wanted.cameras))
    return query.where(candidates.c.zone.in_(wanted.zones)) if wanted.zones else query


def _among(
    name: ColumnElement[Any], camera: ColumnElement[Any], pairs: Iterable[tuple[str, str]]
) -> ColumnElement[bool]:
    """Whether a row is of one of these cameras with the name that belongs to it."""
    return or_(False, *(and_(camera == one, name == of) for one, of in pairs))
