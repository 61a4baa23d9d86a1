"""Offers the live pictures of the cameras that a process watches to other processes of this machine, such as the one
that serves pages.

`live/<process>.sock` in the data folder is a socket, `live/<camera>` a link to the socket of the process that watches
the camera. A viewer names camera and form in one line, and gets a line with the codec, then the pictures: an MP4 that
does not end, or JPEGs, each after its length (4 bytes, the highest first). Only the owner of the data folder gets as
far as this; rights of people are for those who ask here to check.
"""

from __future__ import annotations

import logging
import os
import secrets
import select
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Generic, Literal, TypeVar

import av

from secondsight.log import fields
from secondsight.media.footage.live_muxer import LiveMuxer
from secondsight.media.footage.packet_tap import PacketTap
from secondsight.media.frames.packet import Packet
from secondsight.media.writing.snapshot import encode_jpeg
from secondsight.records import Frame

_log = logging.getLogger(__name__)

LIVE = "live"
"""The folder below the data folder with the sockets."""
LiveForm = Literal["codec", "mp4", "jpeg"]
"""What can be asked for: the codec alone, video as the camera sends it, or the pictures that were looked at."""
NOTHING = "-"
"""Instead of a codec: the camera gives no pictures now."""

_MOST_PACKETS = 400
"""Packets that may wait for a viewer; one that is slower goes on at the next key frame."""
_MOST_VIEWERS = 64
_PATIENCE = 10.0
"""Seconds that a viewer may take for anything."""
_LOOK = 1.0
_WIDTH = 960
"""Pixels of a JPEG, at most."""
T = TypeVar("T")


class LiveServer:
    """The live pictures of some cameras. Costs next to nothing while nobody looks, and keeps nobody waiting.

    Where sockets cannot be had, as on some network disks, that is logged, and there are no live pictures.

    Args:
        data: the data folder, which exists.
    """

    def __init__(self, data: Path) -> None:
        self._folder = data / LIVE
        self._packets, self._frames = PacketTap(), _FrameTap()
        self._cameras: set[str] = set()
        self._open: set[socket.socket] = set()
        self._lock, self._closing = threading.Lock(), threading.Event()
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}.sock"
        self._listening: socket.socket | None = None
        try:
            self._listening = self._listen()
        except OSError as error:
            _log.warning("no live pictures for others", extra=fields(error=error.strerror or str(error)))
            return
        threading.Thread(target=self._accept, args=[self._listening], name="live", daemon=True).start()

    def offer(self, camera: str) -> None:
        """Let others see a camera from now on."""
        self._cameras.add(camera)
        if self._listening is None:
            return
        part = self._folder / f"{self._name}.{camera}.part"
        try:
            part.symlink_to(self._name)
            part.rename(self._folder / camera)
        except OSError as error:
            about = fields(camera=camera, error=error.strerror or str(error))
            _log.warning("no live pictures for others", extra=about)

    def withdraw(self, camera: str) -> None:
        """A camera is not watched here any more."""
        self._cameras.discard(camera)
        self._packets.forget(camera)
        link = self._folder / camera
        with suppress(OSError):
            if link.readlink() == Path(self._name):
                link.unlink()

    def feed(self, packet: Packet) -> None:
        """Take a camera's next packet, in its thread."""
        self._packets.feed(packet)

    def look(self, frame: Frame) -> None:
        """Take a picture that the model has looked at."""
        self._frames.feed(frame)

    def close(self) -> None:
        """Offer nothing any more. Further calls do nothing."""
        self._closing.set()
        for camera in list(self._cameras):
            self.withdraw(camera)
        listening, self._listening = self._listening, None
        if listening is None:
            return
        with self._lock:
            still_open = [listening, *self._open]
        for one in still_open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        listening.close()
        (self._folder / self._name).unlink(missing_ok=True)

    def _listen(self) -> socket.socket:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        _remove_dead(self._folder)
        listening = socket.socket(socket.AF_UNIX)
        part = f"{self._name}.part"
        try:
            with short_path(self._folder, part) as path:
                listening.bind(path)
            (self._folder / part).chmod(0o600)
            listening.listen(_MOST_VIEWERS)
            # Under this name there is never a socket that does not answer, but for those of dead processes.
            (self._folder / part).rename(self._folder / self._name)
        except BaseException:
            listening.close()
            (self._folder / part).unlink(missing_ok=True)
            raise
        return listening

    def _accept(self, listening: socket.socket) -> None:
        while not self._closing.is_set():
            try:
                viewer, _ = listening.accept()
            except OSError:
                return
            with self._lock:
                if len(self._open) >= _MOST_VIEWERS or self._closing.is_set():
                    viewer.close()
                    continue
                self._open.add(viewer)
            threading.Thread(target=self._serve, args=[viewer], name="live viewer", daemon=True).start()

    def _serve(self, viewer: socket.socket) -> None:
        try:
            viewer.settimeout(_PATIENCE)
            camera, _, form = _line(viewer).partition(" ")
            if camera not in self._cameras:
                return
            if form == "jpeg":
                self._send_pictures(viewer, camera)
            else:
                self._send_packets(viewer, camera, only_codec=form != "mp4")
        except (OSError, ValueError, av.FFmpegError):
            pass  # the viewer is gone, or the stream is of a kind that no MP4 holds
        except Exception:
            _log.exception("live pictures have ended unexpectedly")
        finally:
            with self._lock:
                self._open.discard(viewer)
            viewer.close()

    def _send_packets(self, viewer: socket.socket, camera: str, *, only_codec: bool) -> None:
        waiting = _PacketQueue()
        leave = self._packets.follow(camera, waiting.put)
        muxer = LiveMuxer()
        try:
            first = waiting.get(0.0)
            viewer.sendall(f"{first.info.codec if first else NOTHING}\n".encode())
            if first is None or only_codec:
                return
            packet: Packet | None = first
            while not self._closing.is_set():
                if packet is None:
                    _require(viewer)
                elif packet.epoch != first.epoch:
                    return
                elif piece := muxer.feed(packet):
                    viewer.sendall(piece)
                packet = waiting.get(_LOOK)
        finally:
            leave()
            muxer.close()

    def _send_pictures(self, viewer: socket.socket, camera: str) -> None:
        newest = _Newest[Frame]()
        leave = self._frames.follow(camera, newest.put)
        try:
            viewer.sendall(b"jpeg\n")
            while not self._closing.is_set():
                frame = newest.get(_LOOK)
                if frame is None:
                    _require(viewer)
                    continue
                share = min(1.0, _WIDTH / frame.width)
                jpeg = encode_jpeg(
                    frame.resized(max(1, round(frame.width * share)), max(1, round(frame.height * share)))
                )
                viewer.sendall(len(jpeg).to_bytes(4, "big") + jpeg)
        finally:
            leave()


