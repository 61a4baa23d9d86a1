"""Single pictures: out of clips, and into JPEG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from numpy.typing import NDArray

from secondsight.errors import SourceError
from secondsight.media.frames.frame import Converter
from secondsight.media.frames.packet import PASSING
from secondsight.media.frames.upright import pixel_aspect, upright


def clip_frames(path: Path, clip_start: float, times: Sequence[float]) -> list[NDArray[np.uint8]]:
    """The pictures of a clip nearest to `times`, in that order.

    Only what they need is decoded, from the key frame before each of them and without pictures to which no other
    refers: with a key frame a second, a third of a clip of ten seconds for six pictures.

    Args:
        clip_start: UTC seconds of the clip's first picture (`Clip.start`).
        times: UTC seconds, in any order.

    Returns:
        One BGR picture per time, uint8 (height, width, 3). Times outside the clip get its first or last picture.

    Raises:
        SourceError: the clip cannot be read.
    """
    wanted = [time - clip_start for time in times]
    if not wanted:
        return []
    best: list[av.VideoFrame | None] = [None] * len(wanted)
    distance = [float("inf")] * len(wanted)
    try:
        with av.open(str(path)) as container:
            aspect = pixel_aspect(container.streams.video[0])
            for second, picture in _decoded(container, wanted):
                for i, target in enumerate(wanted):
                    if abs(second - target) < distance[i]:
                        best[i], distance[i] = picture, abs(second - target)
    except (av.FFmpegError, OSError, IndexError) as error:
        if None in best:
            raise SourceError(f"{path}: the clip cannot be read; it is damaged or was removed") from error
    converter = Converter()
    return [_bgr(picture, path, aspect, converter) for picture in best]


def _decoded(container: InputContainer, wanted: Sequence[float]) -> Iterator[tuple[float, av.VideoFrame]]:
    """Second in the file and picture of some, those nearest to `wanted` among them; what is damaged is left out."""
    stream = container.streams.video[0]
    packets = [packet for packet in container.demux(stream) if packet.size]
    if not packets:
        return
    unit = float(stream.time_base or packets[0].time_base)
    shown = [(packet.pts or 0) * unit for packet in packets]
    decoder = stream.codec_context
    decoder.thread_count = 1
    passes = decoder.codec.canonical_name in PASSING
    nearest = {min(range(len(shown)), key=lambda i: abs(shown[i] - target)) for target in wanted}
    for first, last in _stretches(shown, [packet.is_keyframe for packet in packets], nearest):
        for number in range(first, last + 1):
            if passes:
                decoder.skip_frame = "DEFAULT" if number in nearest else "NONREF"
            with suppress(av.FFmpegError):
                yield from _timed(decoder.decode(packets[number]), unit)
        with suppress(av.FFmpegError):
            yield from _timed(decoder.decode(None), unit)
        decoder.flush_buffers()


def _timed(pictures: Iterable[av.VideoFrame], unit: float) -> Iterator[tuple[float, av.VideoFrame]]:
    return (((picture.pts or 0) * unit, picture) for picture in pictures)


def _stretches(shown: Sequence[float], keys: Sequence[bool], wanted: Iterable[int]) -> list[tuple[int, int]]:
    """First and last packet, in decoding order, of what must be decoded to see the pictures of packets `wanted`."""
    ends: dict[int, int] = {}
    for last in wanted:
        # A picture shown before the key frame that it follows refers to the pictures before that.
        before = (i for i in range(last, -1, -1) if keys[i] and shown[i] <= shown[last])
        first = next(before, 0)
        ends[first] = max(ends.get(first, 0), last)
    return sorted(ends.items())


def encode_jpeg(bgr: NDArray[np.uint8], quality: int = 85) -> bytes:
    """A JPEG of a BGR picture, uint8 (height, width, 3)."""
    from PIL import Image

    buffer = BytesIO()
    height, width = bgr.shape[:2]
    # Pillow swaps the colours itself, in a tenth of the time that numpy takes.
    picture = Image.frombuffer("RGB", (width, height), np.ascontiguousarray(bgr), "raw", "BGR", 0, 1)
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _bgr(picture: av.VideoFrame | None, path: Path, aspect: float, converter: Converter) -> NDArray[np.uint8]:
    if picture is None:
        raise SourceError(f"{path}: the clip has no picture that can be decoded")
    return upright(picture, converter, aspect).to_ndarray(format="bgr24").astype(np.uint8, copy=False)
