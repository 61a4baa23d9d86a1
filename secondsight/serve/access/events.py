"""Events: found, shown with their steps and files, judged and acknowledged."""

from dataclasses import dataclass, replace
from pathlib import Path

from secondsight.cascade import judge as judge_event
from secondsight.errors import RefusedError
from secondsight.records import Event, Step, StepKind, snapshot_path
from secondsight.serve.access.files import file_of
from secondsight.serve.auth.rights import Principal, Right, UnknownError, person_of
from secondsight.serve.site import ServedSite
from secondsight.store import AuditEntry, EventPage, EventSearch, EventTally, Feedback, FeedbackEntry, Place

MOST = 500
"""Most events of one page."""


@dataclass(frozen=True, slots=True)
class PublishedStep:
    """A published step of an event, with the event as it is now."""

    position: int
    step: Step
    event: Event


def find_events(
    site: ServedSite, person: Principal, wanted: EventSearch, after: Place | None, limit: int
) -> EventPage:
    """Events that meet all conditions, of cameras that the person may see, newest first."""
    person.need(Right.VIEW)
    seen = replace(wanted, cameras=person.only(wanted.cameras or ()))
    return site.store.search.page(seen, after=after, limit=min(limit, MOST))


def get_event(site: ServedSite, person: Principal, id: str) -> Event:
    """One event. Raises UnknownError."""
    person.need(Right.VIEW)
    found = site.store.events.get(id)
    if found is None or not person.sees(found.camera):
        raise UnknownError("there is no such event")
    return found


def kinds(site: ServedSite, person: Principal) -> list[str]:
    """Kinds of events that there are on cameras that the person may see."""
    person.need(Right.VIEW)
    return sorted({one.kind for one in site.store.search.tallies() if person.sees(one.camera)})


def tallies(site: ServedSite, person: Principal, since: float, until: float) -> list[EventTally]:
    """How many events were triggered in [since, until), by camera, kind and verification."""
    person.need(Right.VIEW)
    return [one for one in site.store.search.tallies_between(since, until) if person.sees(one.camera)]


def steps_of(site: ServedSite, person: Principal, id: str) -> tuple[Step, ...]:
    """The life of an event so far, in order. Raises UnknownError."""
    get_event(site, person, id)
    return tuple(site.store.steps.of(id))


def feedback_on(site: ServedSite, person: Principal, id: str) -> list[Feedback]:
    """What people have said of an event, the newest last. Raises UnknownError."""
    get_event(site, person, id)
    return site.store.feedback.find(event=id)


def clip_of(site: ServedSite, person: Principal, id: str) -> Path:
    """The file of an event's clip. Raises UnknownError."""
    event = get_event(site, person, id)
    return file_of(site.data, event.clip.path if event.clip else None, "clip of this event")


def key_frame_of(site: ServedSite, person: Principal, id: str, number: int) -> Path:
    """The file of an event's key frame, counted from 0. Raises UnknownError."""
    frames = get_event(site, person, id).key_frames
    named = frames[number].path if 0 <= number < len(frames) else None
    return file_of(site.data, named, "such key frame of this event")


def snapshot_of(site: ServedSite, person: Principal, id: str) -> Path:
    """The picture of the moment at which the event was raised, else its first key frame. Raises UnknownError."""
    event = get_event(site, person, id)
    try:
        return file_of(site.data, snapshot_path(event), "snapshot")
    except UnknownError:
        return key_frame_of(site, person, id, 0)


def judge(site: ServedSite, person: Principal, id: str, truth: bool | None, note: str | None) -> Event:
    """Say that an event was true, a false alarm, or (None) cannot be told; the event as it is then.

    Raises:
        UnknownError: there is no such event.
        ForbiddenError: the person may only look.
    """
    person.need(Right.JUDGE)
    get_event(site, person, id)
    judge_event(site.store, FeedbackEntry(id, truth, person.name, note))
    return get_event(site, person, id)


def acknowledge(site: ServedSite, person: Principal, id: str, note: str | None) -> bool:
    """Take an event on; False if a person has before. Raises UnknownError, ForbiddenError."""
    person.need(Right.JUDGE)
    get_event(site, person, id)
    taken = site.store.steps.acknowledge(id, person.name, note)
    if taken:
        site.store.audit.add(AuditEntry(person.name, "event.acknowledge", id, None, {"note": note}))
    return taken


def assignable(site: ServedSite, person: Principal, camera: str) -> list[str]:
    """Users who can take events of a camera; nobody where the person may only look."""
    if not person.may(Right.JUDGE) or not person.sees(camera):
        return []
    known = [person_of(user) for user in site.store.accounts.users() if user.enabled]
    return [one.name for one in known if one.may(Right.JUDGE) and one.sees(camera)]


def assign(site: ServedSite, person: Principal, id: str, to: str, note: str | None) -> bool:
    """Give an event to a user, who from then on has it as if they had taken it; False if they had it before.

    Raises:
        UnknownError: there is no such event.
        ForbiddenError: the person may only look.
        RefusedError: that user cannot take events of this camera.
    """
    person.need(Right.JUDGE)
    event = get_event(site, person, id)
    if to not in assignable(site, person, event.camera):
        raise RefusedError(f"{to} cannot take events of this camera: no such user, or without the right")
    given = f"given by {person.name}"
    before = [step.by for step in steps_of(site, person, id) if step.kind is StepKind.ACKNOWLEDGED]
    taken = site.store.steps.acknowledge(id, to, f"{given}: {note}" if note else given)
    if taken:
        was = {"to": before[-1]} if before else None
        site.store.audit.add(AuditEntry(person.name, "event.assign", id, was, {"to": to, "note": note}))
    return taken


def published_after(
    site: ServedSite, person: Principal, position: int, limit: int = 100
) -> tuple[int, list[PublishedStep]]:
    """Steps beyond a position, of cameras that the person may see.

    Returns:
        The position up to which there is nothing more to see, and the steps.
    """
    person.need(Right.VIEW)
    steps = site.store.steps.after(position, limit)
    events = site.store.search.some([*dict.fromkeys(step.event for step in steps)])
    seen = [
        PublishedStep(step.position, step, events[step.event])
        for step in steps
        if step.position is not None and step.event in events and person.sees(events[step.event].camera)
    ]
    return max([position, *(step.position or 0 for step in steps)]), seen
