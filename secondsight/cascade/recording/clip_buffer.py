"""One camera's recent past, and the recordings that are being cut from it.

Pixels are not kept: the buffer holds encoded packets, and a recording holds references to the same packets, so an
open recording costs only the bytes that the camera sent in the meantime.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from secondsight.cascade.recording.track_history import TrackHistory
from secondsight.clock import Clock
from secondsight.config import ClipsSettings
from secondsight.media import Packet, PacketRing
from secondsight.records import Candidate, Observation, PolicyDecision

_GRACE = 5.0
"""Seconds a live recording waits for packets beyond its end before it is closed with what there is."""
_MOST = 64
"""Open recordings of one live camera; who suspects more at once gets no clip for it."""


@dataclass(slots=True, eq=False)
class ClipRecording:
    """Packets gathered for one candidate, from `start` until `until` (UTC seconds).

    Attributes:
        candidate: the candidate that is recorded.
        decision: the policy's.
        start: of the clip, UTC seconds.
        until: end of the clip, UTC seconds.
        opened: reading of the steady clock when it was opened, seconds.
        packets: in decoding order.
        history: where the camera's tracks were.
        live: whether the camera is live.
        due: no more packets are needed.
        keyless: the stream goes on, but its last key frame is too long ago to be kept.
    """

    candidate: Candidate
    decision: PolicyDecision
    start: float
    until: float
    opened: float
    packets: list[Packet]
    history: TrackHistory
    live: bool = False
    due: bool = False
    keyless: bool = False


class ClipBuffer:
    """Recent packets and tracks of one camera, and its open recordings.

    The camera's thread calls `feed`, the analysis thread `observe`, `record` and `complete`. The two are
    apart by the looks that are under way: a recording whose last packet has come is handed back by `feed`, to
    be completed when the analysis has come as far. Only then are the tracks of its last moments known.

    Args:
        clips: lengths of clips, in seconds: before and after the trigger, and at most.
        clock: says when packets of a live camera are overdue.
        on_complete: takes each complete recording, once, in the thread that completes it.
        lookback: seconds before the trigger in which the beginning of what is reported may lie and is to be shown,
            if more than `pre_capture`.

    Examples:
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from secondsight.cascade import ClipBuffer, decide
        >>> from secondsight.clock import SystemClock
        >>> from secondsight.config import CameraSettings, ClipsSettings, PolicySettings
        >>> from secondsight.media import open_stream
        >>> from secondsight.records import Candidate
        >>> Path("pictures").mkdir()
        >>> for number in range(10):  # a folder of pictures is read as a video of 10 frames a second
        ...     Image.new("RGB", (64, 48)).save(f"pictures/{number}.jpg")
        >>> complete = []
        >>> clips = ClipsSettings(pre_capture="300ms", post_capture="200ms")
        >>> buffer = ClipBuffer(clips, SystemClock(), complete.append)
        >>> stream = open_stream("hall", CameraSettings(source="pictures"), SystemClock())
        >>> for number, (packet, frames) in enumerate(stream):
        ...     over = buffer.feed(packet)
        ...     if number == 5:  # a rule suspects something in the sixth frame
        ...         now = packet.time
        ...         candidate = Candidate("1", "hall", packet.epoch, "no-entry", "intrusion", now, now, now, 0.5, ())
        ...         _ = buffer.record(candidate, decide(candidate, PolicySettings(), brain=False, now=now))
        ...     buffer.complete(over)
        >>> buffer.end()
        >>> [len(recording.packets) for recording in complete]  # 0.3 s before, the frame, 0.2 s after
        [6]
    """

    def __init__(
        self,
        clips: ClipsSettings,
        clock: Clock,
        on_complete: Callable[[ClipRecording], None],
        lookback: float = 0.0,
    ) -> None:
        self._clips, self._clock, self._on_complete = clips, clock, on_complete
        # A clip must reach its trigger all the same.
        room = clips.max_length - clips.pre_capture - clips.post_capture
        self._lookback = max(clips.pre_capture, min(lookback, room))
        self._ring = self._new_ring()
        self._history = TrackHistory(self._held + clips.post_capture + clips.max_length)
        self._open: list[ClipRecording] = []
        self._lock = threading.Lock()
        self._epoch: int | None = None
        self._live = False
        self._handing_over = 0

    @property
    def _held(self) -> float:
        """Seconds of the stream that are kept."""
        return self._clips.pre_capture + self._lookback

    def _new_ring(self) -> PacketRing:
        return PacketRing(self._held)

    @property
    def recording(self) -> bool:
        """Whether a recording is open or being handed over."""
        with self._lock:
            return bool(self._open or self._handing_over)

    def feed(self, packet: Packet) -> list[ClipRecording]:
        """Take the stream's next packet.

        Args:
            packet: in decoding order.

        Returns:
            The recordings that need no more packets, for `complete`.
        """
        over: list[ClipRecording] = []
        with self._lock:
            if packet.epoch != self._epoch:
                over = [r for r in self._open if not r.due]
                self._ring = self._new_ring()
                self._epoch, self._live = packet.epoch, packet.info.live
            self._ring.append(packet)
            for recording in self._open:
                if not recording.due and recording not in over:
                    recording.packets.append(packet)
                    if _shown_after(packet) >= recording.until:
                        over.append(recording)
            for recording in over:
                recording.due = True
        return over

    def observe(self, seen: Observation) -> None:
        """Remember where the tracks are."""
        self._history.observe(seen)

    def record(self, candidate: Candidate, decision: PolicyDecision) -> bool:
        """Begin to cut the clip of a new candidate.

        The clip begins `pre_capture` before the candidate's start, but at most `pre_capture` and `lookback` before
        the trigger. It ends `post_capture` after the trigger, and is no longer than `max_length`.

        Args:
            candidate: the candidate that is recorded.
            decision: the policy's, kept with the recording.

        Returns:
            False when a live camera has too many recordings open.
        """
        clips = self._clips
        start = max(candidate.start, candidate.triggered - self._lookback) - clips.pre_capture
        until = min(candidate.triggered + clips.post_capture, start + clips.max_length)
        with self._lock:
            if self._live and len(self._open) >= _MOST:
                return False
            goes_on = candidate.epoch == self._epoch
            packets = self._ring.since(start) if goes_on else []
            opened, live = self._clock.monotonic(), self._live
            recording = ClipRecording(
                candidate, decision, start, until, opened, packets, self._history, live, keyless=goes_on
            )
            self._open.append(recording)
        if not packets:
            self.complete([recording])
        return True

    def tick(self) -> None:
        """Close recordings whose packets stopped coming: those of a live camera that is away."""
        now = self._clock.monotonic()
        with self._lock:
            if not self._live:
                return
            late = [r for r in self._open if now > r.opened + (r.until - r.candidate.triggered) + _GRACE]
        self.complete(late)

    def end(self) -> None:
        """The stream is over: complete what is open with what there is."""
        with self._lock:
            left = list(self._open)
        self.complete(left)

    def complete(self, recordings: list[ClipRecording]) -> None:
        """Hand recordings over to be cut, each once.

        Args:
            recordings: as `feed` gave them; one that was handed over before is skipped.
        """
        for recording in recordings:
            with self._lock:
                if recording not in self._open:
                    continue
                self._open.remove(recording)
                self._handing_over += 1
            recording.packets = _until(recording.packets, recording.until)
            self._on_complete(recording)
            with self._lock:
                self._handing_over -= 1


def _shown_after(packet: Packet) -> float:
    """UTC seconds before which no later packet is shown: its decoding time. B-frames come after what they precede."""
    pts, dts, unit = packet.raw.pts, packet.raw.dts, packet.raw.time_base
    if pts is None or dts is None or unit is None:
        return packet.time
    return packet.time - float((pts - dts) * unit)


def _until(packets: list[Packet], time: float) -> list[Packet]:
    """The packets, in decoding order, up to the last that is shown by `time`; what B-frames refer to stays."""
    for last in range(len(packets) - 1, -1, -1):
        if packets[last].time <= time:
            return packets[: last + 1]
    return packets
