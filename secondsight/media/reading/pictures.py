"""Single pictures as a stream: a folder of them, or an address that gives the present one."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from secondsight.errors import SourceError
from secondsight.media.frames.limits import PictureLimits, SourceRefusedError
from secondsight.media.frames.packet import RawPacket, coding_of_images, raw_packet
from secondsight.media.network.http import HttpClient, Response
from secondsight.media.reading.explain import explain, refused, where
from secondsight.media.reading.sources import Source

_IMAGES = {".png": "png", ".jpg": "mjpeg", ".jpeg": "mjpeg"}
_CHUNK = 64 * 1024


class ImageFolder:
    """A folder of PNG and JPEG files in the order of their names, 2 before 10; each is one packet and a key frame."""

    def __init__(self, name: str, folder: Path, frame_rate: float, limits: PictureLimits) -> None:
        self.where, self.limits = f"camera {name}: {folder}", limits
        try:
            found = (p for p in folder.iterdir() if p.suffix.lower() in _IMAGES and p.is_file())
            self._files = sorted(found, key=_natural)
        except OSError as error:
            raise SourceError(f"{self.where}: {error.strerror}; check the permissions") from error
        if not self._files:
            raise SourceError(
                f"{self.where}: the folder has no .png, .jpg or .jpeg file; point `source` at one that does"
            )
        self._switch(_IMAGES[self._files[0].suffix.lower()])
        self._tick = Fraction(1 / frame_rate).limit_denominator(90000)
        self.time_base = float(self._tick)
        self.start: float | None = 0.0
        self.stamped = True
        self.frame_rate: float | None = frame_rate
        self.frames: int | None = len(self._files)
        self.duration: float | None = len(self._files) / frame_rate
        self.finite = True
        self.created: float | None = None
        facts = "\0".join(f"{p.name}:{p.stat().st_size}" for p in self._files)
        self.fingerprint = hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()
        self.choices: tuple[tuple[int, int], ...] = ()

    def _switch(self, codec: str) -> None:
        self.coding = coding_of_images(codec, self.limits.pixels)
        self.decoder = self.coding.open_decoder()

    def packets(self) -> Iterator[RawPacket]:
        for number, path in enumerate(self._files):
            codec = _IMAGES[path.suffix.lower()]
            if codec != self.coding.codec:
                self._switch(codec)
            try:
                self.limits.check_packet(path.stat().st_size)
                data = path.read_bytes()
                if codec == "png":
                    self.limits.check_coded(codec, data)
            except OSError:
                data = b""  # gone or unreadable: the decoder refuses it and it is counted like a damaged one
            except SourceRefusedError as error:
                raise refused(f"{self.where}/{path.name}", error) from None
            raw = raw_packet(data or b"\0")
            raw.pts = raw.dts = number
            raw.duration = 1
            raw.time_base = self._tick
            raw.is_keyframe = True
            raw.stream = self.coding.parking
            yield raw

    def close(self) -> None:
        pass


def _natural(path: Path) -> list[tuple[int, str]]:
    """A key by which numbers in names go by their value, as `ffmpeg frame_%d.jpg` means them."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", path.name)]


class StillPictures:
    """An address that gives one picture, asked again and again.

    Args:
        first: the server's first answer.
        every: seconds between two pictures.
        codec: of the pictures, as FFmpeg calls it.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        client: HttpClient,
        first: Response,
        every: float,
        limits: PictureLimits,
        codec: str,
    ) -> None:
        self._name, self._source, self._client, self._every = name, source, client, every
        self.where, self.limits = where(name, source), limits
        self._first: Response | None = first
        self.coding = coding_of_images(codec, limits.pixels)
        self.decoder = self.coding.open_decoder()
        self.time_base = 1.0
        self.start: float | None = None
        self.stamped = False
        self.frame_rate: float | None = 1 / every
        self.frames: int | None = None
        self.duration: float | None = None
        self.finite = False
        self.created: float | None = None
        self.fingerprint = ""
        self.choices: tuple[tuple[int, int], ...] = ()

    def packets(self) -> Iterator[RawPacket]:
        due = time.monotonic()
        while True:
            try:
                data = self._picture()
                self.limits.check_coded(self.coding.codec, data)
            except SourceRefusedError as error:
                raise refused(self.where, error) from None
            except OSError as error:
                raise SourceError(explain(self._name, self._source, "stopped", error)) from None
            raw = raw_packet(data or b"\0")
            raw.is_keyframe = True
            raw.stream = self.coding.parking
            yield raw
            due = max(due + self._every, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))

    def _picture(self) -> bytes:
        response, self._first = self._first or self._client.get(self._client.url), None
        data = bytearray()
        with closing(response):
            while part := response.read(_CHUNK):
                data += part
                self.limits.check_packet(len(data))
        return bytes(data)

    def close(self) -> None:
        if self._first is not None:
            self._first.close()
