"""Looks that never return. Native loops of OpenVINO cannot be ended: they are tried in processes of their own, in
`scenarios/faults/test_never_returns.py`."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.runtime.opening import open_runtime
from secondsight.sentinel.runtime.thread_pool import MAX_HANGS, RequestPool
from secondsight.threads import left_behind
from tests.sentinel.graphs import echo_model, endless_model

SOON = 60.0


class Requests:
    """Requests that answer with their own number, and hang when they are asked to."""

    def __init__(self) -> None:
        self.made = 0
        self.let_go = threading.Event()

    def __call__(self) -> Any:
        self.made += 1
        number = self.made

        def infer(asked: str) -> int:
            if asked == "hang":
                self.let_go.wait()
            if asked == "exit":
                raise SystemExit(3)
            return number

        return infer


@pytest.fixture
def requests() -> Any:
    made = Requests()
    yield made
    made.let_go.set()


def same(result: Any) -> Any:
    return result


def test_a_look_that_never_returns_fails_and_another_request_goes_on(requests: Requests) -> None:
    pool = RequestPool("double", requests, 1, timeout=0.2)
    with pytest.raises(ModelError, match=r"longer than 0\.2 s and was given up"):
        pool.submit("hang", same).result(SOON)
    assert pool.submit("", same).result(SOON) == 2, "a request of its own"
    assert pool.trouble is None
    assert any(name.startswith("double") for name in left_behind())
    requests.let_go.set()
    pool.close()


def test_after_some_in_a_row_the_model_is_off(requests: Requests) -> None:
    pool = RequestPool("double", requests, 1, timeout=0.2)
    looks = [pool.submit("hang", same) for _ in range(MAX_HANGS + 2)]
    for look in looks:
        with pytest.raises(ModelError):
            look.result(SOON)
    assert pool.trouble is not None
    assert "the model is off: 3 looks took longer than 0.2 s" in pool.trouble
    with pytest.raises(ModelError, match="the model is off"):
        pool.submit("", same).result(SOON)
    assert requests.made == MAX_HANGS, "none was made for a model that is off"
    begin = time.monotonic()
    pool.close()
    assert time.monotonic() - begin < SOON / 2


def test_looks_done_in_between_keep_it_on(requests: Requests) -> None:
    pool = RequestPool("double", requests, 1, timeout=0.2)
    for _ in range(MAX_HANGS + 1):
        with pytest.raises(ModelError):
            pool.submit("hang", same).result(SOON)
        pool.submit("", same).result(SOON)
    assert pool.trouble is None
    requests.let_go.set()
    pool.close()


def test_an_answer_that_comes_too_late_is_nobodys(requests: Requests) -> None:
    pool = RequestPool("double", requests, 1, timeout=0.2)
    late = pool.submit("hang", same)
    with pytest.raises(ModelError):
        late.result(SOON)
    requests.let_go.set()
    assert [pool.submit("", same).result(SOON) for _ in range(4)] == [2] * 4, "its thread has ended"
    pool.close()


def test_what_would_end_a_program_ends_a_look(requests: Requests) -> None:
    pool = RequestPool("double", requests, 1)
    with pytest.raises(ModelError, match="SystemExit"):
        pool.submit("exit", same).result(SOON)
    assert pool.submit("", same).result(SOON) == 1
    pool.close()


def test_who_receives_a_result_and_waits_costs_no_other_its_turn(requests: Requests) -> None:
    """As cameras do whose events wait for a database."""
    pool = RequestPool("double", requests, 1, timeout=0.2)
    waiting = threading.Event()
    pool.submit("", same).add_done_callback(lambda _: waiting.wait(SOON))
    assert pool.submit("", same).result(SOON) == 1
    assert pool.trouble is None
    waiting.set()
    pool.close()


def test_an_endless_loop_is_ended_in_onnx_runtime(tmp_path: Path) -> None:
    path = endless_model(echo_model(tmp_path / "m.onnx"), tmp_path / "endless.onnx", above=1.0)
    model = open_runtime(path, "onnxruntime", look_timeout=0.5)
    dark = np.zeros((1, 3, 4, 6), np.float32)
    assert np.array_equal(model.submit(dark).result(SOON)[0], dark)
    with pytest.raises(ModelError, match="given up"):
        model.submit(dark + 5).result(SOON)
    assert np.array_equal(model.submit(dark).result(SOON)[0], dark)
    model.close()
    end = time.monotonic() + SOON
    while any(name.startswith("onnxruntime") for name in left_behind()):
        assert time.monotonic() < end, "the loop goes on"
        time.sleep(0.01)
