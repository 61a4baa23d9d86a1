"""Who may see what: samples are split by camera-day, and no track stands on both sides.

A split by frames would test a model on the twin of a picture it has learned. The side of a camera-day depends on its
name alone, so that a later version never trains on what an earlier one held back.
"""

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from secondsight.learn.values import LabelSource, Sample, SampleLabel
from secondsight.records import TrackId

_VALIDATION = 0.15
"""Share of the camera-days that are not of the reference set."""


class Split(StrEnum):
    """A side of a dataset; `REFERENCE` is never seen in training."""

    TRAIN = "train"
    VALIDATION = "validation"
    REFERENCE = "reference"


def split_of(day: str, reference: float) -> Split:
    """The side of a camera-day.

    Args:
        reference: share of the days that are held back, 0..1.
    """
    if _share(f"reference {day}") < reference:
        return Split.REFERENCE
    return Split.VALIDATION if _share(f"validation {day}") < _VALIDATION else Split.TRAIN


def split_all(
    labelled: Sequence[tuple[Sample, SampleLabel]], reference: float
) -> dict[Split, list[tuple[Sample, SampleLabel]]]:
    """The sides of labelled samples.

    Left out: what is held back but has no person's label, and samples of tracks that the reference set shows too,
    such as a car that stands there at midnight.
    """
    sides: dict[Split, list[tuple[Sample, SampleLabel]]] = {split: [] for split in Split}
    held_back = {
        track
        for sample, _ in labelled
        if split_of(sample.day, reference) is Split.REFERENCE
        for track in _tracks(sample)
    }
    for sample, label in labelled:
        side = split_of(sample.day, reference)
        if side is Split.REFERENCE and label.source is not LabelSource.HUMAN:
            continue
        if side is not Split.REFERENCE and held_back & _tracks(sample):
            continue
        sides[side].append((sample, label))
    return sides


def _tracks(sample: Sample) -> set[TrackId]:
    return {TrackId(sample.camera, sample.epoch, box.track) for box in sample.seen if box.track is not None}


def _share(text: str) -> float:
    """A number in [0, 1) that depends on the text alone, evenly."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64
