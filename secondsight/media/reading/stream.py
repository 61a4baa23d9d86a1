"""A camera's stream, whatever it comes from: packets with their frames, in order, until it ends or is stopped."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial

import numpy as np
from numpy.typing import NDArray

from secondsight.clock import Clock, SystemClock
from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.log import fields
from secondsight.media.frames.packet import StreamInfo
from secondsight.media.reading.feeder import Feeder
from secondsight.media.reading.inputs import open_input
from secondsight.media.reading.live import Passage, watch
from secondsight.media.reading.pacing import Backoff
from secondsight.media.reading.recorded import play
from secondsight.media.reading.session import Item, StreamStats
from secondsight.media.reading.source_run import SourceRun
from secondsight.media.reading.sources import Source, SourceKind, describe
from secondsight.records import Frame

_log = logging.getLogger(__name__)

_PROBE_PACKETS = 500
_AGAIN = "the server sent the same again, faster than it plays: a recording, which has ended; let it state a length"


class Stream:
    """One camera's packets and frames.

    Iterate over it once, in the camera's own thread: each item is a packet and the frames that it completed,
    which may be none or several. Where an epoch ends, frames that the decoder still held come with an empty
    packet.

    Recordings deliver every frame as fast as they are taken, and end. With `pace: realtime` a recording
    behaves like a
    camera: its times are the wall clock's, and a consumer that lags misses frames. A live source never ends:
        when it
    breaks off it is connected to again. An HTTP address that turns out to be a recording is treated as one.

    Args:
        name: the camera's name.
        camera: its settings.
        clock: gives live packets their UTC time.
        rng: randomness of the reconnection delays.
        wanted: called for every picture, in decoding order, with its time (UTC seconds) and the seconds to
            the next; says whether to decode it. Pictures to which others refer are decoded and delivered all
            the same.
        turns: entered for each live picture that is decoded, such as `DecodingTurns`, which many cameras share.

    Raises:
        SourceError: during iteration, when a recording cannot be opened or has no picture, or an address
            makes no sense.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import Stream
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> stream = Stream("hall", CameraSettings(source="pictures"), SystemClock())
        >>> frames = [frame for packet, completed in stream for frame in completed]
        >>> len(frames), round(frames[-1].time - frames[0].time, 3), stream.stats.state
        (10, 0.9, 'ended')
        >>> frames[0].resized(32, 24, "rgb").shape
        (24, 32, 3)
    """

    def __init__(
        self,
        name: str,
        camera: CameraSettings,
        clock: Clock,
        *,
        rng: random.Random | None = None,
        wanted: Callable[[float, float], bool] | None = None,
        turns: AbstractContextManager[None] | None = None,
    ) -> None:
        self.name = name
        self._run = SourceRun(name, camera, clock, wanted=wanted, turns=turns or nullcontext())
        self._rng = rng or random.Random()
        self._feeder: Feeder | None = None

    @property
    def stats(self) -> StreamStats:
        """Counters; they go on changing while the stream runs."""
        return self._run.stats

    def stop(self) -> None:
        """End the iteration, from any thread: at once where it waits, else when the read in hand is done."""
        self._run.stopped.set()
        feeder = self._feeder
        if feeder is not None:
            feeder.close()

    def __iter__(self) -> Iterator[Item]:
        run = self._run
        try:
            source = describe(run.name, run.camera)
            if source.live or source.kind is SourceKind.HTTP:
                yield from self._connections(source)
            else:
                yield from play(run, source)
        except SourceError as error:
            run.stats.state, run.stats.last_error = "failed", str(error)
            raise
        run.stats.state = "ended"

    def _connections(self, source: Source) -> Iterator[Item]:
        """One connection after the other."""
        run = self._run
        backoff = Backoff(run.camera.reconnect_min, run.camera.reconnect_max, self._rng)
        before = Passage()
        while not run.stopped.is_set():
            run.stats.state = "connecting"
            feeder = Feeder(partial(open_input, run.name, source, run.camera), run.clock, run.name)
            self._feeder = feeder
            if run.stopped.is_set():  # `stop` may have come before there was anything to close
                feeder.close()
            begun = run.clock.monotonic()
            try:
                # Opening connects and then analyses, each within the timeout.
                opened = feeder.opened(2 * run.camera.stall_timeout + 5)
                if opened.finite:
                    yield from play(run, source, opened)
                    return
                _log.info("camera connected", extra=fields(camera=run.name, source=source.shown))
                passage = Passage()
                yield from watch(run, feeder, opened, passage)
                if passage.repeats(before):
                    run.stats.last_error = f"{run.where(source)}: {_AGAIN}"
                    return
                before, reason = passage, "the source ended the stream"
            except SourceError as error:
                if not source.live and run.stats.frames == 0:
                    raise
                reason = source.clean(str(error))
            finally:
                feeder.close()
            if run.stopped.is_set() or not source.live:
                return
            self._wait(source, reason, backoff.after(run.clock.monotonic() - begun))

    def _wait(self, source: Source, reason: str, delay: float) -> None:
        stats = self._run.stats
        prefix = f"{self._run.where(source)}: "
        stats.last_error = reason if reason.startswith(prefix[:-2]) else prefix + reason
        stats.state = "retrying"
        stats.reconnects += 1
        _log.warning(
            "camera lost", extra=fields(camera=self.name, reason=stats.last_error, retry_in=round(delay, 3))
        )
        self._run.stopped.wait(delay)


def open_stream(
    name: str, camera: CameraSettings, clock: Clock, *, rng: random.Random | None = None
) -> Stream:
    """Make the stream of one camera. Nothing is opened before iteration.

    Args:
        name: the camera's name.
        camera: its settings.
        clock: gives live packets their UTC time.
        rng: randomness of the reconnection delays.

    Returns:
        The stream.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import open_stream
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> for packet, frames in open_stream("hall", CameraSettings(source="pictures"), SystemClock()):
        ...     for frame in frames:
        ...         if frame.index < 2:
        ...             print(frame.index, frame.width, frame.height, packet.is_key)
        0 64 48 True
        1 64 48 True
    """
    return Stream(name, camera, clock, rng=rng)


def probe(name: str, camera: CameraSettings, clock: Clock | None = None) -> StreamInfo:
    """Open a camera's source, wait for its first picture, close it, and describe it.

    Args:
        name: the camera's name.
        camera: its settings.
        clock: the machine's by default.

    Returns:
        Facts about the stream.

    Raises:
        SourceError: it cannot be opened, or sends no picture that can be decoded.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import probe
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> info = probe("hall", CameraSettings(source="pictures"))
        >>> info.codec, info.width, info.height, info.duration, info.live
        ('mjpeg', 64, 48, 1.0, False)
    """
    return _first(name, camera, clock)[0]


def snapshot(name: str, camera: CameraSettings, clock: Clock | None = None) -> NDArray[np.uint8]:
    """Take the first picture that a camera's source gives.

    Args:
        name: the camera's name.
        camera: its settings.
        clock: the machine's by default.

    Returns:
        uint8 BGR (height, width, 3).

    Raises:
        SourceError: as `probe`.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.config import CameraSettings
        >>> from secondsight.media import snapshot
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> snapshot("hall", CameraSettings(source="pictures")).shape
        (48, 64, 3)
    """
    return _first(name, camera, clock)[1].bgr()


def _first(name: str, camera: CameraSettings, clock: Clock | None) -> tuple[StreamInfo, Frame]:
    source = describe(name, camera)
    run = SourceRun(name, camera, clock or SystemClock())
    with closing(open_input(name, source, camera)) as opened:
        live = not opened.finite or camera.pace == "realtime"
        session = run.session(opened, live=live, origin="live" if live else f"file:{opened.fingerprint}")
        for count, raw in enumerate(opened.packets()):
            for _, frames in session.push(raw, float(count)):
                if frames:
                    return session.info, frames[0]
            if count == _PROBE_PACKETS:
                break
        for _, frames in session.end():
            if frames:
                return session.info, frames[0]
    raise SourceError(
        f"{run.where(source)}: no picture in it can be decoded; it is damaged, or its codec is not supported"
    )
