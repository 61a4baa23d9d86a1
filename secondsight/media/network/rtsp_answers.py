"""Finds the answers in what an RTSP camera sends, so that they can be judged before FFmpeg sees them.

To slip something past this, a camera would use what the two readers read differently. So heads are passed on in one
plain form, and what FFmpeg would read in a way of its own is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from secondsight.media.frames.limits import SourceRefusedError

_MAX_HEAD = 64 * 1024
_MAX_LINE = 4000
"""Bytes; FFmpeg cuts off what is longer."""
_MAX_TEXT = 1_000_000
"""Bytes of a description; real ones have some hundred."""
_HEAD_END = re.compile(rb"(?:^|\n)\r*\n")
_STATUS = re.compile(rb"\s*RTSP/\S*\s+([1-9][0-9]{2})(?:\s|$)")
_LENGTH = re.compile(rb"content-length:[ \t]*([0-9]{1,9})[ \t]*", re.IGNORECASE)


class RtspAnswers:
    """One connection's answers.

    Args:
        judge: is given the status (0 for what is no answer but a request) and the lines of each head; returns the
            lines that FFmpeg may have.

    Attributes:
        rest: what came last and is not complete yet.
    """

    def __init__(self, judge: Callable[[int, list[bytes]], list[bytes]]) -> None:
        self._judge = judge
        self.rest = b""
        self._body = 0

    def feed(self, data: bytes) -> bytes:
        """What FFmpeg may have of it, by now. Raises SourceRefusedError."""
        data = self.rest + data
        out: list[bytes] = []
        while data:
            if self._body:
                part = data[: self._body]
                self._body -= len(part)
                out.append(part)
            elif data[:1] == b"$":  # a packet of the stream
                if len(data) < 4:
                    break
                part, self._body = data[:4], int.from_bytes(data[2:4], "big")
                out.append(part)
            else:
                end = _HEAD_END.search(data, 0, _MAX_HEAD)
                if end is None:
                    if len(data) >= _MAX_HEAD:
                        raise _strange()
                    break
                part = data[: end.end()]
                out.append(self._head(part))
            data = data[len(part) :]
        self.rest = data
        return b"".join(out)

    def _head(self, head: bytes) -> bytes:
        lines = head.replace(b"\r", b"").rstrip(b"\n").split(b"\n")
        if any(b"\0" in line or line[:1] == b"$" or len(line) > _MAX_LINE for line in lines):
            raise _strange()
        status = _STATUS.match(lines[0])
        if status is None and lines[0].lstrip().startswith(b"RTSP/"):
            raise _strange()
        lengths = [line for line in lines if line[:15].lower() == b"content-length:"]
        sizes = [int(size[1]) for line in lengths if (size := _LENGTH.fullmatch(line))]
        if len(sizes) != len(lengths) or len(sizes) > 1:
            raise _strange()
        self._body = sum(sizes)
        if self._body > _MAX_TEXT:
            raise SourceRefusedError(f"it answers with more than {_MAX_TEXT // 1_000_000} MB of text")
        lines = self._judge(int(status[1]) if status else 0, lines)
        return b"\r\n".join(lines) + b"\r\n\r\n" if lines != [b""] else b"\r\n"


def _strange() -> SourceRefusedError:
    return SourceRefusedError("what answers does not speak RTSP; check address and port")
