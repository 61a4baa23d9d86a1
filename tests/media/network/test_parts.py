"""HTTP cameras that name their parts in ways of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from secondsight.media.frames.limits import PictureLimits, SourceRefusedError
from secondsight.media.network.parts import JpegParts
from tests.servers.http import jpeg
from tests.table import table

PICTURES = [jpeg(number, 64, 48) for number in (1, 2, 3)]


class Body:
    """Bytes that come in pieces."""

    def __init__(self, data: bytes, piece: int) -> None:
        self._pieces: Iterator[bytes] = (data[i : i + piece] for i in range(0, len(data), piece))

    def read(self, size: int) -> bytes:
        return next(self._pieces, b"")

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError

    def tell(self) -> int:
        return 0

    def close(self) -> None:
        pass


def normal(data: bytes, piece: int = 7, packet: int = 100_000) -> list[bytes]:
    """The pictures that FFmpeg gets to see of a body."""
    parts = JpegParts(Body(data, piece), PictureLimits(packet=packet))
    text = b"".join(iter(lambda: parts.read(1000), b""))
    found = []
    while text:
        head, _, text = text.partition(b"\r\n\r\n")
        boundary, kind, length = head.split(b"\r\n")
        assert (boundary, kind) == (b"--part", b"Content-Type: image/jpeg")
        size = int(length.removeprefix(b"Content-Length: "))
        found.append(text[:size])
        text = text[size + 2 :]
    return found


@table(
    ("header", "ending"),
    [
        (b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", b"\r\n"),
        (b"content-type:image/jpg\r\ncontent-length:%d\r\n\r\n", b"\r\n"),
        (b"Content-Length: %d\r\n\r\n", b"\r\n\r\n"),
        (b"Content-Length: %d\n\n", b"\n"),
        (b"Content-Length: %d\r\n\r\n", b""),
        (b"Content-Type: application/octet-stream\r\nX-Size: %d\r\n\r\n", b"\r\n"),
        (b"X-Size: %d\r\n\r\n", b"\r\n"),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize("preamble", [b"", b"\r\n", b"hello\r\n"])
def test_every_picture_comes_out_whole(header: bytes, ending: bytes, piece: int, preamble: bytes) -> None:
    data = preamble + b"".join(b"--frame\r\n" + header % len(p) + p + ending for p in PICTURES)
    found = normal(data + b"--frame--\r\n", piece)
    assert [picture.rstrip(b"\r\n") for picture in found] == PICTURES


def test_parts_that_are_no_pictures_are_left_out() -> None:
    text = b"--x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello\r\n"
    picture = b"--x\r\nContent-Type: image/jpeg\r\nContent-Length: 7\r\n\r\ndamaged\r\n"
    assert normal(text + picture + text) == [b"damaged"]


@pytest.mark.parametrize(
    "data",
    [
        b"no boundary ever " * 100_000,
        b"\n" * 200_000,
        b"--x\r\n\r\n\xff\xd8" + bytes(200_000),
        b"--x\r\nContent-Length: 999999999\r\n\r\n",
    ],
)
def test_what_never_ends_is_refused(data: bytes) -> None:
    with pytest.raises(SourceRefusedError, match="max_packet"):
        normal(data, piece=65536)
