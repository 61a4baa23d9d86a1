"""Labels out of what is known already: the brain's verdicts and people's feedback, carried along the tracks.

A confirmed event says that its suspect was there, so it is there in every sample of the same track. A rejected one
says that the behaviour was not: the suspect may well have been there. It labels nothing, but makes a picture worth
a look.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from secondsight.learn.values import LabelSource, Sample, SampleLabel
from secondsight.records import Event, TrackId, Verification

_BY_PEOPLE = 0.99
_BY_ANSWER = 0.8
"""Confidence in a verdict that has no probability."""


@dataclass(frozen=True, slots=True)
class TrackLabel:
    """What is known of a whole track.

    Attributes:
        confidence: that it is what its class says, 0..1.
        author: who says so: `people`, or the brain's name.
    """

    track: TrackId
    label: str
    confidence: float
    author: str


def track_labels(events: Iterable[Event]) -> dict[TrackId, TrackLabel]:
    """What events say of their tracks; people's feedback overrules the brain, the surer event the others."""
    found: dict[TrackId, TrackLabel] = {}
    for event in events:
        said = _said(event)
        if said is None or not event.label:
            continue
        confidence, author = said
        for track in event.tracks[:1]:
            known = found.get(track)
            if known is None or confidence > known.confidence:
                found[track] = TrackLabel(track, event.label, confidence, author)
    return found


def _said(event: Event) -> tuple[float, str] | None:
    if event.truth is not None:
        return (_BY_PEOPLE, "people") if event.truth else None
    if event.verification is Verification.CONFIRMED and event.verdict is not None:
        probability = event.verdict.probability
        return (probability if probability is not None else _BY_ANSWER), event.verdict.model
    return None


def propagate(
    samples: Iterable[Sample], tracks: Mapping[TrackId, TrackLabel], now: float
) -> list[SampleLabel]:
    """Labels of samples that show labelled tracks. They say nothing of what else is in the picture."""
    labels = []
    for sample in samples:
        boxes = []
        authors = []
        for seen in sample.seen:
            if seen.track is None:
                continue
            known = tracks.get(TrackId(sample.camera, sample.epoch, seen.track))
            if known is not None:
                boxes.append(replace(seen, label=known.label, confidence=known.confidence))
                authors.append(known.author)
        if boxes:
            confidence = min(box.confidence for box in boxes)
            author = ", ".join(sorted(set(authors)))
            labels.append(
                SampleLabel(
                    sample.id, tuple(boxes), LabelSource.TRACK, author, confidence, complete=False, time=now
                )
            )
    return labels


def new_labels(
    labels: Sequence[SampleLabel], known: Mapping[str, Sequence[SampleLabel]]
) -> list[SampleLabel]:
    """Those that say something that is not on record yet."""
    return [
        label
        for label in labels
        if not any(
            (one.source, one.author, one.boxes, one.complete)
            == (label.source, label.author, label.boxes, label.complete)
            for one in known.get(label.sample, ())
        )
    ]
