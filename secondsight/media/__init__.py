"""Media. In: a camera's source (file, RTSP, HTTP, HLS, MJPEG, device, folder of images). Out: encoded packets with
UTC times, frames that convert themselves on demand, MP4 clips and JPEGs cut from the recent past, and footage.

Pixels of the stream stay here and in the sentinel; files appear whole or not at all, and never below the disk's
floor of free space.
"""

from secondsight.media.footage.cutting import cut_footage
from secondsight.media.footage.footage_retention import FootageRetention
from secondsight.media.footage.footage_writer import FootageWriter
from secondsight.media.footage.live_client import connect_live, live_codec
from secondsight.media.footage.live_muxer import FOR_BROWSERS
from secondsight.media.footage.live_server import LiveForm, LiveServer
from secondsight.media.footage.segments import (
    Segment,
    age_folders,
    all_segments,
    find_segment,
    find_segments,
    oldest_segment,
)
from secondsight.media.frames.frame import Converter, DecodedFrame
from secondsight.media.frames.packet import Packet, StreamInfo
from secondsight.media.frames.packet_ring import PacketRing
from secondsight.media.frames.upright import pixel_aspect, upright
from secondsight.media.reading.session import StreamStats
from secondsight.media.reading.sources import is_recording, is_remote, never_ends
from secondsight.media.reading.stream import Stream, open_stream, probe, snapshot
from secondsight.media.reading.turns import DecodingTurns
from secondsight.media.writing.clip import write_clip
from secondsight.media.writing.files import (
    make_folder,
    remove_half_written,
    require_folder,
    require_space,
    write_atomic,
)
from secondsight.media.writing.leftovers import Stray, find_leftovers, quarantine, quarantined, remove_strays
from secondsight.media.writing.retention import Retention
from secondsight.media.writing.snapshot import clip_frames, encode_jpeg

__all__ = [
    "FOR_BROWSERS",
    "FootageRetention",
    "FootageWriter",
    "LiveForm",
    "LiveServer",
    "Segment",
    "age_folders",
    "all_segments",
    "cut_footage",
    "find_segment",
    "find_segments",
    "oldest_segment",
    "DecodingTurns",
    "Converter",
    "DecodedFrame",
    "Packet",
    "PacketRing",
    "Retention",
    "Stray",
    "Stream",
    "StreamInfo",
    "StreamStats",
    "clip_frames",
    "connect_live",
    "live_codec",
    "encode_jpeg",
    "find_leftovers",
    "is_recording",
    "never_ends",
    "is_remote",
    "make_folder",
    "open_stream",
    "pixel_aspect",
    "probe",
    "quarantine",
    "quarantined",
    "remove_half_written",
    "remove_strays",
    "snapshot",
    "require_folder",
    "require_space",
    "upright",
    "write_atomic",
    "write_clip",
]
