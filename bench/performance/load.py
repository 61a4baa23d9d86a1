"""More cameras than the machine can watch: what is still seen. `python -m bench load`.

Real-time recordings stand for cameras: all of them show the same film. The capacity is where all looks that are
wanted are made. Beyond it, decoding is to give way before looks do, and events of rules that need few looks are to
come all the same.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from secondsight import Site
from secondsight.config import SiteConfig, make_site
from secondsight.site import SiteStatus

COUNTS = (20, 40, 80, 160)


def main() -> int:
    """Run sites of more and more cameras and print a line for each."""
    parser = argparse.ArgumentParser(prog="python -m bench load", description=__doc__)
    parser.add_argument("film", type=Path, help="a video in which a person appears again and again")
    parser.add_argument("--cameras", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--model", default="yolox-nano")
    options = parser.parse_args()
    print("cameras  pictures/s  looks wanted/s  looks made/s  late  busy  cameras with events  CPU")
    for number in options.cameras:
        print(_measured(options, number), flush=True)
    return 0


def _measured(options: argparse.Namespace, number: int) -> str:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Site(_config(options, number, Path(folder))) as site,
    ):
        timer = threading.Timer(options.seconds, site.request_stop)
        begun, cpu = time.monotonic(), time.process_time()
        site.start()
        timer.start()
        seen: set[str] = set()
        last: list[SiteStatus] = []

        def look() -> None:
            last[:] = [site.status()]

        for _, event in site.steps(poll=0.5, idle=look):
            seen.add(event.camera)
        seconds = time.monotonic() - begun
        return _line(last[0], number, seconds, time.process_time() - cpu, len(seen))


def _line(status: SiteStatus, number: int, seconds: float, cpu: float, seen: int) -> str:
    def each(total: float) -> float:
        return total / number / seconds

    cameras = status.cameras
    looks, busy = sum(one.looks for one in cameras), sum(one.drops.get("busy", 0) for one in cameras)
    late = sum(one.drops.get("late", 0) for one in cameras)
    frames = sum(one.frames for one in cameras)
    shown = (
        f"{number:7}  {each(frames):10.2f}  {each(looks):14.2f}  {each(looks - busy):12.2f}  {each(late):4.2f}  "
        f"{each(busy):4.2f}  {seen:12} of {number:3}  {cpu / seconds:.2f}"
    )
    return f"{shown}  {status.trouble or ''}"


def _config(options: argparse.Namespace, number: int, data: Path) -> SiteConfig:
    camera = {"source": str(options.film.resolve()), "pace": "realtime", "loop": True}
    values: dict[str, Any] = {
        "data": str(data),
        "cameras": {f"camera-{at}": camera for at in range(number)},
        "rules": {"inside": {"behaviour": "intrusion", "zone": "frame"}},
        "sentinel": {"model": options.model, "processes": 1},
        "retention": {"min_free": "100MB"},
    }
    return make_site(values, data)


if __name__ == "__main__":
    sys.exit(main())
