"""Media. In: a camera's source (file, RTSP, HTTP, HLS, MJPEG, device, folder of images). Out: encoded packets with
UTC times, frames that convert themselves on demand, and MP4 clips and JPEGs cut from the recent past.

Pixels of the stream stay here and in the sentinel; files appear whole or not at all, and never below the disk's
floor of free space.
"""

from secondsight.media.clip import write_clip
from secondsight.media.files import clean_parts, write_atomic
from secondsight.media.frame import DecodedFrame
from secondsight.media.packet import Packet, StreamInfo
from secondsight.media.retention import Retention
from secondsight.media.ring import PacketRing
from secondsight.media.session import StreamStats
from secondsight.media.snapshot import clip_frames, encode_jpeg
from secondsight.media.sources import is_recording
from secondsight.media.stream import Stream, open_stream, probe, snapshot

__all__ = [
    "DecodedFrame",
    "Packet",
    "PacketRing",
    "Retention",
    "Stream",
    "StreamInfo",
    "StreamStats",
    "clean_parts",
    "clip_frames",
    "encode_jpeg",
    "is_recording",
    "open_stream",
    "probe",
    "snapshot",
    "write_atomic",
    "write_clip",
]
