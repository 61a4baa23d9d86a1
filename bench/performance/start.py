"""How long `secondsight --help` takes: a command line that is slow to answer is not asked."""

import os
import subprocess
import sys
import time

from bench.common.figure import Figure, rounded


def measure(quick: bool) -> Figure:
    """Wall-clock seconds of the command, the bare interpreter's beside it."""
    runs = 3 if quick else 7
    help_, bare = [], []
    for _ in range(runs + 1):
        bare.append(_run("-c", "pass"))
        help_.append(_run("-m", "secondsight", "--help"))
    # The first run of each fills the disk cache.
    cpu = [taken for _, taken in help_[1:]]
    return Figure(
        "start",
        "seconds until `secondsight --help` is done",
        "s",
        0.3,
        False,
        tuple(wall for wall, _ in help_[1:]),
        {
            "cpu_s": rounded(cpu),
            "bare_python_s": rounded([wall for wall, _ in bare[1:]]),
        },
    )


def _run(*arguments: str) -> tuple[float, float]:
    """Wall-clock and CPU seconds of one run."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - began, os.times()
    return wall, (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
