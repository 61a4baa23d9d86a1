"""Samples out of pictures that are there already: of events about which brain and sentinel differ, and of people."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from secondsight.errors import RefusedError
from secondsight.jpeg import jpeg_size, open_jpeg
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.samples.drawing import Draw
from secondsight.learn.samples.sampler import keep_sample
from secondsight.learn.values import LabelledBox, Sample, SampleReason
from secondsight.records import Event, KeyFrame, Verification

_SMALL = (64, 36)
"""Pixels that are enough to tell how bright a picture is."""


def keep_disputed(
    catalogue: LearnCatalogue, events: Iterable[Event], *, bundle: str, min_free: int
) -> list[Sample]:
    """Keep a key frame of each event that the sentinel reported and the brain, or people, rejected; those that are
    kept already are not kept twice, and those whose pictures are gone are left out.

    Raises:
        StoreError: the disk is full, or the index cannot be written.
    """
    known = {sample.id for sample in catalogue.samples(reason=SampleReason.DISPUTED)}
    kept = []
    for event in events:
        rejected = event.verification is Verification.REJECTED if event.truth is None else not event.truth
        frame = _best(event)
        if not rejected or frame is None:
            continue
        try:
            jpeg = (catalogue.data / frame.path).read_bytes()
        except OSError:
            continue
        draw = Draw(SampleReason.DISPUTED, 1.0, event.score)
        epoch = event.tracks[0].epoch if event.tracks else 0
        sample = _keep(
            catalogue, jpeg, min_free, event.camera, epoch, frame.time, draw, bundle, _seen(event, frame)
        )
        if sample.id not in known:
            kept.append(sample)
    return kept


def keep_missed(
    catalogue: LearnCatalogue, picture: Path, *, camera: str, time: float, bundle: str, min_free: int
) -> Sample:
    """Keep a picture in which something was missed, as a person says.

    Args:
        picture: a JPEG file.
        time: when it was taken, UTC seconds.

    Raises:
        RefusedError: it is no JPEG that can be read.
    """
    try:
        jpeg = picture.read_bytes()
        jpeg_size(jpeg)
    except OSError as error:
        raise RefusedError(f"{picture}: {error.strerror or error}") from None
    except ValueError as error:
        raise RefusedError(f"{picture} is {error}") from None
    return _keep(catalogue, jpeg, min_free, camera, 0, time, Draw(SampleReason.MISSED, 1.0, 0.0), bundle, ())


def _keep(
    catalogue: LearnCatalogue,
    jpeg: bytes,
    min_free: int,
    camera: str,
    epoch: int,
    time: float,
    draw: Draw,
    bundle: str,
    seen: tuple[LabelledBox, ...],
) -> Sample:
    return keep_sample(
        catalogue,
        jpeg,
        min_free,
        camera=camera,
        epoch=epoch,
        time=time,
        draw=draw,
        size=jpeg_size(jpeg),
        bundle=bundle,
        seen=seen,
        brightness=float(np.mean(np.asarray(open_jpeg(jpeg, "L", _SMALL)))) / 255,
    )


def _best(event: Event) -> KeyFrame | None:
    """The first picture in which the suspect's place is known."""
    return next((frame for frame in event.key_frames if frame.box is not None), None)


def _seen(event: Event, frame: KeyFrame) -> tuple[LabelledBox, ...]:
    track = event.tracks[0].number if event.tracks else None
    return tuple(
        LabelledBox(label, box, event.score if box == frame.box else 1.0, track if box == frame.box else None)
        for label, box in frame.around
    )
