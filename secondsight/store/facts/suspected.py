"""What a search of events asks of the candidate, as conditions on its table."""

from sqlalchemy import ColumnElement

from secondsight.store.database.schema import candidates
from secondsight.store.searching import EventSearch


def suspected(wanted: EventSearch) -> list[ColumnElement[bool]]:
    """Cameras, kinds, rules, labels, zones and time of a search; what is not asked for gives no condition."""
    c = candidates.c
    conditions: list[ColumnElement[bool]] = []
    if wanted.cameras is not None:
        conditions.append(c.camera.in_(wanted.cameras))
    for column, values in (
        (c.kind, wanted.kinds),
        (c.rule, wanted.rules),
        (c.label, wanted.labels),
        (c.zone, wanted.zones),
    ):
        if values:
            conditions.append(column.in_(values))
    if wanted.since is not None:
        conditions.append(c.triggered >= wanted.since)
    if wanted.until is not None:
        conditions.append(c.triggered < wanted.until)
    return conditions
