"""What went wrong with a request, as a BrainError: one sentence, free of secrets, and whether to try again.

Worth another try: what may pass by itself (429, 408, 425, 5xx, timeouts, broken connections). Not worth one: what is
wrong with this request (400 and its like). What would turn away any request until a person mends the site file or the
server (401, 403, 404, redirects) is a brain that is away: cases wait for it. docs/brain.md holds the same as a table.
"""

import math
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx
import openai

from secondsight.brain.backends.openai.response import InvalidBody, server_message
from secondsight.brain.backends.openai.transport import MAX_BODY, AnswerTooLarge
from secondsight.clock import Clock
from secondsight.errors import BrainError
from secondsight.log import redact

MAX_WAIT = 3600.0
"""Longest wait that a Retry-After can ask for, in seconds."""
_PASSING = frozenset({408, 409, 425, 429})
_NOT_NOW = frozenset({429, 503})
"""The server has not looked at the request and says so: too many requests, out of service."""


@dataclass(frozen=True, slots=True)
class ErrorMapper:
    """Turns the client library's exceptions into BrainErrors for one endpoint.

    Attributes:
        where: the endpoint, for people.
        key_source: what to mend when the key is refused, such as `environment variable BRAIN_KEY`.
        secrets: texts that must not be shown, should the server repeat them.
    """

    where: str
    key_source: str
    secrets: tuple[str, ...]
    clock: Clock

    def explain(self, error: openai.OpenAIError) -> BrainError:
        """The BrainError for one exception of the client library."""
        if isinstance(error, openai.APIStatusError):
            return self._status(error)
        cause = error.__cause__
        if isinstance(cause, AnswerTooLarge):
            text = f"the answer is {cause}; at most {MAX_BODY // 2**20} MiB, not compressed, are read"
            return self.fault(text, retryable=False)
        if isinstance(error, openai.APITimeoutError):
            return self.fault(
                "no answer in time", retryable=True, away=isinstance(cause, httpx.ConnectTimeout)
            )
        if isinstance(error, openai.APIConnectionError):
            reason = self.clean(str(cause)) if cause and str(cause) else "the connection broke"
            away = isinstance(cause, httpx.ConnectError | httpx.ProxyError)
            return self.fault(f"cannot be reached: {reason}", retryable=True, away=away)
        return self.fault(f"unexpected {type(error).__name__}", retryable=False)

    def fault(
        self, text: str, *, retryable: bool, retry_after: float | None = None, away: bool = False
    ) -> BrainError:
        """A BrainError about this endpoint."""
        text = f"brain at {self.where}: {text}"
        return BrainError(text, retryable=retryable, retry_after=retry_after, away=away)

    def unreadable(self, error: InvalidBody) -> BrainError:
        """A BrainError about a body that is no chat completion, with the server's own sentence."""
        said = self.clean(error.said)
        return self.fault(f"{error}: {said}" if said else str(error), retryable=True)

    def clean(self, text: str) -> str:
        """Untrusted text as one short line, secrets blanked."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        line = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
        return line if len(line) <= 200 else f"{line[:199]}…"

    def _status(self, error: openai.APIStatusError) -> BrainError:
        status, response = error.status_code, error.response
        if status in (401, 403):
            what = "refused the API key" if status == 401 else "does not allow this"
            return self.fault(f"{what} ({status}); check {self.key_source}", retryable=True, away=True)
        if 300 <= status < 400:
            text = f"answers {status} and sends elsewhere; redirects are not followed, correct base_url"
            return self.fault(text, retryable=True, away=True)
        message = self.clean(server_message(response.content))
        tail = f": {message}" if message else ""
        if status in _PASSING or status >= 500:
            wait = retry_after(response.headers.get("retry-after"), self.clock.now())
            away = status in _NOT_NOW
            return self.fault(f"answered {status}{tail}", retryable=True, retry_after=wait, away=away)
        if status == 404:
            tail += " (is the model's name right? base_url usually ends in /v1)"
        return self.fault(f"answered {status}{tail}", retryable=status == 404, away=status == 404)


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait from a Retry-After header (seconds or a date), up to `MAX_WAIT`; None if illegible."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 0.0), MAX_WAIT) if math.isfinite(seconds) else None
