"""/cameras, /counts, /tracks: what cameras show, and what was counted."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import FileResponse

from secondsight.clock import iso
from secondsight.serve.access import cameras as access
from secondsight.serve.api.forms import common
from secondsight.serve.api.forms.site import CameraOut, CountOut, TrackOut
from secondsight.serve.auth.requests import Served, Viewer
from secondsight.store import TimeGrouping

router = APIRouter(tags=["cameras"])
CameraName = Annotated[str, Path(max_length=128)]


class PictureResponse(Response):
    """A PNG."""

    media_type = "image/png"


@router.get("/cameras")
def every(site: Served, person: Viewer) -> list[CameraOut]:
    """Every camera that one may see, with its state as far as known."""
    return [CameraOut.model_validate(state) for state in access.cameras(site, person)]


@router.get("/cameras/{camera}")
def one(site: Served, person: Viewer, camera: CameraName) -> CameraOut:
    """One camera."""
    return CameraOut.model_validate(access.camera(site, person, camera))


@router.get("/cameras/{camera}/snapshot", response_class=FileResponse)
def snapshot(site: Served, person: Viewer, camera: CameraName) -> FileResponse:
    """The newest picture there is of it, JPEG: from its newest events."""
    return FileResponse(access.last_picture(site, person, camera), media_type="image/jpeg")


class JpegResponse(Response):
    """A JPEG."""

    media_type = "image/jpeg"


@router.get("/cameras/{camera}/now", response_class=JpegResponse)
def now(site: Served, person: Viewer, camera: CameraName) -> JpegResponse:
    """Its picture as it is now, JPEG: a connection of its own is opened, every 5 s at most. Where the camera gives
    none, that of its newest event; `X-Now` is then `no`."""
    taken = access.picture_now(site, person, camera)
    return JpegResponse(
        taken.jpeg, headers={"X-Taken-At": iso(taken.time), "X-Now": "no" if taken.trouble else "yes"}
    )


@router.get("/cameras/{camera}/heatmap", response_class=PictureResponse)
def heat_map(
    site: Served, person: Viewer, camera: CameraName, since: common.Since = None, until: common.Until = None
) -> PictureResponse:
    """Where people have been for how long, drawn over its newest picture, PNG."""
    begin, end = common.seconds_of(since), common.seconds_of(until)
    return PictureResponse(access.heat_map(site, person, camera, begin, end))


@router.get("/counts")
def counts(
    site: Served,
    person: Viewer,
    camera: common.Names,
    name: Annotated[str | None, Query(max_length=200, description="A count, or all of one rule.")] = None,
    since: common.Since = None,
    until: common.Until = None,
    by: TimeGrouping = TimeGrouping.MINUTE,
) -> list[CountOut]:
    """What rules have counted, summed by minute, hour or day of UTC."""
    found = access.counts(
        site,
        person,
        cameras=tuple(camera),
        name=name,
        since=common.seconds_of(since),
        until=common.seconds_of(until),
        by=by,
    )
    return [CountOut.model_validate(line) for line in found]


@router.get("/tracks")
def tracks(
    site: Served,
    person: Viewer,
    camera: common.Names,
    since: common.Since = None,
    until: common.Until = None,
    limit: common.Limit = 50,
) -> list[TrackOut]:
    """Finished tracks that began in that time, oldest first."""
    begin, end = common.seconds_of(since), common.seconds_of(until)
    found = access.tracks(site, person, cameras=tuple(camera), since=begin, until=end, limit=limit)
    return [TrackOut.model_validate(track) for track in found]
