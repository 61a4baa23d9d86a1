"""A key frame of each kind of event, drawn on: what docs/behaviours.md shows."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from bench import behaviour_material as material
from secondsight.measure.labelled import Labelled
from secondsight.truth import TrueEvent, TrueFrame

LARGEST = 25_000
"""Bytes of a picture: there are many of them."""
SUSPECT, PLACE = (40, 40, 230), (60, 190, 240)
_AT = {"left_bag": 0.7, "removed_object": 0.35, "crowd": 0.5, "lone_worker": 0.6}
"""Share of an event at which it is to be seen best; half of it elsewhere."""


def draw(kind: str, labelled: Sequence[Labelled], out: Path) -> Path | None:
    """Write `out`/KIND.jpg: the largest suspect of the recordings' events in the middle of the event, its box, and
    the rule's zone or line. None if there is no such event.
    """
    moments = _moments(kind, labelled)
    if not moments:
        return None
    one, event, frame = max(moments, key=_size)
    picture = _decoded(one, frame.index)
    for rule in material.site_of(labelled).rules.values():
        for place in rule.places.values() if kind == (rule.kind or rule.behaviour) else ():
            points = one.recording.zones.get(place) or one.recording.lines.get(place)
            if points:
                _outline(picture, points)
    for box in frame.boxes:
        corners = [round(part * size) for part, size in zip(box.box, (640, 360, 640, 360), strict=True)]
        if box.object in event.actors:
            cv2.rectangle(picture, (corners[0], corners[1]), (corners[2], corners[3]), SUSPECT, 2)
    if event.box is not None:
        corners = [round(part * size) for part, size in zip(event.box, (640, 360, 640, 360), strict=True)]
        cv2.rectangle(picture, (corners[0], corners[1]), (corners[2], corners[3]), SUSPECT, 2)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{kind}.jpg"
    path.write_bytes(_packed(picture))
    return path


def _moments(kind: str, recordings: Sequence[Labelled]) -> list[tuple[Labelled, TrueEvent, TrueFrame]]:
    """Each true event of a kind with the frame in which it is to be seen."""
    moments = []
    for one in recordings:
        about = one.recording
        for event in about.events:
            if event.kind == kind:
                time = event.start + _AT.get(kind, 0.5) * (event.end - event.start)
                frame = about.frames[min(round(time * about.frame_rate), len(about.frames) - 1)]
                moments.append((one, event, frame))
    return moments


def _size(moment: tuple[Labelled, TrueEvent, TrueFrame]) -> float:
    """How much of the picture the actors of an event take, if they are seen well."""
    _, event, frame = moment
    shown = [box for box in frame.boxes if box.object in event.actors and box.visible > 0.6]
    return sum((box.box.x2 - box.box.x1) * (box.box.y2 - box.box.y1) for box in shown)


def _decoded(one: Labelled, index: int) -> NDArray[np.uint8]:
    with closing(av.open(str(one.video))) as source:
        for number, picture in enumerate(source.decode(video=0)):
            if number == index:
                return np.ascontiguousarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)
    raise ValueError(f"{one.video} has no frame {index}")


def _outline(picture: NDArray[np.uint8], points: Sequence[tuple[float, float]]) -> None:
    corners = np.array([(x * 640, y * 360) for x, y in points]).round().astype(np.int32)
    cv2.polylines(picture, [corners], len(points) > 2, PLACE, 1, cv2.LINE_AA)


def _packed(picture: NDArray[np.uint8]) -> bytes:
    """JPEG of at most LARGEST bytes, as good as that allows."""
    for quality in range(88, 20, -6):
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= LARGEST:
            break
    return data
