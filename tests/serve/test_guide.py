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
            streams = "/stream" in command
            asked += " --max-time 2" if streams else " --max-time 60"
            done = subprocess.run(
                ["bash", "-c", asked], env=environment, cwd=data, capture_output=True, text=True
            )
            assert done.returncode == (28 if streams else 0), (command, done.stderr)
            answer = (data / "answer").read_bytes()
            assert answer, command
            if streams:
                assert answer.count(b"event: step") > 10
