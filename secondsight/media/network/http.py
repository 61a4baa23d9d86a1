"""Reads HTTP and HTTPS addresses for FFmpeg, so that redirects, logins and certificates are ours to judge."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import IO, Any
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

from secondsight.media.network.hosts import HostPolicy
from secondsight.media.network.tls import CameraTls, refusal

SCHEMES = ("http", "https")
_HEADERS = {"User-Agent": "SecondSight", "Accept": "*/*"}
_NEAR = 64 * 1024
"""Bytes that are read and thrown away rather than asking for another range."""


class HttpClient:
    """Requests to one camera's server, and to those that it may lead to.

    Args:
        url: the camera's address; its login goes to its own server only.
        timeout: seconds that a server may be silent.
    """

    def __init__(self, url: str, policy: HostPolicy, tls: CameraTls, timeout: float) -> None:
        self._policy, self._timeout = policy, timeout
        parts = urlsplit(url)
        self.url = urlunsplit((*parts[:1], parts.netloc.rpartition("@")[2], *parts[2:4], ""))
        logins = request.HTTPPasswordMgrWithDefaultRealm()
        if parts.username is not None:
            logins.add_password(None, self.url, unquote(parts.username), unquote(parts.password or ""))
        self._opener = request.OpenerDirector()
        # Only these: urllib's own opener would follow ftp:, data: and file: addresses too.
        for handler in (
            request.ProxyHandler(),
            request.HTTPHandler(),
            request.HTTPSHandler(context=tls.context()),
            request.HTTPDefaultErrorHandler(),
            request.HTTPErrorProcessor(),
            _Redirects(policy),
            request.HTTPDigestAuthHandler(logins),
            request.HTTPBasicAuthHandler(logins),
        ):
            self._opener.add_handler(handler)

    def get(self, url: str, span: Span | None = None) -> Response:
        """Ask for an address, or for a span of its bytes.

        Raises:
            SourceRefusedError: it may not be followed, or its server is not to be trusted.
            OSError: the server does not answer, or not with what was asked for.
        """
        self._policy.check(url, SCHEMES)
        asked = request.Request(url, headers=_HEADERS | ({"Range": f"bytes={span}"} if span else {}))
        try:
            return Response(self._opener.open(asked, timeout=self._timeout))
        except URLError as error:
            if isinstance(error, HTTPError):
                error.close()
            if isinstance(error.reason, ssl.SSLError):
                raise refusal(error.reason) from None
            raise (error.reason if isinstance(error.reason, OSError) else error) from None
        except ssl.SSLError as error:
            raise refusal(error) from None
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"its server does not speak HTTP: {type(error).__name__}") from None


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` up to `end`, which is not one of them; None: all that follow."""

    first: int
    end: int | None = None

    def __str__(self) -> str:
        return f"{self.first}-" if self.end is None else f"{self.first}-{self.end - 1}"


class Response:
    """What a server answered.

    Attributes:
        url: after redirects.
        kind: its media type, in small letters.
        length: of the whole, in bytes; None if the server does not say.
        ranges: whether the server gives parts.
    """

    def __init__(self, answer: Any) -> None:
        self._answer, headers = answer, answer.headers
        self.url: str = answer.url
        self.kind: str = headers.get_content_type() if "content-type" in headers else ""
        self.partial = answer.status == 206
        self.ranges = self.partial or headers.get("accept-ranges", "").lower() == "bytes"
        stated = headers.get("content-range", "").rpartition("/")[2] if self.partial else ""
        stated = stated or headers.get("content-length", "")
        self.length = int(stated) if stated.isascii() and stated.isdigit() and len(stated) < 19 else None
        self._ahead = b""

    def ahead(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end; `read` gives them once more. Raises OSError."""
        while len(self._ahead) < size and (data := self._receive(size - len(self._ahead))):
            self._ahead += data
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, as soon as there are any. Raises OSError, also for a body that breaks off."""
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._receive(size)

    def _receive(self, size: int) -> bytes:
        try:
            data: bytes = self._answer.read1(size)
        except http.client.HTTPException as error:
            raise ConnectionResetError(f"the connection broke: {type(error).__name__}") from None
        return data

    def close(self) -> None:
        self._answer.close()


class _Redirects(request.HTTPRedirectHandler):
    max_redirections, max_repeats = 5, 2

    def __init__(self, policy: HostPolicy) -> None:
        self._policy = policy

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> request.Request | None:
        self._policy.check(newurl, SCHEMES)
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        # urllib looks at the scheme itself, and its text repeats the address.
        location = headers.get("location", "")
        if "://" in location and location.partition(":")[0].lower() not in SCHEMES:
            self._policy.check(location, SCHEMES)
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


class HttpBody:
    """The bytes at one address; asks for them anew where it is sought.

    Args:
        response: the first answer, which begins at `span`.
    """

    def __init__(self, client: HttpClient, response: Response, span: Span | None = None) -> None:
        self._client, self._response = client, response
        self._first = span.first if span else 0
        self._end = span.end if span and span.end is not None else response.length
        self._at = self._wanted = self._first
        if self._first and not response.partial:
            raise OSError("its server does not give parts of a file")

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises OSError, SourceRefusedError."""
        if self._end is not None:
            size = min(size, self._end - self._wanted)
        if size <= 0:
            return b""
        if self._wanted != self._at:
            self._move()
        data = self._response.read(size)
        self._at += len(data)
        self._wanted = self._at
        if not data and self._end is not None:
            raise ConnectionResetError("the connection broke before the end")
        return data

    def seekable(self) -> bool:
        return self._response.ranges and self._end is not None

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: self._first, 1: self._wanted, 2: self._end or 0}[whence]
        self._wanted = max(self._first, base + offset)
        return self.tell()

    def tell(self) -> int:
        return self._wanted - self._first

    def close(self) -> None:
        self._response.close()

    def _move(self) -> None:
        """Go on reading where it was sought."""
        ahead = self._wanted - self._at
        if 0 < ahead <= _NEAR:
            while ahead > 0 and (data := self._response.read(ahead)):
                ahead -= len(data)
        else:
            self._response.close()
            self._response = self._client.get(self._response.url, Span(self._wanted, self._end))
            if not self._response.partial:
                raise OSError("its server does not give parts of a file")
        self._at = self._wanted
