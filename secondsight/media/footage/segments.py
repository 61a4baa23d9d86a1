"""Footage on disk: short MP4 files whose names say what they hold, so that the files are their own index.

`footage/<camera>/<day>/<hour>/<start>-<end>-<m|s>.mp4`: start and end in milliseconds of UTC, and whether anything
moved (`m`) or all stood still (`s`). A segment lies in the hour (UTC) in which it starts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from secondsight.errors import SourceError, StoreError
from secondsight.media.frames.packet import Packet
from secondsight.media.writing.files import atomic_file, require_space
from secondsight.media.writing.remux import FRAGMENTED, can_copy, copy_packets

FOOTAGE = "footage"
"""The folder below the data folder in which footage lies."""
LONGEST = 120.0
"""Seconds that no segment exceeds."""

_NAME = re.compile(r"(\d{1,15})-(\d{1,15})-([ms])\.mp4")
_HOUR = "%Y-%m-%d/%H"
_OVERHEAD = 64 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """A stretch of one camera's footage, in one file that plays by itself.

    Attributes:
        start, end: UTC seconds, exact to the millisecond.
        camera: its name.
        moving: whether the gate saw motion in it.
        size: bytes.
    """

    start: float
    end: float
    camera: str
    moving: bool
    size: int = 0

    @property
    def name(self) -> str:
        """Of the file."""
        return f"{_ms(self.start)}-{_ms(self.end)}-{'m' if self.moving else 's'}.mp4"

    @property
    def path(self) -> str:
        """Relative to the data folder."""
        hour = datetime.fromtimestamp(_ms(self.start) // 1000, UTC).strftime(_HOUR)
        return f"{FOOTAGE}/{self.camera}/{hour}/{self.name}"


def read_name(camera: str, name: str, size: int = 0) -> Segment | None:
    """The segment of a file name; None if it is none."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    start, end = int(found[1]) / 1000, int(found[2]) / 1000
    return Segment(start, end, camera, found[3] == "m", size)


def write_segment(data: Path, segment: Segment, packets: list[Packet], min_free: int) -> None:
    """Write packets into the segment's file: all of it or nothing.

    Args:
        packets: in decoding order, of one epoch, from a key frame on.

    Raises:
        StoreError: the disk is full or cannot be written.
        SourceError: MP4 cannot hold what the camera sends.
    """
    import av

    path = data / segment.path
    if not can_copy(packets):
        raise SourceError(
            f"camera {segment.camera}: footage needs H.264, H.265, MJPEG or AV1, not {packets[0].info.codec}"
        )
    require_space(path.parent, sum(packet.size for packet in packets) + _OVERHEAD, min_free)
    try:
        with atomic_file(path, min_free) as file:
            copy_packets(file, packets, FRAGMENTED)
    except av.FFmpegError as error:
        raise SourceError(f"camera {segment.camera}: its packets cannot be kept: {error.strerror}") from None


def find_segments(data: Path, camera: str, since: float, until: float) -> list[Segment]:
    """The segments of a camera that show any of [since, until), oldest first."""
    top = data / FOOTAGE / camera
    first, last = _hour(since - LONGEST), _hour(until)
    found = [
        segment
        for day in _folders(top)
        if first[:10] <= day.name <= last[:10]
        for hour in _folders(Path(day))
        if first <= f"{day.name}/{hour.name}" <= last
        for segment in _segments(camera, Path(hour))
        if segment.start < until and segment.end > since
    ]
    return sorted(found)


def find_segment(data: Path, camera: str, name: str) -> Segment | None:
    """The segment in the file of this name; None where there is none."""
    named = read_name(camera, name)
    if named is None or named.name != name:
        return None
    try:
        size = (data / named.path).stat().st_size
    except (OSError, OverflowError, ValueError):
        return None
    return Segment(named.start, named.end, camera, named.moving, size)


def oldest_segment(data: Path, camera: str) -> Segment | None:
    """The first segment there is of a camera."""
    for day in sorted(_folders(data / FOOTAGE / camera), key=lambda one: one.name):
        for hour in sorted(_folders(Path(day)), key=lambda one: one.name):
            if segments := sorted(_segments(camera, Path(hour))):
                return segments[0]
    return None


def all_segments(data: Path) -> list[Segment]:
    """All footage there is, oldest first.

    Raises:
        StoreError: the folder is a link.
    """
    require_footage_folder(data)
    return sorted(
        segment
        for camera in _folders(data / FOOTAGE)
        for day in _folders(Path(camera))
        for hour in _folders(Path(day))
        for segment in _segments(camera.name, Path(hour))
    )


def age_folders(data: Path) -> None:
    """Let the folder of each hour be as old as its newest file, for retention goes by that. Raises OSError."""
    for folder in hour_folders(data):
        with os.scandir(folder) as entries:
            newest = max((entry.stat().st_mtime for entry in entries), default=None)
        if newest is not None:
            os.utime(folder, (newest, newest))


def hour_folders(data: Path) -> Iterator[os.DirEntry[str]]:
    """The folder of each hour of each camera."""
    for camera in _folders(data / FOOTAGE):
        for day in _folders(Path(camera)):
            yield from _folders(Path(day))


def require_footage_folder(data: Path) -> None:
    """Raise StoreError where the folder is a link: what retention deletes must lie in the data folder."""
    if (data / FOOTAGE).is_symlink():
        raise StoreError(f"{data / FOOTAGE}: is a link; footage lies in the data folder itself")


def _segments(camera: str, folder: Path) -> Iterator[Segment]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                named = read_name(camera, entry.name)
                if named is not None:
                    yield Segment(named.start, named.end, camera, named.moving, entry.stat().st_size)
    except (FileNotFoundError, NotADirectoryError):
        return


def _folders(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _hour(time: float) -> str:
    """The folder of the hour of a moment; of the first or last possible one for times that no calendar knows."""
    try:
        return datetime.fromtimestamp(max(0.0, time), UTC).strftime(_HOUR)
    except (OverflowError, ValueError, OSError):
        return (datetime.max - timedelta(hours=1)).strftime(_HOUR)


def _ms(time: float) -> int:
    return max(0, round(time * 1000))
