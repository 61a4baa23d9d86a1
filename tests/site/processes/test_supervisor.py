"""Watching in several processes: the same events, and what one process suffers is not the others' concern."""

import errno
import logging
import os
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondsight.config import SiteConfig, load_site, make_site
from secondsight.errors import ConfigError, ModelError, SourceError
from secondsight.records import Event
from secondsight.site import Site, check, check_site
from secondsight.site.processes import supervisor as processes
from secondsight.site.processes.supervisor import PER_PROCESS, core_sets, shares
from secondsight.store import DATABASE, Store
from tests.servers.rtsp import RtspServer
from tests.site.sites import Running, assert_sound, in_time, site_file, stored

SENTINEL = {"model": "fastestdet", "fps": 5}
TWO = {**SENTINEL, "processes": 2}


class Diary(logging.Handler):
    """What was logged: text and fields, whichever process said it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.getMessage(), getattr(record, "fields", {})))

    def about(self, text: str) -> list[dict[str, Any]]:
        return [fields for line, fields in list(self.lines) if text in line]

    def process_of(self, camera: str) -> int:
        """Number of the process that watches a camera by now."""

        def watching() -> list[int]:
            return [int(one["process"]) for one in self.about("is ready") if camera in one["cameras"]]

        wait_for(watching)
        return watching()[-1]

    def kill(self, camera: str) -> None:
        """Kill the process that watches a camera, with no chance to say anything."""
        os.kill(self.process_of(camera), signal.SIGKILL)


@pytest.fixture
def diary() -> Iterator[Diary]:
    logger, diary = logging.getLogger("secondsight"), Diary()
    level = logger.level
    logger.addHandler(diary)
    logger.setLevel("INFO")
    yield diary
    logger.removeHandler(diary)
    logger.setLevel(level)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PAUSE", 0.1)


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "secondsight.site.processes.worker" in p.cmdline()]


def wait_for(condition: Callable[[], object], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def run(path: Path, meanwhile: Callable[[], object] = lambda: None) -> list[Event]:
    """The announced events of one run to the end, while something happens in another thread."""
    with Site(load_site(path)) as site:
        other = threading.Thread(target=meanwhile)
        site.start(once=True)
        other.start()
        announced = list(site.events(once=True, poll=0.05))
        other.join()
        site.raise_for_cameras()
    assert not children()
    return announced


def trio(folder: Path, shorts: Path, models: Path, **settings: Any) -> Path:
    cameras = {name: {"source": str(shorts / f"{name}.mp4")} for name in ("one", "two", "three")}
    return site_file(folder, cameras, models=models, **settings)


def told(path: Path) -> list[tuple[object, ...]]:
    """What must be the same of all events and tracks, however they were found."""
    events = assert_sound(path.parent / "data", half_written=True)
    with Store.open(path.parent / "data" / DATABASE, read_only=True) as store:
        tracks = [(t.id, t.label, t.start, t.end, t.path) for t in store.observations.tracks()]
    return [
        *sorted((e.id, e.rule, e.start, e.triggered, e.end, e.score, e.tracks, e.clip) for e in events),
        *sorted(tracks),
    ]


def counted(path: Path) -> dict[tuple[str, str], float]:
    """What was counted in all minutes together, by camera and name."""
    with Store.open(path.parent / "data" / DATABASE, read_only=True) as store:
        sums: defaultdict[tuple[str, str], float] = defaultdict(float)
        for one in store.observations.counters():
            sums[one.camera, one.name] += one.value
    return dict(sums)


@pytest.fixture(scope="module")
def expected(shorts: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What one process finds."""
    path = trio(tmp_path_factory.mktemp("alone"), shorts, models_dir, sentinel={**SENTINEL, "processes": 1})
    run(path)
    found = told(path)
    assert len(assert_sound(path.parent / "data")) == 3
    return found


def config_of(cameras: int, folder: Path, **sentinel: Any) -> SiteConfig:
    names = {f"camera-{number}": {"source": "a.mp4"} for number in range(cameras)}
    return make_site({"cameras": names, "sentinel": sentinel}, folder)


@pytest.mark.parametrize(
    ("cameras", "cores", "sentinel", "count"),
    [
        (1, 8, {}, 1),
        (PER_PROCESS, 8, {}, 1),
        (PER_PROCESS + 1, 8, {}, 2),
        (PER_PROCESS + 1, 1, {}, 1),
        (10 * PER_PROCESS, 4, {}, 4),
        (10 * PER_PROCESS, 4, {"device": "GPU"}, 1),
        (10 * PER_PROCESS, 4, {"processes": "auto"}, 4),
        (3, 1, {"processes": 2}, 2),
        (3, 8, {"processes": "2"}, 2),
        (3, 8, {"processes": 8}, 3),
        (3, 8, {"device": "GPU", "processes": 2}, 2),
    ],
)
def test_how_many_processes(
    cameras: int,
    cores: int,
    sentinel: dict[str, Any],
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "cores", lambda: list(range(cores)))
    config = config_of(cameras, tmp_path, **sentinel)
    parts = shares(config)
    assert len(parts) == count
    assert sorted(name for part in parts for name in part) == sorted(config.cameras)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert shares(config, 1) == [tuple(config.cameras)]


