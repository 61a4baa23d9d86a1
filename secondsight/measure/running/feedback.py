"""Words on events from labels of recordings: what is labelled is true, all else of a labelled kind is not."""

from collections.abc import Sequence
from pathlib import Path

from secondsight.errors import ConfigError
from secondsight.ground_truth import Recording, read_truth, videos_of
from secondsight.measure.metrics.events import Found, shown
from secondsight.records import Event
from secondsight.store import FeedbackEntry


def read_labels(place: Path) -> list[Recording]:
    """The labels of a recording, or of every recording of a folder. Where videos lie there, only files called after
    one are labels: `sim make`, for one, writes a COCO file beside them.

    Raises:
        ConfigError: there are none, or they have a mistake.
    """
    files = [place]
    if place.is_dir():
        called = {video.stem for video in videos_of(place)}
        files = [file for file in sorted(place.glob("*.json")) if not called or file.stem in called]
    if not files:
        raise ConfigError("there are no labels here (docs/truth.md)", file=str(place))
    return [read_truth(file) for file in files]


def to_feedback(events: Sequence[Event], recordings: Sequence[Recording], author: str) -> list[FeedbackEntry]:
    """A word on each event that a recording shows: of its camera, in its time, of a kind that it labels.

    Events are matched to labels as `secondsight eval` does it (docs/measuring.md).
    """
    words = []
    for recording in recordings:
        begin, end = recording.start_time, recording.start_time + recording.duration
        seen = [
            event
            for event in events
            if event.camera == recording.camera
            and begin <= event.triggered <= end
            and event.kind in recording.labelled
        ]
        for event, thing in zip(seen, shown(recording, [_found(e, begin) for e in seen]), strict=True):
            words.append(FeedbackEntry(event.id, thing is not None and thing.resembles is None, author))
    return words


def _found(event: Event, origin: float) -> Found:
    triggered = event.triggered - origin
    return Found(
        id=event.id,
        kind=event.kind,
        start=event.start - origin,
        end=max((event.end if event.end is not None else event.triggered) - origin, triggered),
        triggered=triggered,
        score=event.score,
        told=triggered,
        alert=event.alert,
    )
