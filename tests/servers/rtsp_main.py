"""A GStreamer RTSP server in a process of its own; runs under the system's Python, which has the `gi` package.

Takes one JSON object as its argument, prints `ready PORT` when it listens. Reads commands from standard input:
`drop` disconnects every client, `quit` or end of input ends it.
"""

import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402


def pipeline(settings):
    """The launch line of the one medium: a file's own H.264, or a test picture that moves."""
    if settings["file"]:
        source = f"filesrc location={settings['file']} ! qtdemux ! h264parse config-interval=-1"
        return f"( {source} ! rtph264pay name=pay0 pt=96 )"
    source = (
        f"videotestsrc is-live=true pattern={settings['pattern']} ! "
        f"video/x-raw,format=I420,width={settings['width']},height={settings['height']},framerate={settings['rate']}/1"
    )
    if settings["codec"] == "h265":
        return (
            f"( {source} ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max={settings['gop']} ! "
            "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96 )"
        )
    if settings["codec"] == "mjpeg":
        return f"( {source} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"
    return (
        f"( {source} ! x264enc tune=zerolatency speed-preset=ultrafast "
        f"threads=1 key-int-max={settings['gop']} bitrate={settings['kbps']} ! "
        f"rtph264pay config-interval={settings['config_interval']} name=pay0 pt=96 )"
    )


def drop_clients(server):
    server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)


def main():
    settings = json.loads(sys.argv[1])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(settings["port"]))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline(settings))
    factory.set_shared(True)
    if settings["password"]:
        auth = GstRtspServer.RTSPAuth()
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "user")
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(settings["user"], settings["password"]), token)
        server.set_auth(auth)
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("user", "media.factory.access", True)
        permissions.add_permission_for_role("user", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory("/live", factory)
    if not server.attach(None):
        sys.exit("cannot listen")
    loop = GLib.MainLoop()
    print("ready", server.get_bound_port(), flush=True)

    def listen():
        for line in sys.stdin:
            if line.strip() == "drop":
                GLib.idle_add(drop_clients, server)
            elif line.strip() == "quit":
                break
        loop.quit()

    threading.Thread(target=listen, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
