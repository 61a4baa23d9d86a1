"""How probabilities of a model are to be read: kept in versions, of which the newest counts."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from secondsight.clock import Clock
from secondsight.store.database.database import Database
from secondsight.store.database.schema import calibrations
from secondsight.store.values import Calibration


class Calibrations:
    """Calibrations of a site's models. Every method raises StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def add(self, fitted: Calibration) -> Calibration:
        """Store a calibration as the newest version of its kind, model and source; as it is stored.

        Repeated, it leaves one version more of the same.
        """
        now = self._clock.now()

        def add(connection: Connection) -> Calibration:
            known = _newest(connection, fitted.kind, fitted.model, fitted.source)
            connection.execute(
                calibrations.insert().values(
                    kind=fitted.kind,
                    model=fitted.model,
                    source=fitted.source,
                    version=known.version + 1 if known else 1,
                    method=fitted.method,
                    parameters=fitted.parameters,
                    samples=fitted.samples,
                    ece_before=fitted.ece_before,
                    ece_after=fitted.ece_after,
                    created_at=now,
                )
            )
            added = _newest(connection, fitted.kind, fitted.model, fitted.source)
            assert added is not None
            return added

        return self._database.write(add)

    def newest(self, kind: str, model: str, source: str) -> Calibration | None:
        """The newest calibration of a kind, model and source."""
        return self._database.read(lambda c: _newest(c, kind, model, source))

    def all_newest(self) -> list[Calibration]:
        """The newest calibration of each kind, model and source, in that order."""
        c = calibrations.c
        keys = c.kind, c.model, c.source
        last = select(*keys, func.max(c.version).label("version")).group_by(*keys).subquery()
        same = [calibrations.c[name] == last.c[name] for name in ("kind", "model", "source", "version")]
        wanted = select(calibrations).where(*same).order_by(*keys)
        return self._database.read(lambda c: [_calibration(row) for row in c.execute(wanted)])


def _newest(connection: Connection, kind: str, model: str, source: str) -> Calibration | None:
    c = calibrations.c
    row = connection.execute(
        select(calibrations)
        .where(c.kind == kind, c.model == model, c.source == source)
        .order_by(c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _calibration(row)


def _calibration(row: Row[Any]) -> Calibration:
    return Calibration(
        kind=row.kind,
        model=row.model,
        source=row.source,
        method=row.method,
        parameters=tuple((float(a), float(b)) for a, b in row.parameters),
        samples=row.samples,
        ece_before=row.ece_before,
        ece_after=row.ece_after,
        version=row.version,
        time=row.created_at,
    )
