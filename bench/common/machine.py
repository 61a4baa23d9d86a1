"""What the figures were measured on."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

from bench.common.figure import cores


def facts() -> dict[str, object]:
    """The machine and the versions that matter, as plain values; `load` is the load average of the last minute."""
    return {
        "cpu": _first("/proc/cpuinfo", r"model name\s*:\s*(.+)") or platform.processor(),
        "cores": cores(),
        "memory_gb": round(int(_first("/proc/meminfo", r"MemTotal:\s*(\d+)") or 0) / 1e6, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("openvino", "onnxruntime", "av", "supervision", "trackers")},
        "load": round(os.getloadavg()[0], 2),
    }


def _first(file: str, pattern: str) -> str | None:
    try:
        match = re.search(pattern, Path(file).read_text())
    except OSError:
        return None
    return match[1].strip() if match else None
