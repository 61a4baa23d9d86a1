"""What people decide, wherever they say it: on the command line, through the API, on a page.

Each of these is one transaction of the store, then a line in the audit log.
"""

from secondsight.cascade.feedback.rejection_filters import try_in_shadow
from secondsight.config import suggestion
from secondsight.errors import RefusedError
from secondsight.store import AuditEntry, CameraFilter, FeedbackEntry, FilterState, Store


def judge(store: Store, entry: FeedbackEntry) -> None:
    """Say whether an event was true. The newest word counts.

    Raises:
        RefusedError: there is no such event.
    """
    before = store.events.get(entry.event)
    if before is None or store.feedback.add([entry]):
        raise RefusedError(f"no event is called {entry.event}", unknown=True)
    store.audit.add(
        AuditEntry(
            entry.author,
            "event.judge",
            entry.event,
            {"truth": before.truth},
            {"truth": entry.truth, "note": entry.note},
        )
    )


def approve_filter(store: Store, id: str, by: str) -> CameraFilter:
    """Let a proposed or expired filter hold, after one more test in shadow; the filter as it is then.

    Raises:
        RefusedError: there is no such filter, it would have held back what was true, or it is in no such state.
    """
    one = filter_of(store, id)
    shadow = try_in_shadow(one, store.filters.seen_cases(one.camera, one.kind)).shadow
    if not shadow.harmless:
        raise RefusedError(
            f"filter {id} would have held back {shadow.confirmed} confirmed, {shadow.unsure} unsure and "
            f"{shadow.true} true cases by now; it is not approved"
        )
    if not store.filters.approve(id, shadow):
        raise RefusedError(
            f"filter {id} is {one.state.value}; only proposed and expired ones can be approved"
        )
    store.audit.add(_change(by, "filter.approve", one, FilterState.ACTIVE))
    return filter_of(store, id)


def revoke_filter(store: Store, id: str, by: str, note: str) -> CameraFilter:
    """End a filter for good; a run that goes on obeys at once. The filter as it is then.

    Raises:
        RefusedError: there is no such filter, or it has ended already.
    """
    one = filter_of(store, id)
    if not store.filters.revoke(id, note):
        raise RefusedError(f"filter {id} is {one.state.value} already")
    store.audit.add(_change(by, "filter.revoke", one, FilterState.REVOKED))
    return filter_of(store, id)


def filter_of(store: Store, id: str) -> CameraFilter:
    """One filter by its id. Raises RefusedError if there is none."""
    one = store.filters.get(id)
    if one is None:
        hint = suggestion(id, [other.id for other in store.filters.find()])
        raise RefusedError(f"no filter is called {id}; {hint}", unknown=True)
    return one


def _change(by: str, what: str, one: CameraFilter, state: FilterState) -> AuditEntry:
    about = {"camera": one.camera, "kind": one.kind}
    return AuditEntry(by, what, one.id, {**about, "state": one.state.value}, {"state": state.value})
