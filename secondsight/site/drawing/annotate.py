"""Writes annotated videos of a run: boxes, ids, zones, what each rule holds, and the verdicts.

A verdict comes after the frames it is about. So while the run lasts only encoded packets and boxes are put aside,
and the drawing happens at its end, when the verdicts are known; the frame path pays next to nothing.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from secondsight.cascade import box_at
from secondsight.config import CameraSettings
from secondsight.errors import SecondSightError
from secondsight.log import fields
from secondsight.media import Converter, Packet, never_ends, pixel_aspect, upright, write_clip
from secondsight.records import Box, Clip, Event, Observation, TrackPoint, label_of
from secondsight.site.drawing.zone_overlay import Image, paint_places

if TYPE_CHECKING:
    import supervision as sv

_log = logging.getLogger(__name__)

_SEGMENT = 30.0
"""Seconds of stream after which packets go from memory to disk, at the next key frame."""
KEPT = 600.0
"""Seconds that are drawn at the end of a camera that never ends by itself: the newest."""


@dataclass(slots=True)
class _Reel:
    """What was put aside of one camera.

    Attributes:
        since: what is older is gone, of a camera that never ends; set by the camera's thread, obeyed by the other.
    """

    endless: bool = False
    since: float = float("-inf")
    pruned: float = float("-inf")
    packets: list[Packet] = field(default_factory=list)
    segments: list[Clip] = field(default_factory=list)
    points: dict[tuple[int, int], list[TrackPoint]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[tuple[int, int], str] = field(default_factory=dict)


class Annotator:
    """Puts aside what one run shows, and draws it at the end.

    Args:
        out: folder for the videos, one `CAMERA.mp4` each. Raw segments are kept in `out/.raw` until drawn; of a live
            camera, and of one that begins again for ever, those of the last `KEPT` seconds.
    """

    def __init__(self, out: Path, cameras: dict[str, CameraSettings]) -> None:
        self._out, self._cameras = out, cameras
        self._raw = out / ".raw"
        self._reels = {name: _Reel(never_ends(name, camera)) for name, camera in cameras.items()}
        self._numbers = count()
        try:
            self._raw.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SecondSightError(
                f"annotated videos cannot be written to {out}: {error.strerror}; name another folder"
            ) from None

    def feed(self, packet: Packet) -> None:
        """Put one packet aside; called by its camera's thread."""
        reel = self._reels[packet.camera]
        if reel.packets and (
            packet.epoch != reel.packets[0].epoch
            or (packet.is_key and packet.time - reel.packets[0].time >= _SEGMENT)
        ):
            self._flush(packet.camera)
        reel.packets.append(packet)

    def observe(self, seen: Observation) -> None:
        """Put the boxes of one observation aside; called in the camera's order."""
        found = seen.detections
        if found.tracker_id is None or found.confidence is None or found.class_id is None:
            return
        reel = self._reels[seen.camera]
        relative = found.xyxy / (seen.width, seen.height, seen.width, seen.height)
        for number, box, score, kind in zip(
            found.tracker_id.tolist(),
            relative.tolist(),
            found.confidence.tolist(),
            found.class_id.tolist(),
            strict=True,
        ):
            track = (seen.epoch, number)
            reel.points[track].append(TrackPoint(seen.time, Box(*box), score))
            reel.labels.setdefault(track, label_of(seen.labels, kind))
        if reel.since > reel.pruned:
            reel.pruned = reel.since
            for track in [key for key, points in reel.points.items() if points[-1].time < reel.since]:
                del reel.points[track], reel.labels[track]

    def render(
        self, events: Iterable[Event], progress: Callable[[str, float], None] | None = None
    ) -> list[Path]:
        """Draw all videos with what is known of `events` by now; returns their paths."""
        by_camera: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            by_camera[event.camera].append(event)
        written = []
        for name, reel in self._reels.items():
            self._flush(name)
            if not reel.segments:
                continue
            target = self._out / f"{name}.mp4"
            _draw(target, self._raw, reel, self._cameras[name], by_camera[name])
            written.append(target)
            if progress is not None:
                progress(name, len(written) / len(self._reels))
            for segment in reel.segments:
                (self._raw / segment.path).unlink(missing_ok=True)
        if not any(self._raw.iterdir()):
            self._raw.rmdir()
        return written

    def _flush(self, camera: str) -> None:
        reel = self._reels[camera]
        packets, reel.packets = reel.packets, []
        if not packets:
            return
        name = f"{camera}-{packets[0].epoch}-{next(self._numbers):05d}.mp4"
        try:
            reel.segments.append(write_clip(packets, packets[0].time, self._raw, name, min_free=0))
        except SecondSightError as error:
            _log.error("annotation lost a segment", extra=fields(camera=camera, error=error))
        if reel.endless:
            self._drop_old(reel)

    def _drop_old(self, reel: _Reel) -> None:
        kept = 0.0
        for number, segment in enumerate(reversed(reel.segments), 1):
            kept += segment.end - segment.start
            if kept >= KEPT:
                old, reel.segments = reel.segments[:-number], reel.segments[-number:]
                for gone in old:
                    (self._raw / gone.path).unlink(missing_ok=True)
                reel.since = segment.start
                return


