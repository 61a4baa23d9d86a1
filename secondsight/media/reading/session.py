"""One opened input being decoded: packets in, stamped packets and frames out, epochs kept apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import av
from av import VideoFrame

from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.media.frames.limits import STATED, SourceRefusedError
from secondsight.media.frames.packet import (
    PASSING,
    Packet,
    ParameterReader,
    RawPacket,
    StreamInfo,
    raw_packet,
)
from secondsight.media.frames.references import ReferenceCheck
from secondsight.media.frames.upright import Orientation, exif_turn, square_size, upright
from secondsight.media.reading.explain import refused
from secondsight.media.reading.inputs import Input
from secondsight.records import Frame

Item = tuple[Packet, list[Frame]]
State = Literal["connecting", "live", "retrying", "ended", "failed"]

_PENDING = 64
"""Pictures whose time is remembered while the decoder holds them back; codecs hold back 16 at most."""
_TICK = 0.001
_PATIENCE = 10.0
"""Seconds to wait for a sound picture after one was lost. Some encoders never send a second key frame."""


@dataclass(slots=True)
class StreamStats:
    """Counters of one camera since it was started. Written by its thread, readable from any.

    Attributes:
        packets: pictures received; frames: pictures delivered, or not decoded because nobody would look at them.
        drops: pictures received but not delivered, by cause: `late` (the consumer lagged), `corrupt` (also those that
            refer to a lost one), `no_key` (before the first key frame of a connection).
        last_error: why the stream last broke off; free of credentials.
        position: how far a recording has been read, 0..1; None for live sources.
    """

    state: State = "connecting"
    reconnects: int = 0
    packets: int = 0
    frames: int = 0
    drops: Counter[str] = field(default_factory=Counter)
    last_error: str | None = None
    position: float | None = None


class Session:
    """The decoding side of one connection or one pass through a file.

    Args:
        next_epoch: gives the number of each further epoch.
        interval: seconds per picture where the source does not say.
        last: time of the last frame delivered before; times go on growing from there.
        wanted: see `Run.wanted`.

    Attributes:
        by_arrival: pictures take the time of the packet that completed them: their own timestamps are wrong.
    """

    def __init__(
        self,
        camera: str,
        source: Input,
        stats: StreamStats,
        *,
        live: bool,
        origin: str,
        next_epoch: Callable[[], int],
        interval: float,
        last: float,
        wanted: Callable[[float, float], bool] | None = None,
    ) -> None:
        self._camera, self._source, self._stats = camera, source, stats
        self._live, self._origin, self._next_epoch = live, origin, next_epoch
        self._interval = interval
        self._exif = Orientation()
        self._converter = Converter()
        self._times: dict[int, float] = {}
        self._wanted = wanted
        self._passed: set[int] = set()
        self._skips = False
        self.by_arrival = False
        self.last = last
        self.delivered = 0
        self._start = self._time = math.nan
        self._parameters: bytes | None = None
        self._index: int
        self.info: StreamInfo
        self._adopt()
        self._sound_from, self._damaged = -math.inf, math.nan
        self._begin()

    def push(self, raw: RawPacket, time: float, decode: bool = True) -> list[Item]:
        """Take the next packet, presented at `time` (UTC seconds): it comes back with the frames it completed.

        There is one item per packet, and one more, with an empty packet, where an epoch ends.
        """
        self._stats.packets += 1
        before = self._switch(time) if self._source.decoder is not self._decoder else []
        duration = raw.duration
        packet = Packet(self.info, time, duration * self._time_base if duration else self._interval, raw)
        if not decode:
            self._fresh = False
            return [(packet, [])]
        if math.isnan(self._start):
            self._start = time
        if packet.is_key:
            before += self._notice_parameters(raw)
        pts = raw.pts
        if self._wanted is not None and pts is not None:
            self._choose(pts, packet.is_key or self._wanted(time, packet.duration))
        self._time = time
        self._exif = exif_turn(bytes(raw)) if self._is_jpeg else Orientation()
        if pts is None:
            self._interval = packet.duration
        elif not self.by_arrival:
            times = self._times
            times[pts] = time
            if len(times) > _PENDING:
                self._count_swallowed(next(iter(times)))
        pictures: Iterable[VideoFrame] = ()
        lost = raw.is_corrupt or (
            self._references is not None and self._references.lacks(bytes(raw), raw.is_keyframe)
        )
        try:
            pictures = self._decode(raw)
        except av.FFmpegError:
            self._refuse_too_large(raw)
            self._stats.drops["corrupt"] += 1
            self._times.pop(pts or 0, None)
            lost = not raw.is_disposable
        self._follow_damage(lost, packet)
        decoder = self._decoder
        if decoder.width != self._width or decoder.height != self._height:
            return before + self._resize(packet, pictures)
        self._fresh = False
        item: Item = (packet, self._frames(pictures))
        return [*before, item] if before else [item]

    def end(self) -> list[Item]:
        """The frames that the decoder still holds, with an empty packet; nothing if there are none."""
        frames = self._frames(self._drain())
        self._count_passed(None)
        for pts in list(self._times):
            self._count_swallowed(pts)
        return [(self._empty(), frames)] if frames else []

    def restart(self, time: float) -> None:
        """Begin another epoch at `time` (UTC seconds), because time has jumped.

        The decoder goes on, for without the pictures before it could show nothing up to the next key frame. The few
        that it still holds are shown at the beginning of the new epoch.
        """
        self._times = dict.fromkeys(self._times, time)
        self._begin()

    def discard(self) -> None:
        """Throw away what the decoder holds, before decoding goes on at a later key frame."""
        self._stats.drops["late"] += len(self._drain())
        self._passed.clear()
        if self._references is not None:
            self._references.restart()

    def _follow_damage(self, lost: bool, packet: Packet) -> None:
        """Pictures refer to others: after a lost one, none is sound before the next key frame."""
        if lost and not packet.is_key and self._sound_from != math.inf:
            self._sound_from, self._damaged = math.inf, packet.time
        elif self._sound_from == math.inf and (packet.is_key or packet.time > self._damaged + _PATIENCE):
            self._sound_from = packet.time

    def _count_swallowed(self, pts: int) -> None:
        """No picture has come of a packet. FFmpeg's decoder of H.265 keeps back what refers to a lost picture, up to
        the next key frame, and says nothing."""
        del self._times[pts]
        if self._swallows and pts not in self._passed:
            self._stats.drops["corrupt"] += 1

    def _refuse_too_large(self, raw: RawPacket) -> None:
        """A picture could not be decoded. Raises SourceRefusedError if that is because it is too large."""
        source, decoder = self._source, self._decoder
        try:
            source.limits.check_picture(decoder.width, decoder.height)
            if source.coding.codec in STATED:
                source.limits.check_coded(source.coding.codec, bytes(raw))
        except SourceRefusedError as error:
            raise refused(source.where, error) from None

    def _choose(self, pts: int, wanted: bool) -> None:
        """Let the decoder pass over a picture that nobody wants, if no other picture refers to it."""
        if self._source.coding.codec not in PASSING:
            return
        if wanted == self._skips:
            self._skips = not wanted
            self._decoder.skip_frame = "DEFAULT" if wanted else "NONREF"
        if not wanted:
            self._passed.add(pts)

    def _count_passed(self, pts: int | None) -> None:
        """Count the pictures passed over before the one that has come out of the decoder; None: at the end."""
        passed = {other for other in self._passed if pts is None or other < pts}
        self._passed -= passed
        for other in passed:
            self._times.pop(other, None)
        self._passed.discard(-1 if pts is None else pts)
        self._index += len(passed)
        self._stats.frames += len(passed)

    def _notice_parameters(self, raw: RawPacket) -> list[Item]:
        """Before new codec parameters take effect, let out the pictures that were coded with the old ones."""
        parameters = self._reader.read(raw)
        if parameters is None or parameters == self._parameters:
            return []
        known, self._parameters = self._parameters, parameters
        return self.end() if known else []

    def _drain(self) -> list[VideoFrame]:
        decoder = self._decoder
        depth = decoder.reorder_depth
        try:
            pictures: list[VideoFrame] = self._decode(None)
        except av.FFmpegError:
            pictures = []
        decoder.flush_buffers()
        decoder.reorder_depth = depth  # flushing forgets it, and the first B-frames would come out of order
        return pictures

    def _frames(self, pictures: Iterable[VideoFrame]) -> list[Frame]:
        frames: list[Frame] = []
        for picture in pictures:
            if picture.is_corrupt or picture.width != self._width or picture.height != self._height:
                self._stats.drops["corrupt"] += 1
                continue
            pts = picture.pts
            if self._passed and pts is not None:
                self._count_passed(pts)
            taken = None if pts is None else self._times.pop(pts, None)
            if taken is None:
                taken = self._untimed()
            if taken <= self.last:
                taken = self.last + _TICK
            self.last = taken
            if taken < self._sound_from:
                self._stats.drops["corrupt"] += 1
                continue
            shown = upright(picture, self._converter, self._source.coding.pixel_aspect, self._exif)
            if (shown.width, shown.height) != (self.info.width, self.info.height):
                self.info = replace(self.info, width=shown.width, height=shown.height)
            frames.append(
                DecodedFrame(self._camera, self.info.epoch, self._index, taken, shown, self._converter)
            )
            self._index += 1
        if frames:
            self.delivered += len(frames)
            self._stats.frames += len(frames)
        return frames

    def _untimed(self) -> float:
        """When to show a picture that has no timestamp: with the packet that completed it, less what the decoder
        holds back; at the end of a stream, one after the other."""
        if self._index == 0:
            self._held = self._time - self._start
        time = self._time - self._held
        return time if time > self.last + _TICK else self.last + self._interval

    def _adopt(self) -> None:
        self._decoder = self._source.decoder
        self._decode = self._decoder.decode
        self._skips = False
        self._time_base: float = self._source.time_base
        self._reader = ParameterReader(self._source.coding.codec)
        self._parameters = None
        coding = self._source.coding
        self._is_jpeg = coding.codec == "mjpeg"
        self._swallows = coding.codec == "hevc"
        self._references = ReferenceCheck(coding.extradata) if coding.codec == "h264" else None

    def _begin(self, epoch: int | None = None) -> None:
        source, decoder = self._source, self._decoder
        self._width, self._height = decoder.width, decoder.height
        self._index = 0
        self.info = StreamInfo(
            self._camera,
            self._next_epoch() if epoch is None else epoch,
            source.coding.codec,
            *square_size(self._width, self._height, source.coding.pixel_aspect),
            source.frame_rate,
            source.duration,
            source.frames,
            self._live,
            self._origin,
            replace(source.coding, width=self._width, height=self._height),
            source.choices,
        )
        self._held = 0.0
        self._start = math.nan
        self._fresh = True

    def _switch(self, time: float) -> list[Item]:
        """The source has changed its codec."""
        items = self.end()
        self._adopt()
        self._begin(self.info.epoch if self._fresh else None)
        return items

    def _resize(self, packet: Packet, pictures: Iterable[VideoFrame]) -> list[Item]:
        """This packet changed the picture's size: frames before it belong to the old epoch."""
        old: list[VideoFrame] = []
        new: list[VideoFrame] = []
        for picture in pictures:
            same = picture.width == self._width and picture.height == self._height
            (old if same else new).append(picture)
        items: list[Item] = []
        if old:
            items.append((self._empty(), self._frames(old)))
        self._begin(self.info.epoch if self._fresh and not old else None)
        packet.info, self._start = self.info, packet.time
        self._fresh = False
        return [*items, (packet, self._frames(new))]

    def _empty(self) -> Packet:
        return Packet(self.info, self.last if math.isfinite(self.last) else 0.0, 0.0, raw_packet())
