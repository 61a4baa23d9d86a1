"""/stream: steps of events as they are published, as server-sent events that can be resumed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from secondsight.errors import ConfigError, StoreError
from secondsight.serve.access.events import PublishedStep, published_after
from secondsight.serve.api.forms.events import PublishedStepOut
from secondsight.serve.auth.requests import Served, Viewer, still_there
from secondsight.serve.auth.rights import Principal
from secondsight.serve.site import ServedSite

router = APIRouter(tags=["stream"])
HEARTBEAT = 10.0
"""Seconds of silence after which a comment is sent, so that nobody in between takes the connection for dead."""
CHECK = 1.0
"""Seconds after which it is looked again whether the person may still follow."""
_MOST = 2**31 - 1


class EventStreamResponse(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"


@router.get("/stream", response_class=EventStreamResponse)
async def follow(
    site: Served,
    person: Viewer,
    request: Request,
    after: Annotated[
        int | None, Query(ge=0, le=_MOST, description="Position to go on from; only new steps if absent.")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(description="As browsers send it; goes before `after`.")
    ] = None,
) -> EventStreamResponse:
    """Follow the steps of events. The id of each message is the step's position, its data a `PublishedStepOut`.

    A client that comes back with the last id it has seen misses nothing.
    """
    position = await _begin(site, after, last_event_id)
    if site.feed.full:
        raise StoreError("too many streams are open; try again later", retryable=True)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventStreamResponse(_messages(site, request, person, position), headers=headers)


async def _begin(site: ServedSite, after: int | None, last_event_id: str | None) -> int:
    newest = await run_in_threadpool(site.store.steps.last)
    if last_event_id is not None:
        if not last_event_id.isascii() or not last_event_id.isdigit() or int(last_event_id) > _MOST:
            raise ConfigError("this is no id of this stream", key="Last-Event-ID")
        after = int(last_event_id)
    # A position of another database lies beyond: everything from now on is new.
    return newest if after is None else min(after, newest)


async def _messages(
    site: ServedSite, request: Request, person: Principal, position: int
) -> AsyncIterator[bytes]:
    """Messages until the client goes, the person may no longer follow, or the server stops."""
    if not site.feed.join():
        return
    try:
        yield f"retry: 2000\nid: {position}\n\n".encode()
        silent = 0.0
        while not site.feed.closed:
            try:
                allowed = await run_in_threadpool(still_there, site, request, person)
                if allowed is None:
                    return
                position, steps = await run_in_threadpool(published_after, site, allowed, position)
            except StoreError:
                await asyncio.sleep(CHECK)  # the position stays: nothing is left out
                continue
            for step in steps:
                yield _message(step)
            silent = 0.0 if steps else silent
            if not await site.feed.beyond(position, CHECK):
                silent += CHECK
                if silent >= HEARTBEAT:
                    silent = 0.0
                    yield b": still here\n\n"
    finally:
        site.feed.leave()


def _message(step: PublishedStep) -> bytes:
    data = PublishedStepOut.of(step).model_dump_json()
    return f"id: {step.position}\nevent: step\ndata: {data}\n\n".encode()
