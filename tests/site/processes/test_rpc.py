"""What a site and its workers say to each other."""

import os
import pickle
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import pytest

from secondsight.cascade import CaseStore
from secondsight.clock import ManualClock
from secondsight.config import make_site
from secondsight.errors import StoreError
from secondsight.records import Candidate
from secondsight.site.processes.rpc import (
    RemoteSiteServices,
    RemoteStore,
    RpcClient,
    WorkerConfig,
    functions_of,
    serve,
)
from secondsight.site.services.review_service import PolicyInputs, ReviewService
from secondsight.store import Store


def twice(value: int) -> int:
    return 2 * value


def locked() -> None:
    raise StoreError("the database is locked", retryable=True)


HUNG, RELEASE = threading.Event(), threading.Event()


def hang() -> str:
    HUNG.set()
    RELEASE.wait(30)
    return "released"


def mistaken() -> None:
    raise KeyError("rtsp://me:s3cret@host/")


@pytest.fixture
def call() -> Iterator[RpcClient]:
    here, there = Pipe()
    functions = {"twice": twice, "locked": locked, "mistaken": mistaken, "hang": hang}
    server = threading.Thread(target=serve, args=(there, functions))
    server.start()
    yield RpcClient(here)
    with socket.socket(
        fileno=os.dup(here.fileno())
    ) as end:  # as when a process dies, whoever still listens in it
        end.shutdown(socket.SHUT_RDWR)
    server.join(60)
    assert not server.is_alive(), "it ends with the process that it serves"


def test_every_thread_gets_its_own_answer(call: RpcClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: call("twice", n), range(200))) == [2 * n for n in range(200)]


def test_a_store_that_is_locked_is_asked_again(call: RpcClient) -> None:
    with pytest.raises(StoreError, match="locked") as caught:
        call("locked")
    assert caught.value.retryable
    assert call("twice", 2) == 4


def test_a_function_that_hangs_keeps_no_other_waiting(call: RpcClient) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, "hang")
        assert HUNG.wait(60)
        assert call("twice", 2) == 4
        RELEASE.set()
        assert answer.result(60) == "released"


def test_who_waits_hears_that_the_site_is_gone() -> None:
    here, there = Pipe()
    call = RpcClient(here)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, "twice", 1)
        there.recv()
        there.close()
        with pytest.raises(ConnectionError):
            answer.result(60)


def test_a_mistake_of_ours_is_told_without_secrets(call: RpcClient) -> None:
    with pytest.raises(RuntimeError, match="KeyError") as caught:
        call("mistaken")
    assert "s3cret" not in str(caught.value)


def test_all_that_a_recorder_asks_of_a_store_can_be_called() -> None:
    asked = {name for name in vars(CaseStore) if not name.startswith("_")}
    assert asked == {name for name in vars(RemoteStore) if not name.startswith("_")}

    class Services:
        store = Store
        screen = make_room = ready = None

    assert asked <= set(functions_of(Services, lambda: None))  # type: ignore[arg-type,return-value]


RULES = {
    "always": {"behaviour": "intrusion", "zone": "frame", "policy": {"deadline": "60s", "weight": 0.9}},
    "band": {"behaviour": "intrusion", "zone": "frame", "kind": "dear", "policy": {"verify": "band"}},
    "never": {"behaviour": "intrusion", "zone": "frame", "policy": {"verify": "never"}},
}


@pytest.mark.parametrize("brain", [True, False])
@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("score", [0.1, 0.5, 0.95])
def test_a_decision_is_the_same_in_every_process(
    brain: bool, rule: str, score: float, tmp_path: Path
) -> None:
    values: dict[str, Any] = {"cameras": {"hall": {"source": "a.mp4"}}, "rules": RULES}
    if brain:
        values["brain"] = {"backend": "openai", "base_url": "http://localhost:1/v1", "model": "m"}
    config, clock = make_site(values, tmp_path), ManualClock()
    with Store.open(tmp_path / "store.db", clock) as store:
        second = ReviewService(config, store, tmp_path, clock, {}, lambda: None)
        worker = WorkerConfig(config, ("hall",), tmp_path, second.outlook(), 20)
        remote = RemoteSiteServices(pickle.loads(pickle.dumps(worker)), None, clock, lambda: None)  # type: ignore[arg-type]
        kind = config.rules[rule].kind or "intrusion"
        candidate = Candidate("c", "hall", 0, rule, kind, 1.0, 2.0, 2.0, score, ())
        assert remote.services().decide(candidate) == second.decide(candidate)
        second.stop()


def test_prices_are_heard_of(tmp_path: Path) -> None:
    """A review that costs twice as much is worth half as much."""
    config = make_site({"cameras": {"hall": {"source": "a.mp4"}}, "rules": RULES}, tmp_path)
    now = [PolicyInputs(True, {"dear": 1.0, "intrusion": 1.0})]
    worker = WorkerConfig(config, ("hall",), tmp_path, now[0], 20)
    remote = RemoteSiteServices(
        worker,
        lambda name: {"policy_inputs": now[0]}[name],  # type: ignore[arg-type]
        ManualClock(),
        lambda: None,
    )
    candidate = Candidate("c", "hall", 0, "band", "dear", 1.0, 2.0, 2.0, 0.5, ())
    before = remote.services().decide(candidate).value
    now[0] = PolicyInputs(True, {"dear": 2.0, "intrusion": 1.0})
    assert remote.services().decide(candidate).value == before, "not before it is heard of"
    remote.refresh()
    assert remote.services().decide(candidate).value < before
