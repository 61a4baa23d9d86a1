"""Trials of rules on what was recorded, each in a process of its own that gives way to the watching."""

import json
import logging
import secrets
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from secondsight.errors import RefusedError
from secondsight.log import fields
from secondsight.masking import redact

_log = logging.getLogger(__name__)

_KEPT = 5
"""Trials whose results are kept, in memory."""
_LONGEST = 3600.0
"""Seconds after which a trial is ended."""


class TrialState(StrEnum):
    """How far a trial is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TriedEvent:
    """What the rule would have reported. Times are UTC seconds. `picture`: JPEG; None where there is none."""

    camera: str
    kind: str
    triggered: float
    score: float
    label: str
    zone: str
    picture: bytes | None = field(default=None, repr=False)

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture."""
        return self.picture is not None


@dataclass(frozen=True, slots=True)
class TriedCamera:
    """Attributes: seconds: of video that the rule saw. footage: whether it was footage, or only clips of events."""

    camera: str
    seconds: float
    footage: bool


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """One trial, as far as it is.

    Attributes:
        id: random; who knows it may see it.
        error: why it failed; empty if it did not.
    """

    id: str
    rule: str
    state: TrialState = TrialState.RUNNING
    error: str = ""
    cameras: tuple[TriedCamera, ...] = ()
    events: tuple[TriedEvent, ...] = ()


class Trials:
    """Runs one trial at a time. Thread-safe."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, RuleTrial] = OrderedDict()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def start(
        self, site_file: Path, data: Path, rule: str, settings: Mapping[str, Any], hours: float
    ) -> RuleTrial:
        """Try a rule on the last hours.

        Raises:
            RefusedError: another trial runs.
        """
        with self._lock:
            if self._process is not None:
                raise RefusedError("another trial runs; wait for its end, or stop it")
            folder = tempfile.TemporaryDirectory(prefix="secondsight-trial-")
            command = [sys.executable, "-m", "secondsight", "try", rule, "--site", str(site_file)]
            command += ["--data", str(data)]
            command += ["--settings", "-", "--since", f"{hours}h", "--out", folder.name, "--json"]
            self._process = process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            trial = RuleTrial(secrets.token_urlsafe(16), rule)
            self._note(trial)
        run = threading.Thread(
            target=self._follow,
            args=(trial.id, process, json.dumps(settings), folder),
            name="trial",
            daemon=True,
        )
        run.start()
        return trial

    def get(self, id: str) -> RuleTrial | None:
        """A trial of lately."""
        with self._lock:
            return self._known.get(id)

    def stop(self) -> None:
        """End the trial that runs, if any."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def _follow(
        self,
        id: str,
        process: "subprocess.Popen[str]",
        settings: str,
        folder: "tempfile.TemporaryDirectory[str]",
    ) -> None:
        watchdog = threading.Timer(_LONGEST, process.kill)
        watchdog.start()
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
        reader.start()
        try:
            with folder, process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(settings)
                process.stdin.close()
                for line in process.stdout:
                    self._add(id, json.loads(line), Path(folder.name))
            reader.join()
            failed = redact("".join(errors).strip().splitlines()[-1] if errors else "it was ended")
            self._end(id, "" if process.returncode == 0 else failed)
        except Exception:
            _log.exception("a trial failed", extra=fields(trial=id))
            process.kill()
            self._end(id, "this is a mistake of ours; the log has more")
        finally:
            watchdog.cancel()

    def _add(self, id: str, said: Mapping[str, Any], folder: Path) -> None:
        with self._lock:
            trial = self._known[id]
            if "footage" in said:
                camera = TriedCamera(said["camera"], said["seconds"], said["footage"])
                self._known[id] = replace(trial, cameras=(*trial.cameras, camera))
                return
            picture = (folder / said["picture"]).read_bytes() if said["picture"] else None
            triggered = datetime.fromisoformat(said["triggered"]).timestamp()
            what = said["score"], said["label"], said["zone"] or ""
            event = TriedEvent(said["camera"], said["kind"], triggered, *what, picture)
            self._known[id] = replace(trial, events=(*trial.events, event))

    def _end(self, id: str, error: str) -> None:
        with self._lock:
            self._process = None
            state = TrialState.FAILED if error else TrialState.DONE
            self._known[id] = replace(self._known[id], state=state, error=error)

    def _note(self, trial: RuleTrial) -> None:
        self._known[trial.id] = trial
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
