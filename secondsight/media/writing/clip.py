"""Cuts clips out of encoded packets: copied where MP4 can hold the codec, encoded again where it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from secondsight.errors import SecondSightError, SourceError
from secondsight.media.frames.frame import Converter
from secondsight.media.frames.packet import MP4_CODECS, Packet, ParameterReader, raw_packet
from secondsight.media.frames.upright import exif_turns, upright
from secondsight.media.writing.encode import encode_pictures
from secondsight.media.writing.files import GuardedFile, atomic_file, require_space
from secondsight.records import Clip

TICKS = 90_000
"""Units per second of a clip's timestamps: the customary rate, exact for all common frame rates."""

_OVERHEAD = 64 * 1024
"""Room for an MP4 file's index, in bytes."""


def write_clip(packets: Sequence[Packet], start: float, folder: Path, name: str, *, min_free: int) -> Clip:
    """Write an MP4 file that plays by itself. Packets are copied where MP4 can hold the codec, and encoded
    again elsewhere.

    Args:
        packets: in decoding order, of one epoch. Packets of further epochs, and those before the first key
            frame, are left out.
        start: time asked for, UTC seconds; the clip begins at the first packet's key frame, usually before
            it.
        folder: the data folder.
        name: the file's path below it.
        min_free: bytes of the disk that must stay free.

    Returns:
        The clip, with `path` = `name`. Its first picture is at second 0 of the file and at `Clip.start` in
        UTC.

    Raises:
        StoreError: the disk is full or cannot be written; nothing is left behind.
        SourceError: there is no key frame among the packets, or nothing that can be decoded.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import open_stream, write_clip
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> stream = open_stream("hall", CameraSettings(source="pictures"), SystemClock())
        >>> packets = [packet for packet, frames in stream if packet.size]
        >>> clip = write_clip(packets, packets[0].time, Path("data"), "clips/1.mp4", min_free=0)
        >>> clip.codec, clip.reencoded, round(clip.end - clip.start, 3), Path("data", clip.path).is_file()
        ('mjpeg', False, 0.9, True)
    """
    chosen = _from_key_frame(packets)
    info, begin = chosen[0].info, chosen[0].time
    path = folder / name
    require_space(path.parent, sum(packet.size for packet in chosen) + _OVERHEAD, min_free)
    copied = False
    if _can_copy(chosen):
        # A muxer may refuse what it is given by an odd camera; then the pictures are saved at least.
        with suppress(av.FFmpegError), atomic_file(path, min_free) as file:
            _copy(file, chosen)
            copied = True
    codec = info.codec
    if not copied:
        try:
            with atomic_file(path, min_free) as file:
                codec = _encode(file, chosen)
        except av.FFmpegError as error:
            raise SourceError(
                f"camera {info.camera}: no clip can be made of its pictures: {error.strerror}"
            ) from None
    end = max(packet.time for packet in chosen)
    return Clip(name, begin, end, max(0.0, start - begin), codec, not copied, path.stat().st_size)


def _from_key_frame(packets: Sequence[Packet]) -> list[Packet]:
    """From the first key frame to the end of its epoch. Pictures shown before it cannot be decoded without others."""
    first = next((i for i, packet in enumerate(packets) if packet.is_key and packet.size), None)
    if first is None:
        camera = packets[0].camera if packets else "?"
        raise SourceError(
            f"camera {camera}: no key frame among the packets kept, so no clip can be cut; "
            "set a key frame interval of a few seconds in the camera"
        )
    key = packets[first]
    return [p for p in packets[first:] if p.size and p.epoch == key.epoch and p.time >= key.time]


def _can_copy(packets: Sequence[Packet]) -> bool:
    coding = packets[0].info.coding
    if coding is None or coding.codec not in MP4_CODECS:
        return False
    if coding.codec == "mjpeg" and any(exif_turns(bytes(packet.raw)) for packet in packets):
        return False  # players of MP4 do not heed it
    # Without timestamps, the order of presentation is known to the decoder only.
    return all(packet.raw.pts is not None for packet in packets)


def _copy(file: GuardedFile, packets: Sequence[Packet]) -> None:
    begin = packets[0].time
    shown = [round((packet.time - begin) * TICKS) for packet in packets]
    with _output(file) as output:
        stream = _stream_like(output, packets[0])
        for packet, pts, dts in zip(packets, shown, decoding_times(shown), strict=True):
            # A new packet around the same bytes: the ring's packets may be in the hands of other writers.
            copy = raw_packet(packet.raw)
            copy.dts, copy.pts = dts, max(pts, dts)
            copy.duration = round(packet.duration * TICKS)
            copy.time_base = Fraction(1, TICKS)
            copy.is_keyframe = packet.is_key
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


def _encode(file: GuardedFile, packets: Sequence[Packet]) -> str:
    """Encode the packets' pictures again as H.264; returns the codec's name."""
    info = packets[0].info
    if info.coding is None:
        raise SourceError(f"camera {info.camera}: codec {info.codec} cannot be decoded for a clip")
    decoder, converter = info.coding.open_decoder(), Converter()
    aspect, is_jpeg = info.coding.pixel_aspect, info.coding.codec == "mjpeg"
    begin = packets[0].time
    times = {packet.raw.pts: packet.time for packet in packets if packet.raw.pts is not None}
    interval = packets[0].duration or 0.04

    def pictures() -> Iterable[tuple[av.VideoFrame, float]]:
        last = -interval
        for packet in [*packets, None]:
            try:
                decoded = decoder.decode(packet.raw if packet else None)
            except av.FFmpegError:
                continue
            turns = exif_turns(bytes(packet.raw)) if packet and is_jpeg else 0
            for picture in decoded:
                time = times.get(picture.pts) if picture.pts is not None else None
                last = time - begin if time is not None else last + interval
                yield upright(picture, converter, aspect, turns), last

    with _output(file) as output:
        codec = encode_pictures(output, pictures(), 1 / interval)
        if codec is None:
            raise SourceError(
                f"camera {info.camera}: none of the packets kept can be decoded, so there is no clip"
            )
        return codec


def _stream_like(output: OutputContainer, packet: Packet) -> VideoStream:
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


class _output:
    """An MP4 file being written; closed properly whatever happens, so that no muxer writes after the fact."""

    def __init__(self, file: GuardedFile) -> None:
        self._output = av.open(file, "w", format="mp4")

    def __enter__(self) -> OutputContainer:
        return self._output

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._output.close()
        else:
            with suppress(av.FFmpegError, OSError, SecondSightError):
                self._output.close()
