"""Pictures as an image encoder gets them: square views cut around the suspect, scaled as the model's own file says.

Training cuts its views with the same code, so that a model never meets another framing than the one it learned.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from secondsight.brain.backends.clip.sentences import Framing
from secondsight.brain.prompts.images import CONTEXT, square_view
from secondsight.records import Box

CLOSE, HEAD = 1.4, 2.0
"""How much larger the views are than the box, or than the head's part of it: the suspect alone, head and hands."""
_HEAD_WIDTH, _HEAD_HEIGHT = 0.3, 0.22
"""Part of a standing person's box, at the middle of its top, that surely holds the head."""
_WHOLE = Box(0.0, 0.0, 1.0, 1.0)


def views(
    picture: Image.Image, box: Box | None, fill: tuple[int, int, int], framing: Framing = "suspect"
) -> list[Image.Image]:
    """What the encoder looks at; the whole picture without a box.

    Args:
        picture: RGB.
        box: relative corners of the suspect.
        fill: colour of what lies beyond the picture's edge.
        framing: `suspect`, a close view and one with what is around; or `head`, head and hands and then a close view:
            in a view of a person far away a helmet is a pixel or two.
    """
    if box is None:
        return [square_view(picture, _WHOLE, 1.0, fill)]
    close = square_view(picture, box, CLOSE, fill)
    if framing == "head":
        return [square_view(picture, _head(box), HEAD, fill), close]
    return [close, square_view(picture, box, CONTEXT, fill)]


def _head(box: Box) -> Box:
    middle, half = (box.x1 + box.x2) / 2, (box.x2 - box.x1) * _HEAD_WIDTH / 2
    return Box(middle - half, box.y1, middle + half, box.y1 + (box.y2 - box.y1) * _HEAD_HEIGHT)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """From square pictures to `pixel_values`, as `preprocessor_config.json` of the model says.

    Attributes:
        scaled: (width, height) after scaling.
        size: (width, height) of the middle part that the encoder gets.
        resample: filter, by Pillow's number.
        scale: factor on 0..255.
        mean, std: per colour, on scaled values.
    """

    scaled: tuple[int, int]
    size: tuple[int, int]
    resample: int = 3
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    @property
    def fill(self) -> tuple[int, int, int]:
        """The colour that becomes nothing, zero: the mean."""
        red, green, blue = (min(max(round(value / self.scale), 0), 255) for value in self.mean)
        return red, green, blue

    def __call__(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """float32 (n, 3, height, width) in the order of colours red, green, blue."""
        pixels = np.stack([np.asarray(self.sized(picture), np.float32) for picture in pictures])
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        values = (pixels * np.float32(self.scale) - mean) / std
        return np.ascontiguousarray(values.transpose(0, 3, 1, 2), dtype=np.float32)

    def sized(self, picture: Image.Image) -> Image.Image:
        """The picture scaled and cut, not yet turned into numbers."""
        if picture.size != self.scaled:
            picture = picture.resize(self.scaled, Image.Resampling(self.resample))
        left, top = (self.scaled[0] - self.size[0]) // 2, (self.scaled[1] - self.size[1]) // 2
        return picture.crop((left, top, left + self.size[0], top + self.size[1]))
