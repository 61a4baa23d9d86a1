"""Random changes of labelled pictures, so that few of them teach like many: mirrored, moved and scaled, in other
light, a little out of focus. Every change is drawn from the generator given: the same one gives the same picture.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
"""float32 (n, 4): left, top, right, bottom in pixels of the picture."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """A labelled picture.

    Attributes:
        picture: BGR uint8 (h, w, 3).
        boxes: what is to be found; `classes` int64 (n,) says what it is.
        ignored: boxes in which whatever is found counts neither way.
        background: weight of what is in no box, 0..1: below 1 where not everything is labelled.
    """

    picture: NDArray[np.uint8]
    boxes: Boxes
    classes: NDArray[np.int64]
    ignored: Boxes
    background: float = 1.0


@dataclass(frozen=True, slots=True)
class Jitter:
    """How far pictures are changed.

    Attributes:
        zoom: smallest and largest scale, 1 showing the whole picture as large as it fits.
        brightness: largest change of brightness and contrast, as a share; `colour` of saturation and of hue.
        mirror: chance of a mirrored picture; `blur` of a mild blur.
        smallest: objects with fewer pixels of height after scaling are ignored.
        kept: objects of which the new edge leaves a smaller share are ignored.
        pad: grey level of what lies beside the picture.
    """

    zoom: tuple[float, float] = (0.8, 1.6)
    brightness: float = 0.25
    colour: float = 0.25
    mirror: float = 0.5
    blur: float = 0.15
    smallest: float = 5.0
    kept: float = 0.4
    pad: int = 114


STILL = Jitter(zoom=(1.0, 1.0), brightness=0, colour=0, mirror=0, blur=0)
"""Only brings pictures to the network's size."""


def augment(
    sample: LabelledPicture, size: tuple[int, int], jitter: Jitter, rng: np.random.Generator
) -> LabelledPicture:
    """A changed copy of `size` (width, height); without any zoom it lies at the top left, as the sentinel has it."""
    if rng.random() < jitter.mirror:
        sample = flipped(sample)
    sample = _moved(sample, size, jitter, rng)
    picture = sample.picture
    if jitter.brightness or jitter.colour:
        picture = _lit(picture, jitter, rng)
    if rng.random() < jitter.blur:
        picture = cv2.GaussianBlur(picture, (3, 3), rng.uniform(0.3, 1.0)).astype(np.uint8, copy=False)
    return replace(sample, picture=picture)


def flipped(sample: LabelledPicture) -> LabelledPicture:
    """The mirror image."""
    width = sample.picture.shape[1]
    return replace(
        sample,
        picture=np.ascontiguousarray(sample.picture[:, ::-1]),
        boxes=_mirror(sample.boxes, width),
        ignored=_mirror(sample.ignored, width),
    )


def _mirror(boxes: Boxes, width: int) -> Boxes:
    return np.stack((width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]), axis=1)


def _moved(
    sample: LabelledPicture, size: tuple[int, int], jitter: Jitter, rng: np.random.Generator
) -> LabelledPicture:
    """Scale by a random zoom and show a random part; where the picture is smaller than `size`, pad it."""
    height, width = sample.picture.shape[:2]
    low, high = jitter.zoom
    scale = min(size[0] / width, size[1] / height) * float(np.exp(rng.uniform(np.log(low), np.log(high))))
    # Room is what the scaled picture has over (it is cut) or lacks (it is padded), at most what shows all of it.
    room = np.array(size) - scale * np.array((width, height))
    shift = np.where(room < 0, room * rng.random(2), 0.0)
    change = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    picture = cv2.warpAffine(
        _softened(sample.picture, scale),
        change,
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(jitter.pad,) * 3,
    ).astype(np.uint8, copy=False)
    boxes, share = _carried(sample.boxes, scale, shift, size)
    ignored, _ = _carried(sample.ignored, scale, shift, size)
    asked = (share >= jitter.kept) & (boxes[:, 3] - boxes[:, 1] >= jitter.smallest)
    left = np.concatenate((ignored, boxes[~asked]))
    seen = (left[:, 2] > left[:, 0]) & (left[:, 3] > left[:, 1])
    return replace(
        sample, picture=picture, boxes=boxes[asked], classes=sample.classes[asked], ignored=left[seen]
    )


def _softened(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Blurred as far as shrinking by `scale` needs, else thin things break into dots."""
    if scale >= 0.75:
        return picture
    return cv2.GaussianBlur(picture, (0, 0), 0.4 / scale).astype(np.uint8, copy=False)


def _carried(
    boxes: Boxes, scale: float, shift: NDArray[np.float64], size: tuple[int, int]
) -> tuple[Boxes, NDArray[np.float32]]:
    """Boxes in the new picture, cut at its edge, and the share of each that is left."""
    moved = (boxes * scale + np.tile(shift, 2)).astype(np.float32)
    cut = np.clip(moved, 0, np.array((*size, *size), np.float32))
    whole, left = (np.maximum(b[:, 2] - b[:, 0], 0) * np.maximum(b[:, 3] - b[:, 1], 0) for b in (moved, cut))
    return cut, left / np.maximum(whole, 1e-6)


def _lit(picture: NDArray[np.uint8], jitter: Jitter, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Other brightness and contrast for the whole picture, other strength and cast of its colours."""
    gain = 1 + rng.uniform(-jitter.brightness, jitter.brightness)
    offset = 255 * rng.uniform(-jitter.brightness, jitter.brightness) / 2
    saturation = 1 + rng.uniform(-jitter.colour, jitter.colour)
    cast = 1 + rng.uniform(-jitter.colour, jitter.colour, 3) / 3
    # One 3x4 colour matrix does all of it: towards grey or away, times gain and cast, plus the offset.
    grey = np.full((3, 3), 1 / 3)
    matrix = gain * np.diag(cast) @ (saturation * np.eye(3) + (1 - saturation) * grey)
    return cv2.transform(picture, np.column_stack((matrix, np.full(3, offset)))).astype(np.uint8, copy=False)
