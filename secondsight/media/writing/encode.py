"""Encodes pictures as H.264, or as the next best that this build of FFmpeg can write."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from typing import cast

import av
from av.codec import Codec
from av.container import OutputContainer
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

_ENCODERS: tuple[tuple[str, dict[str, str]], ...] = (
    # As near to the pictures as `veryfast` at 23, at twice the bytes and less than half the time.
    ("libx264", {"preset": "ultrafast", "crf": "26"}),
    ("libopenh264", {}),
    ("mpeg4", {}),
)
_TICKS = 90_000


def encode_pictures(
    output: OutputContainer, pictures: Iterable[tuple[av.VideoFrame, float]], frame_rate: float
) -> str | None:
    """Encode pictures, each with its second within the file, into a new stream of `output`.

    Sizes are rounded down to even ones, which H.264 with halved colour needs; pictures of another size than the
    first are scaled to it. Returns the codec's canonical name, or None if there was no picture.
    """
    source = iter(pictures)
    first = next(source, None)
    if first is None:
        return None
    width, height = (max(2, side - side % 2) for side in (first[0].width, first[0].height))
    stream = _add_stream(output, width, height, frame_rate)
    scaler, last = VideoReformatter(), -1
    for picture, second in chain([first], source):
        scaled = scaler.reformat(picture, width, height, "yuv420p", threads=1)
        last = max(round(second * _TICKS), last + 1)
        scaled.pts, scaled.time_base = last, Fraction(1, _TICKS)
        scaled.pict_type = 0  # the picture's old role in its stream must not bind the encoder
        output.mux(stream.encode(scaled))
    output.mux(stream.encode(None))
    return stream.codec_context.codec.canonical_name


def _add_stream(output: OutputContainer, width: int, height: int, frame_rate: float) -> VideoStream:
    for name, options in _ENCODERS:
        try:
            Codec(name, "w")
        except ValueError:
            continue
        rate = Fraction(min(frame_rate, 240)).limit_denominator(1000)
        stream = cast(VideoStream, output.add_stream(name, rate=rate, options=dict(options)))
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = Fraction(1, _TICKS if name != "mpeg4" else 60_000)
        context.thread_count = 1
        context.max_b_frames = 0
        return stream
    raise RuntimeError("this build of FFmpeg has no video encoder")
