"""/cameras/{camera}/footage, /live.mp4 and /live.mjpeg: recorded footage, and live pictures."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool

from secondsight.errors import StoreError
from secondsight.media import LiveForm
from secondsight.serve.access import footage as access
from secondsight.serve.access.cameras import camera as get_camera
from secondsight.serve.api.cameras import CameraName, JpegResponse
from secondsight.serve.api.forms.common import Moment, seconds_of
from secondsight.serve.api.forms.site import FootageOut, SegmentOut
from secondsight.serve.auth.requests import Served, Viewer, still_there
from secondsight.serve.auth.rights import Principal
from secondsight.serve.live_view import BOUNDARY, LiveView
from secondsight.serve.site import ServedSite

router = APIRouter(prefix="/cameras/{camera}", tags=["footage"])
_KEPT = {"Cache-Control": "private, max-age=3600"}
"""Segments never change; they are only removed."""
_LIVE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_CHECK = 1.0
"""Seconds after which it is looked again whether the person may still see the camera."""


class VideoResponse(StreamingResponse):
    """A video."""

    media_type = "video/mp4"


class MotionJpegResponse(StreamingResponse):
    """JPEGs, one after the other, each in the place of the one before."""

    media_type = f"multipart/x-mixed-replace; boundary={BOUNDARY}"


@router.get("/footage")
def listed(site: Served, person: Viewer, camera: CameraName, since: Moment, until: Moment) -> FootageOut:
    """The segments of a camera that show any of that time, oldest first; a week at most."""
    found = access.footage(site, person, camera, seconds_of(since), seconds_of(until))
    return FootageOut(segments=[SegmentOut.model_validate(one) for one in found])


@router.get("/footage/segments/{name}", response_class=FileResponse)
def segment(
    site: Served, person: Viewer, camera: CameraName, name: Annotated[str, Path(max_length=64)]
) -> FileResponse:
    """A segment, by its name: fragmented MP4; parts of it by `Range`."""
    path = access.segment_file(site, person, camera, name)
    return FileResponse(path, media_type="video/mp4", headers=_KEPT)


@router.get("/footage/cut", response_class=VideoResponse)
def cut(site: Served, person: Viewer, camera: CameraName, since: Moment, until: Moment) -> VideoResponse:
    """One video of that time, an hour at most. It begins at the key frame before it; in gaps the picture stands
    still."""
    pieces = access.cut(site, person, camera, seconds_of(since), seconds_of(until))
    name = f"{camera}-{since:%Y%m%dT%H%M%S}.mp4"
    return VideoResponse(pieces, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/footage/picture", response_class=JpegResponse)
def picture(site: Served, person: Viewer, camera: CameraName, at: Moment) -> JpegResponse:
    """What the camera showed at that moment, JPEG."""
    return JpegResponse(access.footage_picture(site, person, camera, seconds_of(at)))


@router.get("/live.mp4", response_class=VideoResponse)
async def live_video(site: Served, person: Viewer, camera: CameraName, request: Request) -> VideoResponse:
    """Live pictures from the packets that the camera sends: a fragmented MP4 that does not end. Only H.264; others
    are refused, and can be seen as live.mjpeg."""
    return VideoResponse(await _pieces(site, person, camera, request, "mp4"), headers=_LIVE)


@router.get("/live.mjpeg", response_class=MotionJpegResponse)
async def live_pictures(
    site: Served, person: Viewer, camera: CameraName, request: Request
) -> MotionJpegResponse:
    """Live pictures of any camera, as JPEGs in one answer that does not end: those that the small model looks at, so
    none while nothing moves."""
    return MotionJpegResponse(await _pieces(site, person, camera, request, "jpeg"), headers=_LIVE)


async def _pieces(
    site: ServedSite, person: Principal, camera: str, request: Request, form: LiveForm
) -> AsyncIterator[bytes]:
    """What the answer holds, until the person may not see it any more. Raises StoreError, RefusedError."""
    await run_in_threadpool(get_camera, site, person, camera)
    if not site.viewers.join():
        raise StoreError("too many live videos are open; try again later", retryable=True)
    try:
        view = await LiveView.open(site.data, camera, form)
    except BaseException:
        site.viewers.leave()
        raise

    async def pieces() -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        checked = loop.time()
        try:
            async for piece in view.pieces(_CHECK):
                if piece:
                    yield piece
                if loop.time() - checked >= _CHECK:
                    checked = loop.time()
                    if not await _may_go_on(site, request, person, camera):
                        return
        finally:
            view.close()
            site.viewers.leave()

    return pieces()


async def _may_go_on(site: ServedSite, request: Request, person: Principal, camera: str) -> bool:
    now = await run_in_threadpool(still_there, site, request, person)
    return now is not None and now.sees(camera) and not site.feed.closed
