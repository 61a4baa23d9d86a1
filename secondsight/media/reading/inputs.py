"""Opened sources: containers that FFmpeg demuxes, and single pictures. All yield packets and own a decoder."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.format import ContainerFormat
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.foreign import visible
from secondsight.log import fields
from secondsight.media.frames.limits import (
    MAX_STREAMS,
    PictureLimits,
    SourceRefusedError,
    limit_blocks,
)
from secondsight.media.frames.packet import Coding, RawPacket, coding_of
from secondsight.media.network.content import Content, content_of
from secondsight.media.network.hosts import server_of
from secondsight.media.reading.access import (
    Access,
    http_access,
    http_client,
    plain_access,
    playlist_access,
    rtsp_access,
)
from secondsight.media.reading.explain import explain, refused, where
from secondsight.media.reading.pictures import ImageFolder, StillPictures
from secondsight.media.reading.sources import Source, SourceKind

_EDGE = 64 * 1024
_UNSTAMPED = 8
"""Packets to look at after a first one without timestamp; reordering reaches no further in practice."""
_NOT_VIDEO = frozenset({"tty", "bin", "adf", "idf", "xbin"})
"""FFmpeg demuxers that draw text as pictures; they take almost any file for video."""
_IN_DECODING_ORDER = frozenset({"avi"})
"""FFmpeg demuxers of containers that know when to decode a picture and not when to show it."""
_NO_TIMESTAMPS = 0x80
"""FFmpeg's AVFMT_NOTIMESTAMPS."""
_MAX_REDIRECTS = 5
_NO_VIDEO = ("image/", "text/html")
"""Media types of what is no video, if it is no picture either that can be read."""
_WITH_TEXT = frozenset(("png", "apng"))

_log = logging.getLogger(__name__)

Preference = Literal["main", "largest", "smallest"]
"""Which of several video streams is read."""


class Input(Protocol):
    """An opened source.

    Attributes:
        where: how messages about it begin.
        limits: what a picture of it may be.
        coding, decoder: of the packets that come next; a folder of mixed images changes both on its way.
        time_base: seconds per unit of the packets' timestamps.
        start: timestamp of the first picture, in seconds, if known beforehand.
        stamped: whether the packets' timestamps tell when pictures were taken.
        created: UTC seconds of the recording's start, if the source says so.
        finite: it has an end, as a recording has.
        duration: seconds, of recordings that state it.
        fingerprint: identity of a recording.
        choices: width and height of each video stream, where there are several.
    """

    where: str
    limits: PictureLimits
    coding: Coding
    decoder: VideoCodecContext
    time_base: float
    start: float | None
    stamped: bool
    frame_rate: float | None
    frames: int | None
    finite: bool
    duration: float | None
    created: float | None
    fingerprint: str
    choices: tuple[tuple[int, int], ...]

    def packets(self) -> Iterator[RawPacket]:
        """Packets in decoding order, attached to `coding.parking`. Raises SourceError when reading fails."""
        ...

    def close(self) -> None: ...


def open_input(name: str, source: Source, camera: CameraSettings) -> Input:
    """Open a source, within its timeout.

    Raises:
        SourceError: it cannot be opened or has no video; names the camera, is free of credentials.
    """
    limit_blocks()
    try:
        return _open(name, source, camera)
    except SourceRefusedError as error:
        text = source.clean(str(error))
        raise (
            error if text.startswith("camera ") else refused(where(name, source), SourceRefusedError(text))
        ) from None
    except (OSError, ValueError) as error:
        raise SourceError(explain(name, source, "cannot be opened", error)) from None


def _open(name: str, source: Source, camera: CameraSettings) -> Input:
    limits = PictureLimits.of(camera)
    match source.kind:
        case SourceKind.FOLDER:
            return ImageFolder(name, Path(source.target), camera.frame_rate, limits)
        case SourceKind.HTTP:
            return _open_http(name, source, camera, limits)
        case SourceKind.RTSP:
            return _open_rtsp(name, source, camera, limits)
        case SourceKind.FILE if source.timeout is not None:
            return ContainerInput(name, source, playlist_access(name, source, camera), limits, camera.stream)
        case SourceKind.DEVICE:
            # Cameras that can compress save the ring from raw pictures; those that cannot are asked again without.
            with suppress(SourceError):
                access = plain_access(source, camera, {"input_format": "mjpeg"})
                return ContainerInput(name, source, access, limits, camera.stream)
    return ContainerInput(name, source, plain_access(source, camera, source.options), limits, camera.stream)


