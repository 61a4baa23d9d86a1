"""Packets into MP4 as they are: no picture is decoded, so it costs next to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Protocol, cast

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from secondsight.errors import SecondSightError
from secondsight.media.frames.packet import MP4_CODECS, Packet, ParameterReader, RawPacket, raw_packet
from secondsight.media.frames.upright import exif_turn

TICKS = 90_000
"""Units per second of timestamps: the customary rate, exact for all common frame rates."""
FRAGMENTED = {"movflags": "frag_keyframe+delay_moov+default_base_moof"}
"""Options of a file that can be played while it is written, and piece by piece: a fragment for each key frame."""


class WritableFile(Protocol):
    """What a muxer needs of a file; one that is fragmented is never sought in."""

    def write(self, data: bytes, /) -> int: ...


def can_copy(packets: Sequence[Packet]) -> bool:
    """Whether an MP4 file can hold these packets as they are."""
    coding = packets[0].info.coding
    if coding is None or coding.codec not in MP4_CODECS:
        return False
    if coding.codec == "mjpeg" and any(exif_turn(bytes(packet.raw)) for packet in packets):
        return False  # players of MP4 do not heed it
    # Without timestamps, the order of presentation is known to the decoder only.
    return all(packet.raw.pts is not None for packet in packets)


class Pipe:
    """A file for a muxer, whose content is taken out again piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


def put(
    output: OutputContainer, stream: VideoStream, raw: RawPacket, second: float, length: float, last: int
) -> int:
    """Write one packet of a stream whose end is not known: its decoding time goes by its own timestamps.

    Args:
        second: of the file at which it is shown.
        length: its duration, seconds.
        last: the decoding time of the packet before it.

    Returns:
        Its decoding time, in `TICKS`.
    """
    ahead = 0
    if raw.pts is not None and raw.dts is not None and raw.time_base is not None:
        ahead = round(float((raw.pts - raw.dts) * raw.time_base) * TICKS)
    shown = round(second * TICKS)
    dts = max(shown - ahead, last + 1)
    _mux(output, stream, raw, max(shown, dts), dts, round(length * TICKS))
    return dts


def copy_packets(
    file: WritableFile, packets: Sequence[Packet], options: Mapping[str, str] | None = None
) -> None:
    """Write packets as they are into an MP4 file; the first is shown at second 0.

    Args:
        packets: in decoding order, of one epoch, from a key frame on.
        options: of the muxer; see `FRAGMENTED`.

    Raises:
        FFmpegError: the muxer refuses them.
    """
    begin = packets[0].time
    shown = [round((packet.time - begin) * TICKS) for packet in packets]
    with Mp4Output(file, options) as output:
        stream = stream_like(output, packets[0])
        for packet, pts, dts in zip(packets, shown, decoding_times(shown), strict=True):
            _mux(output, stream, packet.raw, max(pts, dts), dts, round(packet.duration * TICKS))


def _mux(
    output: OutputContainer, stream: VideoStream, raw: RawPacket, pts: int, dts: int, duration: int
) -> None:
    # A new packet around the same bytes: the ring's packets may be in the hands of other writers.
    copy = raw_packet(raw)
    copy.dts, copy.pts, copy.duration = dts, pts, duration
    copy.time_base = Fraction(1, TICKS)
    copy.is_keyframe = raw.is_keyframe
    copy.stream = stream
    output.mux(copy)


def decoding_times(shown: Sequence[int]) -> list[int]:
    """Timestamps at which to decode pictures that are shown at `shown`, both in decoding order.

    They grow strictly, and none is later than its picture is shown if no two are shown at once: the order of
    presentation, moved earlier by as much as the most belated picture needs. Sources often state none, or odd ones.
    """
    ordered = sorted(shown)
    delay = max(place - own for place, own in zip(ordered, shown, strict=True))
    times, last = [], -(2**62)
    for place in ordered:
        last = max(place - delay, last + 1)
        times.append(last)
    return times


def stream_like(output: OutputContainer, packet: Packet) -> VideoStream:
    """A stream for copies of packets like this key frame."""
    coding = packet.info.coding
    assert coding is not None
    if coding.parking.codec_context is None:
        stream = cast(
            VideoStream, output.add_mux_stream(coding.codec, width=coding.width, height=coding.height)
        )
    else:
        stream = output.add_stream_from_template(coding.parking, opaque=True)
        context = stream.codec_context
        context.width, context.height = coding.width, coding.height
        context.sample_aspect_ratio = Fraction(coding.pixel_aspect).limit_denominator(255)
        # Parameters sent along with the picture are newer than those of the beginning of the connection.
        context.extradata = ParameterReader(coding.codec).read(packet.raw) or context.extradata
        if not context.extradata and coding.codec in ("h264", "hevc"):
            raise av.error.InvalidDataError(0, "no parameter sets")
    stream.time_base = Fraction(1, TICKS)
    return stream


class Mp4Output:
    """An MP4 file being written; closed properly whatever happens, so that no muxer writes after the fact."""

    def __init__(self, file: WritableFile, options: Mapping[str, str] | None = None) -> None:
        self._output = av.open(file, "w", format="mp4", options=dict(options or {}))

    def __enter__(self) -> OutputContainer:
        return self._output

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._output.close()
        else:
            with suppress(av.FFmpegError, OSError, SecondSightError):
                self._output.close()
