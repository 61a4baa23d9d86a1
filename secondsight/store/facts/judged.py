"""What is known of an event, for queries that join it: people's word before the verdict's."""

from sqlalchemy import ColumnElement, case, func, select

from secondsight.records import Verification
from secondsight.store.database.schema import events, feedback

_newest = select(func.max(feedback.c.id)).group_by(feedback.c.event_id)
JUDGED = (
    select(feedback.c.event_id, feedback.c.truth)
    .where(feedback.c.id.in_(_newest), feedback.c.truth.is_not(None))
    .subquery("judged")
)
"""What people said last of each event of which they said anything."""


def known_verification() -> ColumnElement[str]:
    """What is known of an event: people's word before the verdict's."""
    return case(
        (JUDGED.c.truth.is_(True), Verification.CONFIRMED.value),
        (JUDGED.c.truth.is_(False), Verification.REJECTED.value),
        else_=events.c.verification,
    )
