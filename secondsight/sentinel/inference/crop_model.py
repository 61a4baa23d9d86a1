"""Models that look at parts of a picture, one object at a time: classifiers, poses, embeddings; or at all of it, for
regions.

They run on request, not for every frame, so nothing is scheduled here: a call prepares its crops, hands them
to the runtime in batches as large as the model takes, and waits. On a CPU the runtime works on several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from secondsight.errors import ModelError
from secondsight.records import Box, Region
from secondsight.sentinel.families import Family, family_named, recognise
from secondsight.sentinel.families.base import KEYPOINTS, Decode, Task
from secondsight.sentinel.inference.connected_regions import regions_of
from secondsight.sentinel.inference.detector import ModelFile, check_labels
from secondsight.sentinel.inference.letterbox import Letterbox, fit
from secondsight.sentinel.runtime.base import Runtime
from secondsight.sentinel.runtime.opening import describe, open_runtime
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from secondsight.records import Frame

T = TypeVar("T")
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)
_POSE_MARGIN = 1.25
"""A person's box is enlarged so much before key points are looked for, as mmpose trains its models."""
_IOU = 0.65
_LEAST = 0.3
"""Minimum score of an object within a crop."""
NONE = "none"
"""What a detector predicts for a crop in which it finds nothing."""
BOXES: tuple[Task, ...] = ("detect", "segment")
"""Tasks whose models find boxes."""


