"""Cuts clips out of encoded packets: copied where MP4 can hold the codec, encoded again where it cannot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import av

from secondsight.errors import SourceError
from secondsight.media.frames.frame import Converter
from secondsight.media.frames.packet import Packet
from secondsight.media.frames.upright import Orientation, exif_turn, upright
from secondsight.media.writing.encode import encode_pictures
from secondsight.media.writing.files import GuardedFile, atomic_file, require_space
from secondsight.media.writing.remux import Mp4Output, can_copy, copy_packets
from secondsight.records import Clip

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
    if can_copy(chosen):
        # A muxer may refuse what it is given by an odd camera; then the pictures are saved at least.
        with suppress(av.FFmpegError), atomic_file(path, min_free) as file:
            copy_packets(file, chosen)
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
            turn = exif_turn(bytes(packet.raw)) if packet and is_jpeg else Orientation()
            for picture in decoded:
                time = times.get(picture.pts) if picture.pts is not None else None
                last = time - begin if time is not None else last + interval
                yield upright(picture, converter, aspect, turn), last

    with Mp4Output(file) as output:
        codec = encode_pictures(output, pictures(), 1 / interval)
        if codec is None:
            raise SourceError(
                f"camera {info.camera}: none of the packets kept can be decoded, so there is no clip"
            )
        return codec
