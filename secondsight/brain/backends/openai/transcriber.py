"""Speech by any endpoint that has `/audio/transcriptions`: a WAV and the site's words out, text in."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace

import openai

from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.checks.sound import as_wav
from secondsight.brain.prompts.speech import initial_prompt, tidied
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.brain.transcribing import Sound, Transcript
from secondsight.clock import Clock
from secondsight.config import OpenAIVoiceSettings
from secondsight.errors import ConfigError
from secondsight.event_words import Language
from secondsight.records import Outcome, Purpose


class OpenAITranscriber:
    """Hears by an endpoint. It retries nothing."""

    def __init__(
        self,
        settings: OpenAIVoiceSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: RecordCall = ignore_call,
    ) -> None:
        """Opens no connection. Raises ConfigError for a malformed address or a missing key."""
        self._settings, self._clock, self._book = settings, clock, book
        try:
            self._to = OpenAIConnection.make(settings.endpoint, clock, environ, book)
        except ConfigError as error:
            key = (error.key or "voice").replace("brain", "voice", 1)
            raise ConfigError(error.problem, key=key) from None
        self.name, self.remote = self._to.name, self._to.remote

    async def transcribe(self, sound: Sound, words: tuple[str, ...], language: Language | None) -> Transcript:
        """See `Transcriber.transcribe`."""
        if not sound.speaks:
            return Transcript("", "", sound.seconds, self.name)
        spoken, data = language or self._settings.language, as_wav(sound.samples)
        entry = replace(
            self._to.entry(Purpose.ANSWER),
            time=self._clock.now(),
            digest=hashlib.blake2b(data, digest_size=16).hexdigest(),
            cost=self._cost(sound.seconds),
        )
        started = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._settings.timeout):
                said = await self._to.client.audio.transcriptions.create(
                    file=("question.wav", data, "audio/wav"),
                    model=self._settings.model,
                    response_format="json",
                    temperature=0.0,
                    prompt=initial_prompt(words, spoken) or openai.omit,
                    language=spoken or openai.omit,
                )
            entry = replace(entry, outcome=Outcome.ANSWERED)
        except TimeoutError:
            text = f"no transcript within {self._settings.timeout:g} s"
            raise self._to.faults.fault(text, retryable=True) from None
        except openai.OpenAIError as error:
            raise self._to.faults.explain(error) from None
        finally:
            self._book(replace(entry, seconds=self._clock.monotonic() - started))
        heard = tidied([said.text]) if isinstance(getattr(said, "text", None), str) else ""
        return Transcript(heard, (spoken or "") if heard else "", sound.seconds, self.name)

    async def close(self) -> None:
        """See `Transcriber.close`."""
        await self._to.client.close()

    def _cost(self, seconds: float) -> float | None:
        price = self._settings.price_per_minute
        return None if price is None else price * seconds / 60.0