def _draw(target: Path, raw: Path, reel: _Reel, camera: CameraSettings, events: Sequence[Event]) -> None:
    """One camera's video; the picture size is that of its first segment."""
    import av

    part = target.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as output:
        stream: Any = None
        shown = 0.0
        for segment in reel.segments:
            origin = segment.start - shown
            for time, image in _frames(raw / segment.path, segment.start):
                if stream is None:
                    stream = output.add_stream(
                        "libx264", rate=25, options={"crf": "23", "preset": "veryfast"}
                    )
                    stream.height, stream.width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
                    stream.pix_fmt, stream.codec_context.time_base = "yuv420p", Fraction(1, 1000)
                    painter = _Painter(camera, (stream.width, stream.height))
                frame = av.VideoFrame.from_ndarray(painter.paint(image, time, reel, events), format="bgr24")
                if (frame.width, frame.height) != (stream.width, stream.height):
                    frame = frame.reformat(width=stream.width, height=stream.height)
                frame.pts, frame.time_base = round((time - origin) * 1000), Fraction(1, 1000)
                output.mux(stream.encode(frame))
            shown += segment.end - segment.start + 0.04
        if stream is not None:
            output.mux(stream.encode(None))
    part.rename(target)


def _frames(path: Path, start: float) -> Iterator[tuple[float, Image]]:
    import av

    with av.open(str(path)) as container:
        converter, aspect = Converter(), pixel_aspect(container.streams.video[0])
        for frame in container.decode(video=0):
            yield (
                start + float(frame.time or 0.0),
                upright(frame, converter, aspect).to_ndarray(format="bgr24").astype(np.uint8, copy=False),
            )


class _Painter:
    """Draws what is known of one camera onto its pictures.

    Args:
        size: width and height in pixels.
    """

    def __init__(self, camera: CameraSettings, size: tuple[int, int]) -> None:
        import supervision as sv

        self._camera, self._size = camera, size
        scale = max(0.35, min(1.0, size[1] / 900))
        self._boxes = sv.BoxAnnotator(thickness=2, color_lookup=sv.ColorLookup.TRACK)
        self._labels = sv.LabelAnnotator(
            text_scale=scale, text_padding=3, color_lookup=sv.ColorLookup.TRACK, smart_position=False
        )
        self._scale = scale

    def paint(self, image: Image, time: float, reel: _Reel, events: Sequence[Event]) -> Image:
        """The picture with everything drawn onto it; `image` itself is changed."""
        active = [e for e in events if e.start <= time and (e.end is None or time <= e.end + 0.5)]
        image = paint_places(image, self._camera, {e.zone for e in active if e.triggered <= time})
        found, names = self._tracks(time, reel)
        if len(found):
            image = self._boxes.annotate(image, found)
            # A label stands on top of its box; where that is outside the picture, it slides down into it.
            found.xyxy[:, 1] = np.maximum(found.xyxy[:, 1], 36 * self._scale)
            image = self._labels.annotate(image, found, names)
        return self._paint_states(image, time, active)

    def _tracks(self, time: float, reel: _Reel) -> tuple["sv.Detections", list[str]]:
        import supervision as sv

        boxes, ids, names = [], [], []
        width, height = self._size
        for (epoch, number), points in reel.points.items():
            if points[0].time - 0.2 <= time <= points[-1].time + 0.2:
                box = box_at(points, time)
                if box is not None:
                    boxes.append((box.x1 * width, box.y1 * height, box.x2 * width, box.y2 * height))
                    ids.append(number)
                    names.append(f"#{number} {reel.labels[epoch, number]}")
        if not boxes:
            return sv.Detections.empty(), []
        return sv.Detections(xyxy=np.array(boxes, np.float32), tracker_id=np.array(ids)), names

    def _paint_states(self, image: Image, time: float, active: Sequence[Event]) -> Image:
        import supervision as sv

        colours = {"confirmed": "#2b8a3e", "rejected": "#868e96", "unverified": "#1971c2"}
        step = int(44 * self._scale) + 4
        for row, event in enumerate(active):
            state, colour = "suspected", "#e67700"
            if time >= event.triggered:
                state = event.verification.value
                colour = colours.get(state, "#e67700")
                if event.verdict is not None and event.verdict.probability is not None:
                    state += f" p={event.verdict.probability:.2f}"
            text = f"{event.rule} ({event.label} {event.score:.2f}): {state}"
            width = int(len(text) * 19 * self._scale)
            image = sv.draw_text(
                image,
                text,
                sv.Point(width // 2 + 8, step // 2 + 6 + row * step),
                text_color=sv.Color.WHITE,
                text_scale=self._scale,
                text_thickness=1,
                text_padding=4,
                background_color=sv.Color.from_hex(colour),
            )
        return image
