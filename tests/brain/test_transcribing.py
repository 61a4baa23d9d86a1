"""Speech: silence is nothing, sound goes out as a plain WAV, and what comes back is one line."""

import os
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.brain import site_words, transcribe
from secondsight.brain.checks.sound import read_sound
from secondsight.brain.prompts.speech import initial_prompt
from secondsight.config import OpenAIVoiceSettings, WhisperVoiceSettings, make_site
from secondsight.errors import BrainError, ConfigError, ModelError, SourceError
from secondsight.records import Call, Outcome, Purpose
from tests.conftest import ROOT
from tests.servers.brain import BrainServer, body, status

RATE = 16_000
SPEECH = Path(os.environ.get("SECONDSIGHT_TEST_DATA", ROOT.parent / "shared" / "data")) / "speech"


def record(path: Path, samples: Any, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def voice(seconds: float = 2.0, rate: int = RATE) -> Any:
    """Bursts of a hum, as loud as speech: four a second."""
    time = np.arange(int(seconds * rate)) / rate
    return 0.3 * np.sin(2 * np.pi * 150 * time) * (np.sin(2 * np.pi * 2 * time) > 0)


def settings(server: BrainServer, **changes: Any) -> OpenAIVoiceSettings:
    values = {"backend": "openai", "base_url": server.url, "model": "whisper-1", "timeout": 20, **changes}
    return OpenAIVoiceSettings.model_validate(values)


@pytest.mark.parametrize(
    ("samples", "speaks"),
    [
        (np.zeros(RATE * 3), False),
        (np.random.default_rng(1).normal(0, 0.002, RATE * 3), False),
        (np.random.default_rng(1).normal(0, 0.05, RATE * 3), False),
        (np.zeros(100), False),
        (voice(), True),
        (voice() + np.random.default_rng(1).normal(0, 0.01, RATE * 2), True),
    ],
)
def test_silence_and_noise_are_told_from_speech(tmp_path: Path, samples: Any, speaks: bool) -> None:
    assert read_sound(record(tmp_path / "a.wav", samples), 60.0).speaks is speaks


@pytest.mark.parametrize("name", sorted(file.name for file in SPEECH.glob("*.wav")))
def test_people_who_speak_are_heard(name: str) -> None:
    sound = read_sound(SPEECH / name, 60.0)
    assert sound.speaks
    assert 1.0 < sound.seconds < 20.0


def test_other_rates_become_ours(tmp_path: Path) -> None:
    sound = read_sound(record(tmp_path / "a.wav", voice(2.0, 44_100), 44_100), 60.0)
    assert sound.seconds == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"not a sound at all" * 50])
def test_what_is_no_recording_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.wav"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SourceError, match=r"a\.wav: cannot be read as sound"):
        read_sound(file, 60.0)


def test_a_lecture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="longer than 1 s"):
        read_sound(record(tmp_path / "a.wav", voice(3.0)), 1.0)


def test_a_question_goes_out_as_wav_with_the_words_of_the_site_and_is_booked(tmp_path: Path) -> None:
    calls: list[Call] = []
    with BrainServer() as server:
        server.transcript = body('{"text": " 今天有几个\\n人？ "}'.encode())
        heard = transcribe(
            record(tmp_path / "a.wav", voice()), settings(server, price_per_minute=0.6), words=("hall", "till"),
            language="zh", environ={}, book=calls.append,
        )  # fmt: skip
        (fields,) = server.heard
    assert (heard.text, heard.language, heard.model) == ("今天有几个 人？", "zh", "openai:whisper-1")
    assert fields["language"] == b"zh"
    assert "hall, till" in fields["prompt"].decode()
    (call,) = calls
    assert (call.purpose, call.outcome, call.frames) == (Purpose.ANSWER, Outcome.ANSWERED, 0)
    assert call.cost == pytest.approx(0.02, abs=0.001)
    assert len(call.digest) == 32


def test_silence_is_never_sent(tmp_path: Path) -> None:
    with BrainServer() as server:
        heard = transcribe(record(tmp_path / "a.wav", np.zeros(RATE)), settings(server), environ={})
        assert server.seen == []
    assert (heard.text, heard.language) == ("", "")


@pytest.mark.parametrize(
    ("answer", "text"),
    [(status(500), "answered 500"), (status(401), "refused the API key")],
)
def test_an_endpoint_that_fails_says_so(tmp_path: Path, answer: Any, text: str) -> None:
    calls: list[Call] = []
    with BrainServer() as server:
        server.transcript = answer
        with pytest.raises(BrainError, match=text):
            transcribe(record(tmp_path / "a.wav", voice()), settings(server), environ={}, book=calls.append)
    assert [call.outcome for call in calls] == [Outcome.FAILED]


def test_a_missing_key_is_named_where_it_stands(tmp_path: Path) -> None:
    with BrainServer() as server, pytest.raises(ConfigError) as error:
        transcribe(record(tmp_path / "a.wav", voice()), settings(server, api_key_env="KEY"), environ={})
    assert error.value.key == "voice.api_key_env"


def test_without_the_extra_and_without_a_model_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, made = record(tmp_path / "a.wav", voice()), WhisperVoiceSettings(backend="whisper", model=tmp_path)
    monkeypatch.setitem(sys.modules, "faster_whisper", None)
    with pytest.raises(ConfigError, match=r"secondsight\[voice\]"):
        transcribe(file, made)
    monkeypatch.setitem(sys.modules, "faster_whisper", type(sys)("faster_whisper"))
    monkeypatch.setattr("faster_whisper.WhisperModel", object, raising=False)
    with pytest.raises(ModelError, match=r"no model\.bin"):
        transcribe(file, made)


def test_words_of_a_site_are_its_names_and_the_prompt_stays_short() -> None:
    site = make_site(
        {
            "cameras": {
                "hall": {"source": "x", "zones": {"staff_only": {"coordinates": [[0, 0], [1, 0], [1, 1]]}}}
            },
            "rules": {"no-entry": {"behaviour": "intrusion", "zone": "frame"}},
        },
        Path(),
    )
    assert site_words(site) == ("hall", "staff only", "no entry")
    assert initial_prompt(site_words(site), "en") == "A question about: hall, staff only, no entry"
    assert initial_prompt((), None) == ""
    assert "普通话" in initial_prompt((), "zh")
    assert len(initial_prompt(["a long name"] * 100, "zh")) <= 300
