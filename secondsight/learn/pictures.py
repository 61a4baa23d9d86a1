"""Samples as the sentinel's models take them."""

from pathlib import Path

import numpy as np
from av import VideoFrame

from secondsight.errors import StoreError
from secondsight.jpeg import open_jpeg
from secondsight.learn.values import LabelledBox, Sample
from secondsight.media import Converter, DecodedFrame
from secondsight.records import Box, Frame, label_of
from secondsight.sentinel import Detector

_IOU = 0.5


def read_sample(data: Path, sample: Sample) -> bytes:
    """The JPEG of a sample. Raises StoreError if it is gone."""
    try:
        return (data / sample.path).read_bytes()
    except OSError as error:
        raise StoreError(
            f"{data / sample.path}: {error.strerror or error}; the sample cannot be used"
        ) from None


def frame_of(jpeg: bytes) -> Frame:
    """A frame of a JPEG. Raises StoreError if it is none."""
    try:
        picture = np.asarray(open_jpeg(jpeg))
    except ValueError as error:
        raise StoreError(f"a sample is {error}; remove it and build the dataset again") from None
    return DecodedFrame("", 0, 0, 0.0, VideoFrame.from_ndarray(picture, format="rgb24"), Converter())


def detect(detector: Detector, frame: Frame, threshold: float) -> list[LabelledBox]:
    """What a model sees in a frame."""
    tensor, letterbox = detector.prepare(frame)
    found = detector.submit(tensor, letterbox, threshold, _IOU).result()
    scale = (frame.width, frame.height, frame.width, frame.height)
    classes = found.class_id.tolist() if found.class_id is not None else []
    scores = found.confidence.tolist() if found.confidence is not None else []
    return [
        LabelledBox(label_of(detector.labels, kind), Box(*box), score)
        for kind, score, box in zip(classes, scores, (found.xyxy / scale).tolist(), strict=True)
    ]
