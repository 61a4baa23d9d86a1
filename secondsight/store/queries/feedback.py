"""What people say of events, and what calibrations are fitted to. A word is never changed; the newest one counts."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from secondsight.store.database.mapping import TRUTH, chunks
from secondsight.store.database.schema import candidates, events, feedback, verdicts
from secondsight.store.queries import filters
from secondsight.store.values import CalibrationSample, Feedback, FeedbackEntry


def add(connection: Connection, now: float, words: Sequence[FeedbackEntry]) -> list[str]:
    """Add words on events; ids of those that are unknown, of which nothing was added.

    A word that repeats the newest one of its event is not added again. An event that was true ends the filter that
    had held it back.
    """
    known = set()
    for some in chunks([word.event for word in words]):
        known |= set(connection.execute(select(events.c.id).where(events.c.id.in_(some))).scalars())
    for word in words:
        if word.event in known:
            _add(connection, now, word)
    return [word.event for word in words if word.event not in known]


def _add(connection: Connection, now: float, word: FeedbackEntry) -> None:
    newest = connection.execute(
        select(feedback.c.truth, feedback.c.author, feedback.c.note)
        .where(feedback.c.event_id == word.event)
        .order_by(feedback.c.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or tuple(newest) != (word.truth, word.author, word.note):
        connection.execute(
            feedback.insert().values(
                event_id=word.event, truth=word.truth, author=word.author, note=word.note, created_at=now
            )
        )
    if word.truth:
        filters.disproved(connection, now, word.event, "true by feedback")


def find(connection: Connection, limit: int | None) -> list[Feedback]:
    """Words in the order in which they were given, superseded ones too; at most `limit`, the newest."""
    wanted = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
    return [
        Feedback(FeedbackEntry(row.event_id, row.truth, row.author, row.note), row.created_at)
        for row in connection.execute(wanted)
    ][::-1]


def samples(connection: Connection, kind: str | None) -> list[CalibrationSample]:
    """Each verdict that counted, has a raw probability, and was spoken of by people; by event.

    Verdicts that were shared or reused are left out: they say nothing new of the brain.
    """
    wanted = (
        select(candidates.c.kind, verdicts.c.model, verdicts.c.probability_source, verdicts.c.raw, TRUTH)
        .select_from(events)
        .join(candidates, candidates.c.id == events.c.id)
        .join(verdicts, verdicts.c.id == events.c.verdict_id)
        .where(verdicts.c.raw.is_not(None), verdicts.c.calls > 0, TRUTH.is_not(None))
        .order_by(events.c.id)
    )
    if kind is not None:
        wanted = wanted.where(candidates.c.kind == kind)
    return [
        CalibrationSample(k, model, source or "", raw, truth)
        for k, model, source, raw, truth in connection.execute(wanted)
    ]
