"""Recorded footage of cameras: what there is, a file of it, a cut, a picture; and live pictures."""

from collections.abc import Iterator
from pathlib import Path

from secondsight.errors import RefusedError, SourceError
from secondsight.media import (
    FOR_BROWSERS,
    LiveForm,
    Segment,
    clip_frames,
    cut_footage,
    encode_jpeg,
    find_segment,
    find_segments,
    live_codec,
    oldest_segment,
)
from secondsight.serve.access.cameras import camera as get_camera
from secondsight.serve.access.files import file_of
from secondsight.serve.auth.rights import Principal, UnknownError
from secondsight.serve.site import ServedSite

LONGEST_CUT = 3600.0
"""Seconds of one cut."""
_LONGEST_LIST = 8 * 86400.0


def footage(site: ServedSite, person: Principal, camera: str, since: float, until: float) -> list[Segment]:
    """The segments of a camera that show any of [since, until), oldest first.

    Raises:
        UnknownError: there is no such camera.
        RefusedError: that is too much for one answer.
    """
    get_camera(site, person, camera)
    if until - since > _LONGEST_LIST:
        raise RefusedError("too much footage for one answer; ask for a week at most")
    return find_segments(site.data, camera, since, until)


def footage_since(site: ServedSite, person: Principal, camera: str) -> float | None:
    """From when on there is footage of a camera, UTC seconds; None where there is none. Raises UnknownError."""
    get_camera(site, person, camera)
    oldest = oldest_segment(site.data, camera)
    return None if oldest is None else oldest.start


def segment_file(site: ServedSite, person: Principal, camera: str, name: str) -> Path:
    """The file of a segment, by its name. Raises UnknownError."""
    get_camera(site, person, camera)
    found = find_segment(site.data, camera, name)
    return file_of(site.data, None if found is None else found.path, "such footage")


def cut(site: ServedSite, person: Principal, camera: str, since: float, until: float) -> Iterator[bytes]:
    """A video of the footage in [since, until), piece by piece.

    Raises:
        UnknownError: there is no such camera, or no footage of that time.
        RefusedError: that is too long.
    """
    if until - since > LONGEST_CUT:
        raise RefusedError("one cut is an hour at most")
    found = footage(site, person, camera, since, until)
    try:
        return cut_footage(site.data, found, since, until)
    except SourceError as error:
        raise UnknownError(str(error)) from None


def footage_picture(site: ServedSite, person: Principal, camera: str, time: float) -> bytes:
    """What a camera showed at a moment, JPEG. Raises UnknownError."""
    found = footage(site, person, camera, time, time + 0.001)
    try:
        return encode_jpeg(clip_frames(site.data / found[0].path, found[0].start, [time])[0])
    except (SourceError, IndexError):
        raise UnknownError("there is no footage of that moment") from None


def live_form(site: ServedSite, person: Principal, camera: str) -> LiveForm | None:
    """How browsers can see a camera at this moment: as video, or as the pictures that are looked at; None where it is
    not watched, or gives no pictures. Raises UnknownError."""
    get_camera(site, person, camera)
    codec = live_codec(site.data, camera)
    if codec is None:
        return None
    return "mp4" if codec in FOR_BROWSERS else "jpeg"
