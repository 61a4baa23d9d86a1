"""The site under test, its servers, and what they and we saw."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil

from secondsight.store import Store
from tests.conftest import ROOT
from tests.scenarios.test_their_behaviour import install
from tests.servers.brain import BrainServer
from tests.servers.postgres import PostgresServer
from tests.servers.rtsp import RtspServer
from tests.site.sites import brain_settings, environment, site_file
from tests.store.disks import small_disk

PLUGINS = Path(__file__).with_name("plugins")
CALM = ("gate", "yard")
SECRETS = ("chaos-camera-secret", "chaos-brain-secret")
_PATIENCE = {"stall_timeout": "2s", "reconnect_min": "200ms", "reconnect_max": "1s"}


@dataclass
class Announced:
    """One line of an event: when we first saw it, and in which run."""

    id: str
    run: int
    seen: float


@dataclass
class Run:
    """One process of the program.

    Attributes:
        killed: monotonic time of its `kill -9`; None if it ended otherwise.
        children: processes that it started, as far as we saw them.
    """

    number: int
    process: subprocess.Popen[bytes]
    out: Path
    err: Path
    killed: float | None = None
    code: int | None = None
    read: int = 0
    children: set[int] = field(default_factory=set)


class Rig:
    """Cameras, database, brain and disk, and the program among them.

    Attributes:
        announced: every event line of every run. Further channels, such as MQTT, add theirs to it in `look`.
        outages: (begin, end) of each stretch in which the database was away.
    """

    def __init__(self, folder: Path, shorts: Path, models: Path, rng: random.Random) -> None:
        self.folder, self._shorts, self._models, self.rng = folder, shorts, models, rng
        self._stack = ExitStack()
        self.runs: list[Run] = []
        self.announced: list[Announced] = []
        self.outages: list[tuple[float, float]] = []
        self.stops: list[float] = []
        self.processes = rng.choice((1, 2))

    def __enter__(self) -> Self:
        enter, folder = self._stack.enter_context, self.folder
        try:
            self.disk = folder / "disk"
            self.disk.mkdir(parents=True)
            enter(small_disk(self.disk, "400m"))
            self.data = self.disk / "data"
            self.postgres = enter(PostgresServer())
            self.url = self.postgres.create("chaos")
            self.brain = enter(BrainServer(api_key=SECRETS[1]))
            self.cameras = {
                name: enter(
                    RtspServer(file=self._shorts / f"{video}.mp4", user="viewer", password=SECRETS[0])
                )
                for name, video in (("gate", "one"), ("yard", "two"), ("noisy", "three"))
            }
            self._stack.callback(self._end)
            self._install()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # -- the program

    def start_again(self) -> None:
        """Start the program that has refused to start."""
        self.runs.pop()
        self.start()

    def start(self, *, watching: bool = True) -> Run:
        """Start the program; without `watching` none of its cameras is there."""
        number = len(self.runs)
        out, err = self.folder / f"{number}.out", self.folder / f"{number}.err"
        with out.open("wb") as o, err.open("wb") as e:
            process = subprocess.Popen(
                [sys.executable, "-m", "secondsight", "run", str(self._site(watching)), "--json"],
                env={**environment(self._models), **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=o,
                stderr=e,
            )
        self.runs.append(Run(number, process, out, err))
        return self.runs[-1]

    def kill(self) -> None:
        """`kill -9`."""
        run = self.runs[-1]
        self.look()
        run.process.kill()
        run.killed = time.monotonic()
        self.stops.append(run.killed)
        run.code = run.process.wait()
        self.look()

    def interrupt(self) -> float:
        """Ctrl-C; the seconds until it has ended."""
        run, begin = self.runs[-1], time.monotonic()
        run.process.send_signal(signal.SIGINT)
        run.code = run.process.wait(90)
        self.stops.append(begin)
        self.look()
        return time.monotonic() - begin

    def speaks(self) -> bool:
        """Whether the program is up: Ctrl-C before that ends it with 130."""
        return self.runs[-1].out.stat().st_size > 0

    def look(self) -> None:
        """Read what has been announced since the last time, and see that the program runs."""
        now, run = time.monotonic(), self.runs[-1]
        text = run.out.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        for line in whole[run.read :].splitlines():
            value = json.loads(line)
            if value["type"] == "event" and value["step"]["kind"] == "verified":
                self.announced.append(Announced(value["id"], run.number, now))
        run.read = len(whole)
        if run.code is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                run.children |= {child.pid for child in psutil.Process(run.process.pid).children()}

    @property
    def reported(self) -> list[tuple[float, str, str]]:
        """What the frame path reported: (monotonic time, camera, id)."""
        path = self.folder / "reported"
        rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(float(when), camera, id) for when, camera, id in rows]

    def store(self) -> Store:
        return Store.open(self.url, read_only=True)

    # -- set-up

    def _install(self) -> None:
        packages = self.folder / "packages"
        text = (PLUGINS / "chaos_rules.py").read_text()
        install(
            packages,
            "chaos_rules",
            text,
            "witnessed = chaos_rules:WitnessedRule\nflood = chaos_rules:FloodRule",
        )
        (packages / "sitecustomize.py").write_text((PLUGINS / "sitecustomize.py").read_text())
        self._environment = {
            "PYTHONPATH": os.pathsep.join((str(packages), str(ROOT))),
            "CHAOS_FOLDER": str(self.folder),
            "CHAOS_KEY": SECRETS[1],
        }

    def _site(self, watching: bool) -> Path:
        away = "rtsp://127.0.0.1:9/none"
        cameras = {
            name: {"source": camera.url if watching else away, **_PATIENCE}
            for name, camera in self.cameras.items()
        }
        rules: dict[str, Any] = {
            "presence": {"behaviour": "witnessed", "zone": "frame", "cameras": list(CALM)},
            "flood": {"behaviour": "flood", "zone": "frame", "cameras": ["noisy"]},
        }
        for rule in rules.values():
            rule["policy"] = {"deadline": "60s"}
        return site_file(
            self.folder / ("watching" if watching else "away"),
            cameras,
            rules=rules,
            data=str(self.data),
            store={"url": self.url},
            clips={"pre_capture": 1, "post_capture": 1},
            brain=brain_settings(self.brain.url, api_key_env="CHAOS_KEY", timeout="5s"),
            sentinel={"model": "fastestdet", "fps": 5, "processes": self.processes},
        )

    def _end(self) -> None:
        for run in self.runs:
            run.process.kill()
            run.process.wait()
