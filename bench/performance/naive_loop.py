"""The loop most people write first, from the tutorials of the libraries it is made of.

Every frame: decode, convert to BGR, letterbox, ONNX Runtime, non-maximum suppression, ByteTrack, polygon zone.
Written with care: nothing done twice, weak boxes dropped early, classes filtered before tracking.
"""

from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np

from bench.common.fixtures import Video, model_file

SIZE = 416
_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the loop found in one frame of `size` (width, height): tracked boxes, and who of them is in the zone."""

    time: float
    size: tuple[int, int]
    detections: Any
    inside: np.ndarray


def watch(video: Video, classes: tuple[int, ...], threads: int, share: float) -> tuple[list[Seen], float]:
    """Watch the first part of a recording.

    Args:
        classes: ids of the classes that matter.
        threads: of the inference session; 0 leaves the choice to ONNX Runtime, as the tutorials do.
        share: of the recording, 0..1.

    Returns:
        what was seen, and CPU seconds without those for loading the model.
    """
    import av
    import onnxruntime as ort
    import supervision as sv
    from trackers import ByteTrackTracker

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(model_file()), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    grid, stride = _grid()
    rate = video.frames / video.seconds
    tracker = ByteTrackTracker(
        frame_rate=rate, lost_track_buffer=60, track_activation_threshold=0.4, high_conf_det_threshold=0.4
    )
    zone: Any = None
    seen: list[Seen] = []
    began = process_time()
    with av.open(str(video.path)) as container:
        for frame in container.decode(video=0):
            if len(seen) >= video.frames * share:
                break
            image = frame.to_ndarray(format="bgr24")
            height, width = image.shape[:2]
            if zone is None:
                polygon = (np.array(video.zone) * (width, height)).astype(int)
                zone = sv.PolygonZone(polygon, triggering_anchors=(sv.Position.BOTTOM_CENTER,))
            tensor, scale = _letterbox(image)
            output = session.run(None, {name: tensor})[0][0]
            detections: Any = _decode(output, grid, stride, scale)
            detections = detections[np.isin(detections.class_id, classes)]
            detections = tracker.update(detections)
            detections = detections[detections.tracker_id >= 0]
            seen.append(Seen(frame.time or 0.0, (width, height), detections, zone.trigger(detections)))
    return seen, process_time() - began


def _letterbox(image: np.ndarray) -> tuple[np.ndarray, float]:
    """YOLOX's picture: scaled to fit at the top left, grey around, float32 (1, 3, SIZE, SIZE)."""
    import cv2

    scale = SIZE / max(image.shape[:2])
    height, width = int(image.shape[0] * scale), int(image.shape[1] * scale)
    canvas = np.full((SIZE, SIZE, 3), 114, np.uint8)
    canvas[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], dtype=np.float32), scale


def _grid() -> tuple[np.ndarray, np.ndarray]:
    cells, strides = [], []
    for stride in _STRIDES:
        side = SIZE // stride
        y, x = np.mgrid[:side, :side]
        cells.append(np.stack((x, y), -1).reshape(-1, 2))
        strides.append(np.full((side * side, 1), stride))
    return np.concatenate(cells), np.concatenate(strides)


def _decode(output: np.ndarray, grid: np.ndarray, stride: np.ndarray, scale: float) -> Any:
    """Raw YOLOX rows as detections in pixels of the frame."""
    import supervision as sv

    scores = output[:, 4:5] * output[:, 5:]
    class_id = scores.argmax(axis=1)
    confidence = scores[np.arange(len(scores)), class_id]
    keep = confidence >= 0.25
    centre = (output[keep, :2] + grid[keep]) * stride[keep]
    half = np.exp(output[keep, 2:4]) * stride[keep] / 2
    xyxy = np.concatenate((centre - half, centre + half), axis=1) / scale
    return sv.Detections(xyxy=xyxy, confidence=confidence[keep], class_id=class_id[keep]).with_nms(0.5)
