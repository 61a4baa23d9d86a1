"""How probabilities of a model are to be read: kept in versions, of which the newest counts."""

from typing import Any

from sqlalchemy import Connection, Row, func, select

from secondsight.store.database.schema import calibrations
from secondsight.store.values import Calibration


def add(connection: Connection, now: float, fitted: Calibration) -> Calibration:
    """Store it as the newest version of its kind, model and source; what was stored."""
    known = newest(connection, fitted.kind, fitted.model, fitted.source)
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
    added = newest(connection, fitted.kind, fitted.model, fitted.source)
    assert added is not None
    return added


def newest(connection: Connection, kind: str, model: str, source: str) -> Calibration | None:
    c = calibrations.c
    row = connection.execute(
        select(calibrations)
        .where(c.kind == kind, c.model == model, c.source == source)
        .order_by(c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _calibration(row)


def all_newest(connection: Connection) -> list[Calibration]:
    """The newest version of each kind, model and source, in that order."""
    c = calibrations.c
    keys = c.kind, c.model, c.source
    last = select(*keys, func.max(c.version).label("version")).group_by(*keys).subquery()
    same = [calibrations.c[name] == last.c[name] for name in ("kind", "model", "source", "version")]
    found = select(calibrations).where(*same).order_by(*keys)
    return [_calibration(row) for row in connection.execute(found)]


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
