"""Single pictures: out of clips, and into JPEG."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from secondsight.errors import SourceError


def clip_frames(path: Path, clip_start: float, times: Sequence[float]) -> list[NDArray[np.uint8]]:
    """The pictures of a clip nearest to `times`, in that order.

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
    latest = max(wanted)
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for picture in container.decode(stream):
                second = picture.time or 0.0
                for i, target in enumerate(wanted):
                    if abs(second - target) < distance[i]:
                        best[i], distance[i] = picture, abs(second - target)
                if second > latest:
                    break
    except (av.FFmpegError, OSError, IndexError) as error:
        if None in best:
            raise SourceError(f"{path}: the clip cannot be read; it is damaged or was removed") from error
    return [_bgr(picture, path) for picture in best]


def encode_jpeg(bgr: NDArray[np.uint8], quality: int = 85) -> bytes:
    """A JPEG of a BGR picture, uint8 (height, width, 3)."""
    from PIL import Image

    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(bgr[:, :, ::-1])).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _bgr(picture: av.VideoFrame | None, path: Path) -> NDArray[np.uint8]:
    if picture is None:
        raise SourceError(f"{path}: the clip holds no picture that can be decoded")
    return picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
