"""A Whisper model on the processor of this machine.

It finds voices before it listens (Silero's detector, which comes with faster-whisper), and what it is not sure of is
left out: Whisper invents text in silence (Radford et al. 2023, section 4.5, has the thresholds).
"""

import asyncio
from typing import Any

from secondsight.brain.prompts.speech import initial_prompt, tidied
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.brain.transcribing import Sound, Transcript
from secondsight.clock import Clock
from secondsight.config import WhisperVoiceSettings
from secondsight.errors import BrainError, ConfigError, ModelError
from secondsight.event_words import Language
from secondsight.records import Call, Egress, Outcome, Purpose

_FILES = ("model.bin", "config.json", "tokenizer.json")
_NO_SPEECH = 0.6
_UNSURE = -1.0
"""Mean logarithm of the tokens' probabilities below which a segment may be made up."""
_REPETITIVE = 2.4
"""How much shorter a text gets when it is packed; above that it repeats itself."""


class WhisperTranscriber:
    """Hears with a model in a folder.

    Raises:
        ConfigError: the extra is not installed.
        ModelError: the folder contains no Whisper model.
    """

    remote = False

    def __init__(self, settings: WhisperVoiceSettings, clock: Clock, book: RecordCall = ignore_call) -> None:
        try:
            from faster_whisper import WhisperModel
        except ImportError:
            raise ConfigError(
                "voice needs faster-whisper: pip install 'secondsight[voice]'", key="voice.backend"
            ) from None
        missing = next((name for name in _FILES if not (settings.model / name).is_file()), None)
        if missing is not None:
            raise ModelError(
                f"{settings.model}: no {missing}; name a folder with a Whisper model for CTranslate2"
            )
        self.name = f"whisper:{settings.model.name}"
        self._settings, self._clock, self._book = settings, clock, book
        try:
            self._model: Any = WhisperModel(
                str(settings.model),
                device="cpu",
                compute_type="int8",
                cpu_threads=settings.threads,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            reason = str(error).splitlines()[0][:200]
            raise ModelError(f"{settings.model} cannot be run as a Whisper model: {reason}") from None

    async def transcribe(self, sound: Sound, words: tuple[str, ...], language: Language | None) -> Transcript:
        """See `Transcriber.transcribe`."""
        if not sound.speaks:
            return Transcript("", "", sound.seconds, self.name)
        began, started, outcome = self._clock.now(), self._clock.monotonic(), Outcome.FAILED
        try:
            async with asyncio.timeout(self._settings.timeout):
                made = await asyncio.to_thread(self._hear, sound, words, language)
            outcome = Outcome.ANSWERED
        except TimeoutError:
            text = f"{self.name}: no transcript within {self._settings.timeout:g} s"
            raise BrainError(text, retryable=True) from None
        except RuntimeError as error:
            raise BrainError(f"{self.name}: {str(error).splitlines()[0][:200]}", retryable=False) from None
        finally:
            self._book(self._call(began, self._clock.monotonic() - started, outcome))
        return made

    async def close(self) -> None:
        """Nothing is held open."""

    def _hear(self, sound: Sound, words: tuple[str, ...], language: Language | None) -> Transcript:
        spoken = language or self._settings.language or self._spoken(sound)
        segments, _ = self._model.transcribe(
            sound.samples,
            language=spoken,
            beam_size=self._settings.beam,
            initial_prompt=initial_prompt(words, spoken) or None,
            condition_on_previous_text=False,
            vad_filter=True,
        )
        text = tidied([segment.text for segment in segments if _is_heard(segment)])
        return Transcript(text, spoken if text else "", sound.seconds, self.name)

    def _spoken(self, sound: Sound) -> Language:
        """Which of our languages it is: the prompt depends on it, and no other is answered."""
        if not self._model.model.is_multilingual:
            return "en"
        _, _, shares = self._model.detect_language(sound.samples, vad_filter=True)
        chances = dict(shares)
        return "zh" if chances.get("zh", 0.0) > chances.get("en", 0.0) else "en"

    def _call(self, began: float, seconds: float, outcome: Outcome) -> Call:
        return Call(
            time=began,
            purpose=Purpose.ANSWER,
            case_id="",
            camera="",
            kind="",
            backend=self.name,
            destination="",
            remote=False,
            outcome=outcome,
            egress=Egress.FULL,
            seconds=seconds,
            cost=0.0,
        )


def _is_heard(segment: Any) -> bool:
    """Whether a segment is speech, and not what a model makes up where there is none."""
    silent = segment.no_speech_prob > _NO_SPEECH and segment.avg_logprob < _UNSURE
    return not silent and segment.compression_ratio <= _REPETITIVE
