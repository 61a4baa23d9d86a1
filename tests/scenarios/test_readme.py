"""The program in the README does what its reader expects."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.site.sites import environment, site_file


def test_ctrl_c_ends_the_program_of_the_readme_without_a_traceback(models_dir: Path, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    program = next(
        block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "Site.load" in block
    )
    site_file(tmp_path / "site", {"hall": "rtsp://127.0.0.1:9/live"})
    errors = tmp_path / "errors"
    with errors.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=environment(models_dir), cwd=tmp_path, stderr=err
        )
    try:
        end = time.monotonic() + 180
        while "camera lost" not in errors.read_text():
            assert process.poll() is None, errors.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
    assert "Traceback" not in errors.read_text()
