"""Opened sources: containers that FFmpeg demuxes, and folders of images. Both yield packets and own a decoder."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Protocol

import av
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.media.frames.packet import Coding, RawPacket, coding_of, coding_of_images, raw_packet
from secondsight.media.reading.sources import Source, SourceKind

_IMAGES = {".png": "png", ".jpg": "mjpeg", ".jpeg": "mjpeg"}
_EDGE = 64 * 1024
_UNSTAMPED = 8
"""Packets to look at after a first one without timestamp; reordering reaches no further in practice."""
_NOT_VIDEO = frozenset({"tty", "bin", "adf", "idf", "xbin"})
"""FFmpeg demuxers that draw text as pictures; they take almost any file for video."""


class Input(Protocol):
    """An opened source.

    Attributes:
        coding, decoder: of the packets that come next; a folder of mixed images changes both on its way.
        time_base: seconds per unit of the packets' timestamps.
        start: timestamp of the first picture, in seconds, if known beforehand.
        stamped: whether the packets' timestamps tell when pictures were taken.
        created: UTC seconds of the recording's start, if the source says so.
        duration: seconds; None for what has no end.
        fingerprint: identity of a recording.
    """

    coding: Coding
    decoder: VideoCodecContext
    time_base: float
    start: float | None
    stamped: bool
    frame_rate: float | None
    frames: int | None
    duration: float | None
    created: float | None
    fingerprint: str

    def packets(self) -> Iterator[RawPacket]:
        """Packets in decoding order, attached to `coding.parking`. Raises SourceError when reading fails."""
        ...

    def close(self) -> None: ...


def open_input(name: str, source: Source, camera: CameraSettings) -> Input:
    """Open a source, within its timeout.

    Raises:
        SourceError: it cannot be opened or holds no video; names the camera, is free of credentials.
    """
    if source.kind is SourceKind.FOLDER:
        return ImageFolder(name, Path(source.target), camera.frame_rate)
    if source.kind is SourceKind.DEVICE:
        # Cameras that can compress save the ring from raw pictures; those that cannot are asked again without.
        with suppress(SourceError):
            return ContainerInput(name, source, {"input_format": "mjpeg"})
    return ContainerInput(name, source, dict(source.options))


class ContainerInput:
    """Whatever FFmpeg opens: files, RTSP, HTTP, HLS, devices."""

    def __init__(self, name: str, source: Source, options: dict[str, str]) -> None:
        self._name, self._source = name, source
        begun = time.monotonic()
        try:
            self._container = av.open(
                source.target,
                format=source.container,
                options=options,
                timeout=source.timeout,
                metadata_errors="replace",
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            # A server that accepts but does not answer is reported as all kinds of errors.
            silent = source.timeout is not None and time.monotonic() - begun > 0.9 * source.timeout
            raise SourceError(
                self._explain("cannot be opened", TimeoutError() if silent else error)
            ) from None
        try:
            self._stream = self._choose()
            self._describe()
        except BaseException:
            self._container.close()
            raise

    def _choose(self) -> VideoStream:
        videos = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not videos or self._container.format.name in _NOT_VIDEO:
            raise SourceError(
                f"{self._where()} holds no video; give a video file, or an address that sends video"
            )
        if videos[0].codec_context is None:
            raise SourceError(
                f"{self._where()}: its codec cannot be decoded; let the camera send H.264 or H.265"
            )
        for other in self._container.streams:
            if other.index != videos[0].index:
                other.discard = Discard.all
        return videos[0]

    def _describe(self) -> None:
        stream, container = self._stream, self._container
        self.decoder = stream.codec_context
        self.decoder.thread_count = 1
        self.decoder.thread_type = "NONE"
        self.coding = coding_of(stream)
        base = stream.time_base or Fraction(1, 1000)
        self.time_base = float(base)
        self.start = None if stream.start_time is None else stream.start_time * self.time_base
        self.stamped = container.format.name != "mpjpeg"
        self.frame_rate = float(stream.average_rate or stream.guessed_rate or 0) or None
        self.duration: float | None = None
        if self._source.kind in (SourceKind.FILE, SourceKind.HTTP):
            stated = container.duration / av.time_base if container.duration else None
            self.duration = stated or (stream.duration or 0) * self.time_base or None
        self.frames = stream.frames or None
        self.created = _created(container)
        self.fingerprint = ""
        if self._source.kind is SourceKind.FILE:
            self.fingerprint = fingerprint(Path(self._source.target.removeprefix("file:")))
        elif self.duration is not None:
            facts = f"{self._source.shown}\0{container.size}\0{container.duration}"
            self.fingerprint = hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()

    def packets(self) -> Iterator[RawPacket]:
        parking = self.coding.parking
        try:
            demuxed = iter(self._container.demux(self._stream))
            for raw in chain(_stamped_head(demuxed), demuxed):
                if raw.size:
                    raw.stream = parking
                    yield raw
        except (av.FFmpegError, OSError) as error:
            raise SourceError(self._explain("stopped", error)) from None

    def close(self) -> None:
        self._container.close()

    def _where(self) -> str:
        return f"camera {self._name}: {self._source.shown}"

    def _explain(self, what: str, error: Exception) -> str:
        """What went wrong and what to do, without FFmpeg's own text beyond its reason: that repeats the address."""
        reason = str(getattr(error, "strerror", None) or error)
        if isinstance(error, av.error.ExitError | TimeoutError):
            hint = f"no data for {self._source.timeout or 0:g} s; check network and camera, or raise stall_timeout"
        elif isinstance(
            error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError | PermissionError
        ):
            hint = f"{reason}; check user, password and permissions"
        elif isinstance(error, av.error.InvalidDataError | EOFError):
            hint = f"{reason}; it is no video, or it is damaged or incomplete"
        elif isinstance(error, ConnectionRefusedError):
            hint = f"{reason}; check address and port, and that the camera is on"
        else:
            hint = f"{reason}; check the address"
        hint = f"{hint}; {self._source.advice}" if self._source.advice else hint
        return f"{self._where()} {what}: {self._source.clean(hint)}"


