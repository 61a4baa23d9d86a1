"""Drawn pictures to learn from: plain shapes on grey, each class with a colour and a form of its own."""

import cv2
import numpy as np

from secondsight.learn.training.augment import LabelledPicture

COLOURS = ((40, 40, 220), (220, 60, 40), (40, 200, 60))


def drawn(seed: int, width: int = 160, height: int = 96, count: int = 3) -> LabelledPicture:
    """A picture with `count` shapes that do not overlap, classes 0, 1 and 2."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 110, np.uint8)
    boxes, classes = [], []
    slot = width // count
    for place in range(count):
        kind = int(rng.integers(0, 3))
        tall = int(rng.integers(24, height // 2))
        wide = min(slot - 4, (tall // 2, tall, int(tall * 1.5))[kind])
        x = slot * place + int(rng.integers(0, slot - wide))
        y = int(rng.integers(0, height - tall))
        cv2.rectangle(picture, (x, y), (x + wide - 1, y + tall - 1), COLOURS[kind], -1)
        boxes.append((x, y, x + wide, y + tall))
        classes.append(kind)
    return LabelledPicture(
        picture, np.array(boxes, np.float32), np.array(classes, np.int64), np.zeros((0, 4), np.float32)
    )
