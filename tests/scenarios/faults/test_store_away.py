"""A PostgreSQL that hangs, through the whole product: no event is lost, whatever is killed meanwhile, and it ends."""

import itertools
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from secondsight.cascade.recording.journal import FOLDER
from secondsight.records import Event
from secondsight.store import Store
from tests.conftest import require
from tests.servers.hanging import HangingProxy
from tests.servers.postgres import PostgresServer, postgres_programs
from tests.servers.rtsp import RtspServer
from tests.site.sites import PATIENCE, Running, in_time, site_file, verified

_numbers = itertools.count()


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server:
        yield server


class Trial:
    """A site whose database is behind a proxy that can hang."""

    def __init__(self, postgres: PostgresServer, proxy: HangingProxy, folder: Path) -> None:
        self._direct = postgres.create(f"trial_{next(_numbers)}")
        self._url = self._direct.replace(f":{postgres.port}/", f":{proxy.port}/")
        self.folder, self.data, self.proxy = folder, folder / "data", proxy

    def site(self, cameras: dict[str, Any], **sections: Any) -> Path:
        return site_file(self.folder, cameras, store={"url": self._url}, **sections)

    def stored(self) -> list[Event]:
        with Store.open(self._direct, read_only=True) as store:
            return store.events.find()

    def journal(self) -> str:
        """All that stands in journals."""
        return "".join(path.read_text() for path in (self.data / FOLDER).glob("*.journal"))


@pytest.fixture
def trial(postgres: PostgresServer, tmp_path: Path) -> Iterator[Trial]:
    with HangingProxy(postgres.port) as proxy:
        yield Trial(postgres, proxy, tmp_path)


def test_a_hung_database_delays_and_loses_nothing(trial: Trial, shorts: Path, models_dir: Path) -> None:
    """And `--once` goes on until all is announced, each event once."""
    path = trial.site({name: shorts / f"{name}.mp4" for name in ("one", "two", "three")})
    with Running(trial.folder, "run", path, "--once", "--json", models=models_dir) as run:
        run.until(lambda: run.out, "first line")
        trial.proxy.hang()
        run.until(lambda: trial.journal().count("OpenCandidate") == 3, "candidates in the journal")
        time.sleep(3.0)  # longer than anybody waits for an answer before going on
        assert run.process.poll() is None
        trial.proxy.resume()
        assert run.process.wait(PATIENCE) == 0, run.err
        assert "Traceback" not in run.err
    events = trial.stored()
    assert sorted(event.camera for event in events) == ["one", "three", "two"]
    assert all(event.settled and event.clip is not None for event in events)
    announced = verified(run.lines)
    assert sorted(announced) == sorted(event.id for event in events)
    assert not list((trial.data / FOLDER).iterdir())


@pytest.mark.parametrize(
    ("end", "processes"),
    [
        pytest.param("kill", 1, marks=pytest.mark.slow),
        ("interrupt", 2),
        pytest.param("kill", 2, marks=pytest.mark.slow),
        pytest.param("interrupt", 1, marks=pytest.mark.slow),
    ],
)
def test_what_a_live_camera_saw_meanwhile_survives_the_end_of_the_program(
    end: str, processes: int, trial: Trial, shorts: Path, models_dir: Path
) -> None:
    """With the clip that was finished by then; and Ctrl-C ends it in time although the database hangs."""
    with RtspServer(file=shorts / "one.mp4") as camera:
        cameras = {"gate": camera.url, "other": "rtsp://127.0.0.1:9/none"}
        path = trial.site(cameras, sentinel={"model": "fastestdet", "fps": 5, "processes": processes})
        with Running(trial.folder, "run", path, "--json", models=models_dir) as run:
            run.until(lambda: run.progress("gate").get("state") == "live", "camera")
            trial.proxy.hang()
            run.until(lambda: "AttachClip" in trial.journal(), "clip in the journal")
            (id, *_) = re.findall(r'AttachClip {"id": "([^"]+)"', trial.journal())
            if end == "kill":
                run.kill()
            else:
                code, seconds = run.interrupt()
                assert (code, in_time(seconds, 15)) == (0, True), (seconds, run.err)
                assert "Traceback" not in run.err
    trial.proxy.resume()
    assert all(event.clip is None for event in trial.stored() if event.id == id)
    with Running(trial.folder, "run", path, "--json", models=models_dir) as run:
        run.until(lambda: any(e.id == id and e.settled for e in trial.stored()), "settled event")
        run.interrupt()
    (kept,) = [event for event in trial.stored() if event.id == id]
    assert kept.clip is not None
    assert (trial.data / kept.clip.path).is_file()
    assert id not in trial.journal()


@pytest.mark.slow
def test_a_killed_watching_process_loses_nothing_of_what_the_database_had_missed(
    trial: Trial, shorts: Path, models_dir: Path
) -> None:
    with RtspServer(file=shorts / "one.mp4") as camera:
        cameras = {"gate": camera.url, "other": "rtsp://127.0.0.1:9/none"}
        path = trial.site(cameras, sentinel={"model": "fastestdet", "fps": 5, "processes": 2})
        with Running(trial.folder, "run", path, "--json", models=models_dir) as run:
            run.until(lambda: run.progress("gate").get("state") == "live", "camera")
            trial.proxy.hang()
            run.until(lambda: "OpenCandidate" in trial.journal(), "candidate in the journal")
            ids = re.findall(r'OpenCandidate {"candidate": {"id": "([^"]+)"', trial.journal())
            for process in psutil.Process(run.process.pid).children():
                process.send_signal(signal.SIGKILL)
            trial.proxy.resume()
            run.until(lambda: {event.id for event in trial.stored()} >= set(ids), "stored events")
            run.kill()
