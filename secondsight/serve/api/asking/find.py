"""/find: events whose pictures look like words."""

from typing import Annotated

from fastapi import APIRouter, Query

from secondsight.serve.access.asking import ask as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.ask import FindsOut, FoundOut
from secondsight.serve.api.forms.events import event_out
from secondsight.serve.auth.requests import Served, Viewer

router = APIRouter(tags=["find"])


@router.get("/find")
def find(
    site: Served,
    person: Viewer,
    text: Annotated[str, Query(min_length=1, max_length=300, description="What is to be seen.")],
    camera: common.Names,
    since: common.Since = None,
    until: common.Until = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> FindsOut:
    """The likest first; what a large model has confirmed stands before all others, what it has rejected behind."""
    finds = access.find(
        site,
        person,
        text,
        since=common.seconds_of(since),
        until=common.seconds_of(until),
        cameras=camera,
        limit=limit,
    )
    found = [
        FoundOut(
            event=event_out(one.event),
            score=one.score,
            frame=one.frame,
            box=list(one.box),
            verification=None if one.verification is None else one.verification.value,
        )
        for one in finds.found
    ]
    return FindsOut(found=found, note=finds.note)