@given(st.integers(1, 40), st.lists(st.integers(0, 300), min_size=1, max_size=40, unique=True))
def test_cores_are_shared_out(parts: int, available: list[int]) -> None:
    sets = core_sets(parts, available)
    assert len(sets) == parts
    assert all(sets)
    assert set().union(*sets) <= set(available)
    if parts <= len(available):
        assert sum(map(len, sets)) == len(available), "no core lies idle, none is given twice"
        assert max(map(len, sets)) - min(map(len, sets)) <= 1


@pytest.mark.parametrize("value", ["many", 0, 257, -1, 1.5, True, "", [2]])
def test_a_wrong_number_is_named(value: object, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sentinel\.processes") as caught:
        config_of(1, tmp_path, processes=value)
    assert "`auto`" in str(caught.value)


@pytest.mark.parametrize(
    ("count", "said"), [("auto", []), (2, ["1 or 2 of 3 cameras in each, with 2 of 4 cores"])]
)
def test_check_says_how_the_cameras_are_shared_out(
    count: object,
    said: list[str],
    shorts: Path,
    models_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (processes, check):
        monkeypatch.setattr(module, "cores", lambda: [0, 1, 2, 3])
    path = trio(tmp_path, shorts, models_dir, sentinel={**SENTINEL, "processes": count})
    found = [one for one in check_site(load_site(path)) if one.part == "processes"]
    assert [one.detail for one in found] == said
    assert all(one.fine for one in found)


def test_two_processes_find_what_one_does(
    shorts: Path, models_dir: Path, tmp_path: Path, expected: list[Any], diary: Diary
) -> None:
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    with Site(load_site(path)) as site:
        assert [camera.state for camera in site.status().cameras] == ["connecting"] * 3
        cores = [os.sched_getaffinity(process.pid) for process in children()]
        # Nobody looks by itself before the test's time is over: each process's end is news.
        assert len(list(site.events(once=True, poll=600.0))) == 3
        status = site.status()
    assert told(path) == expected
    counts = counted(path)
    assert {name for _, name in counts} == {"frames", "looks", "detections", "tracks", "candidates"}
    assert all(
        counts[c.name, "frames"] == c.frames and counts[c.name, "looks"] == c.looks for c in status.cameras
    )
    assert not children()
    assert sorted(map(sorted, cores)) == sorted(map(sorted, core_sets(2, sorted(os.sched_getaffinity(0)))))
    assert sorted(one["cameras"] for one in diary.about("is ready")) == ["one, three", "two"]
    assert [camera.name for camera in status.cameras] == ["one", "two", "three"], "as in the site file"
    assert all((c.state, c.position, c.candidates) == ("ended", 1.0, 1) for c in status.cameras), status
    assert all(camera.frames >= 119 and camera.looks > 10 for camera in status.cameras)


def test_what_is_drawn_is_watched_here(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    with Site(load_site(path), annotate=tmp_path / "drawn"):
        assert not children()


@pytest.mark.parametrize(
    "events", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(2, marks=pytest.mark.slow)]
)
def test_a_process_that_dies_loses_nothing(
    events: int,
    shorts: Path,
    models_dir: Path,
    tmp_path: Path,
    expected: list[Any],
    diary: Diary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor when the next one cannot be started at first."""
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    popen = subprocess.Popen

    def full(*_: object, **__: object) -> None:
        monkeypatch.setattr(subprocess, "Popen", popen)
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    def kill() -> None:
        wait_for(lambda: len(stored(tmp_path / "data")) >= events)
        monkeypatch.setattr(subprocess, "Popen", full)
        diary.kill("one")

    assert len(run(path, kill)) == 3
    assert told(path) == expected
    (death,) = diary.about("has died")
    assert death == {"how": "signal 9", "state": "retrying", "cameras": "one, three"}
    (failure,) = diary.about("cannot be started")
    assert failure == {"error": "Cannot allocate memory", "cameras": "one, three"}


@pytest.mark.slow
def test_recordings_that_kill_their_process_are_given_up(
    shorts: Path, models_dir: Path, tmp_path: Path, expected: list[Any], diary: Diary
) -> None:
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    seen: set[int] = set()

    def kill() -> None:
        for _ in range(3):
            wait_for(lambda: diary.process_of("one") not in seen)
            seen.add(diary.process_of("one"))
            diary.kill("one")

    with Site(load_site(path)) as site:
        other = threading.Thread(target=kill)
        other.start()
        announced = [event.camera for event in site.events(once=True, poll=0.05)]
        other.join()
        status = {camera.name: camera for camera in site.status().cameras}
        with pytest.raises(SourceError, match=r"camera one: .*signal 9.*3 times.*one by one"):
            site.raise_for_cameras()
    assert "two" in announced
    assert status["one"].state == status["three"].state == "failed"
    assert status["two"].state == "ended"
    assert len(seen) == 3
    assert assert_sound(path.parent / "data")


@pytest.mark.slow
def test_a_process_that_hangs_is_replaced(
    shorts: Path,
    models_dir: Path,
    tmp_path: Path,
    expected: list[Any],
    diary: Diary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    monkeypatch.setattr(processes, "_SILENCE_LIMIT", 10.0)

    def freeze() -> None:
        os.kill(diary.process_of("two"), signal.SIGSTOP)
        monkeypatch.setattr(processes, "_SILENCE_LIMIT", 3.0)

    assert len(run(path, freeze)) == 3
    assert told(path) == expected
    assert diary.about("hangs")


@pytest.mark.slow
def test_a_live_case_survives_the_death_of_its_process(
    shorts: Path, models_dir: Path, tmp_path: Path, diary: Diary
) -> None:
    """Its moment is gone; the case is settled, the camera is watched again, and the other camera hears of nothing."""
    with RtspServer(file=shorts / "one.mp4") as camera:
        cameras = {"gate": camera.url, "hall": shorts / "two.mp4"}
        path = site_file(tmp_path, cameras, models=models_dir, sentinel=TWO)
        data = tmp_path / "data"
        with Site(load_site(path)) as site:
            site.start()
            wait_for(lambda: [e for e in stored(data) if e.camera == "gate"])
            before = diary.process_of("gate")
            diary.kill("gate")
            wait_for(lambda: diary.process_of("gate") != before)
            first = min((e for e in stored(data) if e.camera == "gate"), key=lambda event: event.start)
            assert first.settled
            assert first.clip is None
            assert "interrupted" in (first.note or "")
            wait_for(lambda: site.status().cameras[0].looks > 5 and site.status().cameras[0].state == "live")
    events = stored(data)
    assert all(event.settled for event in events)
    assert [event.clip is not None for event in events if event.camera == "hall"] == [True]


@pytest.mark.slow
def test_a_model_that_is_not_there_is_said_once(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    path = trio(tmp_path, shorts, models_dir, sentinel={**TWO, "model": "fastestde"})
    with pytest.raises(ModelError, match="fastestde") as caught, Site(load_site(path)):
        pass
    assert len(str(caught.value).splitlines()) == 1
    assert not children()


def test_a_process_that_does_not_come_up_is_named(
    shorts: Path, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    path = trio(tmp_path, shorts, models_dir, sentinel=TWO)
    with pytest.raises(ModelError, match=r"process for (one, three|two) did not start \(exit code 1\)"):
        run(path)


def test_a_dead_site_leaves_no_process_behind(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """Nobody reads the cameras or writes clips when the next run begins."""
    looped = {name: {"source": str(shorts / f"{name}.mp4"), "loop": True} for name in ("one", "two")}
    path = site_file(tmp_path, looped, sentinel=TWO)
    with Running(tmp_path, "run", path, "--json", models=models_dir) as site:
        site.until(lambda: stored(tmp_path / "data"), "event")
        watching = psutil.Process(site.process.pid).children()
        assert len(watching) == 2
        site.kill()
        psutil.wait_procs(watching, timeout=180)
        assert not any(process.is_running() for process in watching)


@pytest.mark.slow
def test_ctrl_c_ends_all_processes_in_good_order(shorts: Path, models_dir: Path, tmp_path: Path) -> None:
    """And what they said meanwhile was one event, one line, without passwords."""
    cameras: dict[str, Any] = {
        name: {"source": str(shorts / f"{name}.mp4"), "loop": True} for name in ("one", "two")
    }
    cameras["gate"] = "rtsp://admin:s3cret-word@127.0.0.1:9/live"
    path = site_file(tmp_path, cameras, sentinel=TWO)
    with Running(tmp_path, "run", path, "--json", models=models_dir) as site:
        site.until(lambda: len(stored(tmp_path / "data")) >= 2, "events")
        site.until(lambda: "127.0.0.1:9" in site.err, "the third camera's trouble")
        site.until(lambda: site.progress("gate").get("error"), "progress")
        watching = psutil.Process(site.process.pid).children()
        arguments = " ".join(word for process in watching for word in process.cmdline())
        for process in watching:  # a service manager tells all of them, and a terminal may
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        code, seconds = site.interrupt()
        assert (code, in_time(seconds, 20)) == (0, True), site.err
        assert not any(process.is_running() for process in watching)
        assert "died" not in site.err
        assert all(line.startswith("20") for line in site.err.splitlines())
        assert "s3cret-word" not in site.out + site.err + arguments
    assert_sound(tmp_path / "data")
