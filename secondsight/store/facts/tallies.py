"""Sums over facts, in SQL: events by what is known of them, visits, different people, counts per minute."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    union_all,
)

from secondsight.records import TrackId, Verification
from secondsight.store.database.database import Database
from secondsight.store.database.schema import (
    candidates,
    counters,
    events,
    suspects,
    tracks,
    verdicts,
    visits,
)
from secondsight.store.facts.judged import JUDGED, known_verification
from secondsight.store.facts.persons import SeenTrack, persons
from secondsight.store.facts.suspected import suspected
from secondsight.store.facts.totals import first_total, read_totals
from secondsight.store.facts.values import (
    QUARTER,
    Absence,
    EventGroup,
    FactGroup,
    PeopleEstimate,
    VisitGroup,
    VisitSearch,
)
from secondsight.store.searching import EventSearch

AGAIN = 10.0
"""Seconds within which a track that begins where another has just ended is taken for the same person."""
NEAR = 0.15
"""How far apart both may be, as a share of the picture."""
_MOST_EMBEDDED = 5000
"""Tracks among which people are known again by their appearance; of more, by time and place only."""
_DAY = 86400.0
_CONFIRMED, _OPEN, _REJECTED = 2, 1, 0


class Tallies:
    """Sums for questions. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(
        self, wanted: EventSearch, by: Sequence[FactGroup] = (), *, answers: Mapping[str, str] | None = None
    ) -> list[EventGroup]:
        """How many events there are of each verification, and of each combination of `by`.

        Args:
            wanted: its `text`, `attributes` and `waiting` are not looked at.
            answers: what the verdict must have answered, by the question's key.
        """
        if wanted.cameras == ():
            return []
        known = known_verification()
        keys = [self._key(one, candidates.c, candidates.c.triggered) for one in by]
        joined: Any = candidates.join(events, events.c.id == candidates.c.id).outerjoin(
            JUDGED, JUDGED.c.event_id == events.c.id
        )
        conditions = suspected(wanted)
        if wanted.verifications:
            conditions.append(known.in_([one.value for one in wanted.verifications]))
        if answers:
            joined = joined.join(verdicts, verdicts.c.id == events.c.verdict_id)
            conditions += [verdicts.c.answers[name].as_string() == value for name, value in answers.items()]
        columns = [*(key.label(f"key{n}") for n, key in enumerate(keys)), known.label("known")]
        query = select(*columns, func.count()).select_from(joined).where(*conditions).group_by(*columns)
        # Totals do not tell what was seen, and what was answered.
        whole = not wanted.labels and not answers

        def read(connection: Connection) -> list[EventGroup]:
            found = [
                EventGroup(tuple(key), Verification(verification), n)
                for *key, verification, n in connection.execute(query)
            ]
            return [*found, *_of_totals(connection, wanted, by)] if whole else found

        return self._database.read(read)

    def visits(self, wanted: VisitSearch, by: Sequence[FactGroup] = ()) -> list[VisitGroup]:
        """How many visits there are of each combination of `by`."""
        if wanted.cameras == ():
            return []
        chosen = self._visits(wanted)
        keys = [self._key(one, chosen.c, chosen.c.enter).label(f"key{n}") for n, one in enumerate(by)]
        sums = func.count(), func.coalesce(func.sum(chosen.c.leave - chosen.c.enter), 0.0)
        query = select(*keys, *sums).where(chosen.c.rank > _REJECTED).group_by(*keys)
        return self._database.read(
            lambda c: [VisitGroup(tuple(key), n, float(dwell)) for *key, n, dwell in c.execute(query)]
        )

    def people(self, wanted: VisitSearch) -> PeopleEstimate:
        """How many different people made these visits. People are known again on another camera where a re-id model
        has described their tracks."""
        if wanted.cameras == ():
            return PeopleEstimate(0, 0, 0)
        chosen = self._visits(wanted)
        track = chosen.c.camera, chosen.c.epoch, chosen.c.number
        ranked = select(func.max(chosen.c.rank).label("rank")).group_by(*track).subquery()
        tally = select(ranked.c.rank, func.count()).group_by(ranked.c.rank)
        # Who is known for sure to be different: of those that lack something, the confirmed alone.
        surely = _present(_moves(chosen, _CONFIRMED if wanted.lacking else _OPEN))
        maybe = _present(_moves(chosen, _OPEN))

        def read(connection: Any) -> PeopleEstimate:
            count = {int(rank): int(n) for rank, n in connection.execute(tally)}
            low = max((row.most for row in connection.execute(surely)), default=0)
            again: dict[str, int] = {}
            for row in connection.execute(maybe):
                again[row.camera] = max(again.get(row.camera, 0), int(row.again))
            high = count.get(_CONFIRMED, 0) + count.get(_OPEN, 0)
            known = _known_again(connection, chosen)
            return PeopleEstimate(
                low=low,
                value=max(low, high - sum(again.values()) if known is None else known),
                high=high,
                confirmed=count.get(_CONFIRMED, 0),
                unverified=count.get(_OPEN, 0),
                rejected=count.get(_REJECTED, 0),
            )

        return self._database.read(read)

    def most_at_once(self, wanted: VisitSearch) -> int:
        """The most tracks that were in one zone at the same moment."""
        if wanted.cameras == ():
            return 0
        query = _present(_moves(self._visits(wanted), _OPEN))
        return self._database.read(lambda c: max((row.most for row in c.execute(query)), default=0))

    def counted(
        self,
        names: Collection[str],
        since: float,
        until: float,
        *,
        cameras: Collection[str] | None = None,
    ) -> dict[tuple[str, str, int], float]:
        """Sums of counts per minute, by camera, name and the quarter of an hour, UTC seconds of its beginning."""
        m = counters.c
        quarter = (m.minute - m.minute % QUARTER).label("quarter")
        query = (
            select(m.camera, m.name, quarter, func.sum(m.value))
            .where(m.name.in_(names), m.minute >= since, m.minute < until)
            .group_by(m.camera, m.name, quarter)
        )
        if cameras is not None:
            query = query.where(m.camera.in_(cameras))
        return self._database.read(
            lambda c: {(camera, name, int(begin)): value for camera, name, begin, value in c.execute(query)}
        )

    def span(self) -> tuple[float, float] | None:
        """From the first to the last trigger of an event; None where there are none."""
        query = select(func.min(candidates.c.triggered), func.max(candidates.c.triggered))
        (first, last), total = self._database.read(lambda c: (c.execute(query).one(), first_total(c)))
        known = [moment for moment in (first, total) if moment is not None]
        return (min(known), max(known[0], last or known[0])) if known else None

    def _key(self, by: FactGroup, columns: Any, time: ColumnElement[Any]) -> ColumnElement[Any]:
        if by is not FactGroup.QUARTER:
            key: ColumnElement[Any] = columns[by.value]
            return key
        # As in the ledger: whole numbers divide downwards in both databases.
        seconds = cast(time if self._database.is_sqlite else func.floor(time), BigInteger)
        return seconds - seconds % QUARTER

    def _visits(self, wanted: VisitSearch) -> FromClause:
        """The visits that meet the conditions, with what is known of each: `rank`."""
        v = visits.c
        conditions: list[ColumnElement[bool]] = [v.enter >= wanted.since, v.enter < wanted.until]
        if wanted.cameras is not None:
            conditions.append(v.camera.in_(wanted.cameras))
        if wanted.zones:
            conditions.append(v.zone.in_(wanted.zones))
        if wanted.labels:
            conditions.append(func.lower(v.label).in_(wanted.labels))
        if wanted.longer is not None:
            conditions.append(v.leave - v.enter >= wanted.longer)
        if wanted.line is not None:
            conditions.append(v.entered_by.startswith(f"{wanted.line}:", autoescape=True))
        if wanted.lacking is None:
            rank: ColumnElement[Any] = literal(_OPEN, Integer)
            return select(visits, rank.label("rank")).where(*conditions).subquery()
        flagged = _flagged(wanted.lacking, wanted)
        said = or_(
            literal(False),
            *(v.attributes[name].as_string() == answer for name, answer in wanted.lacking.attributes),
        )
        rank = func.coalesce(flagged.c.rank, case((said, _OPEN)))
        joined = visits.outerjoin(
            flagged,
            and_(v.camera == flagged.c.camera, v.epoch == flagged.c.epoch, v.number == flagged.c.number),
        )
        chosen = select(visits, rank.label("rank")).select_from(joined)
        return chosen.where(*conditions, rank.is_not(None)).subquery()


