"""/events: search, one event with its steps and files; feedback and acknowledgement."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse, StreamingResponse

from secondsight.errors import ConfigError
from secondsight.records import Verification
from secondsight.serve.access import events as access
from secondsight.serve.access.incidents.archive import archive as pack
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.events import (
    AcknowledgeIn,
    AcknowledgeOut,
    AssignIn,
    EventOut,
    EventPageOut,
    EventTallyOut,
    EventWithStepsOut,
    FeedbackIn,
    FeedbackOut,
    StepOut,
    event_out,
)
from secondsight.serve.auth.requests import Judge, Served, Viewer
from secondsight.serve.cursors import read_cursor, write_cursor
from secondsight.store import EventSearch

router = APIRouter(prefix="/events", tags=["events"])
EventId = Annotated[str, Path(max_length=200)]
_FILES_KEPT = {"Cache-Control": "private, max-age=3600"}
"""Files of events never change; they are only removed."""


class ZipResponse(StreamingResponse):
    """A ZIP file."""

    media_type = "application/zip"


@router.get("")
def find(
    site: Served,
    person: Viewer,
    camera: common.Names,
    kind: common.Names,
    rule: common.Names,
    label: common.Names,
    zone: common.Names,
    verification: Annotated[list[Verification], Query(default_factory=list, max_length=10)],
    attribute: Annotated[
        list[str],
        Query(default_factory=list, max_length=10, description="`name:value`, such as `helmet:bare`."),
    ],
    text: Annotated[str, Query(max_length=200, description="Words that stand somewhere in the event.")] = "",
    truth: Annotated[bool | None, Query(description="What people said last.")] = None,
    settled: bool | None = None,
    waiting: Annotated[bool | None, Query(description="Whether it still waits for a person.")] = None,
    taken_by: Annotated[
        str | None, Query(max_length=128, description="Who has it, while nobody has judged it.")
    ] = None,
    since: common.Since = None,
    until: common.Until = None,
    cursor: common.Cursor = None,
    limit: common.Limit = 50,
) -> EventPageOut:
    """Events that meet all conditions, newest first. Of one condition given several times, one must hold."""
    wanted = EventSearch(
        cameras=tuple(camera) or None,
        kinds=tuple(kind),
        rules=tuple(rule),
        labels=tuple(label),
        zones=tuple(zone),
        verifications=tuple(verification),
        attributes=_attributes(attribute),
        text=text,
        truth=truth,
        settled=settled,
        waiting=waiting,
        taken_by=taken_by,
        since=common.seconds_of(since),
        until=common.seconds_of(until),
    )
    page = access.find_events(site, person, wanted, read_cursor(cursor), limit)
    shown = [event_out(event) for event in page.events]
    return EventPageOut(events=shown, next=write_cursor(page.next))


@router.get("/tallies")
def tallies(site: Served, person: Viewer, since: common.Moment, until: common.Moment) -> list[EventTallyOut]:
    """How many events there were in that time, by camera, kind and verification."""
    found = access.tallies(site, person, common.seconds_of(since), common.seconds_of(until))
    return [EventTallyOut.model_validate(one) for one in found]


@router.get("/{id}")
def show(site: Served, person: Viewer, id: EventId) -> EventWithStepsOut:
    """One event, and its life so far."""
    event = access.get_event(site, person, id)
    steps = [StepOut.model_validate(step) for step in access.steps_of(site, person, id)]
    return EventWithStepsOut(event=event_out(event), steps=steps)


@router.get("/{id}/clip", response_class=FileResponse)
def clip(site: Served, person: Viewer, id: EventId) -> FileResponse:
    """The video; parts of it by `Range`."""
    path = access.clip_of(site, person, id)
    return FileResponse(path, media_type="video/mp4", headers=_FILES_KEPT)


@router.get("/{id}/key-frames/{number}", response_class=FileResponse)
def key_frame(
    site: Served, person: Viewer, id: EventId, number: Annotated[int, Path(ge=0, le=1000)]
) -> FileResponse:
    """A key frame, JPEG; counted from 0."""
    path = access.key_frame_of(site, person, id, number)
    return FileResponse(path, media_type="image/jpeg", headers=_FILES_KEPT)


@router.get("/{id}/snapshot", response_class=FileResponse)
def snapshot(site: Served, person: Viewer, id: EventId) -> FileResponse:
    """The picture of the moment at which it was raised, JPEG; the first key frame where there is none."""
    return FileResponse(access.snapshot_of(site, person, id), media_type="image/jpeg")


@router.get("/{id}/archive", response_class=ZipResponse)
def archive(
    site: Served, person: Viewer, id: EventId, language: Annotated[Literal["en", "zh"], Query()] = "en"
) -> ZipResponse:
    """Everything about it as one ZIP: clip, pictures, JSON, calls, hashes, and a page that opens offline."""
    made = pack(site, person, id, language)
    return ZipResponse(made.chunks(), headers={"Content-Disposition": f'attachment; filename="{made.name}"'})


@router.get("/{id}/feedback")
def feedback(site: Served, person: Viewer, id: EventId) -> list[FeedbackOut]:
    """What people have said of it, the newest last."""
    return [
        FeedbackOut(
            event=one.entry.event,
            truth=one.entry.truth,
            author=one.entry.author,
            note=one.entry.note,
            time=one.time,
        )
        for one in access.feedback_on(site, person, id)
    ]


@router.post("/{id}/feedback")
def judge(site: Served, person: Judge, id: EventId, said: FeedbackIn) -> EventOut:
    """Say that it was true, a false alarm, or cannot be told. The newest word counts."""
    return event_out(access.judge(site, person, id, said.said, said.note))


@router.post("/{id}/acknowledge")
def acknowledge(
    site: Served, person: Judge, id: EventId, remark: AcknowledgeIn | None = None
) -> AcknowledgeOut:
    """Take it on: others are told, and nothing is escalated."""
    new = access.acknowledge(site, person, id, remark.note if remark else None)
    steps = [StepOut.model_validate(step) for step in access.steps_of(site, person, id)]
    return AcknowledgeOut(new=new, steps=steps)


@router.get("/{id}/assignable")
def assignable(site: Served, person: Judge, id: EventId) -> list[str]:
    """Users to whom it can be given."""
    return access.assignable(site, person, access.get_event(site, person, id).camera)


@router.post("/{id}/assign")
def assign(site: Served, person: Judge, id: EventId, wanted: AssignIn) -> AcknowledgeOut:
    """Give it to a user, who has it from then on as if they had taken it."""
    new = access.assign(site, person, id, wanted.to, wanted.note)
    steps = [StepOut.model_validate(step) for step in access.steps_of(site, person, id)]
    return AcknowledgeOut(new=new, steps=steps)


def _attributes(given: list[str]) -> dict[str, str]:
    """Raises ConfigError."""
    found = {}
    for one in given:
        name, colon, value = one.partition(":")
        if not colon or not name.replace("-", "").replace("_", "").isalnum() or len(one) > 200:
            raise ConfigError("write name:value, such as helmet:bare", key="attribute")
        found[name] = value
    return found
