"""/transcribe: what is said in a recording, to be read and corrected before it is asked."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from secondsight.event_words import Language
from secondsight.serve.access.asking import speech as access
from secondsight.serve.api.forms.ask import TranscriptOut
from secondsight.serve.auth.requests import Served, Viewer

router = APIRouter(tags=["ask"])
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/transcribe", openapi_extra=_BODY)
async def transcribe(
    site: Served, person: Viewer, request: Request, language: Language | None = None
) -> TranscriptOut:
    """Write down what is said. The body is the recording: WAV, or anything that FFmpeg reads; silence gives an empty
    text. Nothing is asked and nothing is kept."""
    recording = await request.body()
    heard = await run_in_threadpool(access.hear, site, person, recording, language)
    return TranscriptOut(text=heard.text, language=heard.language, seconds=heard.seconds)