class ImageFolder:
    """A folder of PNG and JPEG files in the order of their names; each is one packet and a key frame."""

    def __init__(self, name: str, folder: Path, frame_rate: float) -> None:
        self._where = f"camera {name}: {folder}"
        try:
            self._files = sorted(p for p in folder.iterdir() if p.suffix.lower() in _IMAGES and p.is_file())
        except OSError as error:
            raise SourceError(f"{self._where}: {error.strerror}; check the permissions") from error
        if not self._files:
            raise SourceError(
                f"{self._where}: the folder holds no .png, .jpg or .jpeg file; point `source` at one that does"
            )
        self._switch(_IMAGES[self._files[0].suffix.lower()])
        self._tick = Fraction(1 / frame_rate).limit_denominator(90000)
        self.time_base = float(self._tick)
        self.start: float | None = 0.0
        self.stamped = True
        self.frame_rate: float | None = frame_rate
        self.frames: int | None = len(self._files)
        self.duration: float | None = len(self._files) / frame_rate
        self.created: float | None = None
        facts = "\0".join(f"{p.name}:{p.stat().st_size}" for p in self._files)
        self.fingerprint = hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()

    def _switch(self, codec: str) -> None:
        self.coding = coding_of_images(codec)
        self.decoder = self.coding.open_decoder()

    def packets(self) -> Iterator[RawPacket]:
        for number, path in enumerate(self._files):
            codec = _IMAGES[path.suffix.lower()]
            if codec != self.coding.codec:
                self._switch(codec)
            try:
                data = path.read_bytes()
            except OSError:
                data = b""  # gone or unreadable: the decoder refuses it and it is counted like a damaged one
            raw = raw_packet(data or b"\0")
            raw.pts = raw.dts = number
            raw.duration = 1
            raw.time_base = self._tick
            raw.is_keyframe = True
            raw.stream = self.coding.parking
            yield raw

    def close(self) -> None:
        pass


def fingerprint(path: Path) -> str:
    """Identity of a file: a hash of its size and its first and last 64 KiB. Raises OSError."""
    size = path.stat().st_size
    digest = hashlib.blake2b(str(size).encode(), digest_size=8)
    with path.open("rb") as file:
        digest.update(file.read(_EDGE))
        file.seek(max(0, size - _EDGE))
        digest.update(file.read(_EDGE))
    return digest.hexdigest()


def _stamped_head(packets: Iterator[RawPacket]) -> list[RawPacket]:
    """The first packets of a stream; those without a timestamp get one that precedes all others.

    An RTSP stream's first picture comes without a timestamp; where pictures are sent out of order, the next packet's
    is not the earliest.
    """
    head = list(islice(packets, 1))
    if not head or head[0].pts is not None:
        return head
    head += islice(packets, _UNSTAMPED)
    stamps = [raw.pts for raw in head if raw.pts is not None]
    if stamps:
        earliest = min(stamps)
        unstamped = next(i for i, raw in enumerate(head) if raw.pts is not None)
        for raw in reversed(head[:unstamped]):
            earliest -= raw.duration or 1
            raw.pts = earliest
    return head


def _created(container: InputContainer) -> float | None:
    try:
        moment = datetime.fromisoformat(container.metadata["creation_time"])
    except (KeyError, ValueError):
        return None
    # Recorders without a clock write 1904 or 1970.
    return moment.timestamp() if moment.tzinfo and moment.year > 1980 else None
