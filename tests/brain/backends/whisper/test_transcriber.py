"""A real Whisper model, where the folder of one is named by SECONDSIGHT_TEST_WHISPER (multilingual, CTranslate2)."""

import os
from pathlib import Path

import numpy as np
import pytest

from secondsight.brain import transcribe
from secondsight.config import WhisperVoiceSettings
from tests.brain.test_transcribing import SPEECH, record

pytest.importorskip("faster_whisper", reason="the extra `voice` is not installed")
MODEL = os.environ.get("SECONDSIGHT_TEST_WHISPER")
pytestmark = pytest.mark.skipif(MODEL is None, reason="SECONDSIGHT_TEST_WHISPER names no model")
SAID = {
    "en-espeak-2.wav": ("en", "helmet"),
    "zh-cosyvoice-zero_shot_prompt.wav": ("zh", "希望你以后能够做的比我还好"),
    "zh-rapidasr-short.wav": ("zh", "语音识别模型"),
}


@pytest.fixture
def settings() -> WhisperVoiceSettings:
    return WhisperVoiceSettings(backend="whisper", model=Path(MODEL or ""), timeout=300)


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_is_written_down(settings: WhisperVoiceSettings, name: str) -> None:
    language, words = SAID[name]
    heard = transcribe(SPEECH / name, settings)
    assert heard.language == language
    assert words in heard.text


@pytest.mark.parametrize("loudness", [0.0, 0.01, 0.2])
def test_where_nobody_speaks_nothing_is_invented(
    settings: WhisperVoiceSettings, tmp_path: Path, loudness: float
) -> None:
    noise = np.random.default_rng(3).normal(0, loudness, 16_000 * 3) if loudness else np.zeros(16_000 * 3)
    assert transcribe(record(tmp_path / "a.wav", noise), settings).text == ""
