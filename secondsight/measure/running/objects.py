"""Quality of the sentinel's boxes and tracks over labelled recordings: a second pass, without gate and rules."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from supervision import Detections

from secondsight.clock import SystemClock
from secondsight.config import SiteConfig
from secondsight.measure.metrics.detection import average_precision, true_detections
from secondsight.measure.metrics.objects import ObjectQuality
from secondsight.measure.metrics.tracking import BoxPair, track_quality
from secondsight.measure.running.recordings import Labelled
from secondsight.media import Stream
from secondsight.records import Frame
from secondsight.sentinel import Detector, ModelStore, make_tracker

_LOWEST = 0.01
"""Average precision wants the weak boxes too; the tracker sees those from `sentinel.threshold` on."""


def object_quality(config: SiteConfig, labelled: Sequence[Labelled]) -> ObjectQuality | None:
    """Run detector and tracker as the site would, `sentinel.fps` times a second, and compare with the labels.

    Args:
        config: from `site_for`: its cameras are the recordings.

    Returns:
        None if no recording has labelled objects of a class that the detector knows.

    Raises:
        ModelError, SourceError: the model or a video cannot be used.
    """
    sentinel = config.sentinel
    detector = Detector.open(
        ModelStore(config.models).resolve(sentinel.model), sentinel.runtime, sentinel.device
    )
    found: list[Detections] = []
    true: list[Detections] = []
    sequences: dict[str, list[list[BoxPair]]] = defaultdict(list)
    try:
        for one in labelled:
            looks = [*_looks(config, detector, one)]
            found += [boxes for boxes, _, _ in looks]
            true += [truth for _, _, truth in looks]
            for number in sorted({int(n) for _, _, truth in looks for n in _classes(truth)}):
                sequences[detector.labels[number]].append(
                    [(_of(tracked, number), _of(truth, number)) for _, tracked, truth in looks]
                )
    finally:
        detector.close()
    if not sequences:
        return None
    tracks = {label: quality for label, each in sequences.items() if (quality := track_quality(each))}
    return ObjectQuality(len(found), average_precision(found, true, detector.labels), tracks)


def _looks(
    config: SiteConfig, detector: Detector, one: Labelled
) -> Iterator[tuple[Detections, Detections, Detections]]:
    """Boxes, tracked boxes and true boxes of each look at a labelled frame."""
    sentinel, recording = config.sentinel, one.recording
    tracker = make_tracker(
        sentinel.tracker, sentinel.fps, lost_track=sentinel.lost_track, groups=detector.groups
    )
    frames = {frame.index: frame for frame in recording.frames}
    for frame in _spaced(config, recording.camera):
        tensor, letterbox = detector.prepare(frame)
        boxes = detector.submit(tensor, letterbox, _LOWEST, sentinel.iou).result()
        assert boxes.confidence is not None
        strong = boxes[boxes.confidence >= sentinel.threshold]
        assert isinstance(strong, Detections)
        tracked = tracker.update(strong, frame.time)
        truth = frames.get(round((frame.time - recording.start_time) * recording.frame_rate))
        if truth is not None:
            yield boxes, tracked, true_detections(recording, truth, detector.labels)


def _spaced(config: SiteConfig, camera: str) -> Iterator[Frame]:
    """The frames that the site would look at if it had no gate."""
    due = float("-inf")
    for _, frames in Stream(camera, config.cameras[camera], SystemClock()):
        for frame in frames:
            if frame.time >= due:
                due = frame.time + 1 / config.sentinel.fps - 1e-3
                yield frame


def _classes(detections: Detections) -> Sequence[int]:
    return [] if detections.class_id is None else detections.class_id.tolist()


def _of(detections: Detections, number: int) -> Detections:
    if detections.class_id is None or not len(detections):
        return Detections.empty()
    rows = detections[detections.class_id == number]
    assert isinstance(rows, Detections)
    return rows
