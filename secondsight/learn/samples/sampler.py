"""Keeps samples while a site runs. The frame path only draws; a thread of its own encodes and writes."""

import hashlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from secondsight.config import LearnSettings
from secondsight.errors import SecondSightError
from secondsight.learn.catalogue.catalogue import LearnCatalogue
from secondsight.learn.catalogue.connection import FOLDER
from secondsight.learn.samples.drawing import Draw, SampleDrawer
from secondsight.learn.samples.looks import LookSummary, summarise
from secondsight.learn.values import LabelledBox, Sample
from secondsight.log import fields, redact
from secondsight.media import encode_jpeg, write_atomic
from secondsight.records import Frame, Observation, label_of

_log = logging.getLogger(__name__)

SAMPLES = f"{FOLDER}/samples"
_WAITING = 4
"""Frames that may wait; each holds a decoded picture in memory."""
_QUALITY = 92


@dataclass(frozen=True, slots=True)
class _Taken:
    camera: str
    epoch: int
    frame: Frame
    draw: Draw
    look: LookSummary
    labels: tuple[str, ...]


class Sampler:
    """Keeps samples of some cameras. `observe` may be called from any thread, for one camera at a time.

    Args:
        data: the data folder.
        min_free: bytes of the disk that stay free.
        bundle: says what is in production.
        seed: of the draws; the same seed draws the same looks.

    Attributes:
        lost: draws that found no room in the queue, or could not be written.
        written: samples on the disk.

    Raises:
        StoreError: the index cannot be opened.
    """

    def __init__(
        self, data: Path, settings: LearnSettings, min_free: int, bundle: Callable[[], str], seed: int = 0
    ) -> None:
        self._settings, self._min_free = settings, min_free
        self._bundle, self._seed = bundle, seed
        self._catalogue = LearnCatalogue(data, make=True)
        self._drawers: dict[str, SampleDrawer] = {}
        self._queue: queue.Queue[_Taken | None] = queue.Queue(_WAITING)
        self.lost = self.written = 0
        self._thread = threading.Thread(target=self._run, name="samples", daemon=True)
        self._thread.start()

    def observe(self, seen: Observation) -> None:
        """Take one observation; returns at once."""
        if seen.held or seen.frame is None:
            return
        drawer = self._drawers.get(seen.camera)
        if drawer is None:
            seed = crc32(f"{self._seed} {seen.camera} {seen.epoch}".encode())
            drawer = self._drawers[seen.camera] = SampleDrawer(self._settings, seed)
        look = summarise(seen, seen.frame)
        draw = drawer.draw(look)
        if draw is None:
            return
        try:
            self._queue.put_nowait(_Taken(seen.camera, seen.epoch, seen.frame, draw, look, seen.labels))
        except queue.Full:
            self.lost += 1

    def close(self, patience: float = 2.0) -> None:
        """Write what waits, for up to `patience` seconds. Further calls do nothing."""
        if not self._thread.is_alive():
            return
        try:
            self._queue.put(None, timeout=patience)
        except queue.Full:
            return
        self._thread.join(patience)
        if not self._thread.is_alive():
            self._catalogue.close()

    def _run(self) -> None:
        while (taken := self._queue.get()) is not None:
            try:
                self._write(taken)
                self.written += 1
            except SecondSightError as error:
                self.lost += 1
                _log.warning(
                    "a sample was not kept", extra=fields(camera=taken.camera, error=redact(str(error)))
                )
            except Exception:
                self.lost += 1
                _log.exception("a sample was not kept", extra=fields(camera=taken.camera))
            del taken

    def _write(self, taken: _Taken) -> None:
        jpeg = encode_jpeg(taken.frame.bgr(), _QUALITY)
        look, draw = taken.look, taken.draw
        seen = tuple(
            LabelledBox(label_of(taken.labels, kind), box, score, track)
            for kind, box, score, track in zip(
                look.classes, look.boxes, look.scores, look.tracks, strict=True
            )
        )
        keep_sample(
            self._catalogue,
            jpeg,
            self._min_free,
            camera=taken.camera,
            epoch=taken.epoch,
            time=look.time,
            draw=draw,
            size=(taken.frame.width, taken.frame.height),
            bundle=self._bundle(),
            seen=seen,
            brightness=float(np.mean(look.grid)) / 255,
        )


def keep_sample(
    catalogue: LearnCatalogue,
    jpeg: bytes,
    min_free: int,
    *,
    camera: str,
    epoch: int,
    time: float,
    draw: Draw,
    size: tuple[int, int],
    bundle: str,
    seen: tuple[LabelledBox, ...],
    brightness: float,
) -> Sample:
    """Write a picture, then its row: a row without a file would be worse than a file without a row.

    Raises:
        StoreError: the disk is full, or the index cannot be written.
    """
    digest = hashlib.sha256(jpeg).hexdigest()
    name = f"{time:.3f}-{draw.reason}-{digest[:12]}"
    path = f"{SAMPLES}/{camera}/{name}.jpg"
    write_atomic(catalogue.data / path, jpeg, min_free)
    sample = Sample(
        id=f"{camera}-{name}",
        camera=camera,
        epoch=epoch,
        time=time,
        reason=draw.reason,
        probability=draw.probability,
        path=path,
        width=size[0],
        height=size[1],
        bundle=bundle,
        seen=seen,
        brightness=brightness,
        sha256=digest,
        score=draw.score,
    )
    catalogue.add_sample(sample)
    return sample
