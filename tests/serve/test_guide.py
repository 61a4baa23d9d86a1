"""The guide's commands do what it says, against a real server."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from secondsight.clock import ManualClock, SystemClock
from secondsight.config import ServeSettings
from secondsight.serve import ApiServer
from secondsight.serve.auth.authenticator import Authenticator
from secondsight.store import DATABASE, Store, User, UserRole
from tests.conftest import ROOT
from tests.serve.alerts.life import eventually
from tests.serve.conftest import event_id, site_file

WRITTEN = "http://127.0.0.1:8410"


def test_every_curl_of_the_guide_works(data: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    commands = re.findall(r"^curl .*$", (ROOT / "docs/api.md").read_text(), re.MULTILINE)
    assert len(commands) > 10
    with Store.open(data / DATABASE) as store:
        store.accounts.add(User("ann", UserRole.ADMIN), None, "test")
        maker = Authenticator(store, SystemClock(), ServeSettings(), local=True)
        token = maker.new_token("ann", "guide", None, "test")[1]
    environment = {**os.environ, "TOKEN": token, "EVENT": event_id("hall", 1)}
    file = site_file(data, ManualClock()).path
    with ApiServer(ServeSettings(port=0), data, site_file=file) as server:
        for command in commands:
            assert WRITTEN in command
            asked = command.replace(WRITTEN, server.url).replace("curl", "curl -sS -f -o answer", 1)
            if "/stream" in command:
                read_stream(f"exec {asked}", environment, data)
                continue
            done = subprocess.run(
                ["bash", "-c", f"{asked} --max-time 60"],
                env=environment,
                cwd=data,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, (command, done.stderr)
            assert (data / "answer").read_bytes(), command


def read_stream(command: str, environment: dict[str, str], folder: Path) -> None:
    """Read a stream, which does not end by itself, until some steps of events have come."""
    answer = folder / "answer"
    answer.unlink(missing_ok=True)
    with subprocess.Popen(["bash", "-c", command], env=environment, cwd=folder) as reading:
        try:
            eventually(lambda: answer.exists() and answer.read_bytes().count(b"event: step") > 10)
        finally:
            reading.terminate()
