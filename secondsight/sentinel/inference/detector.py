"""A model from the store, ready to look at frames: prepares the picture, reads the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from secondsight.errors import ModelError
from secondsight.records import Group
from secondsight.sentinel.families import FINDS, Family, family_named, recognise
from secondsight.sentinel.families.base import Decode
from secondsight.sentinel.inference.letterbox import Letterbox, fit, trimmed
from secondsight.sentinel.inference.masks import crops_of
from secondsight.sentinel.runtime.base import ModelInfo, Runtime
from secondsight.sentinel.runtime.opening import can_flex, describe, open_runtime
from secondsight.sentinel.runtime.thread_pool import LOOK_TIMEOUT

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from supervision import Detections

    from secondsight.records import Frame

POINTS = "points"
"""Key under which detections carry key points; see `Detector.decode`."""
_STRIDE = 32
"""Pixels of the coarsest cells: sides of smaller pictures are multiples of it."""


class ModelFile(Protocol):
    """What a detector needs to know of a model; `models.InstalledModel` is one.

    Attributes:
        family: its name, or None to recognise it.
        size: (width, height) for a model that leaves it open.
    """

    @property
    def name(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def family(self) -> str | None: ...
    @property
    def size(self) -> tuple[int, int] | None: ...


class DetectorFile(ModelFile, Protocol):
    """The same of a detector. `groups`: what kind of thing each of its classes is, by position."""

    @property
    def groups(self) -> tuple[Group, ...]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Detector:
    """An open model. Thread-safe; `prepare` and `decode` are pure and cheap (about 0.1 ms each, beyond the
    resize).

    Attributes:
        name: of the model.
        labels: class name of every class id, by position.
        groups: what kind of thing each class is, by position.
        family: how its picture is prepared and its output read.
        runtime: where it runs.
        size: (width, height) of the model's picture, pixels.
        flexible: whether it takes smaller pictures too: without padding, or windows of the whole.

    Examples:
        Look for people in a frame of the simulated city, with the small model that comes with the package:

        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import open_stream
        >>> from secondsight.sentinel import Detector, ModelStore
        >>> from secondsight.sim import make_world, test_seeds
        >>> picture, labels, _ = make_world("metro", test_seeds(1)[0], camera=0, seconds=10).frame(20)
        >>> Path("shots").mkdir()
        >>> Image.fromarray(picture[..., ::-1].copy()).save("shots/0.png")
        >>> stream = open_stream("hall", CameraSettings(source="shots"), SystemClock())
        >>> (frame,) = [frame for packet, frames in stream for frame in frames]
        >>> detector = Detector.open(ModelStore("models").resolve("city-nano"))
        >>> tensor, letterbox = detector.prepare(frame)
        >>> detections = detector.submit(tensor, letterbox, threshold=0.4, iou=0.5).result()
        >>> sorted({detector.labels[number] for number in detections.class_id})
        ['person']
        >>> tensor.shape, detections.xyxy.shape == (len(detections), 4)
        ((1, 224, 384, 3), True)
        >>> detector.close()
    """

    name: str
    labels: tuple[str, ...]
    family: Family[Decode]
    runtime: Runtime
    size: tuple[int, int]
    _decoder: Callable[[tuple[int, int]], Decode]
    flexible: bool = False
    groups: tuple[Group, ...] = ()

    @classmethod
    def open(
        cls,
        model: DetectorFile,
        runtime: str = "auto",
        device: str = "CPU",
        *,
        flexible: bool = False,
        look_timeout: float = LOOK_TIMEOUT,
    ) -> Detector:
        """Load a model onto a device.

        Args:
            model: an installed model, as `ModelStore.resolve` gives it.
            runtime: `auto`, `openvino` or `onnxruntime`; see `open_runtime`.
            device: as the runtime names it, such as `CPU` or `GPU`.
            flexible: give the model no more of a picture than is needed, where model and runtime allow it: no
                padding beyond the next multiple of 32 (16:9 pictures in YOLOX-Nano's square cost 38% less),
                or a window. Scores change a little, as they do with any other padding.
            look_timeout: seconds after which one look counts as one that never returns.

        Returns:
            The detector. Close it after use.

        Raises:
            ModelError: the file, its family, its labels, the runtime or the device will not do; names the
                model.
        """
        try:
            info = describe(model.path, model.size)
            family = family_named(model.family, info) if model.family else recognise(info)
            if family.task not in FINDS:
                raise ModelError(
                    f"it is of family {family.name}, which finds no objects; a detector is needed here"
                )
            check_labels(family.classes(info), model.labels, family)
            flexible = flexible and can_flex(runtime, device) and _flexes(model.path, info, family)
            opened = open_runtime(
                model.path,
                runtime,
                device,
                pixels=family.pixels,
                size=info.size,
                constants=family.constants(info),
                max_batch=8 if family.batched else 1,
                flexible=flexible,
                look_timeout=look_timeout,
            )
        except ModelError as error:
            raise ModelError(f"model `{model.name}`: {error}") from None

        @cache
        def decoder(size: tuple[int, int]) -> Decode:
            bound: Decode = family.bind(info.sized(size), len(model.labels))
            return bound

        return cls(model.name, model.labels, family, opened, info.size, decoder, flexible, model.groups)

    def whole(self, frame: tuple[int, int]) -> Letterbox:
        """How a whole frame of (width, height) lies in the model's input."""
        canvas = trimmed(self.size, [frame]) if self.flexible else self.size
        return fit(frame, canvas, self.family.pixels.fit)

    def prepare(
        self, frame: Frame, letterbox: Letterbox | None = None
    ) -> tuple[NDArray[np.uint8], Letterbox]:
        """Make the model's picture of a frame.

        Args:
            frame: the frame.
            letterbox: how it is to lie in the picture: `whole`, which is the default, or a part of that.

        Returns:
            The picture, uint8 (1, height, width, 3), not shared; and how the frame lies in it.
        """
        if letterbox is None:
            letterbox = self.whole((frame.width, frame.height))
        picture = frame.resized(*letterbox.inner, self.family.pixels.order)
        return letterbox.place(picture, self.family.pixels.pad), letterbox

    def decode(
        self, outputs: Sequence[NDArray[Any]], letterbox: Letterbox, threshold: float, iou: float
    ) -> Detections:
        """Read the model's outputs for one picture.

        Args:
            outputs: as the runtime gives them, each with a batch axis of 1.
            letterbox: how the frame lay in the picture.
            threshold: lowest confidence kept, 0..1.
            iou: overlap above which a weaker box of the same class is dropped (greedy non-maximum
                suppression; families without it ignore this), 0..1.

        Returns:
            Detections in pixels of the frame, clipped to it: xyxy float32 (n, 4), confidence float32 (n,),
            class_id int (n,). Boxes that lie outside the frame are dropped. `mask` is set by families with
            masks, `data["points"]`, float32 (n, 17, 3) of x and y in pixels of the frame and score, by those
            with key points.
        """
        from supervision import Detections

        boxes = self._decoder(letterbox.canvas)(outputs, threshold, iou)
        boxes = boxes._replace(xyxy=letterbox.unmap(boxes.xyxy))
        inside = (boxes.xyxy[:, 2] > boxes.xyxy[:, 0]) & (boxes.xyxy[:, 3] > boxes.xyxy[:, 1])
        if not inside.all():
            boxes = boxes.take(inside)
        found = Detections(xyxy=boxes.xyxy, confidence=boxes.confidence, class_id=boxes.class_id)
        if boxes.masks is not None:
            found.mask = crops_of(boxes.masks, boxes.xyxy, letterbox)
        if boxes.points is not None:
            found.data[POINTS] = letterbox.unmap_points(boxes.points)
        return found

    def submit(
        self, tensor: NDArray[np.uint8], letterbox: Letterbox, threshold: float, iou: float
    ) -> Future[Detections]:
        """Look at one prepared picture. The runtime's thread reads the outputs, which saves a copy of them.

        Args:
            tensor: as `prepare` makes it, uint8 (1, height, width, 3).
            letterbox: how the frame lies in it.
            threshold: lowest confidence kept, 0..1.
            iou: overlap above which a weaker box of the same class is dropped, 0..1.

        Returns:
            A future of the detections, see `decode`. Every failure travels in it; after `close` that is a
            ModelError.
        """

        def read(outputs: Sequence[NDArray[Any]]) -> Detections:
            return self.decode(outputs, letterbox, threshold, iou)

        return self.runtime.submit(tensor, read)

    def close(self) -> None:
        """Release the model; see `Runtime.close`."""
        self.runtime.close()


def _flexes(path: Path, info: ModelInfo, family: Family[Decode]) -> bool:
    """Whether the model's output shrinks along with its input, as that of a convolutional network does."""
    smaller = _STRIDE, min(_STRIDE * 2, *info.size)
    if not family.trims or any(side % _STRIDE for side in info.size) or smaller >= info.size:
        return False
    try:
        reshaped = describe(path, smaller)
    except ModelError:
        return False
    return family.fits(reshaped) and family.classes(reshaped) == family.classes(info)


def check_labels(classes: int | None, labels: Sequence[str], family: Family[Any]) -> None:
    """Refuse labels that do not fit the model, so that no class is ever called by another's name.

    Raises:
        ModelError: with both counts.
    """
    if classes is None or len(labels) == classes:
        return
    if family.name == "rf-detr" and len(labels) == classes - 1:
        return
    raise ModelError(f"it has {classes} classes, but {len(labels)} labels are given")
