"""Spoken questions over HTTP: written down by the site's `voice`, never asked; and the page's microphone."""

import io
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient

from secondsight.config import OpenAIVoiceSettings
from secondsight.serve.app import make_app
from tests.brain.test_transcribing import RATE, record, voice
from tests.serve.conftest import Served
from tests.servers.brain import BrainServer, body, status

PATH = "/api/v1/transcribe"
WAV = {"Content-Type": "audio/wav"}


def client(served: Served, server: BrainServer, who: str = "viewer-hall") -> TestClient:
    """Of the same site with a transcriber."""
    assert served.site.site_config is not None
    settings = OpenAIVoiceSettings.model_validate(
        {"backend": "openai", "base_url": server.url, "model": "whisper-1", "timeout": 20}
    )
    config = served.site.site_config.model_copy(update={"voice": settings})
    return replace(served, app=make_app(replace(served.site, site_config=config))).client(who)


@pytest.fixture
def spoken(tmp_path: Path) -> bytes:
    return record(tmp_path / "a.wav", voice()).read_bytes()


def test_what_is_said_comes_back_as_text_and_is_booked(served: Served, spoken: bytes) -> None:
    with BrainServer() as server:
        server.transcript = body(b'{"text": " How many people fell? "}')
        with client(served, server) as viewer:
            heard = viewer.post(PATH, content=spoken, headers=WAV)
            page = viewer.get("/ask").text
    assert heard.status_code == 200, heard.text
    assert heard.json() == {
        "text": "How many people fell?",
        "language": heard.json()["language"],
        "seconds": 2.0,
    }
    assert len(server.heard) == 1
    assert 'id="record"' in page
    assert "ask.js" in page


def test_silence_is_nothing_and_is_not_sent(served: Served, tmp_path: Path) -> None:
    silence = record(tmp_path / "a.wav", np.zeros(RATE * 2)).read_bytes()
    with BrainServer() as server, client(served, server) as viewer:
        assert viewer.post(PATH, content=silence, headers=WAV).json()["text"] == ""
    assert server.heard == []


@pytest.mark.parametrize("broken", [b"", b"RIFF", b"\x00" * 1000, "你好".encode()])
def test_what_is_no_recording_is_refused_without_paths(served: Served, broken: bytes) -> None:
    with BrainServer() as server, client(served, server) as viewer:
        answer = viewer.post(PATH, content=broken, headers=WAV)
    assert answer.status_code == 409
    assert "the recording" in answer.json()["detail"]
    assert "/tmp" not in answer.text
    assert server.heard == []


def test_a_transcriber_that_is_away_is_told(served: Served, spoken: bytes) -> None:
    with BrainServer() as server, client(served, server) as viewer:
        server.transcript = status(503)
        answer = viewer.post(PATH, content=spoken, headers=WAV)
    assert answer.status_code == 409
    assert "cannot be heard now" in answer.json()["detail"]


def test_a_site_without_ears_shows_no_microphone(served: Served, spoken: bytes) -> None:
    with served.client("viewer-all") as viewer:
        assert viewer.post(PATH, content=spoken, headers=WAV).status_code == 404
        page = viewer.get("/ask")
    assert 'id="record"' not in page.text
    assert "microphone=(self)" in page.headers["Permissions-Policy"]


def test_a_long_recording_is_refused(served: Served) -> None:
    long = io.BytesIO()
    with wave.open(long, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(4000)
        file.writeframes(bytes(4000 * 90))
    with BrainServer() as server, client(served, server) as viewer:
        answer = viewer.post(PATH, content=long.getvalue(), headers=WAV)
    assert answer.status_code == 409
    assert "longer than 60 s" in answer.json()["detail"]
