"""The application behind the page: videos and their labels, for this machine alone."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import Body, FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from secondsight.config import behaviour_names
from secondsight.ground_truth import Recording, TrueEvent
from secondsight.records import Box
from secondsight.serve.http.headers import SecurityHeaders
from secondsight.serve.http.limits import RequestLimits
from secondsight.serve.http.origins import LoopbackGuard
from secondsight.serve.http.problems import add_handlers
from secondsight.serve.truth.label_file import LabelFile, SaidEvent

_LARGEST = 4_000_000
"""Bytes of a request."""
_STATIC = files("secondsight.serve.truth").joinpath("static")


class EventForm(BaseModel, extra="forbid"):
    """One event; see `SaidEvent`."""

    id: str = Field(min_length=1, max_length=100)
    kind: str = Field(min_length=1, max_length=64, pattern=r"^\w[\w-]*$")
    start: float
    end: float
    box: tuple[float, float, float, float] | None = None
    resembles: str | None = None


class LabelsForm(BaseModel, extra="forbid"):
    """What the page shows of a label file, and sends back."""

    labelled: list[str]
    events: list[EventForm]


class VideoOut(LabelsForm):
    """A video with its labels."""

    name: str
    duration: float
    frame_rate: float


class ListOut(BaseModel):
    """Names of the videos, and kinds of events that rules report."""

    videos: list[str]
    kinds: list[str]


def make_label_app(found: Sequence[LabelFile]) -> FastAPI:
    """An ASGI application over label files. It answers to names of this machine only."""
    app = FastAPI(title="SecondSight labels", docs_url=None, redoc_url=None, openapi_url=None)

    def of(number: int) -> LabelFile:
        if not 0 <= number < len(found):
            raise HTTPException(404, "there is no such video")
        return found[number]

    @app.get("/")
    def page() -> Response:
        return HTMLResponse(_STATIC.joinpath("index.html").read_text(encoding="utf-8"))

    @app.get("/videos")
    def videos() -> ListOut:
        return ListOut(videos=[one.video.name for one in found], kinds=behaviour_names())

    @app.get("/videos/{number}")
    def video(number: int) -> VideoOut:
        one = of(number)
        return _form(one.video, one.open())

    @app.put("/videos/{number}")
    def save(number: int, labels: Annotated[LabelsForm, Body()]) -> VideoOut:
        one = of(number)
        return _form(one.video, one.save(labels.labelled, [_said(event) for event in labels.events]))

    @app.get("/videos/{number}/preview.mp4")
    def preview(number: int) -> Response:
        one = of(number)
        one.open()
        return FileResponse(one.preview, media_type="video/mp4")

    app.mount("/static", StaticFiles(packages=[("secondsight.serve.truth", "static")]))
    add_handlers(app)
    app.add_middleware(LoopbackGuard)
    app.add_middleware(RequestLimits, body=_LARGEST)
    app.add_middleware(SecurityHeaders, encrypted=False)
    return app


def _form(video: Path, recording: Recording) -> VideoOut:
    events = sorted((*recording.events, *recording.lookalikes), key=lambda event: event.start)
    return VideoOut(
        name=video.name,
        duration=recording.duration,
        frame_rate=recording.frame_rate,
        labelled=list(recording.labelled),
        events=[_shown(event) for event in events],
    )


def _shown(event: TrueEvent) -> EventForm:
    return EventForm(
        id=event.id,
        kind=event.kind,
        start=event.start,
        end=event.end,
        box=tuple(event.box) if event.box else None,
        resembles=event.resembles,
    )


def _said(form: EventForm) -> SaidEvent:
    box = Box(*form.box) if form.box else None
    return SaidEvent(form.id, form.kind, form.start, form.end, box, form.resembles)
