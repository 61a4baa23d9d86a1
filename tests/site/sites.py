"""What tests of the whole product share: short real videos, site files, processes, and what must hold afterwards."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

import av
import pytest
from numpy.typing import NDArray

from secondsight.cli import main
from secondsight.errors import StoreError
from secondsight.media.writing.files import PART
from secondsight.records import CaseState, Event, snapshot_path
from secondsight.site.services.step_reader import READER
from secondsight.store import DATABASE, Store
from tests.conftest import ROOT
from tests.site.forks import Fork

PATIENCE = 180.0
"""Seconds after which a process that has not done what it should never will, however busy the machine is."""

RULES = {"presence": {"behaviour": "intrusion", "zone": "frame"}}
"""Somebody is in the picture."""


def cut(source: Path, target: Path, begin: float, end: float, created: str) -> Path:
    """Copy the packets of [begin, end) seconds, from a key frame on, into a video that says when it was made."""
    with av.open(str(source)) as video, av.open(str(target), "w") as short:
        short.metadata["creation_time"] = created
        given = video.streams.video[0]
        assert given.time_base is not None
        made = short.add_stream_from_template(given)
        offset: int | None = None
        for packet in video.demux(given):
            if packet.pts is None or packet.dts is None or not begin <= packet.pts * given.time_base < end:
                continue
            offset = packet.dts if offset is None else offset
            packet.pts, packet.dts, packet.stream = packet.pts - offset, packet.dts - offset, made
            short.mux(packet)
    return target


def site_file(folder: Path, cameras: dict[str, Any], **sections: Any) -> Path:
    """A site file (YAML is a superset of JSON) with the fast model; `sections` replace or add to what is there.

    Args:
        cameras: name -> settings, or just the source.
    """
    values = {
        "cameras": {
            name: settings if isinstance(settings, dict) else {"source": str(settings)}
            for name, settings in cameras.items()
        },
        "rules": RULES,
        "sentinel": {"model": "fastestdet", "fps": 5},
        "retention": {"min_free": 0},
        **sections,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "site.yaml"
    path.write_text(json.dumps(values, indent=1, default=str))
    return path


def brain_settings(url: str, **changes: Any) -> dict[str, Any]:
    """The `brain` section for a test server; each case is one call, unless the guard is said to ask the opposite."""
    guard = {"opposite": "never"}
    return {
        "backend": "openai",
        "base_url": url,
        "model": "test-vl",
        "backoff": 0.05,
        "guard": guard,
        **changes,
    }


def environment(models: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "SECONDSIGHT_MODELS": str(models),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
        **more,
    }


def secondsight(
    *args: object,
    models: Path = Path("/nonexistent"),
    cwd: Path | None = None,
    environ: Mapping[str, str] | None = None,
    traceback: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end: same code, same streams and exit codes, without the cost of a new process.

    No exception may get out of it but a clean exit, and no traceback may show, whatever was asked for, unless
    `traceback` says that code which is not ours fails.
    """
    out, err = io.StringIO(), io.StringIO()
    logger = logging.getLogger("secondsight")
    before = logger.handlers[:], logger.level, logger.propagate
    with pytest.MonkeyPatch.context() as patch:
        for name in ("excepthook", "unraisablehook"):
            patch.setattr(sys, name, getattr(sys, name))
        patch.setattr(threading, "excepthook", threading.excepthook)
        patch.setattr(sys, "argv", ["secondsight", *map(str, args)])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        patch.setenv("SECONDSIGHT_MODELS", str(models))
        patch.setenv("COLUMNS", "200")
        for name, value in (environ or {}).items():
            patch.setenv(name, value)
        if cwd is not None:
            patch.chdir(cwd)
        try:
            with pytest.raises(SystemExit) as ended:
                main()
        finally:
            logger.handlers[:], logger.propagate = before[0], before[2]
            logger.setLevel(before[1])  # not by assignment: loggers below remember what was enabled
    code = ended.value.code
    done = subprocess.CompletedProcess(
        [*map(str, args)],
        code if isinstance(code, int) else int(code is not None),
        out.getvalue(),
        err.getvalue(),
    )
    assert traceback or "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


def run_apart(*args: object, models: Path) -> subprocess.CompletedProcess[str]:
    """Run the command to its end in a process of its own: for code that would live on in the test's."""
    command = [sys.executable, "-m", "secondsight", *map(str, args)]
    return subprocess.run(command, env=environment(models), capture_output=True, text=True, timeout=PATIENCE)