def _open_http(name: str, source: Source, camera: CameraSettings, limits: PictureLimits) -> Input:
    """Open an HTTP address as what its server sends, whatever it is called."""
    client, response = http_client(source, camera)
    content = content_of(response, limits.packet)
    if content in (Content.JPEG, Content.PNG):
        codec = "png" if content is Content.PNG else "mjpeg"
        return StillPictures(name, source, client, response, camera.picture_interval, limits, codec)
    access = http_access(name, source, camera, client, response, content)
    try:
        return ContainerInput(name, source, access, limits, camera.stream)
    except SourceRefusedError:
        raise
    except SourceError:
        if not response.kind.startswith(_NO_VIDEO):
            raise
        text = f"it sends `{visible(response.kind)}`, neither video nor JPEG or PNG; check the address"
        raise SourceError(f"{where(name, source)}: {text}") from None


def _open_rtsp(name: str, source: Source, camera: CameraSettings, limits: PictureLimits) -> Input:
    """Open an RTSP camera, where it is or where it says that it is."""
    url = source.target
    for _ in range(_MAX_REDIRECTS + 1):
        access = rtsp_access(url, source, camera)
        try:
            return ContainerInput(name, source, access, limits, camera.stream)
        except SourceError:
            if access.relay is None or access.relay.redirect is None:
                raise
            url = _with_login(access.relay.redirect, source.target)
    raise SourceError(f"{where(name, source)}: it redirects in a circle; check the address")


def _with_login(url: str, own: str) -> str:
    """An address of the same server with the login of `own`; another server is not told it."""
    login, at, _ = urlsplit(own).netloc.rpartition("@")
    parts = urlsplit(url)
    if "@" in parts.netloc or server_of(url) != server_of(own):
        return url
    return parts._replace(netloc=f"{login}{at}{parts.netloc}").geturl()


