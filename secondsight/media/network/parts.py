"""Rewrites the headers of an HTTP camera's parts (`multipart/x-mixed-replace`) to those that FFmpeg understands.

Cameras call their pictures `image/jpg`, `application/octet-stream` or nothing at all, and leave out the length.
Browsers show all of them; FFmpeg takes `image/jpeg` alone. Pictures that follow each other without headers get some.
"""

from __future__ import annotations

from secondsight.media.frames.limits import PictureLimits
from secondsight.media.network.opener import Body

_CHUNK = 64 * 1024
_JPEG, _JPEG_END = b"\xff\xd8", b"\xff\xd9"


class JpegParts:
    """The body of an answer of many parts: pictures with plain headers, other parts left out.

    Args:
        bare: pictures follow each other, with no headers between.
        limits: a part, with what precedes it, that is larger than a picture may be is refused.
    """

    def __init__(self, body: Body, limits: PictureLimits, *, bare: bool = False) -> None:
        self._body, self._limits, self._bare = body, limits, bare
        self._raw = bytearray()
        self._ready = b""
        self._given = self._taken = 0
        self._over = False

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end. Raises OSError, SourceRefusedError."""
        while not self._ready and not self._over:
            self._ready = self._next_part()
        given, self._ready = self._ready[:size], self._ready[size:]
        self._given += len(given)
        return given

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a camera's pictures cannot be sought")

    def tell(self) -> int:
        return self._given

    def close(self) -> None:
        self._body.close()

    def _next_part(self) -> bytes:
        """The next picture with its header; nothing for a part that is none, and at the end."""
        self._taken = 0
        if self._bare:
            return _part(self._take_before(_JPEG_END + _JPEG) + self._take(len(_JPEG_END)))
        boundary, header = self._next_header()
        kind, length = header.get("content-type", ""), header.get("content-length", "")
        data = (
            self._take(int(length))
            if length.isdecimal() and int(length)
            else self._take_before(b"\n" + boundary)
        )
        if not kind.startswith("image/") and not data.startswith(_JPEG):
            return b""
        return _part(data)

    def _next_header(self) -> tuple[bytes, dict[str, str]]:
        """The next part's boundary, and its fields in small letters; what stands before the boundary is skipped."""
        boundary, header = b"", dict[str, str]()
        while not self._over:
            line = self._take_before(b"\n").strip()
            self._take(1)
            if line.startswith(b"--"):
                boundary, header = line, {}
            elif boundary and not line:
                break
            elif boundary:
                name, _, value = line.decode("latin-1").lower().partition(":")
                header[name.strip()] = value.strip()
        return boundary, header

    def _take_before(self, end: bytes) -> bytes:
        """What stands before `end`, or all that is left."""
        searched = 0
        while (found := self._raw.find(end, searched)) < 0:
            searched = max(0, len(self._raw) - len(end))
            if not self._fill():
                break
        return self._take(found if found >= 0 else len(self._raw))

    def _take(self, count: int) -> bytes:
        self._limits.check_packet(self._taken + count)
        while len(self._raw) < count and self._fill():
            pass
        taken = bytes(self._raw[:count])
        del self._raw[:count]
        self._taken += len(taken)
        return taken

    def _fill(self) -> bool:
        self._limits.check_packet(self._taken + len(self._raw))
        data = self._body.read(_CHUNK)
        self._raw += data
        self._over = not data
        return bool(data)


def _part(jpeg: bytes) -> bytes:
    return b"--part\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(jpeg), jpeg)
