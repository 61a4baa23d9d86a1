"""Bounds of what a client may take: the size of a body, and the time to send it and to take an answer."""

import asyncio

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from secondsight.serve.http.problems import problem

BODY_TIME = 20.0
"""Seconds within which a body must have come."""
SEND_TIME = 60.0
"""Seconds for which a client may take nothing of its answer."""


class RequestLimits:
    """Refuses bodies that are too large or come too slowly, and leaves clients that take nothing.

    Args:
        body: most bytes.
    """

    def __init__(
        self, app: ASGIApp, *, body: int, body_time: float = BODY_TIME, send_time: float = SEND_TIME
    ) -> None:
        self._app, self._body, self._body_time, self._send_time = app, body, body_time, send_time

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bounded = _Body(receive, self._body, self._body_time)
        if _announced(scope) > self._body:
            await bounded.too_large()(scope, receive, send)
            return
        begun = False

        async def patiently(message: Message) -> None:
            nonlocal begun
            if bounded.refusal is not None and not begun:
                return  # whatever the application makes of a body that broke off
            begun = True
            async with asyncio.timeout(self._send_time):
                await send(message)

        try:
            await self._app(scope, bounded.receive, patiently)
        except TimeoutError:
            if begun:
                return  # the client has stopped reading; the server closes the connection
            raise
        except BodyRefusedError:
            pass
        if bounded.refusal is not None and not begun:
            await bounded.refusal(scope, receive, send)


class BodyRefusedError(Exception):
    """Ends the reading of a body; what is answered is known by then."""


class _Body:
    """A body that is read within bounds.

    Attributes:
        refusal: the answer where it was too large or too slow.
    """

    def __init__(self, receive: Receive, most: int, seconds: float) -> None:
        self._receive, self._most = receive, most
        self._taken, self._over = 0, False
        self._until = asyncio.get_running_loop().time() + seconds
        self.refusal: Response | None = None

    async def receive(self) -> Message:
        if self._over:  # what comes now is the end of the connection, for which one may wait long
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            about = "the body of the request did not come in time"
            self.refusal = problem(408, about, headers={"Connection": "close"})
            raise BodyRefusedError from None
        self._taken += len(message.get("body", b""))
        if self._taken > self._most:
            self.refusal = self.too_large()
            raise BodyRefusedError
        self._over = not message.get("more_body", False)
        return message

    def too_large(self) -> Response:
        about = f"the body of a request has {self._most} bytes at most"
        return problem(413, about, headers={"Connection": "close"})


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else 0
    return 0
