"""What a site and its watching processes say to each other.

Two pipes lead to each process. Over one it calls functions of the site, such as the store's, one call at a time, from
threads that may wait. Over the other come its news, and go the few words of the site.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from secondsight.cascade import decide
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import SecondSightError
from secondsight.log import redact
from secondsight.records import Candidate, Clip, Counter, KeyFrame, PolicyDecision, Track
from secondsight.site.pipeline.pipeline import SiteServices
from secondsight.site.services.review_service import PolicyInputs
from secondsight.site.status import PipelineStatus
from secondsight.store import OpenResult as Known
from secondsight.store import Screening

_log = logging.getLogger(__name__)

START, STOP = "start", "stop"
"""All that a site says after the orders."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a process is to do; the first thing it hears.

    Attributes:
        cameras: names of those that it watches.
        data: the data folder, which is there.
        level: least level of log records that are wanted.
    """

    config: SiteConfig
    cameras: tuple[str, ...]
    data: Path
    outlook: PolicyInputs
    level: int


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The process has its models and is ready to start. `labels`: class names of the detector."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """The process cannot start, for a reason that a user can understand."""

    error: SecondSightError


WorkerMessage = WorkerReady | WorkerFailed | PipelineStatus | logging.LogRecord

Functions = Mapping[str, Callable[..., Any]]


def functions_of(home: SiteServices, outlook: Callable[[], PolicyInputs]) -> Functions:
    """What a process may call, by name."""
    store = home.store
    return {
        "open_candidate": store.open_candidate,
        "close_candidate": store.close_candidate,
        "attach_clip": store.attach_clip,
        "add_tracks": store.add_tracks,
        "add_counters": store.add_counters,
        "set_counters": store.set_counters,
        "screen": home.screen,
        "make_room": home.make_room,
        "ready": home.ready,
        "outlook": outlook,
    }


def serve(connection: Connection, functions: Functions) -> None:
    """Answer the calls of one process until it has ended."""
    while True:
        try:
            name, args = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (True, functions[name](*args))
        except SecondSightError as error:
            answer = (False, error)
        except Exception as error:
            _log.exception("a call of a watching process failed")
            answer = (False, RuntimeError(redact(f"{type(error).__name__}: {error}")))
        try:
            connection.send(answer)
        except OSError:
            return


class RpcClient:
    """Calls functions of the site. Thread-safe; raises what the function raised."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._lock = connection, threading.Lock()

    def __call__(self, name: str, *args: object) -> Any:
        with self._lock:
            self._connection.send((name, args))
            done, value = self._connection.recv()
        if not done:
            raise value
        return value


class RemoteStore:
    """The site's store, as a watching process sees it; see `CaseStore`."""

    def __init__(self, call: RpcClient) -> None:
        self._call = call

    def open_candidate(self, candidate: Candidate, decision: PolicyDecision) -> Known:
        """See `Store.open_candidate`."""
        opened: Known = self._call("open_candidate", candidate, decision)
        return opened

    def close_candidate(self, candidate: Candidate) -> bool:
        """See `Store.close_candidate`."""
        return bool(self._call("close_candidate", candidate))

    def attach_clip(
        self,
        id: str,
        clip: Clip | None,
        key_frames: Sequence[KeyFrame],
        note: str | None,
        screening: Screening | None,
    ) -> bool:
        """See `Store.attach_clip`."""
        return bool(self._call("attach_clip", id, clip, key_frames, note, screening))

    def add_tracks(self, tracks: Iterable[Track]) -> None:
        """See `Store.add_tracks`."""
        self._call("add_tracks", list(tracks))

    def add_counters(self, counters: Iterable[Counter]) -> None:
        """See `Store.add_counters`."""
        self._call("add_counters", list(counters))

    def set_counters(self, counters: Iterable[Counter]) -> None:
        """See `Store.set_counters`."""
        self._call("set_counters", list(counters))


class RemoteSiteServices:
    """The site, as a watching process sees it.

    Decisions are made here, for the frame path must not wait for another process: by the policies, which do not
    change, and by what was heard last of the brain.
    """

    def __init__(
        self, orders: WorkerConfig, call: RpcClient, clock: Clock, ready: Callable[[], None]
    ) -> None:
        self._rules, self._outlook = orders.config.rules, orders.outlook
        self._call, self._clock, self._heard = call, clock, ready

    def home(self) -> SiteServices:
        """What a `Watch` needs."""
        return SiteServices(RemoteStore(self._call), self._decide, self._screen, self._make_room, self._ready)

    def refresh(self) -> None:
        """Hear what reviews cost by now."""
        self._outlook = self._call("outlook")

    def _decide(self, candidate: Candidate) -> PolicyDecision:
        policy, outlook = self._rules[candidate.rule].policy, self._outlook
        price = outlook.prices.get(candidate.kind, 1.0)
        return decide(candidate, policy, brain=outlook.brain, now=self._clock.now(), price=price)

    def _screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        screening: Screening | None = self._call("screen", candidate, decision, key_frames)
        return screening

    def _make_room(self) -> bool:
        return bool(self._call("make_room"))

    def _ready(self) -> None:
        self._call("ready")
        self._heard()
