"""Reads one source and tells what that cost: `python -m tests.media.network.eater SETTINGS`."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from secondsight.clock import SystemClock
from secondsight.config import CameraSettings
from secondsight.media import Stream

_PATIENCE = 40.0


def peak() -> int:
    """Most memory that this process has had, kB; `ru_maxrss` would count its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Read until the source ends, is refused, or has been lost once; print frames, state, error, MB of growth."""
    stream = Stream("hall", CameraSettings.model_validate(json.loads(sys.argv[1])), SystemClock())
    warm = peak()
    frames = 0

    def watch() -> None:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and not stream.stats.reconnects:
            time.sleep(0.02)
        stream.stop()

    threading.Thread(target=watch, daemon=True).start()
    state = ""
    try:
        for _, completed in stream:
            frames += len(completed)
        state = "retrying" if stream.stats.reconnects else stream.stats.state
    except Exception:
        state = stream.stats.state
    grown = (peak() - warm) / 1024
    told = {"frames": frames, "state": state, "error": stream.stats.last_error, "megabytes": grown}
    print(json.dumps(told | {"drops": dict(stream.stats.drops)}))


if __name__ == "__main__":
    main()