class _PacketQueue:
    """Packets on their way to one viewer."""

    def __init__(self) -> None:
        self._packets: deque[Packet] = deque()
        self._come = threading.Condition()
        self._skipping = False

    def put(self, packet: Packet) -> None:
        """Take the next packet, in the camera's thread."""
        with self._come:
            if len(self._packets) >= _MOST_PACKETS:
                self._packets.clear()
                self._skipping = True
            self._skipping = self._skipping and not packet.is_key
            if packet.size and not self._skipping:
                self._packets.append(packet)
                self._come.notify()

    def get(self, timeout: float) -> Packet | None:
        """The next one; None where none comes in time."""
        with self._come:
            self._come.wait_for(lambda: self._packets, timeout)
            return self._packets.popleft() if self._packets else None


class _Newest(Generic[T]):
    """The newest of what comes; what nobody took in time is gone."""

    def __init__(self) -> None:
        self._one: T | None = None
        self._come = threading.Condition()

    def put(self, one: T) -> None:
        with self._come:
            self._one = one
            self._come.notify()

    def get(self, timeout: float) -> T | None:
        with self._come:
            self._come.wait_for(lambda: self._one is not None, timeout)
            one, self._one = self._one, None
            return one


class _FrameTap:
    """Hands the pictures that were looked at to those who follow a camera; keeps none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followers: dict[str, list[Callable[[Frame], None]]] = {}

    def feed(self, frame: Frame) -> None:
        if not self._followers.get(frame.camera):
            return
        with self._lock:
            for take in self._followers[frame.camera]:
                take(frame)

    def follow(self, camera: str, take: Callable[[Frame], None]) -> Callable[[], None]:
        with self._lock:
            self._followers.setdefault(camera, []).append(take)

        def leave() -> None:
            with self._lock:
                self._followers[camera].remove(take)

        return leave


@contextmanager
def short_path(folder: Path, name: str) -> Iterator[str]:
    """A path of a file for the system's sockets, which take about a hundred characters only. Raises OSError."""
    if not Path("/proc/self/fd").is_dir():
        yield str(folder / name)
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{name}"
    finally:
        os.close(opened)


def _remove_dead(folder: Path) -> None:
    """Remove the sockets of processes that were killed."""
    for file in folder.glob("*.sock"):
        with socket.socket(socket.AF_UNIX) as tried, short_path(folder, file.name) as path:
            tried.settimeout(_LOOK)
            try:
                tried.connect(path)
            except ConnectionRefusedError:
                file.unlink(missing_ok=True)
            except OSError:
                continue


def _line(viewer: socket.socket) -> str:
    """What a viewer asks for. Raises ValueError for anything that is no short line."""
    said = b""
    while not said.endswith(b"\n"):
        more = viewer.recv(1)
        if not more or len(said) > 300:
            raise ValueError("not a request")
        said += more
    return said[:-1].decode()


def _require(viewer: socket.socket) -> None:
    """Raises OSError when a viewer has left, which only reading tells."""
    waiting = select.poll()
    waiting.register(viewer, select.POLLIN)
    if waiting.poll(0) and not viewer.recv(1):
        raise ConnectionError("the viewer has left")
