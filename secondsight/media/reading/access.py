"""How FFmpeg gets at a source: what it is given to open, what it may open itself, and who stands in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import av

from secondsight.config import CameraSettings
from secondsight.media.frames.limits import MAX_STREAMS, PictureLimits, SourceRefusedError
from secondsight.media.network.content import Content
from secondsight.media.network.hosts import HostPolicy, ServerAddress, server_of
from secondsight.media.network.http import HttpBody, HttpClient, Response, Span
from secondsight.media.network.kept import KeptBody
from secondsight.media.network.meter import Meter
from secondsight.media.network.opener import Body, Opener, Playlist
from secondsight.media.network.parts import JpegParts
from secondsight.media.network.relay import RtspRelay
from secondsight.media.network.tls import CameraTls
from secondsight.media.reading.sources import Source, SourceKind

_STREAMED = (
    "apng,asf,asf_o,av1,avi,dhav,dv,flv,gif,h261,h263,h264,hevc,ivf,jpeg_pipe,kux,live_flv,m4v,matroska,mjpeg,mov,"
    "mp4,mpeg,mpegts,mpegvideo,mpjpeg,mxf,nut,obu,ogg,png_pipe,vc1,vvc,webm,wtv,yuv4mpegpipe"
)
"""FFmpeg's names of what comes over a network; none of them opens further addresses."""
_LEADING_ELSEWHERE = frozenset(
    [
        "alias_pix",
        "alsa",
        "concat",
        "dash",
        "fbdev",
        "hls",
        "image2",
        "imf",
        "kmsgrab",
        "lavfi",
        "mlv",
        "rtp",
        "rtsp",
        "sap",
        "sdp",
        "video4linux2,v4l2",
        "vobsub",
        "webm_dash_manifest",
        "x11grab",
    ]
)
"""Formats that open further files or addresses, and devices: a file is not read as one of them."""
_PROTOCOLS = {
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "srt": "srt,udp",
    "udp": "udp",
    "tcp": "tcp",
    "rtp": "rtp,udp",
}
"""What FFmpeg may open for an address of each scheme."""
_PLAYLIST_KINDS = frozenset(
    ("application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl")
)
_PLAYLISTS = (".m3u8", ".m3u")
_HLS = {
    "http_persistent": "0",
    "http_multiple": "0",
    # Names of segments say nothing: what they may be is `format_whitelist`, where they may lie is the opener's.
    "extension_picky": "0",
    "allowed_extensions": "ALL",
    "allowed_segment_extensions": "ALL",
}


@dataclass(slots=True)
class Access:
    """What `av.open` is called with.

    Attributes:
        target: the address or path.
        container: FFmpeg's name of the format, where it is known.
        opener: opens `target` and all that it leads to; None where FFmpeg opens `target` itself, and nothing else.
        relay: stands between FFmpeg and an RTSP camera.
        meter: counts what comes; None for local files.
        length: bytes of a file over HTTP, if it has an end.
    """

    target: str = field(repr=False)
    container: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    opener: Opener | None = None
    relay: RtspRelay | None = None
    meter: Meter | None = None
    length: int | None = None

    @property
    def refused(self) -> SourceRefusedError | None:
        """What was refused, if anything was."""
        gates = (self.opener, self.relay)
        return next((gate.refused for gate in gates if gate is not None and gate.refused is not None), None)

    @property
    def failure(self) -> OSError | None:
        """What could not be read last, which FFmpeg may have passed over."""
        return None if self.opener is None else self.opener.failure

    def begin(self, seconds: float | None) -> None:
        """FFmpeg begins to read, and has `seconds` for it."""
        if self.opener is not None:
            self.opener.begin(seconds)

    def close(self) -> None:
        if self.relay is not None:
            self.relay.close()