class Running:
    """The command as a process in the background; killed at the end of the `with` block if it still runs.

    Args:
        apart: start Python anew, so that it finds packages that are installed for this test alone.
    """

    process: Fork | subprocess.Popen[bytes]

    def __init__(self, folder: Path, *args: object, models: Path, apart: bool = False) -> None:
        number = len(list(folder.glob("run-*.out")))
        self._out, self._err = folder / f"run-{number}.out", folder / f"run-{number}.err"
        if not apart:
            self.process = Fork([*map(str, args)], environment(models), self._out)
            return
        command = [sys.executable, "-m", "secondsight", *map(str, args)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, env=environment(models), stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines written so far."""
        whole = self.out.rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def progress(self, camera: str) -> dict[str, Any]:
        """What the last progress line says about a camera; empty before the first."""
        last: dict[str, Any] = {}
        for line in self.lines:
            if line["type"] == "progress":
                last = next((c for c in line["cameras"] if c["name"] == camera), last)
        return last

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a condition while the process runs."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, (
                f"ended ({self.process.returncode}) before {what}:\n{self.err}"
            )
            assert time.monotonic() < end, f"no {what} in time:\n{self.err}"
            time.sleep(0.05)

    def interrupt(self) -> tuple[int, float]:
        """Ctrl-C; the exit code and the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        return code, time.monotonic() - begin

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def stored(data: Path) -> list[Event]:
    """The events in a data folder, also while a run goes on; none before there is a database."""
    try:
        with Store.open(data / DATABASE, read_only=True) as store:
            return store.events.find()
    except StoreError:
        return []


def in_time(seconds: float, promised: float) -> bool:
    """Whether a promise for a machine that is idle was kept on this one, which may be busy."""
    return seconds < promised * busyness()


def busyness() -> float:
    """Programs that wait for each core of this machine, 1 at least: by so much everything may take longer."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def pictures(path: Path) -> tuple[list[NDArray[Any]], list[float], bool]:
    """Every picture of a video (BGR), their seconds in the file, and whether the first is a key frame."""
    with av.open(str(path)) as video:
        frames = list(video.decode(video=0))
    shown = [frame.to_ndarray(format="bgr24") for frame in frames]
    return shown, [float(frame.time or 0.0) for frame in frames], bool(frames[0].key_frame)


def assert_sound(data: Path, *, half_written: bool = False) -> list[Event]:
    """What must hold after any history of kills and faults, once a run has ended by itself; returns the events.

    Each event settled, each case settled, clips and pictures that are named play, and nothing else lies about.

    Args:
        half_written: whether a process was killed that the run outlived: what it was writing is in nobody's way.
    """
    with Store.open(data / DATABASE, read_only=True) as store:
        events, counts = store.events.find(), store.cases.counts()
        assert not store.steps.unpublished()
        positions = [step.position for step in store.steps.after(0)]
        assert positions == list(range(1, len(positions) + 1))
        assert store.steps.cursor(READER) == len(positions), "all was read"
        assert not store.events.unrecorded()
    assert sum(n for state, n in counts.items() if state is not CaseState.SETTLED) == 0, counts
    assert all(event.settled for event in events)
    assert len({event.id for event in events}) == len(events)
    assert all(event.clip or event.note for event in events), "an event without a clip says why"
    named = {snapshot_path(event) for event in events if (data / snapshot_path(event)).is_file()}
    for event in events:
        named |= {key.path for key in event.key_frames}
        if event.clip is not None:
            named.add(event.clip.path)
            shown, _, starts_at_key = pictures(data / event.clip.path)
            assert shown
            assert starts_at_key
            assert event.key_frames
    there = {
        str(file.relative_to(data))
        for part in ("clips", "frames")
        for file in (data / part).rglob("*")
        if file.is_file() and not (half_written and file.suffix == PART)
    }
    assert there == named, ("leftovers, or files that are missing", sorted(there ^ named))
    return events


def verified(lines: Iterable[dict[str, Any]]) -> list[str]:
    """Ids of the events that JSON lines say are verified, in their order."""
    return [line["id"] for line in lines if line["type"] == "event" and line["step"]["kind"] == "verified"]