def _of_totals(connection: Connection, wanted: EventSearch, by: Sequence[FactGroup]) -> Iterator[EventGroup]:
    """The same of events that only totals are left of."""
    for one in read_totals(
        connection,
        wanted.since,
        wanted.until,
        cameras=wanted.cameras,
        kinds=wanted.kinds,
        rules=wanted.rules,
        zones=wanted.zones,
    ):
        if not wanted.verifications or one.known in wanted.verifications:
            yield EventGroup(tuple(getattr(one, group.value) for group in by), one.known, one.events)


def _flagged(lacking: Absence, wanted: VisitSearch) -> FromClause:
    """Tracks that events say lack something, with the best that is known of those events."""
    known = known_verification()
    rank = case(
        (known == Verification.CONFIRMED.value, _CONFIRMED),
        (known == Verification.REJECTED.value, _REJECTED),
        else_=_OPEN,
    )
    joined = (
        candidates.join(events, events.c.id == candidates.c.id)
        .join(suspects, suspects.c.candidate_id == candidates.c.id)
        .outerjoin(JUDGED, JUDGED.c.event_id == events.c.id)
    )
    s, triggered = suspects.c, candidates.c.triggered
    # A track lives for hours at most, so an event of another day is not about a visit of this one.
    near = triggered >= wanted.since - _DAY, triggered < wanted.until + _DAY
    return (
        select(s.camera, s.epoch, s.number, func.max(rank).label("rank"))
        .select_from(joined)
        .where(candidates.c.kind == lacking.kind, *near)
        .group_by(s.camera, s.epoch, s.number)
        .subquery()
    )


