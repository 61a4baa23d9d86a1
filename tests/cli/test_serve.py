"""`secondsight users` and `secondsight serve`; and a run that serves itself."""

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from secondsight.store import DATABASE, Store
from tests.cli.conftest import Command
from tests.conftest import ROOT
from tests.servers.receiver import Receiver
from tests.site.sites import Running, busyness, site_file

PASSWORD = "correct horse battery"
Done = subprocess.CompletedProcess[str]
Typed = Callable[..., Done]


@pytest.fixture
def typed(command: Command, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Runs a command with a line on standard input."""

    def run(line: str, *args: object) -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(line + "\n"))
        return command(*args)

    return run


def test_the_first_user_comes_before_the_first_run(typed: Typed, command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "--role admin" in typed(PASSWORD, "users", "add", "ann", "--data", data).stderr
    done = typed(PASSWORD, "users", "add", "ann", "--role", "admin", "--data", data)
    assert (done.returncode, done.stderr.strip()) == (0, "user ann added")
    assert data.stat().st_mode & 0o077 == 0
    again = typed(PASSWORD, "users", "add", "ann", "--role", "admin", "--data", data)
    assert (again.returncode, "already" in again.stderr) == (2, True)
    bob = typed(PASSWORD, "users", "add", "bob", "--camera", "hall", "--camera", "yard", "--data", data)
    assert bob.returncode == 0
    rows = [
        json.loads(line) for line in command("users", "list", "--json", "--data", data).stdout.splitlines()
    ]
    assert [(row["name"], row["role"], row["cameras"]) for row in rows] == [
        ("ann", "admin", None),
        ("bob", "viewer", ["hall", "yard"]),
    ]
    assert "hall, yard" in command("users", "list", "--data", data).stdout
    assert PASSWORD.encode() not in b"".join(file.read_bytes() for file in data.glob("secondsight.db*"))


@pytest.mark.parametrize("bad", ["", "short", "x" * 2000])
def test_no_user_has_a_poor_password(typed: Typed, tmp_path: Path, bad: str) -> None:
    done = typed(bad, "users", "add", "ann", "--role", "admin", "--data", tmp_path / "data")
    assert (done.returncode, "12 to 1024" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 65])
def test_names_that_are_none_are_refused(typed: Typed, tmp_path: Path, name: str) -> None:
    done = typed(PASSWORD, "users", "add", "--role", "admin", "--data", tmp_path / "data", "--", name)
    assert done.returncode == 2
    assert not (tmp_path / "data").exists()


def test_tokens_passwords_and_removal(typed: Typed, command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    typed(PASSWORD, "users", "add", "ann", "--role", "admin", "--data", data)
    made = command("users", "token", "ann", "--label", "cron", "--days", 30, "--data", data)
    secret, id = made.stdout.strip(), made.stderr.split()[1].rstrip(";")
    assert re.fullmatch(r"sst_[\w-]{40,}", secret)
    listed = command("users", "token", "ann", "--list", "--data", data).stdout
    assert (id in listed, "cron" in listed, secret in listed) == (True, True, False)
    assert command("users", "token", "ann", "--revoke", id, "--data", data).returncode == 0
    assert command("users", "token", "ann", "--revoke", id, "--data", data).returncode == 2
    assert typed(PASSWORD + "!", "users", "password", "ann", "--data", data).returncode == 0
    assert command("users", "remove", "ann", "--data", data).returncode == 2, "the last admin"
    assert command("users", "remove", "bob", "--data", data).returncode == 2, "unknown"
    with Store.open(data / DATABASE, read_only=True) as store:
        log = store.audit.find()
    assert [entry.what for entry in log] == ["user.password", "token.revoke", "token.add", "user.add"]
    assert {entry.who for entry in log} == {"command line"}


def test_where_a_package_is_missing_the_extra_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "fastapi" else real(name))
    done = command("serve")
    assert (done.returncode, "secondsight[console]" in done.stderr, "fastapi" in done.stderr) == (
        2,
        True,
        True,
    )


def test_nothing_of_serving_is_loaded_before_it_is_needed() -> None:
    program = (
        "import sys, secondsight.cli.app, secondsight, secondsight.store\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('fastapi', 'uvicorn', 'starlette', 'prometheus_client', 'sqlalchemy')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_serving_nothing_says_so(command: Command, tmp_path: Path) -> None:
    done = command("serve", "--data", tmp_path / "nothing")
    assert done.returncode == 1
    assert "no database" in done.stderr
    assert not (tmp_path / "nothing").exists()


def get(url: str, **headers: str) -> Any:
    return httpx.get(url, headers=headers, timeout=20)


def address(run: Running) -> str:
    """Where a process says that it serves."""
    pattern = re.compile(r"http://127\.0\.0\.1:\d+")
    run.until(lambda: pattern.search(run.err), "an address")
    found = pattern.search(run.err)
    assert found
    return found.group()


def test_serve_reads_the_data_of_another_run(typed: Typed, command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    typed(PASSWORD, "users", "add", "ann", "--role", "admin", "--data", data)
    secret = command("users", "token", "ann", "--data", data).stdout.strip()
    with Running(tmp_path, "serve", "--data", data, "--port", 0, models=tmp_path) as serving:
        url = address(serving)
        assert get(f"{url}/healthz").json() == {"status": "ok"}
        assert get(f"{url}/api/v1/events").status_code == 401
        assert get(f"{url}/api/v1/me", Authorization=f"Bearer {secret}").json()["name"] == "ann"
        code, seconds = serving.interrupt()
    assert code == 0
    assert seconds < 8 * busyness()
    assert secret not in serving.err
    assert "Traceback" not in serving.err


def test_a_run_serves_itself(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    source = {"source": str(shorts / "one.mp4"), "pace": "realtime", "loop": True}
    site = site_file(tmp_path, {"hall": source}, serve={"port": 0})
    with Running(tmp_path, "run", site, "--json", models=models_dir) as run:
        url = address(run)
        run.until(lambda: get(f"{url}/api/v1/events").json()["events"], "an event")
        camera = get(f"{url}/api/v1/cameras/hall").json()
        assert camera["status"]["state"] == "live"
        assert camera["status"]["frames"] > 0
        assert 'secondsight_camera_up{camera="hall"} 1.0' in get(f"{url}/metrics").text
        code, seconds = run.interrupt()
    assert code == 0
    assert seconds < 15 * busyness()
    assert "Traceback" not in run.err


def test_a_run_takes_over_what_the_api_and_the_site_file_say_meanwhile(
    shorts: Path, models_dir: Path, tmp_path: Path
) -> None:
    one, two = (
        {"source": str(shorts / f"{name}.mp4"), "pace": "realtime", "loop": True} for name in ("one", "two")
    )
    with Receiver() as receiver:
        alerts = {"ops": {"type": "webhook", "url": receiver.url}}
        site = site_file(tmp_path, {"hall": one}, serve={"port": 0}, alerts=alerts)

        def told(camera: str, severity: str) -> bool:
            events = [json.loads(taken.body) for taken in list(receiver.taken)]
            return any((one["event"]["camera"], one["severity"]) == (camera, severity) for one in events)

        with Running(tmp_path, "run", site, "--json", models=models_dir) as run:
            url = address(run)
            run.until(lambda: run.progress("hall").get("frames", 0) > 5, "frames")
            added = httpx.post(f"{url}/api/v1/cameras", json={"name": "gate", "settings": two}, timeout=60)
            assert added.json()["takes_effect"] == "at once", added.text
            run.until(lambda: told("gate", "medium"), "an alert about the new camera")
            text = site.read_text()
            site.write_text(text.replace('"zone": "frame"', '"zone": "frame", "severity": "high"'))
            run.process.send_signal(signal.SIGHUP)
            run.until(lambda: "the site file was read again" in run.err, "the changed rule")
            run.until(lambda: told("hall", "high"), "an alert by the changed rule")
            site.write_text("cameras: none of this is right")
            run.process.send_signal(signal.SIGHUP)
            run.until(lambda: "the site file was not taken over" in run.err, "the mistake")
            seen = run.progress("gate")["frames"]
            run.until(lambda: run.progress("gate")["frames"] > seen, "frames after the mistake")
            code, _ = run.interrupt()
    assert code == 0
    assert "Traceback" not in run.err
