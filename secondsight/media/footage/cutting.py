"""Videos out of footage: cut at any time, copied and not encoded again."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import av

from secondsight.errors import SourceError
from secondsight.log import fields
from secondsight.media.writing.remux import FRAGMENTED, TICKS, Mp4Output, Pipe, put

if TYPE_CHECKING:
    from secondsight.media.frames.packet import RawPacket

_log = logging.getLogger(__name__)


class Stretch(Protocol):
    """A video in the data folder, and its first moment, UTC seconds."""

    @property
    def start(self) -> float: ...
    @property
    def path(self) -> str: ...


def cut_footage(data: Path, stretches: Sequence[Stretch], since: float, until: float) -> Iterator[bytes]:
    """An MP4 file of the footage in [since, until), piece by piece; it can be played while it comes.

    It begins at the last key frame by `since`, and keeps the true distance of its pictures: in a gap the picture
    stands still. Files that are gone meanwhile are passed over. It ends where the camera's encoding changes.

    Args:
        stretches: the oldest first, without overlap: segments as `find_segments` gives them, or clips.
        since, until: UTC seconds.

    Raises:
        SourceError: no file can be read; raised before the first piece.
    """
    pipe = Pipe()
    packets = _packets(data, stretches, since, until)
    first = next(packets, None)
    if first is None:
        raise SourceError("there is no footage of that time")
    return _muxed(pipe, first, packets)


def _muxed(
    pipe: Pipe, first: tuple[float, RawPacket], packets: Iterator[tuple[float, RawPacket]]
) -> Iterator[bytes]:
    begin, packet = first
    time = begin
    template = packet.stream
    parameters = template.codec_context.extradata
    with Mp4Output(pipe, FRAGMENTED) as output:
        stream = output.add_stream_from_template(template, opaque=True)
        stream.time_base = Fraction(1, TICKS)
        last = -(2**62)
        while True:
            yield pipe.take()
            unit = packet.time_base or Fraction(1, TICKS)
            length = float((packet.duration or 0) * unit)
            last = put(output, stream, packet, time - begin, length, last)
            following = next(packets, None)
            if following is None:
                break
            time, packet = following
            if packet.stream.codec_context.extradata != parameters:
                _log.info("cut ends where the encoding changes", extra=fields(time=time))
                break
    yield pipe.take()


def _packets(
    data: Path, stretches: Sequence[Stretch], since: float, until: float
) -> Iterator[tuple[float, RawPacket]]:
    """UTC seconds and packet, from the last key frame by `since` on, or the first after it."""
    begun = False
    held: list[tuple[float, RawPacket]] = []
    for stretch in stretches:
        with suppress(av.FFmpegError, OSError, IndexError), av.open(str(data / stretch.path)) as container:
            offset = None
            for packet in container.demux(video=0):
                if not packet.size or packet.pts is None:
                    continue
                second = float(packet.pts * packet.time_base)
                offset = second if offset is None else offset
                time = stretch.start + second - offset
                # Pictures that refer to a later one come after it: only the decoding time says that none follows.
                decoded = packet.pts if packet.dts is None else min(packet.pts, packet.dts)
                if time - float((packet.pts - decoded) * packet.time_base) >= until and (begun or held):
                    break
                if begun:
                    yield time, packet
                    continue
                if packet.is_keyframe and time <= since:
                    held = []
                held.append((time, packet))
                if time >= since:
                    begun = True
                    yield from held
                    held = []
    if not begun:
        yield from held
