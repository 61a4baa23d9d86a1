"""Calls and messages between a site and its worker processes.

Two pipes lead to each process. Over one it calls functions of the site, such as the store's, from threads that may
wait; a function that hangs, as the store's do with their server, keeps no other function waiting. Over the other come
its news, and go the few words of the site.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from secondsight.cascade import decide
from secondsight.clock import Clock
from secondsight.config import SiteConfig
from secondsight.errors import SecondSightError
from secondsight.learn import Students
from secondsight.log import redact
from secondsight.records import Candidate, KeyFrame, PolicyDecision
from secondsight.site.pipeline.handle import SiteServices
from secondsight.site.rule_classes import ModelClasses
from secondsight.site.services.review_service import PolicyInputs
from secondsight.site.status import PipelineStatus
from secondsight.store import Answer, Screening, Write

_log = logging.getLogger(__name__)

START, STOP = "start", "stop"


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker is to do; the first thing it receives.

    Attributes:
        cameras: names of its cameras.
        data: the data folder, which exists.
        policy_inputs: as of the start; see `RemoteSiteServices.refresh`.
        level: minimum level of the log records that it sends.
    """

    config: SiteConfig
    cameras: tuple[str, ...]
    data: Path
    policy_inputs: PolicyInputs
    level: int


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """Watch other cameras, or the same by other rules; see `PipelineHandle.change`."""

    config: SiteConfig
    cameras: tuple[str, ...]
    changed: tuple[str, ...]


SiteOrder = ChangeOrder | str
"""All that a site sends after the `WorkerConfig`: START, STOP, or a change."""


@dataclass(frozen=True, slots=True)
class WorkerChanged:
    """A `ChangeOrder` has been carried out, or why not."""

    error: SecondSightError | None


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The worker has opened its models and is ready to start. `classes`: of the detector."""

    classes: ModelClasses


@dataclass(frozen=True, slots=True)
class WorkerFailed:
    """The worker cannot start, for a reason that a user can understand."""

    error: SecondSightError


WorkerMessage = WorkerReady | WorkerChanged | WorkerFailed | PipelineStatus | logging.LogRecord

Functions = Mapping[str, Callable[..., Any]]


def functions_of(services: SiteServices, policy_inputs: Callable[[], PolicyInputs]) -> Functions:
    """What a process may call, by name."""
    return {
        "apply": services.store.apply,
        "screen": services.screen,
        "make_room": services.make_room,
        "ready": services.ready,
        "policy_inputs": policy_inputs,
    }


def serve(connection: Connection, functions: Functions) -> None:
    """Answer the calls of one process until it has ended: those of one function in order, each function by itself."""
    sending = threading.Lock()
    lines: dict[str, SimpleQueue[tuple[int, tuple[object, ...]] | None]] = {}

    def answer(name: str) -> None:
        while (call := lines[name].get()) is not None:
            number, args = call
            try:
                message = (number, *_outcome(functions[name], args))
                with sending:
                    connection.send(message)
            except OSError:
                return

    try:
        while True:
            number, name, args = connection.recv()
            if name not in lines:
                lines[name] = SimpleQueue()
                threading.Thread(target=answer, args=(name,), name=f"calls of {name}", daemon=True).start()
            lines[name].put((number, args))
    except (EOFError, OSError):
        return
    finally:
        for line in lines.values():
            line.put(None)


def _outcome(function: Callable[..., Any], args: tuple[object, ...]) -> tuple[bool, Any]:
    """Whether a call was done, and its value or its error."""
    try:
        return True, function(*args)
    except SecondSightError as error:
        return False, error
    except Exception as error:
        _log.exception("a call of a watching process failed")
        return False, RuntimeError(redact(f"{type(error).__name__}: {error}"))


class RpcClient:
    """Calls functions of the site. Thread-safe; raises what the function raised."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._sending = connection, threading.Lock()
        self._numbers = itertools.count()
        self._open: dict[int, Future[Any]] = {}
        threading.Thread(target=self._hear, name="answers", daemon=True).start()

    def __call__(self, name: str, *args: object) -> Any:
        answer: Future[Any] = Future()
        with self._sending:
            number = next(self._numbers)
            self._open[number] = answer
            self._connection.send((number, name, args))
        return answer.result()

    def _hear(self) -> None:
        try:
            while True:
                number, done, value = self._connection.recv()
                answer = self._open.pop(number)
                if done:
                    answer.set_result(value)
                else:
                    answer.set_exception(value)
        except (EOFError, OSError) as error:
            for answer in list(self._open.values()):
                answer.set_exception(ConnectionError(f"the site is gone: {error}"))


class RemoteStore:
    """The site's store, as a worker sees it; see `CaseStore`."""

    def __init__(self, call: RpcClient) -> None:
        self._call = call

    def apply(self, writes: Sequence[Write]) -> list[Answer]:
        """See `Store.apply`."""
        answers: list[Answer] = self._call("apply", list(writes))
        return answers


class RemoteSiteServices:
    """The site, as a worker sees it.

    Decisions are made here, as the frame path must not wait for another process. They follow from the policies and
    from the `PolicyInputs` received last.

    Args:
        ready: called after a case has its clip.
    """

    def __init__(
        self, config: WorkerConfig, call: RpcClient, clock: Clock, ready: Callable[[], None]
    ) -> None:
        self._rules, self._policy_inputs = dict(config.config.rules), config.policy_inputs
        self._call, self._clock, self._on_ready = call, clock, ready
        learn = config.config.learn
        self._students = Students(config.data, learn.students, learn.audit, clock)

    def services(self) -> SiteServices:
        """What a `CameraPipeline` needs."""
        return SiteServices(RemoteStore(self._call), self._decide, self._screen, self._make_room, self._ready)

    def take(self, config: SiteConfig) -> None:
        """Go over to other rules. Those that are gone stay known: a last candidate of theirs may be under way."""
        self._rules |= config.rules

    def refresh(self) -> None:
        """Fetch what reviews cost now."""
        self._policy_inputs = self._call("policy_inputs")

    def _decide(self, candidate: Candidate) -> PolicyDecision:
        rule, policy_inputs = self._rules[candidate.rule], self._policy_inputs
        price = policy_inputs.prices.get(candidate.kind, 1.0)
        brain, now = policy_inputs.brain, self._clock.now()
        return decide(
            candidate,
            rule.policy,
            brain=brain,
            now=now,
            price=price,
            weight=rule.weight,
            students=self._students,
        )

    def _screen(
        self, candidate: Candidate, decision: PolicyDecision, key_frames: Sequence[KeyFrame]
    ) -> Screening | None:
        screening: Screening | None = self._call("screen", candidate, decision, key_frames)
        return screening

    def _make_room(self) -> bool:
        return bool(self._call("make_room"))

    def _ready(self) -> None:
        self._call("ready")
        self._on_ready()
