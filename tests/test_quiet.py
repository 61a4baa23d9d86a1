"""Nothing is reported to anybody unasked."""

import os
import subprocess
import sys
from pathlib import Path

_LOADED = """
import secondsight.sentinel.runtime.openvino
import sys, threading
print(threading.active_count(), *(name for name in sys.modules if name.startswith("openvino_telemetry.")))
"""


def test_loading_openvino_reports_nothing(tmp_path: Path) -> None:
    # Where it believes to be tested, OpenVINO would keep quiet by itself.
    environment = {
        key: value for key, value in os.environ.items() if key not in ("CI", "TF_BUILD", "JENKINS_URL")
    }
    done = subprocess.run(
        [sys.executable, "-c", _LOADED],
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == ["1"]
    assert not list(tmp_path.iterdir())
