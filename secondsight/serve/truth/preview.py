"""What a browser can play of any recording, with the times that the pipeline sees."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from secondsight.clock import Clock
from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.media import Stream

_LONGEST = 960
"""Pixels of the longer side."""
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class RecordingFacts:
    """A recording as the pipeline reads it.

    Attributes:
        width, height: of its upright picture, pixels.
        frame_rate: mean, frames per second.
        duration: seconds, with the time that the last frame is shown.
        start_time: UTC seconds of the first frame.
    """

    width: int
    height: int
    frame_rate: float
    duration: float
    start_time: float


def make_preview(video: Path, target: Path, clock: Clock) -> RecordingFacts:
    """Write a small H.264 file of a recording: upright, second 0 is the first frame.

    Args:
        video: any recording that a site can watch.
        target: the file to write; it appears when it is complete.
        clock: gives recordings without a time of their own their `start_time`.

    Returns:
        What the recording is.

    Raises:
        SourceError: it cannot be read, or has no picture.
    """
    part = target.with_suffix(".part")
    first: Any = None
    last, count = 0.0, 0
    with av.open(str(part), "w", format="mp4") as output:
        stream: Any = None
        for _, frames in Stream(video.stem, CameraSettings(source=str(video.resolve())), clock):
            for frame in frames:
                if first is None:
                    first = frame
                    stream = output.add_stream(
                        "libx264", rate=25, options={"crf": "26", "preset": "ultrafast"}
                    )
                    scale = min(1.0, _LONGEST / max(frame.width, frame.height))
                    stream.width, stream.height = (
                        max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height)
                    )
                    stream.pix_fmt, stream.codec_context.time_base = "yuv420p", _MILLISECOND
                    stream.codec_context.gop_size = 25
                picture = av.VideoFrame.from_ndarray(
                    frame.resized(stream.width, stream.height, "rgb"), format="rgb24"
                )
                picture.pts, picture.time_base = round((frame.time - first.time) * 1000), _MILLISECOND
                output.mux(stream.encode(picture))
                last, count = frame.time, count + 1
        if stream is not None:
            output.mux(stream.encode(None))
    if first is None:
        part.unlink()
        raise SourceError(f"{video}: it has no picture")
    part.replace(target)
    span = last - first.time
    rate = (count - 1) / span if span > 0 else 25.0
    return RecordingFacts(first.width, first.height, round(rate, 3), round(span + 1 / rate, 3), first.time)
