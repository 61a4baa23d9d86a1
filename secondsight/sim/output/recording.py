"""Writes what a simulated camera sees as a real one would record it, with its labels: one frame at a time, from the
renderer to the encoder and the label files, so that memory does not grow with the length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import av

from secondsight.clock import iso
from secondsight.errors import StoreError
from secondsight.ground_truth import Recording, TrueFrame, write_truth
from secondsight.sim.conditions.textures import Image
from secondsight.sim.output.exports import CocoWriter, MotWriter, with_masks

if TYPE_CHECKING:
    from secondsight.sim.rendering.render import RenderedFrame

GROUP = 2.0
"""Seconds from one key frame to the next, as surveillance cameras are commonly set."""


class RecordableScene(Protocol):
    """What can be recorded: one camera of the simulated city."""

    def frame(self, index: int) -> tuple[Image, TrueFrame, RenderedFrame]:
        """The frame as the camera shows it, its labels, and the picture before any condition."""
        ...

    def truth(self, frames: Sequence[TrueFrame] = ()) -> Recording:
        """All labels, those of the frames as given."""
        ...


def record(
    scene: RecordableScene,
    folder: Path,
    coco: CocoWriter,
    *,
    masks: bool = False,
    progress: Callable[[str, int, int], None] = lambda camera, done, total: None,
) -> Recording:
    """Write one camera's video, labels and MOTChallenge folder into `folder`, and its part of the COCO file.

    Args:
        masks: also write each object's pixels.
        progress: called after each frame with the camera, the frames written and the frames to write.

    Returns:
        The labels without their frames.

    Raises:
        StoreError: the folder cannot be written.
    """
    about = scene.truth()
    video, labels = folder / about.video, folder / f"{about.camera}.json"
    count = round(about.duration * about.frame_rate)
    coco.begin(about)
    starved = min(
        (
            one.strength
            for one in about.conditions
            if one.name == "low_bitrate" and _throughout(one.start, one.end, about)
        ),
        default=0.0,
    )
    try:
        with ExitStack() as stack:
            mot = stack.enter_context(MotWriter(about, folder / "mot" / about.camera))
            writer = stack.enter_context(
                VideoWriter(video, about.width, about.height, about.frame_rate, about.start_time, starved)
            )

            def frames() -> Iterator[TrueFrame]:
                for index in range(count):
                    image, frame, picture = scene.frame(index)
                    if masks:
                        frame = with_masks(frame, picture.ids)
                    writer.write(image)
                    mot.add(frame)
                    coco.add(frame)
                    progress(about.camera, index + 1, count)
                    yield frame

            write_truth(about, labels, frames())
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from None
    return about


def _throughout(start: float, end: float, about: Recording) -> bool:
    return start <= 0 and end >= about.duration


class VideoWriter:
    """H.264 in MP4 as cameras write it: main profile, a key frame every 2 s, no pictures that refer to later ones,
    a capped bit rate. Use it as a context manager.

    Args:
        width, height: of every picture; even.
        start_time: UTC seconds of the first frame, noted in the file.
        starved: 0 at most 1000 kbit/s for 640x360 at 10 frames/s .. 1 at most 40 kbit/s.
    """

    def __init__(
        self, path: Path, width: int, height: int, frame_rate: float, start_time: float, starved: float = 0.0
    ) -> None:
        self._rate = Fraction(frame_rate).limit_denominator(1000)
        self._count = 0
        group = max(1, round(GROUP * frame_rate))
        options = {"preset": "veryfast", "profile": "main", "crf": "23"}
        coding = f"keyint={group}:min-keyint={group}:scenecut=0:bframes=0"
        budget = 1000 * 0.04**starved * (width * height * frame_rate) / (640 * 360 * 10)
        coding += f":vbv-maxrate={budget:.0f}:vbv-bufsize={budget:.0f}"
        self._output = av.open(str(path), "w", format="mp4")
        self._output.metadata["creation_time"] = iso(start_time)
        options["x264-params"] = coding
        self._stream = self._output.add_stream("libx264", rate=self._rate, options=options)
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.thread_count = 1

    def write(self, image: Image) -> None:
        """Append a picture, uint8 BGR (height, width, 3)."""
        picture = av.VideoFrame.from_ndarray(image, format="bgr24")
        picture.pts, picture.time_base = self._count, 1 / self._rate
        self._count += 1
        self._output.mux(self._stream.encode(picture))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._output.mux(self._stream.encode(None))
        self._output.close()
