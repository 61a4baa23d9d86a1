"""An RTSP server that plays MP4 files for ever, in real time, as if each were a camera.

Runs as a program of its own under the system's Python, which alone has GStreamer's bindings (`gi`), so it imports
nothing of SecondSight. Its argument is a JSON object: `port`, and `cameras`, the file of each name. It prints
`ready PORT` when it listens, or `error REASON`; it ends with its standard input.

A camera plays from the server's start on, watched or not, so that all cameras show the same moment and a client that
connects joins in the middle, as with real ones.
"""

import json
import signal
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ELEMENTS = ("qtdemux", "h264parse", "appsink", "appsrc", "rtph264pay")
_CAPS = "video/x-h264,stream-format=byte-stream,alignment=au"
_FILE = f"filesrc name=file ! qtdemux ! h264parse config-interval=-1 ! {_CAPS} ! appsink name=out sync=true"
_MEDIUM = (
    f"( appsrc name=source is-live=true do-timestamp=true format=time caps={_CAPS} ! h264parse ! "
    "rtph264pay name=pay0 pt=96 config-interval=-1 )"
)


class Player:
    """Plays one file over and over and hands each encoded picture to each client."""

    def __init__(self, path: str) -> None:
        self._sources: dict[Any, bool] = {}
        self._lock = threading.Lock()
        self._pipeline = Gst.parse_launch(_FILE)
        self._pipeline.get_by_name("file").set_property("location", path)
        out = self._pipeline.get_by_name("out")
        out.set_property("emit-signals", True)
        out.connect("new-sample", self._pass_on)
        bus = self._pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::eos", self._again)
        self._pipeline.set_state(Gst.State.PLAYING)

    def attach(self, _: Any, media: Any) -> None:
        """A client has asked for this camera: begin to feed its medium, from the next key frame on."""
        source = media.get_element().get_by_name("source")
        with self._lock:
            self._sources[source] = False
        media.connect("unprepared", lambda _: self._detach(source))

    def _detach(self, source: Any) -> None:
        with self._lock:
            self._sources.pop(source, None)

    def _pass_on(self, out: Any) -> Any:
        sample = out.emit("pull-sample")
        key = not sample.get_buffer().has_flags(Gst.BufferFlags.DELTA_UNIT)
        with self._lock:
            for source in [one for one, begun in self._sources.items() if begun or key]:
                self._sources[source] = True
                copy = sample.get_buffer().copy_deep()
                copy.pts = copy.dts = Gst.CLOCK_TIME_NONE
                source.emit("push-buffer", copy)
        return Gst.FlowReturn.OK

    def _again(self, *_: Any) -> None:
        self._pipeline.seek_simple(Gst.Format.TIME, Gst.SeekFlags.FLUSH | Gst.SeekFlags.KEY_UNIT, 0)


def main() -> None:
    settings = json.loads(sys.argv[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too, but the parent decides
    Gst.init(None)
    missing = [name for name in ELEMENTS if Gst.ElementFactory.find(name) is None]
    if missing:
        sys.exit(print("error missing", *missing))
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(settings["port"]))
    players = []
    for name, path in settings["cameras"].items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(_MEDIUM)
        factory.set_shared(True)
        players.append(Player(path))
        factory.connect("media-configure", players[-1].attach)
        server.get_mount_points().add_factory(f"/{name}", factory)
    if not server.attach(None):
        sys.exit(print("error port"))
    loop = GLib.MainLoop()
    # Queued, for a loop that is told to quit before it runs would never hear of it.
    threading.Thread(target=lambda: (sys.stdin.read(), GLib.idle_add(loop.quit)), daemon=True).start()
    print("ready", server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
