"""Feedback on events, and the samples that calibrations are fitted to. An entry never changes; the newest counts."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from secondsight.clock import Clock
from secondsight.records import StepKind
from secondsight.store.database.database import Database
from secondsight.store.database.mapping import TRUTH, chunks
from secondsight.store.database.schema import candidates, events, feedback, verdicts
from secondsight.store.queries import filters, steps
from secondsight.store.values import CalibrationSample, Feedback, FeedbackEntry


class FeedbackEntries:
    """Feedback on events. Every method raises StoreError, and may be repeated without harm."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, entries: Sequence[FeedbackEntry]) -> list[str]:
        """Add feedback on events; returns the ids of unknown events, for which nothing was added.

        An entry that repeats the newest one of its event is not added again. An event that was true ends the filter
        that had held it back.
        """
        now = self._clock.now()

        def add(connection: Connection) -> list[str]:
            known = set()
            for some in chunks([entry.event for entry in entries]):
                known |= set(connection.execute(select(events.c.id).where(events.c.id.in_(some))).scalars())
            for entry in entries:
                if entry.event in known:
                    _add(connection, now, entry)
            return [entry.event for entry in entries if entry.event not in known]

        return self._database.write(add)

    def find(
        self,
        limit: int | None = None,
        *,
        event: str | None = None,
        cameras: Collection[str] | None = None,
    ) -> list[Feedback]:
        """Feedback in the order in which it was given, superseded entries too; at most `limit`, the newest.

        Args:
            event: on this event alone.
            cameras: on events of these cameras alone.
        """
        wanted = select(feedback).order_by(feedback.c.id.desc()).limit(limit)
        if event is not None:
            wanted = wanted.where(feedback.c.event_id == event)
        if cameras is not None:
            joined = wanted.join(candidates, candidates.c.id == feedback.c.event_id)
            wanted = joined.where(candidates.c.camera.in_(cameras))

        def find(connection: Connection) -> list[Feedback]:
            return [
                Feedback(FeedbackEntry(row.event_id, row.truth, row.author, row.note), row.created_at)
                for row in connection.execute(wanted)
            ][::-1]

        return self._database.read(find)

    def samples(self, kind: str | None = None) -> list[CalibrationSample]:
        """What calibrations are fitted to: each verdict that counted, has a raw probability and got feedback; by
        event.

        Verdicts that were shared or reused are left out: they tell nothing new about the brain.
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

        def samples(connection: Connection) -> list[CalibrationSample]:
            return [
                CalibrationSample(kind, model, source or "", raw, truth)
                for kind, model, source, raw, truth in connection.execute(wanted)
            ]

        return self._database.read(samples)


def _add(connection: Connection, now: float, entry: FeedbackEntry) -> None:
    steps.lock(connection, entry.event)
    newest = connection.execute(
        select(feedback.c.truth, feedback.c.author, feedback.c.note)
        .where(feedback.c.event_id == entry.event)
        .order_by(feedback.c.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or tuple(newest) != (entry.truth, entry.author, entry.note):
        connection.execute(
            feedback.insert().values(
                event_id=entry.event, truth=entry.truth, author=entry.author, note=entry.note, created_at=now
            )
        )
        steps.add(
            connection,
            now,
            [entry.event],
            StepKind.CORRECTED,
            by=entry.author,
            note=entry.note,
            truth=entry.truth,
        )
    if entry.truth:
        filters.disproved(connection, now, entry.event, "true by feedback")
