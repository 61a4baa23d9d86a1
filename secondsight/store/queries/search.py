"""Search over events: conditions in, pages out. A page goes on from a place in the order of triggers, so that
events which come meanwhile neither repeat nor hide others."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, exists, func, not_, or_, select

from secondsight.records import Event, StepKind, Verification
from secondsight.store.database import mapping
from secondsight.store.database.columns import clean
from secondsight.store.database.database import Database
from secondsight.store.database.schema import candidates, deliveries, events, feedback, steps, verdicts
from secondsight.store.facts.suspected import suspected
from secondsight.store.facts.totals import read_totals
from secondsight.store.searching import EventPage, EventSearch, EventTally, Place

MOST_WORDS = 8
"""Words of a text that are searched for; further ones are left out."""


class SearchQueries:
    """Search over events. Every method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: EventSearch, *, after: Place | None = None, limit: int = 50) -> EventPage:
        """Events that meet all conditions, newest first, from the place where a page before ended."""
        if wanted.cameras == ():
            return EventPage((), None)
        order = candidates.c.triggered.desc(), candidates.c.id.desc()
        which = self._matching(wanted, after).order_by(*order).limit(limit + 1)
        query = mapping.select_events().where(candidates.c.id.in_(which)).order_by(*order)
        found = self._database.read(lambda c: [mapping.to_event(row) for row in c.execute(query).mappings()])
        shown = tuple(found[:limit])
        more = len(found) > limit
        return EventPage(shown, (shown[-1].triggered, shown[-1].id) if more else None)

    def some(self, ids: list[str]) -> dict[str, Event]:
        """Events by id; those that are unknown are left out."""
        found: dict[str, Event] = {}
        for chunk in mapping.chunks(ids):
            query = mapping.select_events().where(events.c.id.in_(chunk))
            rows = self._database.read(lambda c, q=query: c.execute(q).mappings().all())  # type: ignore[misc]
            found |= {event.id: event for event in map(mapping.to_event, rows)}
        return found

    def tallies(self) -> list[EventTally]:
        """How many events there ever were of each camera, kind and verification."""
        keys = candidates.c.camera, candidates.c.kind, events.c.verification
        joined = events.join(candidates, candidates.c.id == events.c.id)
        query = select(*keys, func.count()).select_from(joined).group_by(*keys).order_by(*keys)

        def read(connection: Connection) -> list[EventTally]:
            counts = Counter({(a, b, Verification(v)): n for a, b, v, n in connection.execute(query)})
            for one in read_totals(connection):
                counts[one.camera, one.kind, one.verification] += one.events
            return [EventTally(*key, count) for key, count in sorted(counts.items())]

        return self._database.read(read)

    def tallies_between(self, since: float, until: float) -> list[EventTally]:
        """The same of events that were triggered in [since, until), as far as they are kept."""
        keys = candidates.c.camera, candidates.c.kind, events.c.verification
        query = (
            select(*keys, func.count())
            .select_from(events.join(candidates, candidates.c.id == events.c.id))
            .where(candidates.c.triggered >= since, candidates.c.triggered < until)
            .group_by(*keys)
            .order_by(*keys)
        )
        return self._database.read(
            lambda c: [EventTally(a, b, Verification(v), n) for a, b, v, n in c.execute(query)]
        )

    def delivery_counts(self) -> dict[tuple[str, str], int]:
        """How many deliveries of each channel are in each state."""
        query = select(deliveries.c.channel, deliveries.c.state, func.count()).group_by(
            deliveries.c.channel, deliveries.c.state
        )
        return self._database.read(lambda c: {(channel, state): n for channel, state, n in c.execute(query)})

    def _matching(self, wanted: EventSearch, after: Place | None) -> Select[Any]:
        """Ids of what is wanted, from the fewest tables: of most events nothing else is read."""
        joined = candidates.join(events, events.c.id == candidates.c.id)
        if wanted.text:
            joined = joined.outerjoin(verdicts, verdicts.c.id == events.c.verdict_id)
        query = select(candidates.c.id).select_from(joined).where(*self._conditions(wanted))
        if after is not None:
            time, id = after
            query = query.where(candidates.c.triggered <= time)
            query = query.where(or_(candidates.c.triggered < time, candidates.c.id < id))
        return query

    def _conditions(self, wanted: EventSearch) -> list[ColumnElement[bool]]:
        conditions = suspected(wanted)
        if wanted.verifications:
            conditions.append(events.c.verification.in_(wanted.verifications))
        if wanted.truth is not None:
            conditions.append(mapping.TRUTH.element == wanted.truth)
        if wanted.settled is not None:
            conditions.append(events.c.settled.is_(wanted.settled))
        if wanted.waiting is not None:
            conditions.append(_WAITS if wanted.waiting else not_(_WAITS))
        if wanted.taken_by is not None:
            conditions.append(_taken_by(wanted.taken_by))
        conditions += [
            candidates.c.attributes[name].as_string() == clean(value)
            for name, value in wanted.attributes.items()
        ]
        return conditions + [self._says(word) for word in clean(wanted.text).split()[:MOST_WORDS]]

    def _says(self, word: str) -> ColumnElement[bool]:
        if not self._database.is_sqlite:
            spoken = json.dumps(word, ensure_ascii=False)[1:-1]
            return or_(_WORDS.icontains(word, autoescape=True), _JSON.icontains(spoken, autoescape=True))
        # SQLite's LIKE takes capitals for small letters anyway, and its JSON has other letters than ASCII as escapes.
        spoken = json.dumps(word)[1:-1]
        return or_(_WORDS.contains(word, autoescape=True), _JSON.contains(spoken, autoescape=True))


def _together(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    """Columns as one text: one comparison instead of several is what makes a search of all events quick."""
    texts = [func.coalesce(cast(column, Text), "") for column in columns]
    whole: ColumnElement[str] = texts[0]
    for text in texts[1:]:
        whole = whole + "\n" + text
    return whole


_WORDS = _together(
    candidates.c.label, candidates.c.zone, candidates.c.rule, events.c.note, verdicts.c.summary
)
_JSON = _together(candidates.c.attributes, verdicts.c.answers)


def _taken_by(person: str) -> ColumnElement[bool]:
    """Whether this person was the last to take it, and nobody has judged it."""
    last = (
        select(steps.c.author)
        .where(steps.c.event_id == events.c.id, steps.c.kind == StepKind.ACKNOWLEDGED)
        .order_by(steps.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return and_(last == clean(person), ~exists().where(feedback.c.event_id == events.c.id))


_WAITS = and_(
    events.c.alert.is_(True),
    ~exists().where(feedback.c.event_id == events.c.id),
    ~exists().where(steps.c.event_id == events.c.id, steps.c.kind == StepKind.ACKNOWLEDGED),
)