@dataclass(frozen=True, slots=True, eq=False)
class CropModel:
    """An open model. Thread-safe.

    Attributes:
        labels: class name of every class, by position; of a detector `NONE` after them.
        size: (width, height) of the model's picture.
    """

    name: str
    labels: tuple[str, ...]
    family: Family[Any]
    size: tuple[int, int]
    _runtime: Runtime
    _read: Any

    @classmethod
    def open(
        cls,
        model: ModelFile,
        tasks: Sequence[Task],
        runtime: str = "auto",
        device: str = "CPU",
        *,
        look_timeout: float = LOOK_TIMEOUT,
    ) -> CropModel:
        """Load a model onto a device.

        Args:
            tasks: what is wanted of it, one of these.
            look_timeout: seconds after which one look counts as one that never returns.

        Raises:
            ModelError: the file, its family, its task, its labels, the runtime or the device will not do; names
                the model.
        """
        try:
            info = describe(model.path, model.size)
            family = family_named(model.family, info) if model.family else recognise(info)
            if family.task not in tasks:
                raise ModelError(f"it is of family {family.name} ({family.task}); wanted: {', '.join(tasks)}")
            check_labels(family.classes(info), model.labels, family)
            opened = open_runtime(
                model.path,
                runtime,
                device,
                pixels=family.pixels,
                size=info.size,
                constants=family.constants(info),
                max_batch=8 if family.batched else 1,
                look_timeout=look_timeout,
            )
        except ModelError as error:
            raise ModelError(f"model `{model.name}`: {error}") from None
        read = family.bind(info, len(model.labels))
        labels = (*model.labels, NONE) if family.task in BOXES else model.labels
        return cls(model.name, labels, family, info.size, opened, read)

    @property
    def trouble(self) -> str | None:
        """Why it is off; None while it is on."""
        found = self._runtime.trouble
        return found and f"model `{self.name}`: {found}"

    def vectors(self, frame: Frame, boxes: Sequence[Box]) -> list[NDArray[np.float32]]:
        """Class probabilities (nc,), unit embeddings (d,), or characters (n, 2), of parts of a picture; tasks
        classify, embed and read.

        Of a detector (`BOXES`) the best score of each class, and for `NONE` what the best one lacks of 1.
        """
        pictures = [self._prepared(frame, box)[0] for box in boxes]
        if self.family.task not in BOXES:
            return self._run(pictures, self._read)
        decode: Decode = self._read

        def best(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
            found = decode(outputs, _LEAST, _IOU)
            scores = np.zeros(len(self.labels), np.float32)
            np.maximum.at(scores, found.class_id, found.confidence)
            scores[-1] = 1.0 - scores[:-1].max()
            return scores

        return self._run(pictures, best)

    def found(self, frame: Frame, boxes: Sequence[Box]) -> list[list[Box]]:
        """What is found in each box, best first, relative to the picture; tasks of `BOXES`.

        Of a detector that has a class of plates, only these.
        """
        plates = [row for row, label in enumerate(self.labels) if "plate" in label.lower()]
        prepared = [self._prepared(frame, box) for box in boxes]
        decode: Decode = self._read

        def best_first(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
            found = decode(outputs, _LEAST, _IOU)
            if plates:
                found = found.take(np.isin(found.class_id, plates))
            return found.xyxy[np.argsort(-found.confidence, kind="stable")]

        return [
            [
                _placed(row, letterbox, part)
                for row in letterbox.unmap(found).tolist()
                if row[0] < row[2] and row[1] < row[3]
            ]
            for found, (_, letterbox), part in zip(
                self._run([picture for picture, _ in prepared], best_first), prepared, boxes, strict=True
            )
        ]

    def poses(self, frame: Frame, boxes: Sequence[Box]) -> list[NDArray[np.float32] | None]:
        """Key points of the person in each box; task pose.

        Returns:
            float32 (17, 3): x and y relative to the picture, score 0..1; None where no person is found.
        """
        parts = [_enlarged(box, frame, self.size) for box in boxes]
        prepared = [self._prepared(frame, part) for part in parts]
        decode: Decode = self._read

        def best(outputs: Sequence[NDArray[Any]]) -> NDArray[np.float32] | None:
            found = decode(outputs, 0.05, _IOU)
            if found.points is None or not len(found.points):
                return None
            points: NDArray[np.float32] = found.points[int(found.confidence.argmax())].copy()
            return points

        results = self._run([picture for picture, _ in prepared], best)
        return [
            None if points is None else _relative(points, letterbox, part)
            for points, (_, letterbox), part in zip(results, prepared, parts, strict=True)
        ]

    def regions(self, frame: Frame) -> tuple[Region, ...]:
        """Areas of the whole picture; task regions."""
        picture, _ = self._prepared(frame, _WHOLE)
        (classes,) = self._run([picture], self._read)
        return regions_of(classes, self.labels)

    def rehearse(self) -> None:
        """Run once on a blank picture, to warm up or to be timed."""
        width, height = self.size
        self._run([np.zeros((1, height, width, 3), np.uint8)], lambda outputs: None)

    def close(self) -> None:
        """Release the model; see `Runtime.close`."""
        self._runtime.close()

    def _prepared(self, frame: Frame, box: Box) -> tuple[NDArray[np.uint8], Letterbox]:
        """The model's picture of a part, uint8 (1, height, width, 3), and how the part lies in it."""
        pixels = self.family.pixels
        across, down = (box.x2 - box.x1) * frame.width, (box.y2 - box.y1) * frame.height
        letterbox = fit((max(1, round(across)), max(1, round(down))), self.size, pixels.fit)
        if box == _WHOLE:
            picture = frame.resized(*letterbox.inner, pixels.order)
        else:
            picture = frame.crop(box, *letterbox.inner)
            picture = picture if pixels.order == "bgr" else picture[:, :, ::-1]
        return np.ascontiguousarray(letterbox.place(picture, pixels.pad)), letterbox

    def _run(
        self, pictures: Sequence[NDArray[np.uint8]], read: Callable[[Sequence[NDArray[Any]]], T]
    ) -> list[T]:
        """What `read` makes of the outputs of each picture."""
        most = max(1, self._runtime.max_batch) if self.family.batched else 1
        chunks = [pictures[at : at + most] for at in range(0, len(pictures), most)]

        def of_each(count: int) -> Callable[[Sequence[NDArray[Any]]], list[T]]:
            if count == 1:
                return lambda outputs: [read(outputs)]
            return lambda outputs: [read([output[at : at + 1] for output in outputs]) for at in range(count)]

        waiting = [self._runtime.submit(np.concatenate(chunk), of_each(len(chunk))) for chunk in chunks]
        return [result for future in waiting for result in future.result()]


def relative(xyxy: NDArray[Any], frame: Frame) -> list[Box]:
    """Boxes in pixels of a frame, (n, 4), as relative ones."""
    scale = (frame.width, frame.height, frame.width, frame.height)
    return [Box(*(value / side for value, side in zip(row, scale, strict=True))) for row in xyxy.tolist()]


def _enlarged(box: Box, frame: Frame, size: tuple[int, int]) -> Box:
    """The box with some of its surroundings, in the proportions of the model's picture, cut at the frame's edges."""
    across = (box.x2 - box.x1) * frame.width * _POSE_MARGIN
    down = (box.y2 - box.y1) * frame.height * _POSE_MARGIN
    across, down = max(across, down * size[0] / size[1]), max(down, across * size[1] / size[0])
    x, y = (box.x1 + box.x2) / 2, (box.y1 + box.y2) / 2
    half_x, half_y = across / frame.width / 2, down / frame.height / 2
    return Box(max(0.0, x - half_x), max(0.0, y - half_y), min(1.0, x + half_x), min(1.0, y + half_y))


def _placed(row: Sequence[float], letterbox: Letterbox, part: Box) -> Box:
    """A box in pixels of a part, relative to the whole picture."""
    across, down = (part.x2 - part.x1) / letterbox.frame[0], (part.y2 - part.y1) / letterbox.frame[1]
    x1, y1, x2, y2 = row
    return Box(part.x1 + x1 * across, part.y1 + y1 * down, part.x1 + x2 * across, part.y1 + y2 * down)


def _relative(points: NDArray[np.float32], letterbox: Letterbox, part: Box) -> NDArray[np.float32]:
    """Key points in model pixels of a part, relative to the whole picture."""
    assert points.shape == (KEYPOINTS, 3)
    across, down = (part.x2 - part.x1) / letterbox.frame[0], (part.y2 - part.y1) / letterbox.frame[1]
    scale, corner = np.array((across, down, 1), np.float32), np.array((part.x1, part.y1, 0), np.float32)
    result: NDArray[np.float32] = letterbox.unmap_points(points) * scale + corner
    return result