class ContainerInput:
    """Whatever FFmpeg opens: files, RTSP, HTTP, HLS, devices."""

    def __init__(
        self,
        name: str,
        source: Source,
        access: Access,
        limits: PictureLimits,
        preference: Preference = "main",
    ) -> None:
        self._name, self._source, self._access, self.limits = name, source, access, limits
        self._preference = preference
        self.where = where(name, source)
        try:
            self._container = self._connect()
        except BaseException:
            access.close()
            raise
        try:
            self._stream = self._choose()
            self._describe()
            limits.check_picture(self.decoder.width, self.decoder.height)
        except SourceRefusedError as error:
            self.close()
            raise refused(self.where, error) from None
        except BaseException:
            self.close()
            raise

    def _connect(self) -> InputContainer:
        source, access = self._source, self._access
        begun = time.monotonic()
        access.begin(None if source.timeout is None else 2 * source.timeout)
        try:
            return av.open(
                access.target,
                format=access.container,
                options=dict(access.options),
                timeout=source.timeout,
                metadata_errors="replace",
                io_open=access.opener,
            )
        except (av.FFmpegError, OSError, ValueError) as error:
            # A server that accepts but does not answer is reported as all kinds of errors.
            silent = source.timeout is not None and time.monotonic() - begun > 0.9 * source.timeout
            raise self._fault("cannot be opened", TimeoutError() if silent else error) from None

    def _choose(self) -> VideoStream:
        if len(self._container.streams) > MAX_STREAMS:
            raise SourceRefusedError(f"it has more than {MAX_STREAMS} streams")
        videos = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        if not videos or self._container.format.name in _NOT_VIDEO:
            raise self._access.refused or SourceError(
                f"{self.where} has no video; give a video file, or an address that sends video"
            )
        decodable = [video for video in videos if video.codec_context is not None]
        if not decodable:
            raise SourceError(
                f"{self.where}: its codec cannot be decoded; let the camera send H.264 or H.265"
            )
        chosen = self._preferred(decodable)
        self._say_choice(chosen)
        for other in self._container.streams:
            if other.index != chosen.index:
                other.discard = Discard.all
        return chosen

    def _preferred(self, videos: list[VideoStream]) -> VideoStream:
        """Recorders put a small stream beside the main one; they mark the main one, or it is the larger."""
        self.choices = tuple((video.width, video.height) for video in videos) if len(videos) > 1 else ()
        allowed = [one for one in videos if one.width * one.height <= self.limits.pixels] or videos
        match self._preference:
            case "main":
                return max(
                    allowed, key=lambda one: (bool(one.disposition & Disposition.default), *_extent(one))
                )
            case "largest":
                return max(allowed, key=_extent)
            case "smallest":
                return min(allowed, key=_extent)

    def _say_choice(self, chosen: VideoStream) -> None:
        if self.choices:
            sizes = ", ".join(f"{width}x{height}" for width, height in self.choices)
            about = fields(camera=self._name, read=f"{chosen.width}x{chosen.height}", there=sizes)
            _log.info("several video streams; `stream` chooses", extra=about)

    def _describe(self) -> None:
        stream, container = self._stream, self._container
        self.decoder = stream.codec_context
        self.decoder.thread_count = 1
        self.decoder.thread_type = "NONE"
        self.decoder.options = {"max_pixels": str(self.limits.pixels)}
        self.coding = coding_of(stream, self.limits.pixels)
        base = stream.time_base or Fraction(1, 1000)
        self.time_base = float(base)
        self.start = None if stream.start_time is None else stream.start_time * self.time_base
        self.stamped = _is_stamped(container.format)
        self.frame_rate = float(stream.average_rate or stream.guessed_rate or 0) or None
        self.duration: float | None = None
        if self._source.kind in (SourceKind.FILE, SourceKind.HTTP):
            stated = container.duration / av.time_base if container.duration else None
            self.duration = stated or (stream.duration or 0) * self.time_base or None
        self.finite = (
            self._source.kind is SourceKind.FILE
            or self.duration is not None
            or self._access.length is not None
        )
        self.frames = stream.frames or None
        self.created = _created(container)
        self.fingerprint = ""
        if self._source.kind is SourceKind.FILE:
            self.fingerprint = fingerprint(Path(self._source.target.removeprefix("file:")))
        elif self.finite:
            facts = f"{self._source.shown}\0{self._access.length}\0{container.duration}"
            self.fingerprint = hashlib.blake2b(facts.encode(), digest_size=8).hexdigest()

    def packets(self) -> Iterator[RawPacket]:
        access, parking, limits = self._access, self.coding.parking, self.limits
        has_text = self.coding.codec in _WITH_TEXT
        in_decoding_order = self._container.format.name in _IN_DECODING_ORDER and self.decoder.reorder_depth
        try:
            demuxed = self._demux()
            for raw in chain(_stamped_head(demuxed), demuxed):
                if raw.size:
                    limits.check_packet(raw.size)
                    if has_text:
                        limits.check_coded(self.coding.codec, bytes(raw))
                    if access.meter is not None:
                        access.meter.picture()
                    if in_decoding_order:
                        raw.pts = None
                    raw.stream = parking
                    yield raw
        except SourceRefusedError as error:
            raise refused(self.where, error) from None
        except (av.FFmpegError, OSError) as error:
            raise self._fault("stopped", error) from None
        if access.refused is not None or access.failure is not None:
            raise self._fault("stopped", EOFError())

    def _demux(self) -> Iterator[RawPacket]:
        demuxed, access, timeout = (
            iter(self._container.demux(self._stream)),
            self._access,
            self._source.timeout,
        )
        while True:
            access.begin(timeout)
            raw = next(demuxed, None)
            if access.refused is not None:
                raise access.refused
            if raw is None:
                return
            yield raw

    def close(self) -> None:
        self._container.close()
        self._access.close()

    def _fault(self, what: str, error: Exception) -> SourceError:
        """The error to raise: what was refused, else what the connection lacked, else what FFmpeg says."""
        if self._access.refused is not None:
            return refused(self.where, SourceRefusedError(self._source.clean(str(self._access.refused))))
        cause = self._access.failure or error
        return SourceError(explain(self._name, self._source, what, cause))


def _extent(video: VideoStream) -> tuple[int, int]:
    """Area, and what tells two pictures of one size apart: bits per second."""
    stated = video.metadata.get("variant_bitrate", "")
    return video.width * video.height, int(stated) if stated.isdecimal() else video.bit_rate or 0


def _is_stamped(container: ContainerFormat) -> bool:
    """Whether packets carry timestamps, and not what FFmpeg counts at 25 a second: raw streams and bare pictures."""
    return not (container.flags & _NO_TIMESTAMPS or container.name.endswith("_pipe"))


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
        apart = min((b - a for a, b in pairwise(sorted(stamps)) if b > a), default=1)
        unstamped = next(i for i, raw in enumerate(head) if raw.pts is not None)
        for raw in reversed(head[:unstamped]):
            earliest -= raw.duration or apart
            raw.pts = earliest
    return head


def _created(container: InputContainer) -> float | None:
    try:
        moment = datetime.fromisoformat(container.metadata["creation_time"])
    except (KeyError, ValueError):
        return None
    # Recorders without a clock write 1904 or 1970.
    return moment.timestamp() if moment.tzinfo and moment.year > 1980 else None
