"""A real SMTP server in a thread: it takes mails, or refuses them as it is told."""

import asyncio
import email
import ssl
import threading
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword


class Postmaster:
    """Listens from `with` to its end.

    Args:
        context: for TLS, from the start with `secure`, else by STARTTLS, which is then required.
        login: user and password that it asks for.

    Attributes:
        got: envelope and message of each mail that was taken.
        answer: to the text of a mail.
        refused: what it answers to recipients that it does not want.
    """

    def __init__(
        self,
        context: ssl.SSLContext | None = None,
        *,
        secure: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        self.got: list[tuple[Envelope, EmailMessage]] = []
        self.answer = "250 taken"
        self.refused: dict[str, str] = {}
        self._context, self._secure, self._login = context, secure, login
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
            self._server = None

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = email.message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.got.append((envelope, message))
        return self.answer

    async def _listen(self) -> None:
        around = self._context if self._secure else None
        self._server = await self._loop.create_server(self._make, "127.0.0.1", 0, ssl=around)
        self.port = self._server.sockets[0].getsockname()[1]

    def _make(self) -> SMTP:
        inside = None if self._secure else self._context
        options: dict[str, Any] = {"tls_context": inside, "require_starttls": inside is not None}
        if self._login is not None:
            options |= {"authenticator": self._authenticate, "auth_required": True}
            options |= {"auth_require_tls": not self._secure}
        return SMTP(self, hostname="127.0.0.1", loop=self._loop, **options)

    def _authenticate(
        self, server: SMTP, session: Any, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert self._login is not None
        wanted = tuple(part.encode() for part in self._login)
        good = isinstance(data, LoginPassword) and (data.login, data.password) == wanted
        return AuthResult(success=good, handled=False)
