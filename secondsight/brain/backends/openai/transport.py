"""The HTTP client under the brain's client library: bounded answers, no redirects, nothing from `.netrc`.

Client libraries read an answer to its end, however long; a faulty or hostile server could fill the memory of
the process that must not die. Redirects are not followed, because pictures must go to the configured address
only.
"""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from secondsight.brain.backends.openai.endpoint import Endpoint

MAX_BODY = 4 * 2**20
"""Bytes of an answer. A verdict has a few thousand; the longest lists of models have one million."""


class AnswerTooLarge(httpx.RequestError):
    """The server sent more than `MAX_BODY` bytes, or packed ones whose size cannot be known beforehand."""


def make_client(endpoint: Endpoint, timeout: float, concurrency: int) -> httpx.AsyncClient:
    """An HTTP client for one endpoint. `timeout` bounds the waits of one request, in seconds."""
    return httpx.AsyncClient(
        transport=_Bounded(
            httpx.AsyncHTTPTransport(
                uds=endpoint.socket,
                proxy=_proxy(endpoint),
                limits=httpx.Limits(max_connections=concurrency + 1, max_keepalive_connections=concurrency),
            )
        ),
        auth=httpx.BasicAuth(*endpoint.login) if endpoint.login else None,
        timeout=httpx.Timeout(timeout, connect=min(timeout, 10.0)),
        headers={"Accept-Encoding": "identity"},
        follow_redirects=False,
        trust_env=False,
    )


def _proxy(endpoint: Endpoint) -> str | None:
    """The proxy that the environment names for a remote endpoint; what is local never leaves through one."""
    parts = urlsplit(endpoint.url)
    if not endpoint.remote or proxy_bypass(parts.hostname or ""):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


class _Bounded(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        announced = response.headers.get("content-length", "0")
        packed = response.headers.get("content-encoding", "identity").lower() not in ("identity", "")
        if packed or (announced.isdigit() and int(announced) > MAX_BODY):
            await response.aclose()
            raise AnswerTooLarge("compressed" if packed else "too large", request=request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _BoundedStream(response.stream, request)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _BoundedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._inner, self._request = inner, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > MAX_BODY:
                raise AnswerTooLarge("too large", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
