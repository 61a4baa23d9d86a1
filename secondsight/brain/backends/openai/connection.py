"""One endpoint, ready to be called: with its key, its limits and its way to say what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import openai

from secondsight.brain.backends.openai.client import OpenAIClient
from secondsight.brain.backends.openai.endpoint import NO_KEY, find_api_key, key_source, parse_endpoint
from secondsight.brain.backends.openai.errors import ErrorMapper
from secondsight.brain.backends.openai.transport import make_client
from secondsight.brain.protocol import RecordCall, ignore_call
from secondsight.clock import Clock
from secondsight.config import OpenAIBrainSettings
from secondsight.records import Call, Egress, Outcome, Purpose


@dataclass(frozen=True, slots=True)
class OpenAIConnection:
    """What every use of an endpoint shares: reviews, writing, transcription.

    Attributes:
        name: of the brain, such as `openai:qwen2.5-vl-7b`.
        where: the endpoint, for people.
        client: the library's.
        caller: makes chat calls, and books them.
        faults: turns failures into BrainErrors.
    """

    name: str
    remote: bool
    where: str
    client: openai.AsyncOpenAI
    caller: OpenAIClient
    faults: ErrorMapper

    @classmethod
    def make(
        cls,
        settings: OpenAIBrainSettings,
        clock: Clock,
        environ: Mapping[str, str],
        book: RecordCall = ignore_call,
    ) -> Self:
        """Opens no connection. Raises ConfigError for a malformed address or a missing key."""
        endpoint = parse_endpoint(settings.base_url.get_secret_value())
        key = find_api_key(settings, environ)
        secrets = (key, endpoint.login and endpoint.login[1])
        faults = ErrorMapper(
            where=endpoint.shown,
            key_source=key_source(settings),
            secrets=tuple(secret for secret in secrets if secret),
            clock=clock,
        )
        transport: Any = make_client(endpoint, settings.timeout, settings.concurrency)
        client = openai.AsyncOpenAI(
            api_key=key or NO_KEY,
            base_url=endpoint.url,
            max_retries=0,
            timeout=transport.timeout,
            http_client=transport,
        )
        # The library takes these from the environment, where they are meant for another server.
        client.organization = client.project = None
        caller = OpenAIClient(client, endpoint, settings, faults, clock, book)
        return cls(f"openai:{settings.model}", endpoint.remote, endpoint.shown, client, caller, faults)

    def entry(self, purpose: Purpose) -> Call:
        """What the ledger says of every call, but for what it is about."""
        return Call(
            time=0.0,
            purpose=purpose,
            case_id="",
            camera="",
            kind="",
            backend=self.name,
            destination=self.where,
            remote=self.remote,
            outcome=Outcome.FAILED,
            egress=Egress.FULL,
        )
