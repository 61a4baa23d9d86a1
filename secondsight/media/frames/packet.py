"""Encoded packets with their time, and the facts about the stream they belong to.

A packet that is kept (ring, clip) must not keep its demuxer alive. So every packet is attached to a *parking* stream
of its own, never opened output: it holds the codec's parameters and nothing else, and outlives the input.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import av
from av.bitstream import BitStreamFilterContext
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from secondsight.media.frames.upright import pixel_aspect

if TYPE_CHECKING:
    RawPacket = av.Packet[VideoStream]
else:
    RawPacket = av.Packet


def raw_packet(data: object = None) -> RawPacket:
    """A packet around bytes, or around another packet's bytes; it has no timestamps, flags or stream yet."""
    return cast(RawPacket, av.Packet(cast(bytes | None, data)))


_START_CODES = (b"\0\0\1", b"\0\0\0\1")

MP4_CODECS = frozenset({"h264", "hevc", "mpeg4", "av1", "vp9", "mjpeg", "mpeg1video", "mpeg2video"})
"""Codecs (FFmpeg's canonical names) that players accept in an MP4 file as they are."""
PASSING = frozenset({"h264", "hevc"})
"""Codecs whose decoders pass over single pictures without harm to the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """What is needed to decode or remux a stream's packets after its container was closed.

    Attributes:
        codec: FFmpeg's canonical codec name, such as `h264`.
        decoder: name of the decoder to use; differs from `codec` where several exist (`libdav1d` for `av1`).
        pixel_format: needed by raw video, which says it nowhere else.
        pixel_aspect: width of a pixel by its height.
        max_pixels: of a picture; a decoder refuses more before it allocates anything.
        parking: the stream that packets are attached to; for codecs in MP4_CODECS it is a template for muxing.
    """

    codec: str
    decoder: str
    extradata: bytes | None
    width: int
    height: int
    pixel_format: str | None
    max_pixels: int
    parking: VideoStream = field(repr=False)
    pixel_aspect: float = 1.0

    def open_decoder(self) -> VideoCodecContext:
        """A fresh single-threaded decoder for these packets."""
        context = av.CodecContext.create(self.decoder, "r")
        assert isinstance(context, VideoCodecContext)
        context.thread_count = 1
        context.thread_type = "NONE"
        context.options = {"max_pixels": str(self.max_pixels)}
        if self.extradata:
            context.extradata = self.extradata
        context.width, context.height = self.width, self.height
        if self.pixel_format:
            context.pix_fmt = self.pixel_format
        return context


def coding_of(stream: VideoStream, max_pixels: int) -> Coding:
    """The coding of an open input's video stream, independent of that input."""
    context = stream.codec_context
    codec = context.codec.canonical_name
    return Coding(
        codec,
        context.codec.name,
        context.extradata,
        context.width,
        context.height,
        context.pix_fmt,
        max_pixels,
        _park(codec, stream),
        pixel_aspect(stream),
    )


def coding_of_images(codec: str, max_pixels: int) -> Coding:
    """The coding of still images (`png` or `mjpeg`), which need no parameters."""
    return Coding(codec, codec, None, 0, 0, None, max_pixels, _park(codec, None))


def _park(codec: str, template: VideoStream | None) -> VideoStream:
    # An output container touches no file before its first packet, which never comes.
    holder = av.open("parking", "w", format="mp4")
    if template is not None and codec in MP4_CODECS:
        return holder.add_stream_from_template(template, opaque=True)
    return cast(VideoStream, holder.add_mux_stream(codec if codec in MP4_CODECS else "mpeg4"))


class ParameterReader:
    """Finds codec parameters (SPS, PPS, ...) that come along with key frames, as live streams send them."""

    def __init__(self, codec: str) -> None:
        known = codec in ("h264", "hevc", "mpeg4")
        self._filter = BitStreamFilterContext("extract_extradata", codec) if known else None

    def read(self, raw: RawPacket) -> bytes | None:
        """The parameters in this packet; None if it carries none or is not in start-code form."""
        if self._filter is None or not bytes(memoryview(raw)[:4]).startswith(_START_CODES):
            return None
        try:
            for filtered in self._filter.filter(raw_packet(raw)):
                if filtered.has_sidedata("new_extradata"):
                    return bytes(filtered.get_sidedata("new_extradata"))
        except av.FFmpegError:
            self._filter.flush()
        return None


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """Facts that hold for one epoch of one camera.

    Attributes:
        epoch: number of the uninterrupted stretch; grows with every reconnection, loop or change of picture size.
        codec: FFmpeg's canonical codec name.
        frame_rate: frames per second as the source states it, if it does.
        duration: seconds, of recorded sources.
        frames: count of frames, of recorded sources that state it.
        live: whether time is wall clock time (cameras, and files with `pace: realtime`).
        width, height: of the pictures as they are shown.
        origin: identity for candidate ids: `live`, or `file:` and a fingerprint, with `#n` in the n-th loop.
        choices: width and height of each video stream of the source, where there are several.
    """

    camera: str
    epoch: int
    codec: str
    width: int
    height: int
    frame_rate: float | None
    duration: float | None
    frames: int | None
    live: bool
    origin: str
    coding: Coding | None = field(default=None, repr=False, compare=False)
    choices: tuple[tuple[int, int], ...] = ()


class Packet:
    """One encoded picture.

    Attributes:
        info: facts about its stream.
        time: UTC seconds at which the picture is presented.
        duration: seconds; from the frame rate where the source does not say.
        is_key: decoding can start here.
        size: bytes. 0 marks the end of an epoch: no picture, it only carries the frames the decoder still held.
        raw: the data, with the source's own timestamps. Shared: never change it.
    """

    __slots__ = ("duration", "info", "is_key", "raw", "size", "time")

    def __init__(self, info: StreamInfo, time: float, duration: float, raw: RawPacket) -> None:
        self.info = info
        self.time = time
        self.duration = duration
        self.raw = raw
        self.is_key = raw.is_keyframe
        self.size = raw.size

    @property
    def camera(self) -> str:
        return self.info.camera

    @property
    def epoch(self) -> int:
        return self.info.epoch

    def __repr__(self) -> str:
        key = " key" if self.is_key else ""
        return f"<Packet {self.camera}/{self.epoch} {self.time:.3f} {self.size} bytes{key}>"
