"""Writing by an OpenAI-compatible server: figures in, sentences with slots out, checked and once repaired."""

from collections.abc import Mapping

from secondsight.brain.backends.openai.asking import Inquiry, ask_twice
from secondsight.brain.backends.openai.connection import OpenAIConnection
from secondsight.brain.prompts.writing import read_sentences, writing_prompt, writing_schema
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.brain.writing import WritingRequest
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings


class OpenAIWriter:
    """Writes by an endpoint. It retries nothing but one repair."""

    def __init__(
        self,
        settings: OpenAIBrainSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: RecordCall = ignore_call,
    ) -> None:
        """Raises ConfigError for a malformed address or a missing key. Opens no connection."""
        self._settings = settings
        self._to = OpenAIConnection.make(settings, clock, environ, book)
        self.name, self.remote = self._to.name, self._to.remote

    async def write(self, request: WritingRequest) -> tuple[str, ...]:
        """See `Writer.write`."""
        if not request.slots:
            return ()
        system, user = writing_prompt(request)
        inquiry = Inquiry(
            system,
            user,
            "report",
            writing_schema(),
            lambda text: read_sentences(text, request),
            request.language,
            request.purpose,
            request.egress,
        )
        return await ask_twice(self._to, self._settings, inquiry)

    async def close(self) -> None:
        """See `Brain.close`."""
        await self._to.client.close()
