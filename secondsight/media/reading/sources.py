"""What kinds of sources there are, and how FFmpeg is told to open each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from secondsight.addresses import ENCODING, read_address
from secondsight.config import CameraSettings
from secondsight.errors import SourceError
from secondsight.masking import KNOWN, redact, secrets_of

_LIVE_SCHEMES = ("rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "tcp", "rtp")
_RECORDED_SUFFIXES = frozenset(
    (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".gif", ".flv", ".wmv", ".mpg", ".mpeg", ".3gp")
)
_PRIVATE_NAMES = (".local", ".lan", ".home", ".home.arpa", ".internal", ".localhost")
_ANALYSE = 5.0
"""Seconds of stream FFmpeg may look at before it says what is in it; less if the watchdog is stricter."""


class SourceKind(StrEnum):
    FILE = "file"
    FOLDER = "folder"
    DEVICE = "device"
    RTSP = "rtsp"
    HTTP = "http"
    NETWORK = "network"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a camera's stream comes from.

    Attributes:
        target: what FFmpeg opens; may hold credentials, so it is never shown.
        shown: the same for people, redacted.
        live: False when the source is certain to be a recording; an HTTP address may still turn out to be one.
        timeout: seconds a single read may take; None for local files.
        advice: what may be wrong with the address, should it not work.
    """

    kind: SourceKind
    target: str = field(repr=False)
    shown: str
    live: bool
    timeout: float | None
    container: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    advice: str = ""

    def clean(self, text: str) -> str:
        """`text` without this source's credentials, also where they stand alone or unescaped."""
        return redact(text.replace(self.target, self.shown))


def describe(name: str, camera: CameraSettings) -> Source:
    """Recognise what kind of source a camera has.

    Raises:
        SourceError: for an address scheme nobody knows, or a path that is not there.
    """
    text = camera.source.get_secret_value().strip()
    address = read_address(text)
    if address is None:
        return _local(name, Path(text).expanduser(), camera)
    KNOWN.add(secrets_of(text))
    scheme, target, shown, stall = address.scheme, address.url, redact(text), camera.stall_timeout
    if scheme == "file":
        return _local(name, Path(unquote(urlsplit(target).path)), camera)
    advice = f"write special characters of the password percent-encoded: {ENCODING}"
    if address.ambiguous and address.login is None and not _is_place(target):
        raise SourceError(f"camera {name}: {shown} can be read in several ways; {advice}")
    advice = advice if address.mended or address.ambiguous else ""
    options = {"analyzeduration": str(int(min(_ANALYSE, stall / 2) * 1e6))}
    if scheme in ("rtsp", "rtsps"):
        options |= {"rtsp_transport": camera.transport, "allowed_media_types": "video"}
        return Source(SourceKind.RTSP, target, shown, True, stall, options=options, advice=advice)
    if scheme in ("http", "https"):
        live = Path(urlsplit(target).path).suffix.lower() not in _RECORDED_SUFFIXES
        options = options if live else {}
        return Source(SourceKind.HTTP, target, shown, live, stall, options=options, advice=advice)
    if scheme in _LIVE_SCHEMES:
        return Source(SourceKind.NETWORK, target, shown, True, stall, options=options, advice=advice)
    raise SourceError(
        f"camera {name}: `{scheme}://` is no source SecondSight can read; use a path, a device such as /dev/video0, "
        f"http(s):// or {', '.join(s + '://' for s in _LIVE_SCHEMES)}"
    )


def is_recording(name: str, camera: CameraSettings) -> bool:
    """Whether the camera's past will be read again from its start when it is opened again."""
    try:
        return not describe(name, camera).live and camera.pace == "fast"
    except SourceError:
        return False


def never_ends(name: str, camera: CameraSettings) -> bool:
    """Whether the camera goes on until it is stopped."""
    try:
        return camera.loop or describe(name, camera).live
    except SourceError:
        return False


def is_remote(camera: CameraSettings) -> bool:
    """Whether the camera's address lies outside private networks, as far as can be told without looking it up."""
    address = read_address(camera.source.get_secret_value().strip())
    if address is None or address.scheme == "file":
        return False
    host = (
        place.strip("[]")
        if (place := address.place.lower()).endswith("]")
        else place.rpartition(":")[0] or place
    )
    try:
        ip = ip_address(host.strip("[]"))
    except ValueError:
        return "." in host and not host.endswith(_PRIVATE_NAMES)
    return ip.is_global and not ip.is_multicast


def _local(name: str, path: Path, camera: CameraSettings) -> Source:
    shown = str(path)
    where = f"camera {name}: {shown}"
    try:
        if shown.startswith("/dev/"):
            if not path.exists():
                raise SourceError(
                    f"{where}: no such device; plug it in, or see `ls /dev/video*` for those there are"
                )
            return Source(SourceKind.DEVICE, shown, shown, True, camera.stall_timeout, "v4l2")
        if path.is_dir():
            return Source(SourceKind.FOLDER, shown, shown, False, None)
        if not path.exists():
            raise SourceError(
                f"{where}: no such file; check `source` (a relative path starts at the site file's folder)"
            )
        if path.stat().st_size == 0:
            raise SourceError(f"{where}: the file is empty; record or copy it again")
    except OSError as error:
        raise SourceError(f"{where}: {error.strerror}; check the path and its permissions") from error
    # `file:` keeps FFmpeg from reading `a:b.mp4` as protocol `a`. A playlist may wait for more, hence its timeout.
    timeout = camera.stall_timeout if path.suffix.lower() == ".m3u8" else None
    return Source(SourceKind.FILE, f"file:{path}", shown, False, timeout)


def _is_place(address: str) -> bool:
    """Whether what stands where host and port belong can be both."""
    try:
        return urlsplit(address).port is None or bool(urlsplit(address).hostname)
    except ValueError:
        return False