def _known_again(connection: Connection, chosen: FromClause) -> int | None:
    """How many persons visits are of by time, place and appearance; None where appearance tells nothing, or there are
    too many."""
    v = chosen.c
    track = v.camera, v.epoch, v.number
    mine = (
        select(*track, func.min(v.enter).label("start"), func.max(v.leave).label("end"))
        .where(v.rank >= _OPEN)
        .group_by(*track)
        .subquery()
    )
    m, t = mine.c, tracks.c
    same = and_(t.camera == m.camera, t.epoch == m.epoch, t.number == m.number)
    described = select(m.camera).select_from(mine.join(tracks, same)).where(t.embedding.is_not(None)).limit(1)
    if connection.execute(described).first() is None:
        return None
    columns = m.camera, m.epoch, m.number, m.start, m.end, t.embedding
    wanted = select(*columns).select_from(mine.outerjoin(tracks, same)).limit(_MOST_EMBEDDED + 1)
    rows = connection.execute(wanted).all()
    if len(rows) > _MOST_EMBEDDED:
        return None
    c = _moves(chosen, _OPEN).c
    pairs = select(c.camera, c.epoch, c.number, c.before_epoch, c.before_number).where(c.again == 1)
    follows = {
        TrackId(row.camera, row.epoch, row.number): TrackId(row.camera, row.before_epoch, row.before_number)
        for row in connection.execute(pairs)
    }
    seen = [
        SeenTrack(
            TrackId(row.camera, row.epoch, row.number),
            row.start,
            row.end,
            row.embedding,
        )
        for row in rows
    ]
    return persons(seen, follows)


def _moves(chosen: FromClause, least: int) -> FromClause:
    """Beginnings and ends of visits in order of time, by camera and zone: how many are there then (`present`), and
    whether one begins just after that of another track has ended there (`again`), with nobody coming or going in
    between."""
    v = chosen.c
    place = v.camera, v.zone, v.epoch, v.number
    moves = union_all(
        select(*place, v.enter.label("time"), literal(1).label("step"), v.enter_x.label("x"), v.enter_y.label("y"))
        .where(v.rank >= least),
        select(*place, v.leave.label("time"), literal(-1).label("step"), v.leave_x.label("x"), v.leave_y.label("y"))
        .where(v.rank >= least),
    ).subquery()  # fmt: skip
    m = moves.c
    window: dict[str, Any] = {
        "partition_by": (m.camera, m.zone),
        "order_by": (m.time, m.step, m.epoch, m.number),
    }

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lag(column).over(**window)

    apart = (m.x - before(m.x)) * (m.x - before(m.x)) + (m.y - before(m.y)) * (m.y - before(m.y))
    other = or_(before(m.epoch) != m.epoch, before(m.number) != m.number)
    continues = and_(
        m.step == 1, before(m.step) == -1, other, m.time - before(m.time) <= AGAIN, apart <= NEAR * NEAR
    )
    return select(
        m.camera,
        m.zone,
        m.epoch,
        m.number,
        before(m.epoch).label("before_epoch"),
        before(m.number).label("before_number"),
        func.sum(m.step).over(**window, rows=(None, 0)).label("present"),
        case((continues, 1), else_=0).label("again"),
    ).subquery()


def _present(moves: FromClause) -> Select[Any]:
    """By camera and zone: the most visits at the same moment (`most`), and how many go on from another (`again`)."""
    m = moves.c
    return select(
        m.camera, m.zone, func.max(m.present).label("most"), func.sum(m.again).label("again")
    ).group_by(m.camera, m.zone)