def plain_access(source: Source, camera: CameraSettings, options: Mapping[str, str]) -> Access:
    """To files, devices, and what FFmpeg connects to itself: one address, which leads nowhere else.

    Raises:
        SourceRefusedError: the certificate at the address is not to be trusted.
        OSError: it cannot be reached.
    """
    limits = _limits(camera)
    if source.kind is SourceKind.DEVICE:
        limits |= {"format_whitelist": source.container or "", "protocol_whitelist": "file"}
    elif source.kind is SourceKind.FILE:
        readable = sorted(av.formats_available - _LEADING_ELSEWHERE)
        limits |= {"format_whitelist": ",".join(readable), "protocol_whitelist": "file"}
    else:
        scheme = urlsplit(source.target).scheme
        limits |= {"format_whitelist": f"{_STREAMED},rtp", "protocol_whitelist": _PROTOCOLS[scheme]}
        if scheme == "rtmps":
            limits |= _tls(camera).ffmpeg_options(server_of(source.target), source.timeout)
    return Access(source.target, source.container, limits | dict(options))


def playlist_access(name: str, source: Source, camera: CameraSettings) -> Access:
    """To a local playlist and what lies beside it."""
    meter = Meter(PictureLimits.of(camera))
    folder = Path(source.target.removeprefix("file:")).parent
    options = _limits(camera) | _HLS | {"format_whitelist": f"{_STREAMED},hls", "protocol_whitelist": "none"}
    return Access(source.target, "hls", options, Opener(name, None, folder, meter), meter=meter)


def http_client(source: Source, camera: CameraSettings) -> tuple[HttpClient, Response]:
    """The camera's server, and what it answered.

    Raises:
        SourceRefusedError: it leads elsewhere, or its certificate is not to be trusted.
        OSError: it cannot be reached, or has no such address.
    """
    policy = HostPolicy(_place(source), camera.allow_hosts)
    client = HttpClient(source.target, policy, _tls(camera), source.timeout or camera.stall_timeout)
    return client, client.get(client.url, None if source.live else Span(0))


def http_access(
    name: str,
    source: Source,
    camera: CameraSettings,
    client: HttpClient,
    response: Response,
    content: Content,
) -> Access:
    """To an address whose server has answered with `content`."""
    path = urlsplit(response.url).path.lower()
    is_playlist = response.kind in _PLAYLIST_KINDS or path.endswith(_PLAYLISTS)
    are_pictures = content in (Content.PARTS, Content.JPEGS)
    length = None if is_playlist or are_pictures else response.length
    meter = Meter(PictureLimits.of(camera), finite=length is not None or not source.live)
    body: Body = HttpBody(client, response)
    if is_playlist:
        body = Playlist(body)
    elif are_pictures:
        body = JpegParts(body, PictureLimits.of(camera), bare=content is Content.JPEGS)
    elif content is Content.INDEX_LAST and not body.seekable():
        body = KeptBody(body)
    opener = Opener(name, client, None, meter, body)
    options = _limits(camera) | {"protocol_whitelist": "none", **source.options}
    if is_playlist:
        options |= _HLS | {"format_whitelist": f"{_STREAMED},hls"}
        return Access(response.url, "hls", options, opener, meter=meter)
    container = "mpjpeg" if are_pictures else None
    options |= {"format_whitelist": _STREAMED}
    return Access(response.url, container, options, opener, meter=meter, length=length)


def rtsp_access(url: str, source: Source, camera: CameraSettings) -> Access:
    """To an RTSP camera at `url`, which is that of the source or where it has led to.

    Raises:
        SourceRefusedError: it may not lead there, or its certificate is not to be trusted.
        OSError: it cannot be reached.
    """
    udp = camera.transport == "udp" and urlsplit(url).scheme == "rtsp"
    meter = Meter(PictureLimits.of(camera))
    policy = HostPolicy(_place(source), camera.allow_hosts)
    relay = RtspRelay(url, policy, _tls(camera), source.timeout or camera.stall_timeout, meter, udp=udp)
    options = _limits(camera) | dict(source.options)
    options |= {
        "rtsp_transport": "udp" if udp else "tcp",
        "format_whitelist": "rtsp,asf",
        "protocol_whitelist": "tcp,udp,rtp" if udp else "tcp",
    }
    return Access(relay.url, "rtsp", options, relay=relay, meter=meter)


def _limits(camera: CameraSettings) -> dict[str, str]:
    return {"max_pixels": str(PictureLimits.of(camera).pixels), "max_streams": str(MAX_STREAMS + 1)}


def _tls(camera: CameraSettings) -> CameraTls:
    return CameraTls(camera.tls_verify, camera.tls_ca)


def _place(source: Source) -> ServerAddress:
    return server_of(source.target)
