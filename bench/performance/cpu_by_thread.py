"""Where the CPU time of a site goes, by kind of thread: `python -m bench cpu_by_thread naive|busy|quiet`.

The sites are those of the measurements of these names. What no Python thread spends is OpenVINO's own: inference, and
a part of the compiling, the rest of which is in the threads named after it.
"""

import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from unittest import mock

from bench.common import fixtures
from bench.common.figure import now
from bench.common.fixtures import ROOM, VIDEOS, Video
from secondsight.site import Site

_COPIES = {"naive": 4, "quiet": 150}
_BUSY: dict[str, Any] = {"fps": 240, "regions": False, "gate": {"enabled": False}}
_ONE: dict[str, Any] = {"processes": 1}
"""Only threads of this process can be told apart."""


class Budget(defaultdict[str, float]):
    """CPU seconds of every kind of Python thread that ends while it is in use; those of one kind share a name up to
    the first space or hyphen."""

    def __init__(self) -> None:
        super().__init__(float)

    def __enter__(self) -> "Budget":
        whole = threading.Thread.run

        def run(thread: threading.Thread) -> None:
            began = time.thread_time()
            try:
                whole(thread)
            finally:
                self[thread.name.split()[0].split("-")[0]] += time.thread_time() - began

        self._patch = mock.patch.object(threading.Thread, "run", run)
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


def measure(name: str) -> tuple[dict[str, float], float, int]:
    """CPU seconds by kind of thread, seconds of stream, and frames, of one run."""
    with tempfile.TemporaryDirectory() as scratch, Budget() as spent:
        root = Path(scratch)
        cameras: dict[str, Video] = {"room": ROOM}
        if name == "naive":
            cameras = {f"{video.camera}-{copy}": video for copy in range(_COPIES[name]) for video in VIDEOS}
        elif name == "quiet":
            cameras = {"car-park": fixtures.quiet_video(root / "quiet.mp4", _COPIES[name])}
        with Site(fixtures.site(root, cameras, **(_BUSY if name == "busy" else _ONE))) as site:
            spent.clear()
            began, main = now(), time.thread_time()
            for _ in site.events(once=True):
                pass
            total, spent["main"] = (now() - began).cpu, time.thread_time() - main
    rest = total - sum(spent.values())
    stream = sum(video.seconds for video in cameras.values())
    frames = sum(video.frames for video in cameras.values())
    return (
        {"total": total, "inference": rest, **dict(sorted(spent.items(), key=lambda item: -item[1]))},
        stream,
        frames,
    )


def main() -> None:
    """Print the budget of one site."""
    seconds, stream, frames = measure(sys.argv[1])
    print(f"{'':14}{'ms/stream s':>12}{'ms/frame':>10}")
    for kind, spent in seconds.items():
        print(f"{kind:14}{spent / stream * 1e3:12.2f}{spent / frames * 1e3:10.3f}")


if __name__ == "__main__":
    main()
